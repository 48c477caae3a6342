"""Which site a caller asks for next, learned from which followed which. Time is an argument.

A session is what one profile asks for with pauses of at most `window_s`. Callers that share a
profile at the same time look like one, and dilute each other's habits.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

MEMORY_S = 6 * 3600.0
"""Time constant with which counts fade, seconds."""
DOUBT = 2.0
"""Visits without a successor that every site starts with: two sightings prove little."""
LIKELY = 0.2
"""Less probable successors are not warmed for."""
LIFT = 1.5
"""Nor are those that are not this many times as probable as without the visit."""
SUCCESSORS = 16
"""Successors remembered per site; the rarest goes first."""
RECENT = 64
"""Latest visits that raise their successors' rates."""
SHORTEST_GAP_S = 1.0
"""A boost lasts at least this long, however quickly callers go on."""


@dataclass(slots=True)
class _Successor:
    count: float = 0.0
    """How often it followed, fading."""
    gaps: float = 0.0
    """Seconds between, summed with the same fading."""


@dataclass(slots=True)
class _Row:
    """What followed one site."""

    at: float
    """When the counts were last faded."""
    visits: float = 0.0
    next: dict[str, _Successor] = field(default_factory=dict)

    def fade(self, now: float) -> None:
        factor = math.exp(min(0.0, self.at - now) / MEMORY_S)
        self.visits *= factor
        for successor in self.next.values():
            successor.count *= factor
            successor.gaps *= factor
        self.at = max(self.at, now)

    def followed(self, site: str, gap_s: float) -> None:
        if site not in self.next and len(self.next) >= SUCCESSORS:
            del self.next[min(self.next, key=lambda name: self.next[name].count)]
        successor = self.next.setdefault(site, _Successor())
        successor.count += 1.0
        successor.gaps += gap_s


class Transitions:
    """Counts of site -> next site, bounded in every direction."""

    def __init__(
        self, window_s: float = 300.0, max_sites: int = 256, max_profiles: int = 256
    ) -> None:
        """`window_s`: the longest pause within a session, seconds."""
        self._window_s = window_s
        self._max_sites = max_sites
        self._max_profiles = max_profiles
        self._rows: OrderedDict[str, _Row] = OrderedDict()
        self._latest: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._recent: deque[tuple[str, float]] = deque(maxlen=RECENT)

    def observed(self, profile: str, site: str, now: float) -> None:
        """This profile asked for this site."""
        before = self._latest.get(profile)
        if before is not None and now - before[1] <= self._window_s and before[0] in self._rows:
            row = self._rows[before[0]]
            row.fade(now)
            row.followed(site, max(0.0, now - before[1]))
        row = self._rows.setdefault(site, _Row(now))
        row.fade(now)
        row.visits += 1.0
        self._latest[profile] = (site, now)
        self._recent.append((site, now))
        _bound(self._rows, site, self._max_sites)
        _bound(self._latest, profile, self._max_profiles)

    def predict(self, site: str, now: float) -> list[tuple[str, float]]:
        """Which site follows this one within a session, and how probably; the likeliest first.

        The probabilities sum to less than 1: sessions end, and old evidence counts less.
        """
        row = self._rows.get(site)
        if row is None:
            return []
        fade = math.exp(min(0.0, row.at - now) / MEMORY_S)
        total = row.visits * fade + DOUBT
        chances = [(name, each.count * fade / total) for name, each in row.next.items()]
        return sorted(chances, key=lambda chance: (-chance[1], chance[0]))

    def boosts(self, now: float) -> dict[str, float]:
        """What the latest visits add to the rates of likely next sites, calls per second.

        A visit expects its successor with probability p, after a mean gap g. For 2 g seconds it
        adds (p - q) / (2 g), q being the share the successor has in all visits: what it adds in
        all is the calls that its moving average does not hold. A page is warm when the caller
        comes, and the budget is not held when nobody does.
        """
        added: dict[str, float] = {}
        share = self._shares(now)
        expected: dict[str, list[tuple[str, float, float]]] = {}
        for site, at in self._recent:
            if site not in expected:
                expected[site] = self._expected(site, share, now)
            for name, excess, horizon_s in expected[site]:
                if 0.0 <= now - at <= horizon_s:
                    added[name] = added.get(name, 0.0) + excess / horizon_s
        return added

    def _expected(
        self, site: str, share: dict[str, float], now: float
    ) -> list[tuple[str, float, float]]:
        """Likely successors, each with its probability beyond its share and its horizon."""
        return [
            (name, chance - share.get(name, 0.0), 2.0 * max(SHORTEST_GAP_S, self._gap(site, name)))
            for name, chance in self.predict(site, now)
            if chance >= max(LIKELY, LIFT * share.get(name, 0.0)) and name != site
        ]

    def _shares(self, now: float) -> dict[str, float]:
        """Each site's part of all visits."""
        visits = {
            name: row.visits * math.exp(min(0.0, row.at - now) / MEMORY_S)
            for name, row in self._rows.items()
        }
        total = sum(visits.values())
        return {name: count / total for name, count in visits.items()} if total else {}

    def _gap(self, site: str, name: str) -> float:
        successor = self._rows[site].next[name]
        return successor.gaps / successor.count if successor.count > 0.0 else self._window_s


def _bound(
    entries: OrderedDict[str, _Row] | OrderedDict[str, tuple[str, float]], latest: str, limit: int
) -> None:
    """Keep the `limit` most recently used entries."""
    entries.move_to_end(latest)
    while len(entries) > limit:
        entries.popitem(last=False)
