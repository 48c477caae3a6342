"""Registering an entry in four steps. What was typed waits in the session."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from ..web.http import go
from ..web.markup import Safe, join, tag
from . import fields
from .check import Errors, read_date, read_entry
from .data import HOURS, KINDS, LANGUAGES, TOWNS, Entry
from .pages_entry import problems
from .visit import Visit, page

STEPS = ("What", "Where", "Details", "Check")
_YEARS = range(2026, 1899, -1)
_ASKED = (
    ("kind", "name", "category"),
    ("street", "town", "postcode", "phone", "email"),
    ("since", "hours", "text", "terms"),
)
"""The fields of each step but the last, which only shows them all."""


def step_page(visit: Visit) -> Response:
    """GET /register?step=."""
    text = visit.query.get("step", "1")
    wanted = int(text) if text in ("1", "2", "3", "4") else 1
    if wanted == 1 and "again" not in visit.query and "step" not in visit.query:
        visit.session.draft, visit.session.languages = {}, ()
    return _show(visit, min(wanted, _reached(visit)), {})


def _reached(visit: Visit) -> int:
    """The first step that is not complete."""
    for number in (1, 2, 3):
        if _errors(visit.session.draft, number):
            return number
    return 4


def _errors(draft: Mapping[str, str], number: int) -> Errors:
    _, errors = read_entry(draft)
    if not draft.get("since"):
        errors["since"] = "Choose day, month and year."
    if not draft.get("terms"):
        errors["terms"] = "Please agree to the terms."
    return {name: text for name, text in errors.items() if name in _ASKED[number - 1]}


def _show(visit: Visit, number: int, errors: Errors) -> Response:
    draft = visit.session.draft
    rows = (_what, _where, _details, _summary)[number - 1](visit, draft, errors)
    if visit.changed("moved_field") and number < 4:
        rows = rows[::-1]
    trail = join(
        (tag("b" if at == number else "span", f"{at}. {name}") for at, name in enumerate(STEPS, 1)),
        " > ",
    )
    back = tag("a", "Back", href=f"/register?step={number - 1}&again=1") if number > 1 else ""
    button = "Register now" if number == 4 else "Next step"
    form = fields.form(f"/register?step={number}", rows, button, back)
    title = f"Register an entry, step {number} of 4"
    main = join((tag("h1", title), tag("p", trail), problems(errors), form))
    return page(visit, title, main, 422 if errors else 200)


def _what(_: Visit, draft: Mapping[str, str], errors: Errors) -> list[Safe]:
    return [
        fields.radios(
            "kind", "Kind of entry", KINDS, draft.get("kind", ""), errors.get("kind", "")
        ),
        fields.text("name", "Name", draft.get("name", ""), errors.get("name", "")),
        fields.text("category", "Category", draft.get("category", ""), errors.get("category", "")),
    ]


def _where(_: Visit, draft: Mapping[str, str], errors: Errors) -> list[Safe]:
    def value(name: str) -> tuple[str, str]:
        return draft.get(name, ""), errors.get(name, "")

    return [
        fields.text("street", "Street", *value("street")),
        fields.select("town", "Town", [(t, t) for t in TOWNS], *value("town")),
        fields.text("postcode", "Postcode", *value("postcode"), size=10),
        fields.text("phone", "Telephone", *value("phone"), size=18),
        fields.text("email", "Email", *value("email")),
    ]


def _details(visit: Visit, draft: Mapping[str, str], errors: Errors) -> list[Safe]:
    def value(name: str) -> tuple[str, str]:
        return draft.get(name, ""), errors.get(name, "")

    return [
        fields.date("since", "Founded or born", *value("since"), years=_YEARS),
        fields.radios("hours", "Open", HOURS, *value("hours")),
        fields.checks("languages", "Languages", LANGUAGES, visit.session.languages),
        fields.area("text", "Description", *value("text")),
        fields.check("newsletter", "Send me the newsletter", draft.get("newsletter") == "1"),
        fields.check(
            "terms", "I agree to the terms", draft.get("terms") == "1", errors.get("terms", "")
        ),
    ]


def _summary(visit: Visit, draft: Mapping[str, str], _: Errors) -> list[Safe]:
    names = ("kind", "name", "category", "street", "town", "postcode", "phone", "email", "since")
    shown = [(name.capitalize(), draft.get(name, "")) for name in (*names, "hours", "text")]
    shown.append(("Languages", ", ".join(visit.session.languages)))
    return [fields.row(name, Safe(tag("span", value))) for name, value in shown]


def step(visit: Visit) -> Response:
    """POST /register?step=: keep what was typed, and go on if it is right."""
    text = visit.query.get("step", "")
    number = int(text) if text in ("1", "2", "3", "4") else 1
    if number == 4:
        return _finish(visit)
    _keep(visit, number)
    errors = _errors(visit.session.draft, number)
    if errors:
        return _show(visit, number, errors)
    return go(f"/register?step={number + 1}")


def _keep(visit: Visit, number: int) -> None:
    session, form = visit.session, visit.form
    kept = {name: form.get(name, "") for name in _ASKED[number - 1] if name != "since"}
    if number == 3:
        kept["since"] = read_date(form, "since") or ""
        kept["newsletter"] = form.get("newsletter", "")
        spoken = {value for name, value in visit.pairs if name == "languages"}
        session.languages = tuple(language for language in LANGUAGES if language in spoken)
    session.draft = {**session.draft, **kept}


def _finish(visit: Visit) -> Response:
    session = visit.session
    missing = _reached(visit)
    if missing < 4:
        return _show(visit, missing, _errors(session.draft, missing))
    values, _ = read_entry(session.draft)
    entry = visit.store.add(
        Entry(
            0,
            **values,
            since=session.draft["since"],
            languages=session.languages,
            newsletter=session.draft.get("newsletter") == "1",
        )
    )
    session.draft, session.languages = {}, ()
    session.notice = f"Thank you. Your entry has the number {entry.number}."
    return go(f"/entry/{entry.number}")
