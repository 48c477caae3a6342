"""How much the store may hold, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

MIB = 1024 * 1024
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class TierConfig:
    """The bounds of one tier."""

    max_bytes: int
    """Bytes of snapshots."""
    max_age_s: float
    """Seconds."""

    def __post_init__(self) -> None:
        _refuse_nonpositive(self)


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The bounds of the store. Raises ValueError for what is not positive."""

    hot: TierConfig = field(default_factory=lambda: TierConfig(100 * MIB, _HOUR_S))
    """Copies in this process's memory; age = since the last use. Least recently used go first."""
    warm: TierConfig = field(default_factory=lambda: TierConfig(500 * MIB, 24 * _HOUR_S))
    """In SQLite; age = since the last use. Least frequently used move to the cold tier first."""
    cold: TierConfig = field(default_factory=lambda: TierConfig(2048 * MIB, 7 * 24 * _HOUR_S))
    """In files; age = since the put. Oldest are dropped first."""
    half_life_s: float = 6 * _HOUR_S
    """Seconds in which a use comes to count half, for the warm tier."""
    collect_every_s: float = 60.0
    """Seconds between collections; infinite = only when asked."""
    timeout_s: float = 10.0
    """Deadline of a call, in seconds, waiting for other calls and processes included."""
    max_waiting: int = 64
    """Calls that may wait; one more is refused at once."""

    def __post_init__(self) -> None:
        _refuse_nonpositive(self)


def _refuse_nonpositive(config: TierConfig | StoreConfig) -> None:
    for item in fields(config):
        value = getattr(config, item.name)
        if isinstance(value, (int, float)) and not value > 0:  # also refuses NaN
            raise ValueError(f"{item.name} must be positive, not {value!r}")
