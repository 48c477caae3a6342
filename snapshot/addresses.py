"""Addresses of links as a browser makes them whole. Pure.

Most are plain paths, fragments or whole addresses that need no change; the others take the long
way, which follows the URL standard in what pages use and leaves out what they don't: punycode, odd
numbers for hosts, and paths of drives.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

_CHARACTERS = r"[\w./?=&;,:@!$*+%()~-]*"
_SAFE = rf"{_CHARACTERS}(?:#{_CHARACTERS})?"
_PATH = re.compile(rf"/(?!/){_SAFE}", re.ASCII)
_FRAGMENT = re.compile(rf"#{_CHARACTERS}", re.ASCII)
_WHOLE = re.compile(rf"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*/{_SAFE}", re.ASCII)
_TABS = re.compile(r"[\t\n\r]")
_EDGES = "".join(map(chr, range(33)))
_WEB = frozenset(["http", "https", "ftp", "ws", "wss"])
_HIERARCHIES = _WEB | {"file"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443", "ftp": ":21", "ws": ":80", "wss": ":443"}
# What stays as it is, besides letters and digits.
_IN_PATH = "/[]@!$&'()*+,;=:%~|\\"
_IN_QUERY = "/?[]@!$&()*+,;=:%~|\\{}^`"
_IN_FRAGMENT = "/?#[]@!$&'()*+,;=:%~|\\{}^"
_IN_OPAQUE = _IN_FRAGMENT + ' "<>`'


class Base:
    """What addresses are resolved against."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._before: str | None = None
        """What is put before a path; None where paths take the long way."""
        if url.startswith(("https://", "http://")):
            self._before = origin(url)
        elif url.startswith(("about:", "data:", "blob:")):
            self._before = ""

    def resolved(self, given: str) -> str:
        """`given` as a whole address; as it is where a browser would not resolve it either."""
        given = given.strip(_EDGES)
        if "/." not in given:
            if given[:1] == "/":
                if self._before is not None and _PATH.fullmatch(given):
                    return self._before + given
            elif _WHOLE.fullmatch(given):
                return given
        try:
            return _long_way(self._url, _TABS.sub("", given))
        except ValueError:
            return given


def origin(url: str) -> str:
    """`https://shop.example` of an address of the web."""
    return "/".join(url.split("/", 3)[:3]).partition("?")[0].partition("#")[0]


def _long_way(base: str, given: str) -> str:
    if given.startswith("#"):
        if _FRAGMENT.fullmatch(given):
            return base.partition("#")[0] + given
        return base.partition("#")[0] + "#" + _quoted(given[1:], _IN_FRAGMENT)
    scheme = urlsplit(given).scheme
    if scheme and scheme not in _HIERARCHIES:
        return _opaque(given)
    if not scheme and urlsplit(base).scheme not in _HIERARCHIES:
        return given
    whole, hash_mark, fragment = urljoin(base, given).partition("#")
    if given.endswith("#"):
        hash_mark = "#"
    parts = urlsplit(whole)
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ":"))
    path = _quoted(parts.path, _IN_PATH) or "/"
    query = f"?{_quoted(parts.query, _IN_QUERY)}" if parts.query or whole.endswith("?") else ""
    return f"{parts.scheme}://{host}{path}{query}{hash_mark}{_quoted(fragment, _IN_FRAGMENT)}"


def _opaque(given: str) -> str:
    """`mailto:`, `tel:`, `javascript:` and their like."""
    whole, hash_mark, fragment = given.partition("#")
    path, mark, query = whole.partition("?")
    scheme, _, path = path.partition(":")
    path, query = _quoted(path, _IN_OPAQUE), _quoted(query, _IN_QUERY + "'")
    return f"{scheme.lower()}:{path}{mark}{query}{hash_mark}{_quoted(fragment, _IN_FRAGMENT)}"


def _quoted(text: str, kept: str) -> str:
    return quote(text, safe=kept, errors="replace") if text else ""
