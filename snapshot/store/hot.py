"""The hot tier: copies of snapshots in this process's memory, above durable ones."""

from __future__ import annotations

from collections import OrderedDict

from .config import TierConfig
from .entry import SnapshotId, Uses, added
from .evict import Hot, Totals, cooled


class HotTier:
    """For one thread. Never holds more than its bytes, not even for a moment."""

    def __init__(self, config: TierConfig, half_life_s: float) -> None:
        self._config = config
        self._half_life_s = half_life_s
        self._copies: OrderedDict[SnapshotId, tuple[Hot, bytes]] = OrderedDict()
        self._uses: dict[SnapshotId, Uses] = {}
        self.bytes = 0

    def put(self, key: SnapshotId, data: bytes, now: float) -> None:
        """Keep a copy, unless it alone is more than the tier may hold."""
        self.discard(key)
        if len(data) > self._config.max_bytes:
            return
        self._copies[key] = (Hot(key, len(data), now), data)
        self.bytes += len(data)
        self.cool(now)

    def get(self, key: SnapshotId, now: float) -> bytes | None:
        """A copy, which this makes the last used one."""
        found = self._copies.get(key)
        if found is None or now - found[0].used > self._config.max_age_s:
            return None
        self._copies[key] = (Hot(key, found[0].size, now), found[1])
        self._copies.move_to_end(key)
        return found[1]

    def discard(self, key: SnapshotId) -> None:
        if found := self._copies.pop(key, None):
            self.bytes -= found[0].size

    def cool(self, now: float) -> None:
        """Give up the copies that are too old or too many."""
        copies = (copy for copy, _ in self._copies.values())
        for copy in list(cooled(copies, self.bytes, self._config, now)):
            self.discard(copy.id)

    def totals(self) -> Totals:
        return Totals(len(self._copies), self.bytes)

    def ids(self) -> tuple[SnapshotId, ...]:
        return tuple(self._copies)

    # ---- uses, for the index -------------------------------------------------------------------

    def count(self, key: SnapshotId, now: float) -> None:
        """Note a use of a snapshot, hot or not."""
        use = Uses(1.0, now)
        old = self._uses.get(key)
        self._uses[key] = added(old, use, self._half_life_s) if old else use

    def take_uses(self) -> list[tuple[SnapshotId, Uses]]:
        """The uses since the last time this was asked."""
        uses, self._uses = self._uses, {}
        return list(uses.items())
