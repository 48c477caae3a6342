"""All slots and the shelf, changed together so that they never disagree. No I/O, no clock."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Generic, TypeVar

from .browser import Session
from .shelf import Key, Shelf
from .sizing import Admission, admit
from .slot import SHELVED, Event, Slot, State

S = TypeVar("S", bound=Session)
P = TypeVar("P")


class Roster(Generic[S, P]):
    """Every slot that is not EMPTY; exactly the READY and PARKED ones are on the shelf."""

    def __init__(self, max_slots: int) -> None:
        self.slots: dict[int, Slot[S, P]] = {}
        self.shelf = Shelf()
        self._max_slots = max_slots
        self._ids = itertools.count(1)

    def open(self, key: Key) -> Slot[S, P]:
        """A new WARMING slot."""
        slot: Slot[S, P] = Slot(next(self._ids), key)
        slot.move(Event.OPEN)
        self.slots[slot.id] = slot
        return slot

    def shelve(self, slot: Slot[S, P], expires_at: float) -> None:
        """WARMING to READY."""
        slot.move(Event.SHELVE)
        self.shelf.put(slot.key, slot.id, expires_at)

    def offer(
        self, key: Key, place: int, now: float
    ) -> tuple[Slot[S, P] | None, Slot[S, P] | None]:
        """What to give a caller (LEASED if warm, WARMING if cold), and what to retire for him."""
        late = next((s for s in self.slots.values() if s.late and s.state is State.WARMING), None)
        decision = admit(
            ready=self.shelf.has(key, now),
            live=len(self.slots),
            max_slots=self._max_slots,
            evictable=len(self.shelf) > 0 or late is not None,
            closing=self.states()[State.CLOSING],
            waiting=place,
        )
        if decision is Admission.TAKE and (number := self.shelf.take(key, now)) is not None:
            self.slots[number].move(Event.LEASE)
            return self.slots[number], None
        if decision is Admission.OPEN:
            return self.open(key), None
        if decision is Admission.EVICT and late is not None:
            return None, late
        if decision is Admission.EVICT and (number := self.shelf.stalest()) is not None:
            return None, self.slots[number]
        return None, None

    def doubt(self, slot: Slot[S, P]) -> bool:
        """Quarantine a slot on the shelf or lent; False for any other, whose maker finds out."""
        if slot.state not in {*SHELVED, State.LEASED}:
            return False
        self.shelf.remove(slot.id)
        slot.move(Event.DOUBT)
        return True

    def retire(self, slot: Slot[S, P]) -> bool:
        """To CLOSING; False if it is there, or gone, already."""
        if slot.state in {State.CLOSING, State.EMPTY}:
            return False
        self.shelf.remove(slot.id)
        slot.move(Event.RETIRE)
        return True

    def shelved(self) -> list[Slot[S, P]]:
        """READY and PARKED slots, stalest first."""
        return [self.slots[number] for number in self.shelf.slots()]

    def closed(self, slot: Slot[S, P]) -> None:
        """CLOSING to EMPTY."""
        slot.move(Event.CLOSED)
        del self.slots[slot.id]

    def doubtful(self) -> tuple[int, ...]:
        """Quarantined slots that no caller holds."""
        return tuple(
            slot.id
            for slot in self.slots.values()
            if slot.state is State.QUARANTINED and not slot.held
        )

    def states(self) -> Counter[State]:
        """Slots by state."""
        return Counter(slot.state for slot in self.slots.values())

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states().items()))
        return f"{states or 'no slots in use'}; limit {self._max_slots}"
