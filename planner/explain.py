"""Why a decision went as it did: what each tier said or why it was not asked, kept for a while."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .question import Tier

Outcome = Literal["answered", "silent", "failed", "skipped"]

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class TierNote:
    """What became of one tier. ``silent`` is a tier that had no answer."""

    tier: Tier
    outcome: Outcome
    reason: str = ""
    ref: str | None = None
    name: str = ""
    """What the element is called, shortened."""
    probability: float = 0.0
    seconds: float = 0.0
    cached: bool = False
    stated: float = 0.0
    """What the tier itself said, before it was calibrated."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision. ``ref`` is None when none was taken; ``needed`` is the least probability."""

    id: str
    at: float
    """Seconds since 1970."""
    instruction: str
    action: str
    irreversible: bool
    candidates: int
    needed: float
    tiers: tuple[TierNote, ...]
    ref: str | None
    by: Tier | None
    probability: float
    seconds: float
    reason: str
    cached: bool = False
    """The whole route was remembered."""

    @property
    def line(self) -> str:
        """All tiers in one line, without anything of page or goal."""
        parts = [f"{note.tier} {_brief(note)}" for note in self.tiers]
        end = f"{self.by} at {self.probability:.2f}" if self.by else "undecided"
        route = "; ".join(parts) or "remembered"
        return f"{route} -> {end}, {self.needed:.2f} needed"


def _brief(note: TierNote) -> str:
    if note.outcome == "answered":
        kept = ", cached" if note.cached else ""
        return f"{note.probability:.2f} ({note.seconds * 1000:.1f} ms{kept})"
    return note.outcome


def new_id() -> str:
    """A name for a decision: unlike any other on this machine, and short enough to be typed."""
    return f"d{secrets.token_hex(4)}"


def shortened(text: str) -> str:
    """What is kept of a text."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


class Explanations:
    """The latest explanations, by id."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, Explanation] = OrderedDict()

    def add(self, explanation: Explanation) -> None:
        """Keep one; the oldest goes when there is no room."""
        self._kept[explanation.id] = explanation
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def find(self, decision_id: str) -> Explanation | None:
        """The explanation of a decision, as long as it is kept."""
        return self._kept.get(decision_id)

    def latest(self, count: int) -> Iterable[Explanation]:
        """The newest first."""
        return tuple(reversed(self._kept.values()))[:count]
