"""Why a page could not be opened: Chromium's error names as one line for people."""

from __future__ import annotations

import re

from .errors import NavigationFailed, NavigationKind

_NET_ERROR = re.compile(r"net::(ERR_[A-Z0-9_]+)")

_CAUSES: tuple[tuple[str, NavigationKind, str], ...] = (
    ("ERR_NAME_", "unresolved", "its host name does not resolve"),
    ("ERR_DNS_", "unresolved", "its host name does not resolve"),
    ("ERR_CONNECTION_REFUSED", "refused", "nothing listens at that address"),
    ("ERR_INTERNET_DISCONNECTED", "unreachable", "this machine is offline"),
    ("ERR_ADDRESS_", "unreachable", "the address cannot be reached from here"),
    ("ERR_NETWORK_", "unreachable", "the network changed or was denied meanwhile"),
    ("ERR_PROXY_", "unreachable", "the proxy does not answer"),
    ("ERR_TUNNEL_", "unreachable", "the proxy refused the connection"),
    ("ERR_CONNECTION_TIMED_OUT", "timeout", "the server did not answer in time"),
    ("ERR_TIMED_OUT", "timeout", "the server did not answer in time"),
    ("ERR_CONNECTION_", "unreachable", "the server broke the connection off"),
    ("ERR_EMPTY_RESPONSE", "unreachable", "the server closed the connection without an answer"),
    ("ERR_CERT_", "tls", "its certificate is not valid"),
    ("ERR_SSL_", "tls", "no secure connection could be made"),
    ("ERR_TOO_MANY_REDIRECTS", "redirects", "it redirects in a circle"),
    ("ERR_UNSAFE_PORT", "blocked", "browsers refuse to open that port"),
    ("ERR_BLOCKED_", "blocked", "the browser was told to block it"),
    ("ERR_UNKNOWN_URL_SCHEME", "invalid", "the browser does not know that kind of address"),
    ("ERR_INVALID_", "invalid", "the address or the answer is malformed"),
    ("ERR_FILE_NOT_FOUND", "invalid", "there is no such file"),
    ("ERR_ABORTED", "aborted", "the navigation was broken off"),
)
_PHRASES: tuple[tuple[str, NavigationKind, str], ...] = (
    ("Download is starting", "download", "it is a download, not a page"),
    ("invalid URL", "invalid", "it is not an address"),
    ("interrupted by another navigation", "aborted", "the page went elsewhere meanwhile"),
    ("Timeout", "timeout", "the page did not load in time"),
)


def navigation_failed(url: str, error: BaseException) -> NavigationFailed:
    """The typed error for what Playwright's `goto` raised for `url`."""
    text = str(error)
    named = _NET_ERROR.search(text)
    name = named.group(1) if named else ""
    for prefix, kind, cause in _CAUSES:
        if name.startswith(prefix):
            return NavigationFailed(url, f"{cause} ({name})", kind)
    for phrase, kind, cause in _PHRASES:
        if phrase in text:
            return NavigationFailed(url, cause, kind)
    return NavigationFailed(url, name or first_line(text))


def first_line(text: str) -> str:
    """The first line of a Playwright message, without the name of the method in front."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason was given"
    return re.sub(r"^(?:\w+\.)+\w+: ", "", line)
