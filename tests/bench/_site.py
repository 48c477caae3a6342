"""A heavy page on loopback: 1 MB of markup and 30 assets that take 20 to 100 ms each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ASSETS = 30
_ROW = "<p>Row {} of a long page, with <a href='/{}'>a link</a> and some words to fill the line.</p>"
_HEAD = "".join(
    f"<link rel=stylesheet href=/a/{i}.css>" if i % 3 == 0 else f"<script defer src=/a/{i}.js></script>"
    for i in range(ASSETS)
)
PAGE = (
    "<!doctype html><title>Heavy</title>"
    + _HEAD
    + "".join(_ROW.format(i, i) for i in range(1_000_000 // len(_ROW)))
).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body, kind = PAGE, "text/html"
        if self.path.startswith("/a/"):
            number = int(self.path.removeprefix("/a/").split(".")[0])
            time.sleep(0.02 + 0.08 * number / ASSETS)
            body, kind = b"/* */", "text/css" if self.path.endswith("css") else "text/javascript"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def heavy_site() -> Iterator[str]:
    """The address of the page while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
