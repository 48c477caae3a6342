"""A page as an agent reads it and as bytes: observe, capture, restore. Imports nothing of ours."""

from .capture import CAPTURE_JS, capture
from .cdp import Cdp
from .errors import (
    AmbiguousId,
    BadSelector,
    BadSnapshot,
    KeyNeeded,
    NotLive,
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
from .live.parcel import parcel, unpack
from .live.playing import Network
from .live.recording import Recording, Response
from .live.restoring import restore_live
from .observe import Dialog, Element, Observation, Walked, observe
from .reader import Node, Snapshot
from .restore import RestoreReport, restore
from .sealing import is_sealed
from .world import World

__all__ = [
    "CAPTURE_JS",
    "AmbiguousId",
    "BadSelector",
    "BadSnapshot",
    "Cdp",
    "Dialog",
    "Element",
    "KeyNeeded",
    "Network",
    "Node",
    "NotLive",
    "Observation",
    "PageHung",
    "PageTooLarge",
    "Recording",
    "Response",
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
    "is_sealed",
    "observe",
    "parcel",
    "restore",
    "restore_live",
    "unpack",
]
