"""Which of the responses that a page was given are recorded. Pure.

A page's own document comes first, then what its scripts need, then what it shows. Left out are
event streams, media, parts of files, and what is larger than `recording.MAX_BODY` or comes after
`recording.MAX_BODIES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urlsplit

from .recording import MAX_BODY, MAX_RESPONSES, Pairs

_ORDER = ("document", "script", "stylesheet", "fetch", "xhr", "font", "image")
_PARTIAL = 206
_NOT_MODIFIED = 304
_NO_DOCUMENT = (204, 205)
_REDIRECT = (301, 302, 303, 307, 308)
# Cookies are in the storage. The rest is about a connection, or an encoding that the body has
# no longer.
_DROPPED = frozenset(
    [
        "alt-svc",
        "clear-site-data",
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "keep-alive",
        "nel",
        "report-to",
        "server-timing",
        "set-cookie",
        "strict-transport-security",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request of a page as it stands in the browser's list, and its answer if that has come."""

    index: int
    """Its place in that list."""
    url: str
    method: str
    kind: str
    """In Playwright's words."""
    top: bool
    """Whether it asked for the document of the page itself."""
    status: int
    """0 while there is no answer."""
    headers: Mapping[str, str]
    """Names in lower case."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to record of the requests of a page."""

    document: Heard | None
    wanted: tuple[Heard, ...]
    """In the order in which room is given to them."""
    left_out: tuple[str, ...]


def chosen(requests: Sequence[Heard], url: str) -> Choice:
    """What to record of the newest requests of the page at `url`, oldest first."""
    document = _document(requests, urldefrag(url).url)
    since = requests if document is None else requests[requests.index(document) + 1 :]
    newest: dict[str, Heard] = {}
    for each in since:
        key = urldefrag(each.url).url
        if each.method != "GET" or each.top or not _of_the_web(key):
            continue
        if each.status or key not in newest:  # one that never came hides no older one
            newest[key] = each
    reasons = {each.index: _unfit(each) for each in newest.values()}
    fit = [each for each in newest.values() if not reasons[each.index]]
    fit.sort(key=lambda each: _ORDER.index(each.kind) if each.kind in _ORDER else len(_ORDER))
    left_out = [f"{each.url} ({why})" for each in newest.values() if (why := reasons[each.index])]
    left_out += [f"{each.url} (too many responses)" for each in fit[MAX_RESPONSES:]]
    return Choice(document, tuple(fit[:MAX_RESPONSES]), tuple(left_out))


def headers_kept(headers: Mapping[str, str]) -> Pairs:
    """The headers that matter; those that were sent several times come several times."""
    return tuple(
        (name, value)
        for name, values in headers.items()
        if name not in _DROPPED and not name.startswith(":")
        for value in values.split("\n")
    )


def status_kept(status: int) -> int:
    """What the page was told: what the browser had already came whole."""
    return 200 if status == _NOT_MODIFIED else status


def is_redirect(each: Heard) -> bool:
    """Whether the answer sent the browser elsewhere; then it has no body."""
    return each.status in _REDIRECT and "location" in each.headers


def _document(requests: Sequence[Heard], url: str) -> Heard | None:
    """The newest request that brought a page, at best one at its address."""
    brought = [
        each
        for each in requests
        if each.top and each.status and each.status not in _NO_DOCUMENT and not is_redirect(each)
    ]
    there = [each for each in brought if urldefrag(each.url).url == url]
    return max(there or brought, key=lambda each: each.index, default=None)


def _unfit(each: Heard) -> str:
    """Why a response is not recorded; empty when it is."""
    length = each.headers.get("content-length", "")
    if not each.status:
        return "no answer"
    if each.headers.get("content-type", "").startswith("text/event-stream"):
        return "an event stream"
    if each.kind == "media" or each.status == _PARTIAL:
        return "audio or video"
    if length.isdecimal() and int(length) > MAX_BODY:
        return "too large"
    return ""


def _of_the_web(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}
