"""What a page was made of: its storage and the responses that it was given. Pure.

As bytes it is one msgpack map: `storage` (JSON of Playwright's `storageState`), `session` (rows of
origin, name, value), `document` (a response, or nil), `responses` (each url, kind, status, rows of
header name and value, body) and `left_out` (texts). It holds secrets, so it is only ever kept
sealed; see `parcel`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import urldefrag

import msgpack  # type: ignore[import-untyped]

from ..errors import BadSnapshot

MAX_BODY = 8 * 1024 * 1024
"""Bytes of one body that is recorded."""
MAX_BODIES = 32 * 1024 * 1024
"""Bytes of all bodies together."""
MAX_RESPONSES = 512
MAX_STORAGE = 16 * 1024 * 1024
"""Bytes of the storage, as JSON."""

_MAX_BYTES = MAX_BODIES + 2 * MAX_STORAGE + 8 * 1024 * 1024
_MAX_ROWS = 100_000
_KEYS = {"storage", "session", "document", "responses", "left_out"}

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of a server."""

    url: str
    """Without fragment."""
    kind: str
    """What it was for, in Playwright's words: `document`, `script`, `fetch`..."""
    status: int
    headers: Pairs
    """Those that say what the body is and who may read it; no cookies."""
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Recording:
    """All that a live restore needs besides the snapshot itself."""

    storage: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Cookies, localStorage and IndexedDB of the context, as Playwright's `storageState`."""
    session: Mapping[str, Pairs] = field(default_factory=dict, repr=False)
    """The sessionStorage of the page and its frames by origin."""
    document: Response | None = None
    """The page itself, also when it was the answer to a POST."""
    responses: tuple[Response, ...] = ()
    """Answers to GET requests, the newest of each address."""
    left_out: tuple[str, ...] = ()
    """What could not be recorded and why, in words."""

    @cached_property
    def by_url(self) -> Mapping[str, Response]:
        """The responses by address without fragment."""
        return {response.url: response for response in self.responses}

    @property
    def size(self) -> int:
        """Bytes of all bodies."""
        own = (self.document,) if self.document else ()
        return sum(len(response.body) for response in (*own, *self.responses))

    def answer(self, url: str) -> Response | None:
        """What was answered at an address."""
        return self.by_url.get(urldefrag(url).url)

    def to_bytes(self) -> bytes:
        """See the module."""
        packed: bytes = msgpack.packb(
            {
                "storage": json.dumps(self.storage, separators=(",", ":")).encode("ascii"),
                "session": [
                    [origin, *pair] for origin, pairs in self.session.items() for pair in pairs
                ],
                "document": _row(self.document) if self.document else None,
                "responses": [_row(response) for response in self.responses],
                "left_out": list(self.left_out),
            },
            unicode_errors="surrogatepass",
        )
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> Recording:
        """Raises `BadSnapshot` for anything that `to_bytes` did not write."""
        if len(data) > _MAX_BYTES:
            raise BadSnapshot("the recording is larger than one may be")
        try:
            found = msgpack.unpackb(
                data,
                max_array_len=_MAX_ROWS,
                max_map_len=len(_KEYS),
                max_ext_len=0,
                unicode_errors="surrogatepass",
            )
            return _checked(found)
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise BadSnapshot(f"the recording is malformed: {error}") from error


def _row(response: Response) -> list[Any]:
    headers = [list(pair) for pair in response.headers]
    return [response.url, response.kind, response.status, headers, response.body]


def _checked(found: object) -> Recording:
    if not isinstance(found, dict) or found.keys() != _KEYS:
        raise ValueError("other parts than a recording has")
    document = found["document"]
    responses = tuple(map(_response, _list(found["responses"])))
    if len(responses) > MAX_RESPONSES:
        raise ValueError("too many responses")
    return Recording(
        storage=_storage(found["storage"]),
        session=_session(_list(found["session"])),
        document=_response(document) if document is not None else None,
        responses=responses,
        left_out=tuple(map(_text, _list(found["left_out"]))),
    )


def _storage(data: object) -> dict[str, Any]:
    if not isinstance(data, bytes):
        raise TypeError("the storage is not a byte string")
    state = json.loads(data)
    if not isinstance(state, dict) or not all(isinstance(part, list) for part in state.values()):
        raise TypeError("the storage is not a storageState")
    return cast("dict[str, Any]", state)


def _session(rows: list[Any]) -> dict[str, Pairs]:
    session: dict[str, Pairs] = {}
    for row in rows:
        origin, name, value = map(_text, _list(row))
        session[origin] = (*session.get(origin, ()), (name, value))
    return session


def _response(row: object) -> Response:
    url, kind, status, headers, body = _list(row)
    if type(status) is not int or not 100 <= status <= 599 or not isinstance(body, bytes):
        raise ValueError("a response has no status or body")
    pairs = [tuple(map(_text, _list(pair))) for pair in _list(headers)]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("a header is not a name and a value")
    return Response(_text(url), _text(kind), status, cast("Pairs", tuple(pairs)), body)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value
