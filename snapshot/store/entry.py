"""What the index knows of a snapshot."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import NewType

from ..errors import AmbiguousId

SnapshotId = NewType("SnapshotId", str)
"""SHA-256 of the bytes, 64 hexadecimal digits."""

ID_DIGITS = 64
MIN_PREFIX = 8
_MAX_TEXT = 2000
_HEX = frozenset("0123456789abcdef")


class Tier(StrEnum):
    """Where the durable copy lies. The hot tier holds further copies, in memory."""

    WARM = "warm"
    COLD = "cold"


@dataclass(frozen=True, slots=True)
class Labels:
    """What a caller says of a snapshot. Texts are cut at 2000 characters."""

    name: str = ""
    """A named snapshot is never dropped for want of room, only for its age."""
    url: str = ""
    title: str = ""
    pid: int = 0
    """The ABOS process it was taken of; 0 = none."""
    base: str = ""
    """Id of the snapshot that this one is a delta of; that one stays as long as this one does."""
    pinned: bool = False
    """A pinned snapshot is never dropped."""

    def __post_init__(self) -> None:
        for name in ("name", "url", "title", "base"):
            value = getattr(self, name).encode("utf-8", "replace").decode()  # no lone surrogates
            object.__setattr__(self, name, value[:_MAX_TEXT])


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the index. Times are seconds since 1970."""

    id: SnapshotId
    size: int
    """Bytes."""
    tier: Tier
    created: float
    """When it was last put."""
    used: float
    """When it was last put or read."""
    score: float
    """Its uses as of `used`, each worth half after every half-life; see `evict.heat`."""
    labels: Labels = Labels()

    @property
    def kept(self) -> bool:
        """Whether it is never dropped for want of room."""
        return self.labels.pinned or bool(self.labels.name)


@dataclass(frozen=True, slots=True)
class Uses:
    """Some uses of a snapshot, added up as of the last of them."""

    score: float
    used: float


def snapshot_id(data: bytes) -> SnapshotId:
    """The id of these bytes."""
    return SnapshotId(hashlib.sha256(data).hexdigest())


def is_id(text: str) -> bool:
    """Whether a text is a whole id."""
    return len(text) == ID_DIGITS and set(text) <= _HEX


def checked_prefix(text: str) -> str:
    """The beginning of an id in lower case. Raises AmbiguousId if it can't be one."""
    prefix = text.lower()
    if not MIN_PREFIX <= len(prefix) <= ID_DIGITS or not set(prefix) <= _HEX:
        raise AmbiguousId(f"{text[:80]!r} is not {MIN_PREFIX} to {ID_DIGITS} hexadecimal digits")
    return prefix


def added(one: Uses, other: Uses, half_life_s: float) -> Uses:
    """Two sums of uses as one, each aged to the later time."""
    used = max(one.used, other.used)
    scores = (each.score * math.exp2((each.used - used) / half_life_s) for each in (one, other))
    return Uses(sum(scores), used)


def merged(old: Labels, new: Labels) -> Labels:
    """The labels of bytes that are put again: the new ones, but nothing protected loses that.

    The base stays, as it is a fact about the bytes; so no two snapshots become each other's base.
    """
    return replace(new, name=new.name or old.name, pinned=new.pinned or old.pinned, base=old.base)


def to_note(created: float, labels: Labels) -> bytes:
    """What travels with the bytes, so that the index can be made again: one line of JSON."""
    return json.dumps({"created": created, **asdict(labels)}).encode()


def from_note(note: bytes) -> tuple[float, Labels]:
    """The time and labels of a note; 0 and none if it is damaged."""
    try:
        table = json.loads(note)
        created = float(table.pop("created"))
        labels = Labels(**table)
        fits = all(
            type(getattr(labels, item.name)) is type(item.default) for item in fields(Labels)
        )
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, KeyError):
        return 0.0, Labels()
    return (created, labels) if fits and math.isfinite(created) else (0.0, Labels())
