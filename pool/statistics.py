"""What the pool is and has done, as one value; and how it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .slot import Reason, State


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """A snapshot of the pool. It does not change afterwards."""

    slots: Mapping[State, int]
    """Slots by state."""
    ready: Mapping[str, int]
    """Ready pages by site."""
    waiting: int
    """Callers waiting for a free slot."""
    hits: int
    """Acquires answered with a warm page."""
    misses: int
    """Acquires answered with a cold session."""
    refills: int
    """Pages warmed."""
    refill_failures: int
    """Warm-ups that failed."""
    retirements: Mapping[Reason, int]
    """Slots retired, by reason."""
    unclosed: int
    """Contexts that would not close; they go when their browser goes."""
    browser_pid: int | None
    launches: int
    """Browsers started, the first included."""
    last_refill_s: float | None
    """Seconds the latest warm-up took."""
    last_error: str
    """The latest background failure, one line; "" = none."""
    scores: Mapping[int, int] = field(default_factory=dict)
    """How fit each ready or parked slot is to be lent, 0 to 100, by its number."""

    @property
    def hit_rate(self) -> float:
        """Warm acquires among all, 0 to 1; 0 before the first."""
        total = self.hits + self.misses
        return self.hits / total if total else 0.0


class Tally:
    """The counters behind the statistics."""

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self.refills = 0
        self.refill_failures = 0
        self.unclosed = 0
        self.retirements: Counter[Reason] = Counter()
        self.last_refill_s: float | None = None
        self.last_error = ""
