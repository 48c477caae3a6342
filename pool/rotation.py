"""When a browser gives way to another. Pure: what is known of each browser in, what to do out.

A browser leaks a little with every context it served. So one that served many, or grew large, gets
no new ones; a spare is running before that, so that nobody waits for the change. The pages it has
are lent on until others took their place, and it is closed with the last of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .config import PoolConfig

_NEARLY = 0.9
"""At this share of a limit the spare is started."""


class Standing(StrEnum):
    """What a browser is for."""

    SPARE = "spare"
    """It runs, and nobody uses it yet."""
    CURRENT = "current"
    """New contexts of its tenant are made in it."""
    RETIRING = "retiring"
    """It gets no new contexts, and goes with the last it has."""


class Wear(StrEnum):
    """Why a browser was closed."""

    CONTEXTS = "contexts"
    MEMORY = "memory"
    IDLE = "idle"
    LOST = "lost"
    """It died, or did not answer."""


@dataclass(frozen=True, slots=True)
class BrowserInfo:
    """One browser of the pool at one moment."""

    id: int
    pid: int | None
    tenant: str
    """The profile it is for; "" = all that have none of their own."""
    standing: Standing
    served: int
    """Contexts made in it so far."""
    sessions: int
    """Contexts that exist in it, or are being made."""
    pss_mb: float | None
    """Memory of the browser without its pages, megabytes; None = not looked at yet."""
    idle_since: float | None
    """When it last held a context, by the pool's clock; None = it holds one."""


@dataclass(frozen=True, slots=True)
class StartSpare:
    """Start a browser that will take another's place."""


@dataclass(frozen=True, slots=True)
class RetireBrowser:
    """Make no more contexts in this browser."""

    browser: int
    wear: Wear


Turn = StartSpare | RetireBrowser


def rotate(browsers: Sequence[BrowserInfo], config: PoolConfig, now: float) -> list[Turn]:
    """What to do now: one browser is replaced at a time, and only by a spare that runs."""
    current = [each for each in browsers if each.standing is Standing.CURRENT]
    idle = [each for each in current if _idle(each, config, now)]
    turns: list[Turn] = [RetireBrowser(each.id, Wear.IDLE) for each in idle]
    busy = [each for each in current if each not in idle]
    spare = any(each.standing is Standing.SPARE for each in browsers)
    if not spare and any(_wear(each, config, _NEARLY) for each in busy):
        turns.append(StartSpare())
    if spare:
        worn = ((each.id, _wear(each, config)) for each in busy)
        turns += [RetireBrowser(number, wear) for number, wear in worn if wear is not None][:1]
    return turns


def departing(
    shelved: Sequence[tuple[int, object]], leaving: Collection[int], *, crowded: bool
) -> list[int]:
    """Which ready slots of retiring browsers go now, of `shelved` pairs (slot, key).

    Those whose key has a page elsewhere; and while there is no room for such a page, the first.
    """
    elsewhere = {key for slot, key in shelved if slot not in leaving}
    replaced = [slot for slot, key in shelved if slot in leaving and key in elsewhere]
    if replaced or not crowded:
        return replaced
    return [slot for slot, _ in shelved if slot in leaving][:1]


def _idle(each: BrowserInfo, config: PoolConfig, now: float) -> bool:
    """Only a profile's browser: what all others share is there for the next caller."""
    since = each.idle_since
    return bool(each.tenant) and since is not None and now - since >= config.browser_idle_s


def _wear(each: BrowserInfo, config: PoolConfig, share: float = 1.0) -> Wear | None:
    if config.browser_contexts > 0 and each.served >= share * config.browser_contexts:
        return Wear.CONTEXTS
    if config.browser_mb > 0 and (each.pss_mb or 0.0) >= share * config.browser_mb:
        return Wear.MEMORY
    return None
