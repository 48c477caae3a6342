"""One request of one visitor: session cookie in, form read, handler called, cookie out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .accounts import Account
from .records import Session
from .store import Store

SESSION_COOKIE = "shop_session"
CONSENT_COOKIE = "shop_consent"
MAX_FORM = 64 * 1024
"""Largest form body in bytes."""


@dataclass(slots=True)
class Visit:
    """What a page handler is given. Handlers are plain functions: nothing in them waits."""

    request: Request
    store: Store
    session: Session
    form: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def account(self) -> Account | None:
        """Who is signed in."""
        return self.store.account_of(self.session)

    @property
    def consented(self) -> bool:
        """Whether the cookie banner was answered, either way."""
        return self.request.cookies.get(CONSENT_COOKIE) in ("accepted", "rejected")

    @property
    def query(self) -> list[tuple[str, str]]:
        """The pairs of the query string."""
        return self.request.query_params.multi_items()

    def part(self, name: str) -> str:
        """A piece of the path."""
        return cast("str", self.request.path_params[name])

    def notice(self) -> str:
        """The one-time message for the next page, taken."""
        text, self.session.notice = self.session.notice, ""
        return text


Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Coroutine[object, object, Response]]


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request. Raises HTTPException 413 beyond `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise HTTPException(413, f"At most {limit // 1024} KB can be sent.")
        parts.append(chunk)
    return b"".join(parts)


def open_visit(request: Request) -> tuple[Visit, bool]:
    """The visit of a request, and whether its session is new."""
    store = cast("Store", request.app.state.store)
    session, fresh = store.session(request.cookies.get(SESSION_COOKIE))
    return Visit(request, store, session), fresh


def close_visit(response: Response, session: Session, fresh: bool) -> Response:
    """Give a new session its cookie; pages are never kept by a cache."""
    if fresh:
        response.set_cookie(SESSION_COOKIE, session.id, httponly=True, samesite="lax", path="/")
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def endpoint(handler: Handler, limit: int = MAX_FORM) -> Endpoint:
    """A Starlette endpoint around a handler; `limit` is the largest body in bytes."""

    async def run(request: Request) -> Response:
        body = await read_body(request, limit)
        visit, fresh = open_visit(request)
        visit.body = body
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            visit.form = dict(pairs)
        return close_visit(handler(visit), visit.session, fresh)

    return run


def go(path: str) -> RedirectResponse:
    """Continue with a GET of another page."""
    return RedirectResponse(path, status_code=303)
