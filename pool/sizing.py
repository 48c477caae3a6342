"""How many pages to keep warm, and what to do with a caller. Pure: values in, decisions out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from .config import SiteConfig


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is of one site."""

    ready: int = 0
    warming: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """The whole pool at one moment."""

    live: int
    """Slots in any state but EMPTY."""
    warming: int
    """Refills under way."""
    acquiring: int
    """Callers inside `acquire`."""


@dataclass(frozen=True, slots=True)
class Refill:
    """Warm one page of this site."""

    site: SiteConfig


@dataclass(frozen=True, slots=True)
class Shrink:
    """Close the stalest page of this site."""

    site: SiteConfig


class Admission(Enum):
    """What to do with a caller who wants a session."""

    TAKE = auto()
    """Give the ready slot."""
    OPEN = auto()
    """There is room: make a session."""
    EVICT = auto()
    """No room, but a ready page of somebody else: close that, then look again."""
    WAIT = auto()
    """No room: look again when a slot closes."""


def plan(
    sites: Sequence[SiteConfig],
    stock: Mapping[str, Stock],
    load: Load,
    *,
    max_slots: int,
    refills: int,
    resting: Collection[str] = (),
) -> list[Refill | Shrink]:
    """What to do now, most urgent first.

    Every site gets its first page before any gets its second. Nothing is warmed while somebody
    acquires (a refill under way costs an acquire half its speed), nor for a resting site, nor
    beyond the room there is.
    """
    decisions: list[Refill | Shrink] = [
        Shrink(site)
        for site in sites
        for _ in range(stock.get(site.name, Stock()).ready - site.max_warm)
    ]
    if load.acquiring:
        return decisions
    awake = [site for site in sites if site.name not in resting]
    room = min(max_slots - load.live, refills - load.warming)
    return decisions + [Refill(site) for site in _missing(awake, stock)[: max(0, room)]]


def _missing(sites: Sequence[SiteConfig], stock: Mapping[str, Stock]) -> list[SiteConfig]:
    """One entry for each page that is missing, level by level."""
    levels: list[tuple[int, SiteConfig]] = []
    for site in sites:
        have = stock.get(site.name, Stock())
        levels += [(level, site) for level in range(have.ready + have.warming, site.min_warm)]
    return [site for _, site in sorted(levels, key=lambda item: item[0])]


def admit(
    *, ready: bool, live: int, max_slots: int, evictable: bool, closing: int, waiting: int
) -> Admission:
    """What to do with one caller. `waiting` counts the caller and those ahead of him."""
    if ready:
        return Admission.TAKE
    if live < max_slots:
        return Admission.OPEN
    if evictable and closing < waiting:
        return Admission.EVICT
    return Admission.WAIT


def pause_after(failures: int, first_s: float, longest_s: float) -> float:
    """Seconds a site rests after so many failures in a row."""
    if failures < 1:
        return 0.0
    return min(longest_s, first_s * 2.0 ** min(failures - 1, 30))
