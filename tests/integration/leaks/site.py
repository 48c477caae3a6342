"""The web that the probes talk to: any host on ports 80 and 443, all of it on loopback."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SHOP = "https://shop.test"
STRANGER = "stranger.test"
"""A host whose certificate the browser does not trust."""

_PAGE = (
    "<!doctype html><title>Shop</title><link rel=icon href='data:,'><main id=shop>Welcome</main>"
)
_STRICT = _PAGE + "<script>document.title = 'ran'</script>"
_SHARED_WORKER = """
let kept = "";
onconnect = event => event.ports[0].onmessage = ({data, target}) => {
  if (data) kept = data;
  target.postMessage(kept);
};
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the site answered."""

    path: str
    host: str
    headers: dict[str, str]
    """Names in lower case."""
    connection: int
    """Port of the client's end."""
    resumed: bool
    """Whether its TLS session continued an earlier one."""


class Site:
    """The running servers' log, and how a browser reaches them."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.browser_args: tuple[str, ...] = ()

    def url(self, path: str) -> str:
        """A path of the shop, or a whole address as it is."""
        return SHOP + path if path.startswith("/") else path

    def to(self, path: str) -> list[Request]:
        """The requests for a path so far."""
        return [request for request in self.requests if request.path == path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.tls = tls

    def get_request(self) -> tuple[socket, Any]:
        plain, address = super().get_request()
        if self.tls is None:
            return plain, address
        # The handshake waits for the connection's own thread: a browser opens some in advance.
        wrapped = self.tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a browser hanging up is one
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        resumed = isinstance(self.connection, ssl.SSLSocket) and bool(
            self.connection.session_reused
        )
        self.server.site.requests.append(
            Request(self.path, headers["host"], headers, self.client_address[1], resumed)
        )
        kind = self.path.split("?")[0].split("/")[1]
        getattr(self, f"_{kind or 'home'}", self._home)(headers)

    def _home(self, headers: dict[str, str]) -> None:
        self._answer(_PAGE)

    def _echo(self, headers: dict[str, str]) -> None:
        self._answer(json.dumps(headers), "application/json")

    def _bye(self, headers: dict[str, str]) -> None:
        self._answer(_PAGE, more=[("connection", "close")])

    def _cached(self, headers: dict[str, str]) -> None:
        self._answer("kept", "text/plain", [("cache-control", "max-age=3600, immutable")])

    def _tagged(self, headers: dict[str, str]) -> None:
        more = [("etag", '"tag"'), ("cache-control", "no-cache")]
        self._answer("tagged", "text/plain", more)

    def _moved(self, headers: dict[str, str]) -> None:
        self._answer(
            "", status=301, more=[("location", "/echo"), ("cache-control", "max-age=3600")]
        )

    def _hsts(self, headers: dict[str, str]) -> None:
        self._answer(_PAGE, more=[("strict-transport-security", "max-age=3600")])

    def _hints(self, headers: dict[str, str]) -> None:
        self._answer(_PAGE, more=[("accept-ch", "Sec-CH-UA-Full-Version-List, Device-Memory")])

    def _strict(self, headers: dict[str, str]) -> None:
        self._answer(_STRICT, more=[("content-security-policy", "script-src 'none'")])

    def _cookie(self, headers: dict[str, str]) -> None:
        """Sets what follows the path's second slash: "/cookie/name/attribute; attribute"."""
        _, _, name, attributes = self.path.split("/", 3)
        self._answer(_PAGE, more=[("set-cookie", f"{name}=1; {attributes.replace('_', '; ')}")])

    def _private(self, headers: dict[str, str]) -> None:
        if "authorization" in headers:
            self._answer(_PAGE)
        else:
            self._answer(_PAGE, status=401, more=[("www-authenticate", 'Basic realm="shop"')])

    def _file(self, headers: dict[str, str]) -> None:
        self._answer(self.path, "application/octet-stream")

    def _worker(self, headers: dict[str, str]) -> None:
        self._answer("", "text/javascript", [("service-worker-allowed", "/")])

    def _shared(self, headers: dict[str, str]) -> None:
        self._answer(_SHARED_WORKER, "text/javascript")

    def _answer(
        self,
        body: str,
        kind: str = "text/html",
        more: list[tuple[str, str]] | None = None,
        status: int = 200,
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body.encode())))
        for name, value in more or []:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Run the servers; `folder` takes their keys.

    The browser must take the shop's certificate for a good one, and not merely put up with it:
    what comes over a connection with certificate errors sets no HSTS and opens no caches.
    """
    site = Site()
    trusted, pin = _tls(folder / "trusted.pem")
    untrusted, _ = _tls(folder / "untrusted.pem")
    with ExitStack() as stack:
        plain, good, bad = (
            stack.enter_context(_running(_Server(site, tls))) for tls in (None, trusted, untrusted)
        )
        rules = f"MAP {STRANGER}:443 127.0.0.1:{bad}, MAP *:443 127.0.0.1:{good}, MAP *:80 127.0.0.1:{plain}"
        site.browser_args = (
            f"--host-resolver-rules={rules}",
            f"--ignore-certificate-errors-spki-list={pin}",
        )
        yield site


@contextmanager
def _running(server: _Server) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def _tls(path: Path) -> tuple[ssl.SSLContext, str]:
    """A server's TLS with a certificate of its own, and the pin of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + _certificate(key).public_bytes(serialization.Encoding.PEM)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    return tls, base64.b64encode(hashlib.sha256(public).digest()).decode()


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.test")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("*.test")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
