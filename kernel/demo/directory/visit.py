"""One request of one visitor of the directory, and the frame of every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ..web.control import Controls
from ..web.http import MAX_FORM, form_pairs, go, read_body
from ..web.markup import Safe, Templates, join, tag
from ..web.static_files import StaticFiles
from .data import Entry
from .store import Session, Store

COOKIE = "vale_session"
_HERE = Path(__file__).parent
FILES = StaticFiles(_HERE / "static")
render = Templates(_HERE / "templates")

RENAMED = {
    "Search": "Find",
    "Send message": "Post this letter",
    "Next step": "Carry on",
    "Register now": "Enter into the directory",
    "Save changes": "Store",
    "Yes, delete": "Remove for good",
    "Book appointment": "Reserve this time",
    "Sign in": "Enter",
}
"""Button -> its other name, when buttons are renamed."""


@dataclass(slots=True)
class Visit:
    """What a page handler is given. Handlers are plain functions: nothing in them waits."""

    request: Request
    store: Store
    session: Session
    pairs: list[tuple[str, str]]

    @property
    def form(self) -> dict[str, str]:
        """What was sent, without blanks around it; the last of each name."""
        return {name: value.strip() for name, value in self.pairs}

    @property
    def query(self) -> dict[str, str]:
        """The query string."""
        return dict(self.request.query_params)

    def changed(self, name: str) -> bool:
        """Whether the page is to look otherwise; one of `CHANGES`."""
        return name in cast("Controls", self.request.app.state.controls).changes

    def entry(self) -> Entry:
        """The entry in the path. Raises HTTPException 404."""
        text = cast("str", self.request.path_params["number"])
        found = self.store.entries.get(int(text)) if re.fullmatch(r"\d{1,6}", text) else None
        if found is None:
            raise HTTPException(404)
        return found


Handler = Callable[[Visit], Response]


def open_visit(request: Request, body: bytes = b"") -> tuple[Visit, bool]:
    """The visit of a request, and whether its session is new."""
    store = cast("Store", request.app.state.store)
    session, fresh = store.session(request.cookies.get(COOKIE))
    return Visit(request, store, session, form_pairs(request, body)), fresh


def close_visit(response: Response, session: Session, fresh: bool) -> Response:
    """Give a new session its cookie; pages are never kept by a cache."""
    if fresh:
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="lax", path="/")
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def endpoint(handler: Handler) -> Callable[[Request], Coroutine[object, object, Response]]:
    """A Starlette endpoint around a handler."""

    async def run(request: Request) -> Response:
        body = await read_body(request, MAX_FORM)
        visit, fresh = open_visit(request, body)
        return close_visit(handler(visit), visit.session, fresh)

    return run


def page(visit: Visit, title: str, main: Safe, status: int = 200) -> HTMLResponse:
    """A whole document."""
    notice, visit.session.notice = visit.session.notice, ""
    html = render(
        "layout",
        title=f"{title} - Marlow Vale Directory",
        css=FILES.asset("directory.css"),
        query=visit.query.get("q", ""),
        letters=letters(reverse=visit.changed("reordered_list")),
        account=_account(visit),
        banner=render("banner") if visit.changed("new_banner") else "",
        notice=tag("p", tag("b", notice), class_="notice", role="status") if notice else "",
        main=main,
    )
    if visit.changed("renamed_button"):
        for name, new in RENAMED.items():
            html = Safe(
                html.replace(f'type="submit" value="{name}"', f'type="submit" value="{new}"')
            )
    return HTMLResponse(html, status_code=status)


def letters(*, reverse: bool = False) -> Safe:
    """A link for each letter."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return join(
        (
            tag("a", a, href=f"/entries?letter={a}")
            for a in (alphabet[::-1] if reverse else alphabet)
        ),
        " ",
    )


def _account(visit: Visit) -> Safe:
    if visit.session.clerk:
        return render("sign_out")
    return tag("a", "Clerk sign-in", href="/sign-in")


def clerks_only(handler: Handler) -> Handler:
    """A handler that sends everybody else to the sign-in page first."""

    def run(visit: Visit) -> Response:
        if visit.session.clerk:
            return handler(visit)
        visit.session.wanted = visit.request.url.path
        visit.session.notice = "Please sign in to change entries."
        return go("/sign-in")

    return run
