"""What people typed into forms, as values, or a message for each field that is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from .data import HOURS, KINDS, SUBJECTS, TIMES, TOPICS, TOWNS
from .store import Appointment, Letter

MAX_TEXT = 2000
Errors = dict[str, str]


def is_email(text: str) -> bool:
    """Whether it looks like an email address."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None


def is_phone(text: str) -> bool:
    """Whether it looks like a telephone number."""
    return re.fullmatch(r"\+?[\d ()/-]{6,20}", text) is not None


def read_letter(to: int, form: Mapping[str, str]) -> tuple[Letter, Errors]:
    """A message to an entry."""
    errors: Errors = {}
    if not form.get("name"):
        errors["name"] = "Enter your name."
    if not is_email(form.get("email", "")):
        errors["email"] = "Enter your email address."
    if form.get("subject") not in SUBJECTS:
        errors["subject"] = "Choose a subject."
    if not form.get("message"):
        errors["message"] = "Write a message."
    reply = form.get("reply", "email")
    if reply == "phone" and not is_phone(form.get("phone", "")):
        errors["phone"] = "Enter your telephone number, as we shall reply by telephone."
    letter = Letter(
        to=to,
        name=form.get("name", ""),
        email=form.get("email", ""),
        subject=form.get("subject", ""),
        message=form.get("message", "")[:MAX_TEXT],
        reply=reply,
        phone=form.get("phone", ""),
    )
    return letter, errors


def read_entry(form: Mapping[str, str]) -> tuple[dict[str, Any], Errors]:
    """The fields of an entry that a form holds."""
    names = ("kind", "name", "category", "street", "town", "postcode", "phone", "email", "hours")
    values = {name: form.get(name, "")[:200] for name in names}
    values["text"] = form.get("text", "")[:MAX_TEXT]
    errors: Errors = {}
    for name, allowed in (("kind", KINDS), ("town", TOWNS), ("hours", HOURS)):
        if values[name] not in allowed:
            errors[name] = f"Choose the {name}." if name != "hours" else "Choose when it is open."
    for name in ("name", "category", "street"):
        if not values[name]:
            errors[name] = f"Enter the {name}."
    if not re.fullmatch(r"[A-Za-z]{1,2}\d[\dA-Za-z]? ?\d[A-Za-z]{2}", values["postcode"]):
        errors["postcode"] = "Enter a postcode like MV3 1DD."
    if not is_phone(values["phone"]):
        errors["phone"] = "Enter a telephone number."
    if not is_email(values["email"]):
        errors["email"] = "Enter an email address."
    return values, errors


def read_date(form: Mapping[str, str], name: str) -> str | None:
    """YYYY-MM-DD out of three lists; None when there is no such day."""
    try:
        return date(
            *(int(form.get(f"{name}_{part}", "")) for part in ("year", "month", "day"))
        ).isoformat()
    except ValueError:
        return None


def read_appointment(form: Mapping[str, str]) -> tuple[Appointment, Errors]:
    """A visit to the registry. Dates are written 31/12/2026 (or as the year-first form)."""
    errors: Errors = {}
    if not form.get("name"):
        errors["name"] = "Enter your name."
    if not is_email(form.get("email", "")):
        errors["email"] = "Enter your email address."
    if form.get("topic") not in TOPICS:
        errors["topic"] = "Choose what it is about."
    day = _written(form.get("day", ""))
    if day is None:
        errors["day"] = "Enter the day like 24/11/2026."
    elif date.fromisoformat(day).weekday() > 4:
        errors["day"] = "The registry is closed at weekends."
    if form.get("time") not in TIMES:
        errors["time"] = "Choose a time."
    people = form.get("people", "1")
    if not re.fullmatch(r"[1-9]", people):
        errors["people"] = "Between 1 and 9 people can come."
    count = 1 if "people" in errors else int(people)
    appointment = Appointment(
        name=form.get("name", "")[:200],
        email=form.get("email", ""),
        topic=form.get("topic", ""),
        day=day or "",
        time=form.get("time", ""),
        people=count,
    )
    return appointment, errors


def _written(text: str) -> str | None:
    found = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text)
    if found is None:
        return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and _exists(text) else None
    iso = f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    return iso if _exists(iso) else None


def _exists(iso: str) -> bool:
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True
