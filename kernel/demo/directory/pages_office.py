"""The registry itself: appointments, signing in, help."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from ..web.http import go
from ..web.markup import Safe, join, tag
from . import fields
from .check import read_appointment
from .data import CLERK_EMAIL, CLERK_PASSWORD, TIMES, TOPICS
from .pages_entry import problems
from .visit import Visit, page, render


def appointment_page(visit: Visit) -> Response:
    """GET /appointment."""
    return _appointment(visit, {}, {})


def _appointment(visit: Visit, sent: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    def value(name: str) -> tuple[str, str]:
        return sent.get(name, ""), errors.get(name, "")

    rows = [
        fields.text("name", "Name", *value("name")),
        fields.text("email", "Email", *value("email")),
        fields.radios("topic", "It is about", {topic: topic for topic in TOPICS}, *value("topic")),
        fields.text("day", "Day", *value("day"), size=12, placeholder="dd/mm/yyyy"),
        fields.select("time", "Time", [(time, time) for time in TIMES], *value("time")),
        fields.text(
            "people", "Number of people", sent.get("people", "1"), errors.get("people", ""), size=3
        ),
    ]
    if visit.changed("moved_field"):
        rows = [*rows[2:], *rows[:2]]
    form = fields.form("/appointment", rows, "Book appointment")
    intro = tag("p", "The registry in the Town Hall is open on weekdays, by appointment.")
    main = join((tag("h1", "Book an appointment"), intro, problems(errors), form))
    return page(visit, "Book an appointment", main, 422 if errors else 200)


def appointment(visit: Visit) -> Response:
    """POST /appointment."""
    booked, errors = read_appointment(visit.form)
    if errors:
        return _appointment(visit, visit.form, errors)
    visit.store.appointments.append(booked)
    visit.session.notice = f"Your appointment is on {booked.day} at {booked.time}."
    return go("/appointment")


def sign_in_page(visit: Visit) -> Response:
    """GET /sign-in."""
    return _sign_in(visit, "", {})


def _sign_in(visit: Visit, email: str, errors: Mapping[str, str]) -> Response:
    rows = [
        fields.text("email", "Email", email),
        fields.text("password", "Password", type="password", size=20),
    ]
    if visit.changed("moved_field"):
        rows.reverse()
    form = fields.form("/sign-in", rows, "Sign in")
    hint = tag("p", f"For the demo: {CLERK_EMAIL} with the password “{CLERK_PASSWORD}”.")
    main = join((tag("h1", "Clerk sign-in"), problems(errors), form, hint))
    return page(visit, "Clerk sign-in", main, 422 if errors else 200)


def sign_in(visit: Visit) -> Response:
    """POST /sign-in."""
    email = visit.form.get("email", "")
    if not visit.store.sign_in(visit.session, email, visit.form.get("password", "")):
        return _sign_in(visit, email, {"email": "Email or password is wrong."})
    wanted, visit.session.wanted = visit.session.wanted or "/", ""
    visit.session.notice = "You are signed in."
    return go(wanted)


def sign_out(visit: Visit) -> Response:
    """POST /sign-out."""
    visit.session.clerk = False
    visit.session.notice = "You are signed out."
    return go("/")


def help_page(visit: Visit) -> Response:
    """GET /help."""
    return page(visit, "Help", Safe(render("help")))
