"""The ready slots, per key, freshest first. Pure: no clock, no I/O, slots are numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What a caller must have in common with a warm slot to be given it."""

    site: str
    """Name of the site, "" for none."""
    profile: str
    """Name of the profile whose state the context holds."""
    fingerprint: str
    """Of the session's options."""


@dataclass(frozen=True, slots=True)
class _Entry:
    slot: int
    key: Key
    expires_at: float


class Shelf:
    """Ready slots in the order they were shelved."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, slot: int) -> bool:
        return slot in self._entries

    def slots(self) -> list[int]:
        """All of them, stalest first."""
        return list(self._entries)

    def entries(self) -> list[tuple[int, Key]]:
        """All of them with their keys, stalest first."""
        return [(entry.slot, entry.key) for entry in self._entries.values()]

    def freshest(self) -> frozenset[int]:
        """The slot of each key that would be taken first."""
        return frozenset({entry.key: entry.slot for entry in self._entries.values()}.values())

    def put(self, key: Key, slot: int, expires_at: float) -> None:
        """Add a slot that may be taken until `expires_at`."""
        if slot in self._entries:
            raise ValueError(f"slot {slot} is on the shelf already")
        self._entries[slot] = _Entry(slot, key, expires_at)

    def take(self, key: Key, now: float) -> int | None:
        """Remove and return the freshest slot of this key that has not expired."""
        for entry in reversed(self._entries.values()):
            if entry.key == key and entry.expires_at > now:
                del self._entries[entry.slot]
                return entry.slot
        return None

    def remove(self, slot: int) -> bool:
        """Take a slot off the shelf; False if it was not there."""
        return self._entries.pop(slot, None) is not None

    def expired(self, now: float) -> list[int]:
        """Slots whose time is over, oldest first. They stay until removed."""
        return [entry.slot for entry in self._entries.values() if entry.expires_at <= now]

    def next_expiry(self) -> float | None:
        """When the next slot expires."""
        return min((entry.expires_at for entry in self._entries.values()), default=None)

    def stalest(self, key: Key | None = None) -> int | None:
        """The slot that has waited longest, of one key or of all."""
        for entry in self._entries.values():
            if key is None or entry.key == key:
                return entry.slot
        return None

    def has(self, key: Key, now: float) -> bool:
        """Whether `take` would find one."""
        return any(e.key == key and e.expires_at > now for e in self._entries.values())

    def counts(self) -> Counter[Key]:
        """Ready slots per key."""
        return Counter(entry.key for entry in self._entries.values())
