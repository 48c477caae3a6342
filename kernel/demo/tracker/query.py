"""Which tickets a list shows, in which order, on which page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .data import PRIORITIES, STATUSES, Ticket

PAGE_SIZE = 12
SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "priority": "Highest priority",
    "title": "Title A to Z",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list; `number` counts from 1."""

    tickets: tuple[Ticket, ...]
    total: int
    number: int
    pages: int


def find(tickets: Iterable[Ticket], asked: Mapping[str, str], me: str = "") -> Shown:
    """The page of tickets that the query asks for; unknown values match nothing.

    `assignee` may be "me" or "nobody"; `status` may be "not closed".
    """
    hits = [ticket for ticket in tickets if _matches(ticket, asked, me)]
    hits = _sorted(hits, asked.get("sort", "newest"))
    pages = max(1, -(-len(hits) // PAGE_SIZE))
    text = asked.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    number = min(max(1, wanted), pages)
    start = (number - 1) * PAGE_SIZE
    return Shown(tuple(hits[start : start + PAGE_SIZE]), len(hits), number, pages)


def _matches(ticket: Ticket, asked: Mapping[str, str], me: str) -> bool:
    status = asked.get("status", "")
    if status == "not closed":
        if ticket.status == STATUSES[-1]:
            return False
    elif status and ticket.status != status:
        return False
    if asked.get("priority") and ticket.priority != asked["priority"]:
        return False
    if asked.get("label") and asked["label"] not in ticket.labels:
        return False
    who = {"me": me or "-", "nobody": ""}.get(asked.get("assignee", ""), asked.get("assignee"))
    if asked.get("assignee") and ticket.assignee != who:
        return False
    return _says(ticket, asked.get("q", ""))


def _says(ticket: Ticket, words: str) -> bool:
    text = f"{ticket.key} {ticket.title} {ticket.description}".lower()
    return all(word in text for word in re.findall(r"[\w-]+", words.lower()[:100]))


def _sorted(tickets: Sequence[Ticket], by: str) -> list[Ticket]:
    match by:
        case "oldest":
            return sorted(tickets, key=lambda ticket: ticket.number)
        case "priority":
            return sorted(tickets, key=lambda t: (-PRIORITIES.index(t.priority), -t.number))
        case "title":
            return sorted(tickets, key=lambda ticket: ticket.title.lower())
    return sorted(tickets, key=lambda ticket: -ticket.number)
