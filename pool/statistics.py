"""What the pool is and has done, as one value; and how it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .rotation import BrowserInfo, Wear
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
    """Pages warmed, those of reset contexts included."""
    refill_failures: int
    """Warm-ups that failed."""
    refill_seconds: float
    """Seconds that all warm-ups took together."""
    reuses: int
    """Contexts reset for another lease."""
    retirements: Mapping[Reason, int]
    """Slots retired, by reason."""
    unclosed: int
    """Contexts that would not close; they go when their browser goes."""
    browsers: tuple[BrowserInfo, ...]
    """Browsers that run, oldest first."""
    launches: int
    """Browsers started, the first included."""
    browser_retirements: Mapping[Wear, int]
    """Browsers given up, by reason."""
    draining: tuple[str, ...]
    """Sites of which no page is kept at present, by order."""
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

    @property
    def browser_pid(self) -> int | None:
        """Process id of the oldest browser; None while there is none."""
        return next((browser.pid for browser in self.browsers), None)


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """One slot at one moment."""

    id: int
    site: str
    """"" = an address of no site."""
    profile: str
    state: State
    age_s: float
    """Seconds since its context was made; 0 while it is not."""
    uses: int
    """Leases so far."""
    score: int | None
    """How fit it is to be lent, 0 to 100; None where it is not on the shelf."""
    pss_mb: float | None
    """Memory of its pages, megabytes; None = not known yet."""
    browser_pid: int | None


class Tally:
    """The counters behind the statistics."""

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self.refills = 0
        self.refill_failures = 0
        self.refill_seconds = 0.0
        self.reuses = 0
        self.unclosed = 0
        self.retirements: Counter[Reason] = Counter()
        self.last_refill_s: float | None = None
        self.last_error = ""
