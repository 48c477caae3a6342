"""What the store says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from .evict import Totals


@dataclass(frozen=True, slots=True)
class Collected:
    """What one collection did."""

    moved: int = 0
    """Snapshots taken from the warm tier to the cold one."""
    dropped: int = 0
    freed_bytes: int = 0
    """Bytes of those that were dropped."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The store as this process sees it."""

    hot: Totals
    warm: Totals
    """As counted at the opening and after each collection, like `cold`."""
    cold: Totals
    hits: int
    """Reads from memory."""
    misses: int
    """Reads from disk."""
    puts: int
    waiting: int
    """Calls that wait or are under way."""
    last_error: str
    """Why the last collection failed; empty if it did not."""
