"""The words and entries that the directory starts with. Nothing here changes at run time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

KINDS = {"person": "Person", "company": "Company", "service": "Public service"}
PLURALS = {"person": "People", "company": "Companies", "service": "Public services"}
TOWNS = ("Ashford Cross", "Bramley", "Coldwater", "Dunmore", "Elmsted", "Fairhaven")
HOURS = {"weekdays": "On weekdays", "weekends": "At weekends", "every day": "Every day"}
LANGUAGES = ("English", "Welsh", "Polish", "Punjabi", "French", "German", "Spanish")
SUBJECTS = ("General question", "Opening hours", "Prices", "Complaint", "Correction of the entry")
TOPICS = ("New entry", "Change of an entry", "Complaint", "Something else")
TIMES = ("09:00", "09:30", "10:00", "10:30", "11:00", "14:00", "14:30", "15:00")

CLERK_EMAIL = "clerk@example.com"
CLERK_PASSWORD = "registry"
"""The one account that may change entries; the sign-in page shows it as a hint."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody or something in the directory. `since` is YYYY-MM-DD."""

    number: int
    kind: str
    name: str
    category: str
    street: str = ""
    town: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    since: str = ""
    hours: str = "weekdays"
    text: str = ""
    languages: tuple[str, ...] = ()
    newsletter: bool = False

    @property
    def letter(self) -> str:
        """Under which letter it is found."""
        return self.name[:1].upper()


@cache
def seeded() -> tuple[Entry, ...]:
    """The entries of a fresh directory."""
    text = (Path(__file__).parent / "entries.txt").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> tuple[Entry, ...]:
    """Entries from the file's format. Raises ValueError for a malformed row."""
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(_entry(number, row) for number, row in enumerate(rows, 101))


def _entry(number: int, row: str) -> Entry:
    kind, name, category, street, town, postcode, phone, email, since, hours, text = (
        cell.strip() for cell in row.split("|")
    )
    if kind not in KINDS or town not in TOWNS or hours not in HOURS:
        raise ValueError(f"row {number} has an unknown kind, town or time: {row}")
    return Entry(
        number, kind, name, category, street, town, postcode, phone, email, since, hours, text
    )
