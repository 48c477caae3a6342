"""What the scripts of the pages fetch: JSON, fragments of HTML, and a raw upload."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response

from .catalogue import by_slug
from .checkout import clean, is_email
from .markup import join
from .pages_shop import find, review
from .reviews import reviews
from .search import suggest
from .visit import Handler, Visit

MAX_UPLOAD = 1024 * 1024
"""Largest uploaded file in bytes."""

REVIEWS_PER_LOAD = 3


def _json(visit: Visit) -> dict[str, Any]:
    try:
        value = json.loads(visit.body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _refuse(text: str, status: int = 422) -> Response:
    return JSONResponse({"error": text}, status_code=status)


def suggestions(visit: Visit) -> Response:
    """GET /api/suggest?q=: names for the search box."""
    return JSONResponse(suggest(dict(visit.query).get("q", "")))


def more_reviews(visit: Visit) -> Response:
    """GET /api/products/<slug>/reviews?offset=: {"html", "next"}; next is null at the end."""
    said = reviews(find(visit.part("slug")))
    text = dict(visit.query).get("offset", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    end = start + REVIEWS_PER_LOAD
    html = join(review(r) for r in said[start:end])
    return JSONResponse({"html": html, "next": end if end < len(said) else None})


def subscribe(visit: Visit) -> Response:
    """POST /api/newsletter {"email"}."""
    email = clean(str(_json(visit).get("email", ""))).lower()
    if not is_email(email):
        return _refuse("Enter an email address, like name@example.com.")
    fresh = visit.store.subscribe(email)
    text = "Thank you. The next letter comes to" if fresh else "You already get our letter at"
    return JSONResponse({"message": f"{text} {email}."})


def newsletter_preference(visit: Visit) -> Response:
    """PUT /api/newsletter/preference {"on"}: the toggle of the account page."""
    account = visit.account
    if account is None:
        return _refuse("Sign in first.", 401)
    wanted = _json(visit).get("on") is True
    visit.store.set_newsletter(account, wanted)
    text = "You will get our newsletter." if wanted else "You will not get our newsletter."
    return JSONResponse({"message": text})


def order_wishes(visit: Visit) -> Response:
    """PUT /api/wishlist {"order": [slug, ...]}: the same wishes in another order."""
    order = _json(visit).get("order")
    wishes = visit.session.wishlist
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(wishes):
        return _refuse("The order must hold each wish once.")
    visit.session.wishlist = tuple(slug for slug in map(str, order) if slug in by_slug())
    return JSONResponse({"message": "Saved."})


def upload_for(purpose: str) -> Handler:
    """PUT /api/uploads/<avatar|attachment>: the raw file, its name in X-File-Name."""

    def upload(visit: Visit) -> Response:
        sent = unquote(visit.request.headers.get("x-file-name", "")).replace("\\", "/")
        name = clean(PurePosixPath(sent).name)
        if not name or not visit.body:
            return _refuse("Choose a file that is not empty.")
        account = visit.account
        if purpose == "avatar":
            if account is None:
                return _refuse("Sign in first.", 401)
            visit.store.change_account(account, avatar=name)
        received = visit.store.receive_upload(visit.session, name, visit.body, purpose)
        text = f"{received.name} was uploaded ({received.bytes:,} bytes)."
        return JSONResponse({"name": received.name, "bytes": received.bytes, "message": text})

    return upload
