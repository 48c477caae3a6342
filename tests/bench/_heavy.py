"""A heavy page on loopback: 1 MB of markup, a link in each row, 30 assets of 20 to 100 ms each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TITLE = "Heavy"
ASSETS = 30
FASTEST_S, SLOWEST_S = 0.02, 0.1
_ROW = "<p>Row {0} of a long page, with <a href='/{0}'>a link</a> and some words to fill the line."
LINKS = 1_000_000 // len(_ROW)


def _asset(number: int) -> str:
    """Every third is a style sheet, the others are scripts that run before the DOM has loaded."""
    if number % 3 == 0:
        return f"<link rel=stylesheet href=/a/{number}.css>"
    return f"<script defer src=/a/{number}.js></script>"


PAGE = "".join(
    [
        f"<!doctype html><title>{TITLE}</title>",
        *map(_asset, range(ASSETS)),
        *map(_ROW.format, range(LINKS)),
    ]
).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each asset waits 40 ms for a delayed acknowledgement

    def do_GET(self) -> None:
        body, kind = PAGE, "text/html"
        if self.path.startswith("/a/"):
            number = int(self.path.removeprefix("/a/").partition(".")[0])
            time.sleep(FASTEST_S + (SLOWEST_S - FASTEST_S) * number / (ASSETS - 1))
            body, kind = b"/* */", "text/css" if number % 3 == 0 else "text/javascript"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def heavy_site() -> Iterator[str]:
    """The address of the page while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
