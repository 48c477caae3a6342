"""What was taught, and how it is used: no training library is needed for any of it."""
