"""What the demo sites share: server, levers for tests, markup, static files."""
