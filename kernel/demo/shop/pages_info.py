"""Help, contact, cookie consent, and the delivery widget that lives in a frame."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import HTMLResponse, Response

from . import forms
from .checkout import clean, read_message, working_days
from .layout import crumbs, page
from .markup import join, render
from .static_files import asset
from .visit import CONSENT_COOKIE, Visit, go

TOPICS = ("A question about a product", "My order", "A repair", "Something else")
CONSENT_DAYS = 180


def help_page(visit: Visit) -> Response:
    """GET /help."""
    return page(visit, "Help", render("help"))


def size_guide(visit: Visit) -> Response:
    """GET /help/size-guide, which product pages open in a new tab."""
    way = crumbs(("Help", "/help"), ("Size guide", ""))
    return page(visit, "Size guide", render("size_guide", crumbs=way))


def contact_page(visit: Visit) -> Response:
    """GET /contact."""
    account = visit.account
    known = {"name": account.full_name, "email": account.email} if account else {}
    return _contact(visit, known, {})


def _contact(visit: Visit, form: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    def text(name: str, label: str, kind: str = "text") -> object:
        value, error = form.get(name, ""), errors.get(name, "")
        return forms.field(name, label, value, error, type=kind, autocomplete=name, required=True)

    said = form.get("message", "")
    fields = (
        text("name", "Your name"),
        text("email", "Email", "email"),
        forms.select("topic", "Topic", TOPICS, form.get("topic", "")),
        forms.area("message", "Message", said, errors.get("message", ""), rows=6, required=True),
    )
    main = render(
        "contact",
        problems=forms.problems(errors),
        fields=join(fields),
        attachment=form.get("attachment", ""),
    )
    return page(visit, "Contact us", main, bare=True, status=422 if errors else 200)


def contact(visit: Visit) -> Response:
    """POST /contact: name, email, topic, message, attachment (the name of a file sent before)."""
    form = visit.form
    errors = read_message(form)
    if errors:
        return _contact(visit, form, errors)
    topic = form.get("topic", "")
    message = visit.store.receive_message(
        clean(form["name"]),
        clean(form["email"]),
        topic if topic in TOPICS else TOPICS[-1],
        form["message"].strip(),
        clean(form.get("attachment", "")),
    )
    text = f"Your message has the number {message.number}. We will write to {message.email}."
    heading = "Thank you for your message"
    return page(visit, heading, render("message", heading=heading, text=text))


def consent(visit: Visit) -> Response:
    """POST /consent: choice is accepted, rejected or reset."""
    # Only the path of the page that asked is used, so that no other site can be the target.
    back = visit.request.headers.get("referer", "/").split("://", 1)[-1]
    path = "/" + back.partition("/")[2].lstrip("/\\")
    response = go(path)
    choice = visit.form.get("choice", "")
    if choice in ("accepted", "rejected"):
        age = CONSENT_DAYS * 24 * 3600
        response.set_cookie(CONSENT_COOKIE, choice, max_age=age, samesite="lax", path="/")
    else:
        response.delete_cookie(CONSENT_COOKIE, path="/")
    return response


def delivery_widget(visit: Visit) -> Response:
    """GET /widget/delivery?postcode=: a small document of its own."""
    query = dict(visit.query)
    postcode = clean(query.get("postcode", ""))
    result = ""
    if "postcode" in query:
        days = working_days(postcode)
        result = (
            f"Standard delivery to {postcode.upper()} takes {days} working days."
            if days
            else "Enter a postcode of 3 to 10 letters and digits."
        )
    field = forms.field("postcode", "Postcode", postcode, autocomplete="postal-code")
    return HTMLResponse(render("widget", css=asset("shop.css"), field=field, result=result))
