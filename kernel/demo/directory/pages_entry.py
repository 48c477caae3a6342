"""One entry: show, write to, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from urllib.parse import urlencode

from starlette.responses import Response

from ..web.http import go
from ..web.markup import Safe, join, tag
from . import fields
from .check import read_entry, read_letter
from .data import HOURS, KINDS, SUBJECTS, TOWNS, Entry
from .visit import Visit, clerks_only, page, render

REPLIES = {"email": "By email", "phone": "By telephone", "none": "No reply needed"}
_FIELDS = {
    "Kind": "kind",
    "Category": "category",
    "Street": "street",
    "Town": "town",
    "Postcode": "postcode",
    "Telephone": "phone",
    "Email": "email",
    "Since": "since",
    "Open": "hours",
}


def show(visit: Visit) -> Response:
    """GET /entry/<number>."""
    entry = visit.entry()
    values = {**asdict(entry), "kind": KINDS[entry.kind], "hours": HOURS[entry.hours]}
    rows = [
        tag("tr", join((tag("th", title, scope="row"), tag("td", values[name]))))
        for title, name in _FIELDS.items()
    ]
    if entry.languages:
        spoken = ", ".join(entry.languages)
        rows.append(tag("tr", join((tag("th", "Languages", scope="row"), tag("td", spoken)))))
    main = render(
        "entry",
        name=entry.name,
        text=entry.text,
        number=entry.number,
        rows=join(rows),
        more=f"/entries?{urlencode({'category': entry.category})}",
    )
    return page(visit, entry.name, main)


def contact_page(visit: Visit) -> Response:
    """GET /entry/<number>/contact."""
    return _contact(visit, visit.entry(), {}, {})


def _contact(
    visit: Visit, entry: Entry, sent: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    def value(name: str) -> tuple[str, str]:
        return sent.get(name, ""), errors.get(name, "")

    rows = [
        fields.text("name", "Your name", *value("name")),
        fields.text("email", "Your email", *value("email")),
        fields.select("subject", "Subject", [(s, s) for s in SUBJECTS], *value("subject")),
        fields.area("message", "Message", *value("message")),
        fields.radios("reply", "How should we reply", REPLIES, sent.get("reply", "email")),
        fields.text("phone", "Your telephone", *value("phone"), size=18),
    ]
    if visit.changed("moved_field"):
        rows = [*rows[3:], *rows[:3]]
    form = fields.form(f"/entry/{entry.number}/contact", rows, "Send message")
    main = join((tag("h1", f"Write to {entry.name}"), problems(errors), form))
    return page(visit, f"Write to {entry.name}", main, 422 if errors else 200)


def problems(errors: Mapping[str, str]) -> Safe:
    """What has to be put right before a form is taken."""
    if not errors:
        return Safe("")
    rows = join(tag("li", text) for text in errors.values())
    return tag(
        "div", join((tag("b", "Please correct:"), tag("ul", rows))), class_="error", role="alert"
    )


def contact(visit: Visit) -> Response:
    """POST /entry/<number>/contact."""
    entry = visit.entry()
    letter, errors = read_letter(entry.number, visit.form)
    if errors:
        return _contact(visit, entry, visit.form, errors)
    visit.store.letters.append(letter)
    visit.session.notice = f"Your message to {entry.name} was sent."
    return go(f"/entry/{entry.number}")


@clerks_only
def edit_page(visit: Visit) -> Response:
    """GET /entry/<number>/edit."""
    entry = visit.entry()
    known = {name: str(value) for name, value in asdict(entry).items()}
    return _edit(visit, entry, known, {})


def _edit(
    visit: Visit, entry: Entry, sent: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    def value(name: str) -> tuple[str, str]:
        return sent.get(name, ""), errors.get(name, "")

    rows = [
        fields.text("name", "Name", *value("name")),
        fields.text("category", "Category", *value("category")),
        fields.text("street", "Street", *value("street")),
        fields.select("town", "Town", [(t, t) for t in TOWNS], *value("town")),
        fields.text("postcode", "Postcode", *value("postcode"), size=10),
        fields.text("phone", "Telephone", *value("phone"), size=18),
        fields.text("email", "Email", *value("email")),
        fields.radios("hours", "Open", HOURS, *value("hours")),
        fields.area("text", "Description", *value("text")),
    ]
    if visit.changed("moved_field"):
        rows.reverse()
    back = tag("a", "Cancel", href=f"/entry/{entry.number}")
    form = fields.form(f"/entry/{entry.number}/edit", rows, "Save changes", back)
    main = join((tag("h1", f"Edit {entry.name}"), problems(errors), form))
    return page(visit, f"Edit {entry.name}", main, 422 if errors else 200)


@clerks_only
def edit(visit: Visit) -> Response:
    """POST /entry/<number>/edit."""
    entry = visit.entry()
    values, errors = read_entry({**visit.form, "kind": entry.kind})
    if errors:
        return _edit(visit, entry, visit.form, errors)
    visit.store.change(replace(entry, **values))
    visit.session.notice = "The entry was saved."
    return go(f"/entry/{entry.number}")


@clerks_only
def delete_page(visit: Visit) -> Response:
    """GET /entry/<number>/delete: are you sure?"""
    entry = visit.entry()
    main = render("delete", name=entry.name, number=entry.number)
    return page(visit, f"Delete {entry.name}", main)


@clerks_only
def delete(visit: Visit) -> Response:
    """POST /entry/<number>/delete."""
    entry = visit.entry()
    if not visit.form.get("sure"):
        return go(f"/entry/{entry.number}/delete")
    visit.store.delete(entry.number)
    visit.session.notice = f"{entry.name} was deleted."
    return go("/entries")
