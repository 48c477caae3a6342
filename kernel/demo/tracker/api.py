"""What the tracker's scripts ask for: JSON in, JSON out. Refusals say why in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..web.control import Controls
from ..web.errors import StoreFull
from ..web.http import MAX_FORM, read_body
from .data import LABELS, PEOPLE, PRIORITIES, STATUSES, Ticket
from .query import SORTS, find
from .store import Refused, Session, Store

COOKIE = "kestrel_session"
MAX_BULK = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request of one visitor."""

    request: Request
    store: Store
    session: Session
    sent: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The ticket in the path."""
        return cast("str", self.request.path_params["key"])


Handler = Callable[[Call], dict[str, Any]]


def endpoint(handler: Handler) -> Callable[[Request], Coroutine[object, object, Response]]:
    """A Starlette endpoint around a handler that gives a JSON object or raises."""

    async def run(request: Request) -> Response:
        body = await read_body(request, MAX_FORM)
        store = cast("Store", request.app.state.store)
        session, fresh = store.session(request.cookies.get(COOKIE))
        try:
            answer, status = handler(Call(request, store, session, _object(body))), 200
        except Refused as error:
            answer, status = {"error": str(error)}, 422
        except StoreFull as error:
            answer, status = {"error": str(error)}, 507
        except KeyError:
            answer, status = {"error": "There is no such ticket."}, 404
        response = JSONResponse(answer, status, headers={"Cache-Control": "no-store"})
        if fresh:
            response.set_cookie(COOKIE, session.id, httponly=True, samesite="lax", path="/")
        return response

    return run


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _full(ticket: Ticket) -> dict[str, Any]:
    return {**asdict(ticket), "key": ticket.key}


def about(call: Call) -> dict[str, Any]:
    """GET /api/about: who is asking, and the words that tickets are made of."""
    controls = cast("Controls", call.request.app.state.controls)
    return {
        "user": call.session.user,
        "people": [person.name for person in PEOPLE],
        "statuses": STATUSES,
        "priorities": PRIORITIES,
        "labels": LABELS,
        "sorts": SORTS,
        "changes": sorted(controls.changes),
        "settings": asdict(call.store.settings_of(call.session)),
    }


def sign_in(call: Call) -> dict[str, Any]:
    """POST /api/sign-in {"email", "password"}."""
    email, password = str(call.sent.get("email", "")), str(call.sent.get("password", ""))
    if not call.store.sign_in(call.session, email, password):
        raise Refused("Email or password is wrong.")
    return {"user": call.session.user}


def sign_out(call: Call) -> dict[str, Any]:
    """POST /api/sign-out."""
    call.session.user = ""
    return {"user": ""}


def listed(call: Call) -> dict[str, Any]:
    """GET /api/tickets?q=&status=&priority=&assignee=&label=&sort=&page=."""
    asked = dict(call.request.query_params)
    controls = cast("Controls", call.request.app.state.controls)
    if "sort" not in asked and "reordered_list" in controls.changes:
        asked["sort"] = "oldest"
    shown = find(call.store.tickets.values(), asked, call.session.user)
    tickets = [{**_full(t), "comments": len(t.comments)} for t in shown.tickets]
    return {"tickets": tickets, "total": shown.total, "page": shown.number, "pages": shown.pages}


def create(call: Call) -> dict[str, Any]:
    """POST /api/tickets {"title", ...}."""
    return _full(call.store.create(call.session, call.sent))


def show(call: Call) -> dict[str, Any]:
    """GET /api/tickets/KT-7."""
    changes = [entry for entry in call.store.log if entry["ticket"] == call.key]
    return {**_full(call.store.tickets[call.key]), "log": changes}


def change(call: Call) -> dict[str, Any]:
    """PATCH /api/tickets/KT-7 with the fields of a ticket that are to change."""
    return _full(call.store.change(call.session, call.key, call.sent))


def delete(call: Call) -> dict[str, Any]:
    """DELETE /api/tickets/KT-7."""
    call.store.delete(call.session, call.key)
    return {"deleted": call.key}


def comment(call: Call) -> dict[str, Any]:
    """POST /api/tickets/KT-7/comments {"text"}."""
    return _full(call.store.comment(call.session, call.key, str(call.sent.get("text", ""))))


def watch(call: Call) -> dict[str, Any]:
    """PUT /api/tickets/KT-7/watch {"on"}."""
    return _full(call.store.watch(call.session, call.key, on=call.sent.get("on") is True))


def bulk(call: Call) -> dict[str, Any]:
    """POST /api/bulk {"keys", "change": {...}} or {"keys", "delete": true}."""
    keys = [str(key) for key in call.sent.get("keys", [])][:MAX_BULK]
    for key in keys:
        if call.sent.get("delete") is True:
            call.store.delete(call.session, key)
        else:
            call.store.change(call.session, key, dict(call.sent.get("change", {})))
    return {"changed": keys}


def draft(call: Call) -> dict[str, Any]:
    """GET /api/draft: what a new ticket is before anybody has filled it in."""
    ticket = Ticket(0, "", reporter=call.session.name)
    return {"priority": ticket.priority, "labels": ticket.labels, "assignee": ticket.assignee}


def show_settings(call: Call) -> dict[str, Any]:
    """GET /api/settings."""
    return asdict(call.store.settings_of(call.session))


def settings(call: Call) -> dict[str, Any]:
    """PUT /api/settings with any of mentions, assignments, digest, compact."""
    return asdict(call.store.set_settings(call.session, call.sent))
