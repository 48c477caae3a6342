"""All state of one directory, in memory and bounded. Belongs to one thread and has no locks."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..web.errors import StoreFull
from .data import CLERK_EMAIL, CLERK_PASSWORD, Entry, seeded

MAX_ENTRIES = 1000
MAX_SESSIONS = 2000
FIRST_NEW = 501


@dataclass(slots=True)
class Session:
    """One visitor: signed in or not, and a registration that is under way."""

    id: str
    clerk: bool = False
    notice: str = ""
    draft: dict[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    wanted: str = ""
    """Where to go after signing in."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was sent to an entry through its contact form."""

    to: int
    name: str
    email: str
    subject: str
    message: str
    reply: str
    phone: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """A visit to the registry. `day` is YYYY-MM-DD, `time` HH:MM."""

    name: str
    email: str
    topic: str
    day: str
    time: str
    people: int


class Store:
    """Entries, messages, appointments."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to the seeded entries; nobody is signed in."""
        self.sessions: OrderedDict[str, Session] = OrderedDict()
        self.entries: dict[int, Entry] = {entry.number: entry for entry in seeded()}
        self.letters: deque[Letter] = deque(maxlen=500)
        self.appointments: deque[Appointment] = deque(maxlen=500)
        self.log: deque[dict[str, Any]] = deque(maxlen=1000)
        self.errors: deque[str] = deque(maxlen=20)
        self._next = FIRST_NEW

    def session(self, session_id: str | None) -> tuple[Session, bool]:
        """The session of a cookie, or a new one; the second value says that it is new."""
        if session_id and session_id in self.sessions:
            self.sessions.move_to_end(session_id)
            return self.sessions[session_id], False
        session = Session(secrets.token_urlsafe(18))
        self.sessions[session.id] = session
        while len(self.sessions) > MAX_SESSIONS:
            self.sessions.popitem(last=False)
        return session, True

    def sign_in(self, session: Session, email: str, password: str) -> bool:
        """Sign the clerk in; False if email or password is wrong."""
        right = email.strip().lower() == CLERK_EMAIL
        if not (right and secrets.compare_digest(password.encode(), CLERK_PASSWORD.encode())):
            return False
        session.clerk = True
        return True

    def add(self, entry: Entry) -> Entry:
        """A new entry, numbered here. Raises StoreFull."""
        if len(self.entries) >= MAX_ENTRIES:
            raise StoreFull("entries", MAX_ENTRIES)
        kept = replace(entry, number=self._next)
        self._next += 1
        self.entries[kept.number] = kept
        self.log.append({"what": "added", "entry": kept.number})
        return kept

    def change(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its number."""
        self.entries[entry.number] = entry
        self.log.append({"what": "changed", "entry": entry.number})

    def delete(self, number: int) -> Entry:
        """Remove an entry for good. Raises KeyError."""
        entry = self.entries.pop(number)
        self.log.append({"what": "deleted", "entry": number})
        return entry

    def state(self) -> dict[str, Any]:
        """Everything that happened, as JSON-ready values."""
        return {
            "entries": {str(number): asdict(entry) for number, entry in self.entries.items()},
            "letters": [asdict(letter) for letter in self.letters],
            "appointments": [asdict(appointment) for appointment in self.appointments],
            "sessions": [{"clerk": session.clerk} for session in self.sessions.values()],
            "log": list(self.log),
            "errors": list(self.errors),
        }
