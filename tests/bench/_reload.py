"""The same page as a site serves it: 30 assets, each 20 ms away, on loopback."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import _mixed

ASSETS = 30
AWAY_S = 0.02
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_KINDS = {"css": "text/css", "js": "text/javascript", "gif": "image/gif"}


HEAD = "".join(
    f"<link rel=stylesheet href=/a/{i}.css><script defer src=/a/{i}.js></script>"
    for i in range(ASSETS // 3)
)
BODY = "".join(f"<img src=/a/{i}.gif alt='' width=9 height=9>" for i in range(ASSETS // 3))


@functools.cache
def _page(nodes: int) -> bytes:
    return _mixed.page(nodes, head=HEAD, body=BODY).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each asset waits 40 ms for a delayed acknowledgement

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path.startswith("/a/"):
            time.sleep(AWAY_S)
            kind = asked.path.rpartition(".")[2]
            self._send(PIXEL if kind == "gif" else b"/* */", _KINDS[kind])
        else:
            nodes = int(parse_qs(asked.query)["nodes"][0])
            self._send(_page(nodes), "text/html")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def assets_site() -> Iterator[str]:
    """The address of the site while the block runs; `/?nodes=1000` is a page. It is served by a
    process of its own, which ends with us."""
    server = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.stdin.close()
        server.wait(20)
        server.stdout.close()


def main() -> None:
    """Serve until standard input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(f"http://127.0.0.1:{server.server_port}/"), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
