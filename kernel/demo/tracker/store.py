"""All state of one tracker, in memory and bounded. Belongs to one thread and has no locks."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..web.errors import StoreFull
from .data import GUEST, LABELS, PASSWORD, PEOPLE, PRIORITIES, STATUSES, Comment, Ticket, seeded

MAX_TICKETS = 1000
MAX_COMMENTS = 200
MAX_SESSIONS = 2000
MAX_TITLE = 140
MAX_TEXT = 4000
MAX_LOG = 1000
DIGESTS = ("never", "daily", "weekly")


@dataclass(slots=True)
class Session:
    """One visitor: who they are signed in as, if at all."""

    id: str
    user: str = ""

    @property
    def name(self) -> str:
        """What others see."""
        return self.user or GUEST


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person wants to be told, and how."""

    mentions: bool = True
    assignments: bool = True
    digest: str = "weekly"
    compact: bool = False


class Refused(ValueError):
    """The tracker does not do that; its text is for the person who asked."""


class Store:
    """Tickets, sessions, settings, and a log of who changed what."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to the seeded tickets; nobody is signed in."""
        self.sessions: OrderedDict[str, Session] = OrderedDict()
        self.tickets: dict[str, Ticket] = {ticket.key: ticket for ticket in seeded()}
        self.settings: dict[str, Settings] = {}
        self.log: deque[dict[str, str]] = deque(maxlen=MAX_LOG)
        self.errors: deque[str] = deque(maxlen=20)
        self._next = len(self.tickets) + 1

    # -- who ------------------------------------------------------------------------------

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
        """Sign a session in; False if email or password is wrong."""
        known = {person.email: person.name for person in PEOPLE}
        name = known.get(email.strip().lower())
        if name is None or not secrets.compare_digest(password.encode(), PASSWORD.encode()):
            return False
        session.user = name
        return True

    def settings_of(self, session: Session) -> Settings:
        """What this person chose."""
        return self.settings.get(session.name, Settings())

    def set_settings(self, session: Session, changes: Mapping[str, object]) -> Settings:
        """Change some of the settings. Raises Refused."""
        old = self.settings_of(session)
        flags = {
            k: changes[k] is True for k in ("mentions", "assignments", "compact") if k in changes
        }
        digest = str(changes.get("digest", old.digest))
        if digest not in DIGESTS:
            raise Refused("The digest is never, daily or weekly.")
        new = replace(old, digest=digest, **flags)
        self.settings[session.name] = new
        return new

    # -- tickets --------------------------------------------------------------------------

    def create(self, session: Session, wanted: Mapping[str, object]) -> Ticket:
        """A new ticket. Raises Refused or StoreFull."""
        if len(self.tickets) >= MAX_TICKETS:
            raise StoreFull("tickets", MAX_TICKETS)
        changes = checked({"title": "", **wanted})
        ticket = replace(Ticket(self._next, "", reporter=session.name), **changes)
        self._next += 1
        self._keep(session, ticket, "created")
        return ticket

    def change(self, session: Session, key: str, wanted: Mapping[str, object]) -> Ticket:
        """Other values for some fields. Raises KeyError or Refused."""
        changes = checked(wanted)
        old = self.tickets[key]
        ticket = replace(old, **changes)
        if ticket != old:
            self._keep(session, ticket, "changed " + ", ".join(sorted(changes)))
        return ticket

    def delete(self, session: Session, key: str) -> None:
        """Remove a ticket for good. Raises KeyError, and Refused for guests."""
        if not session.user:
            raise Refused("Sign in to delete tickets.")
        del self.tickets[key]
        self._note(session, key, "deleted")

    def comment(self, session: Session, key: str, text: str) -> Ticket:
        """Add a comment. Raises KeyError or Refused."""
        clean = text.strip()[:MAX_TEXT]
        if not clean:
            raise Refused("Write something first.")
        old = self.tickets[key]
        comments = (*old.comments, Comment(session.name, clean))[-MAX_COMMENTS:]
        ticket = replace(old, comments=comments)
        self._keep(session, ticket, "commented")
        return ticket

    def watch(self, session: Session, key: str, *, on: bool) -> Ticket:
        """Be told of changes, or no longer. Raises KeyError, and Refused for guests."""
        if not session.user:
            raise Refused("Sign in to watch tickets.")
        old = self.tickets[key]
        others = tuple(name for name in old.watchers if name != session.user)
        ticket = replace(old, watchers=(*others, session.user) if on else others)
        self._keep(session, ticket, "watched" if on else "unwatched")
        return ticket

    def _keep(self, session: Session, ticket: Ticket, what: str) -> None:
        self.tickets[ticket.key] = ticket
        self._note(session, ticket.key, what)

    def _note(self, session: Session, key: str, what: str) -> None:
        self.log.append({"who": session.name, "ticket": key, "what": what})

    # -- truth for tests ------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that happened, as JSON-ready values."""
        return {
            "tickets": {key: asdict(ticket) for key, ticket in self.tickets.items()},
            "log": list(self.log),
            "sessions": [{"user": session.user} for session in self.sessions.values()],
            "settings": {name: asdict(kept) for name, kept in self.settings.items()},
            "errors": list(self.errors),
        }


def checked(wanted: Mapping[str, object]) -> dict[str, Any]:
    """The fields of a ticket that a request may set, cleaned. Raises Refused."""
    changes: dict[str, Any] = {}
    for name, value in wanted.items():
        match name:
            case "title" | "description":
                limit = MAX_TITLE if name == "title" else MAX_TEXT
                changes[name] = str(value).strip()[:limit]
            case "status" | "priority" | "assignee":
                changes[name] = _one_of(name, str(value))
            case "labels" if isinstance(value, list):
                changes[name] = tuple(label for label in LABELS if label in value)
    if changes.get("title") == "":
        raise Refused("Give the ticket a title.")
    return changes


def _one_of(name: str, value: str) -> str:
    allowed = {
        "status": STATUSES,
        "priority": PRIORITIES,
        "assignee": ("", *(person.name for person in PEOPLE)),
    }[name]
    if value not in allowed:
        raise Refused(f"{value or 'Nothing'} is no {name}.")
    return value
