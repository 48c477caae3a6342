"""The state table of one slot: a place for one browser context.

Rules:

* EMPTY is where a slot begins and ends; it holds nothing and counts against no limit.
* WARMING: its session is being made, by a refill (which ends READY) or for a caller who waits
  (which ends LEASED). What goes wrong here ends in CLOSING, never on the shelf.
* READY: on the shelf, with a page that answered. One caller may have it, once.
* PARKED: READY, on the shelf like it, and standing still: it must be woken before it is asked
  anything. It goes back to READY only when something else woke it.
* LEASED: one caller has it. By default its context is destroyed afterwards: no scrub of one was
  ever found complete.
* RESETTING: its context is cleaned and its page loaded anew, for another lease of the same key
  (`SiteConfig.max_uses`). Nobody has it meanwhile.
* QUARANTINED: its page crashed, hung or lost its browser. Nobody may be given it any more;
  a caller who has it already keeps it until the release.
* CLOSING: its session is being destroyed. It still counts against the limit, because its
  processes still exist.

Every slot ends through CLOSING in EMPTY, so one that is retired exactly once is neither lost nor
leaked.
"""

from __future__ import annotations

from asyncio import Task
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from .browser import Session
from .errors import IllegalTransition
from .fleet import Host
from .health import Pulse
from .shelf import Key

S = TypeVar("S", bound=Session)
P = TypeVar("P")


class State(StrEnum):
    """Where a slot is in its life."""

    EMPTY = "empty"
    WARMING = "warming"
    READY = "ready"
    PARKED = "parked"
    LEASED = "leased"
    RESETTING = "resetting"
    QUARANTINED = "quarantined"
    CLOSING = "closing"


SHELVED = frozenset({State.READY, State.PARKED})
"""What lies on the shelf, to be lent."""


class Event(StrEnum):
    """What can happen to a slot."""

    OPEN = "open"
    SHELVE = "shelve"
    PARK = "park"
    UNPARK = "unpark"
    LEASE = "lease"
    RESET = "reset"
    DOUBT = "doubt"
    RETIRE = "retire"
    CLOSED = "closed"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.EMPTY: {Event.OPEN: State.WARMING},
    State.WARMING: {
        Event.SHELVE: State.READY,
        Event.LEASE: State.LEASED,
        Event.RETIRE: State.CLOSING,
    },
    State.READY: {
        Event.PARK: State.PARKED,
        Event.LEASE: State.LEASED,
        Event.DOUBT: State.QUARANTINED,
        Event.RETIRE: State.CLOSING,
    },
    State.PARKED: {
        Event.UNPARK: State.READY,
        Event.LEASE: State.LEASED,
        Event.DOUBT: State.QUARANTINED,
        Event.RETIRE: State.CLOSING,
    },
    State.LEASED: {
        Event.RESET: State.RESETTING,
        Event.DOUBT: State.QUARANTINED,
        Event.RETIRE: State.CLOSING,
    },
    State.RESETTING: {Event.SHELVE: State.READY, Event.RETIRE: State.CLOSING},
    State.QUARANTINED: {Event.RETIRE: State.CLOSING},
    State.CLOSING: {Event.CLOSED: State.EMPTY},
}


class Reason(StrEnum):
    """Why a slot was retired."""

    USED = "used"
    BROKEN = "broken"
    LOST = "lost"
    PING = "ping"
    EXPIRED = "expired"
    SURPLUS = "surplus"
    DRAINED = "drained"
    WORN = "worn"
    """Its browser is to be replaced."""
    EVICTED = "evicted"
    MEMORY = "memory"
    HEALTH = "health"
    FAILED = "failed"
    CHANGED = "changed"
    SHUTDOWN = "shutdown"


def transition(state: State, event: Event) -> State:
    """The state after `event`. Raises IllegalTransition where the table has no entry."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(f"A slot that is {state} cannot {event}") from None


@dataclass(slots=True, eq=False)
class Slot(Generic[S, P]):
    """One slot. Ids are never used twice within a pool."""

    id: int
    key: Key
    state: State = State.EMPTY
    held: bool = False
    """A caller has it, and will release it."""
    making: Task[S] | None = None
    """Makes the session. A slot that is retired meanwhile waits for it, to close what it made."""
    session: S | None = None
    prepared: P | None = None
    host: Host[S] | None = None
    """The browser that its session is in."""
    late: bool = False
    """Its refill waits for a slow site: whoever needs the place may have it."""
    made_at: float = 0.0
    """When its session was made, by the pool's clock."""
    uses: int = 0
    """Leases so far."""
    ready_at: float = 0.0
    """When its page was put on the shelf, by the pool's clock."""
    park_at: float = 0.0
    """Not to be parked before."""
    pulse: Pulse = field(default_factory=Pulse)
    """How fast its page answers."""
    missed: int = 0
    """Pings it missed in a row."""
    pss_mb: float | None = None
    """Memory of its renderers when last looked at, megabytes."""

    def move(self, event: Event) -> None:
        """Take one transition. Raises IllegalTransition."""
        self.state = transition(self.state, event)
