"""People, words and tickets that the tracker starts with. Nothing here changes at run time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATUSES = ("Open", "In progress", "In review", "Closed")
PRIORITIES = ("Low", "Medium", "High", "Urgent")
LABELS = (
    "accessibility",
    "bug",
    "design",
    "docs",
    "feature",
    "hardware",
    "mobile",
    "payments",
    "performance",
)
PASSWORD = "kestrel"
"""The password of everybody; the sign-in page shows it as a hint."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with the tracker."""

    name: str
    email: str


PEOPLE = tuple(
    Person(name, f"{name.split()[0].lower()}@example.com")
    for name in ("Jonas Berg", "Lena Fischer", "Mira Novak", "Priya Shah", "Tom Okafor")
)
GUEST = "Guest"


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote under a ticket."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it is now; a change makes a new one."""

    number: int
    title: str
    status: str = "Open"
    priority: str = "Medium"
    assignee: str = ""
    labels: tuple[str, ...] = ()
    reporter: str = GUEST
    description: str = ""
    comments: tuple[Comment, ...] = ()
    watchers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name: "KT-7"."""
        return f"KT-{self.number}"


def parse(text: str) -> tuple[Ticket, ...]:
    """Tickets from the file's format. Raises ValueError for a malformed row."""
    rows: list[tuple[str, list[Comment]]] = []
    for line in text.splitlines():
        if line.startswith(">"):
            author, _, said = line.removeprefix(">").partition(":")
            rows[-1][1].append(Comment(author.strip(), said.strip()))
        elif line.strip() and not line.startswith("#"):
            rows.append((line, []))
    return tuple(_ticket(number, *row) for number, row in enumerate(rows, 1))


def _ticket(number: int, row: str, comments: list[Comment]) -> Ticket:
    title, status, priority, assignee, labels, reporter, text = (
        cell.strip() for cell in row.split("|")
    )
    if status not in STATUSES or priority not in PRIORITIES:
        raise ValueError(f"row {number} has an unknown status or priority: {row}")
    return Ticket(
        number=number,
        title=title,
        status=status,
        priority=priority,
        assignee=assignee,
        labels=tuple(label.strip() for label in labels.split(",") if label.strip()),
        reporter=reporter,
        description=text,
        comments=tuple(comments),
    )


@cache
def seeded() -> tuple[Ticket, ...]:
    """The tickets of a fresh tracker, oldest first."""
    return parse((Path(__file__).parent / "tickets.txt").read_text(encoding="utf-8"))
