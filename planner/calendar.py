"""Calendars that are picked from: which month is shown, how to turn pages, which cell is a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .things import Thing
from .values import month_number
from .words import fold

_HEAD = re.compile(r"(?P<m>[A-Za-z]{3,9})\.?,?\s+(?P<y>\d{4})|(?P<y2>\d{4})[\s/.-]+(?P<m2>\d{1,2})")
_NEXT = re.compile(r"\b(?:next|forward|right|later)\b|^[>›»→▶]+$", re.IGNORECASE)
_BACK = re.compile(r"\b(?:prev(?:ious)?|back|left|earlier)\b|^[<‹«←◀]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """Press `ref` to see another month."""

    ref: str


@dataclass(frozen=True, slots=True)
class Day:
    """Press `ref`: it is the day."""

    ref: str


def next_press(day: date, things: Sequence[Thing]) -> Turn | Day | None:
    """What to press to pick a day; None when no calendar can be seen."""
    head = _head(things)
    if head is None:
        return None
    year, month, title = head
    ahead = (day.year - year) * 12 + day.month - month
    if ahead:
        arrow = _arrow(_NEXT if ahead > 0 else _BACK, title, things)
        return Turn(arrow.ref) if arrow else None
    cells = [t for t in things if _is_day(t, day.day) and t.box[1] > title.box[1]]
    if not cells:
        return None
    # Neighbouring months show their days, too: early ones of the next come last.
    cell = cells[0] if day.day < 15 else cells[-1]
    return Day(cell.ref)


def _head(things: Sequence[Thing]) -> tuple[int, int, Thing] | None:
    days = sum(bool(re.fullmatch(r"\d{1,2}", t.text)) for t in things if t.kind != "field")
    if days < 28:
        return None
    for item in sorted(things, key=lambda t: len(t.text)):
        if not 6 <= len(item.text) <= 30:
            continue
        found = _HEAD.search(item.text)
        if found is None:
            continue
        month = month_number(found["m"]) if found["m"] else int(found["m2"])
        if 1 <= month <= 12:
            return int(found["y"] or found["y2"]), month, item
    return _split_head(things)


def _split_head(things: Sequence[Thing]) -> tuple[int, int, Thing] | None:
    """Month and year as words of their own, side by side."""
    for item in things:
        month = month_number(item.text) if item.kind == "text" else 0
        if not month or not item.text.isalpha():
            continue
        years = [
            t for t in things
            if re.fullmatch(r"(?:19|20)\d\d", t.text) and abs(t.middle[1] - item.middle[1]) < 12
        ]  # fmt: skip
        if years:
            return int(years[0].text), month, item
    return None


def _is_day(item: Thing, number: int) -> bool:
    plain = item.kind in ("text", "control") and item.text == str(number)
    dull = re.search(r"\b(?:disabled|other|outside|old|new|muted)\b", fold(item.label))
    return plain and not dull


def _arrow(pattern: re.Pattern[str], title: Thing, things: Sequence[Thing]) -> Thing | None:
    near = [
        t for t in things
        if abs(t.middle[1] - title.middle[1]) < 60 and t.kind != "field" and len(t.text) < 16
    ]  # fmt: skip
    found = [
        t for t in near
        if pattern.search(t.text) or pattern.search(re.sub(r"[-_]", " ", t.label))
    ]  # fmt: skip
    return min(found, key=lambda t: (t.kind == "box", -len(t.path))) if found else None
