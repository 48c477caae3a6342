"""One request of one visitor: session cookie in, form read, handler called, cookie out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from ..web.control import Controls
from ..web.http import MAX_FORM, form_pairs, go, read_body
from .accounts import Account
from .records import Session
from .store import Store

SESSION_COOKIE = "shop_session"
CONSENT_COOKIE = "shop_consent"


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

    def changed(self, name: str) -> bool:
        """Whether the page is to look otherwise; one of `CHANGES`."""
        return name in cast("Controls", self.request.app.state.controls).changes

    def part(self, name: str) -> str:
        """A piece of the path."""
        return cast("str", self.request.path_params[name])

    def notice(self) -> str:
        """The one-time message for the next page, taken."""
        text, self.session.notice = self.session.notice, ""
        return text


__all__ = ["Endpoint", "Handler", "Visit", "close_visit", "endpoint", "go", "open_visit"]

Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Coroutine[object, object, Response]]


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
        visit.form = dict(form_pairs(request, body))
        return close_visit(handler(visit), visit.session, fresh)

    return run
