"""What has to move or go, decided from the index alone.

Snapshots only move down: reading one makes a hot copy of it, which is faster than any way up, and
a file is read as fast as a row. So a plan that was carried out leaves nothing to do.

The warm tier's order is LRFU with a weight of 2^(-age / half-life) for each use: frequency that
forgets (Lee, Choi, Kim, Noh, Min, Cho, Kim: "LRFU: A Spectrum of Policies that Subsumes the LRU
and LFU Policies", IEEE Transactions on Computers 50(12), 2001). A long half-life is LFU.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .config import StoreConfig, TierConfig
from .entry import Entry, SnapshotId, Tier


@dataclass(frozen=True, slots=True)
class Move:
    """Take a snapshot from the warm tier to the cold one."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget a snapshot."""

    entry: Entry


Decision = Move | Drop


@dataclass(frozen=True, slots=True)
class Totals:
    """What a durable tier holds."""

    count: int = 0
    bytes: int = 0
    oldest_used: float = math.inf
    oldest_created: float = math.inf


@dataclass(frozen=True, slots=True)
class Hot:
    """A copy in memory."""

    id: SnapshotId
    size: int
    used: float


def place(size: int, config: StoreConfig) -> Tier:
    """Where a new snapshot goes: the warm tier, unless it alone would fill that."""
    return Tier.WARM if size <= config.warm.max_bytes else Tier.COLD


def heat(entry: Entry, half_life_s: float) -> float:
    """The order of the warm tier: the aged number of uses, in a form that needs no `now`.

    The logarithm of score * 2^(-(now - used) / half-life), less what all entries share.
    """
    return math.log2(max(entry.score, 1e-300)) + entry.used / half_life_s


def due(warm: Totals, cold: Totals, config: StoreConfig, now: float) -> bool:
    """Whether a plan could have anything in it; cheap, from sums."""
    return (
        warm.bytes > config.warm.max_bytes
        or cold.bytes > config.cold.max_bytes
        or now - warm.oldest_used > config.warm.max_age_s
        or now - cold.oldest_created > config.cold.max_age_s
    )


def plan(entries: Sequence[Entry], config: StoreConfig, now: float) -> list[Decision]:
    """What to do, in order, so that both durable tiers are inside their bounds.

    Warm entries that are too old or too many move to the cold tier. From there go those past
    their age, then the oldest while there are too many: never a pinned one, a named one only for
    its age, and never the base of one that stays. What these keep may exceed the bound.
    """
    warm = [entry for entry in entries if entry.tier is Tier.WARM]
    moves = list(_leaving(warm, config, now))
    cold = [entry for entry in entries if entry.tier is Tier.COLD] + moves
    drops = list(_dropped(cold, _needs(entries), config.cold, now))
    gone = {entry.id for entry in drops}
    return [
        *(Drop(entry) for entry in drops),
        *(Move(entry) for entry in moves if entry.id not in gone),
    ]


def cooled(copies: Iterable[Hot], held: int, config: TierConfig, now: float) -> Iterator[Hot]:
    """The copies in memory to give up, from all in order of their use (oldest first).

    `held` is their bytes together. Looks at no more copies than it gives up, and one.
    """
    for copy in copies:
        if held <= config.max_bytes and now - copy.used <= config.max_age_s:
            return
        held -= copy.size
        yield copy


def _leaving(warm: Sequence[Entry], config: StoreConfig, now: float) -> Iterator[Entry]:
    left = sum(entry.size for entry in warm)
    stale = [entry for entry in warm if now - entry.used > config.warm.max_age_s]
    for entry in stale:
        left -= entry.size
    yield from stale
    if left <= config.warm.max_bytes:
        return
    gone = {entry.id for entry in stale}
    fresh = (entry for entry in warm if entry.id not in gone)
    for entry in sorted(fresh, key=lambda one: (heat(one, config.half_life_s), one.id)):
        if left <= config.warm.max_bytes:
            return
        left -= entry.size
        yield entry


def _needs(entries: Iterable[Entry]) -> Counter[str]:
    """How many deltas each snapshot is the base of."""
    return Counter(entry.labels.base for entry in entries if entry.labels.base)


def _dropped(
    cold: Sequence[Entry], needs: Counter[str], config: TierConfig, now: float
) -> Iterator[Entry]:
    """Oldest first; a base follows the last of its deltas, and that at once, being older."""
    left = sum(entry.size for entry in cold)
    by_id = {entry.id: entry for entry in cold}
    waiting = [(entry.created, entry.id) for entry in cold if not needs[entry.id]]
    heapq.heapify(waiting)
    while waiting:
        entry = by_id[heapq.heappop(waiting)[1]]
        expired = now - entry.created > config.max_age_s
        if entry.labels.pinned or not (expired or (left > config.max_bytes and not entry.kept)):
            continue
        left -= entry.size
        yield entry
        base = by_id.get(SnapshotId(entry.labels.base))
        if base is not None:
            needs[base.id] -= 1
            if not needs[base.id]:
                heapq.heappush(waiting, (base.created, base.id))
