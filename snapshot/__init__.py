"""A page as an agent reads it and as bytes: observe, capture, restore. Imports nothing of ours."""

from .capture import CAPTURE_JS, capture
from .cdp import Cdp
from .errors import (
    AmbiguousId,
    BadSelector,
    BadSnapshot,
    PageHung,
    PageTooLarge,
    ScriptFailed,
    SnapshotDamaged,
    SnapshotError,
    SnapshotLocked,
    SnapshotNeeded,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    UnknownRef,
    UnknownSnapshot,
    WorldLost,
    WrongKey,
)
from .observe import Dialog, Element, Observation, Walked, observe
from .reader import Node, Snapshot
from .restore import RestoreReport, restore
from .world import World

__all__ = [
    "CAPTURE_JS",
    "AmbiguousId",
    "BadSelector",
    "BadSnapshot",
    "Cdp",
    "Dialog",
    "Element",
    "Node",
    "Observation",
    "PageHung",
    "PageTooLarge",
    "RestoreReport",
    "ScriptFailed",
    "Snapshot",
    "SnapshotDamaged",
    "SnapshotError",
    "SnapshotLocked",
    "SnapshotNeeded",
    "StoreBusy",
    "StoreClosed",
    "StoreError",
    "StoreFull",
    "UnknownRef",
    "UnknownSnapshot",
    "Walked",
    "World",
    "WorldLost",
    "WrongKey",
    "capture",
    "observe",
    "restore",
]
