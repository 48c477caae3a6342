"""A page as an agent reads it and as bytes: observe, capture, restore. Imports nothing of ours."""

from .capture import CAPTURE_JS, capture
from .cdp import Cdp
from .errors import (
    BadSelector,
    BadSnapshot,
    PageHung,
    PageTooLarge,
    ScriptFailed,
    SnapshotError,
    SnapshotLocked,
    UnknownRef,
    WorldLost,
    WrongKey,
)
from .observe import Dialog, Element, Observation, Walked, observe
from .reader import Node, Snapshot
from .restore import RestoreReport, restore
from .world import World

__all__ = [
    "CAPTURE_JS",
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
    "SnapshotError",
    "SnapshotLocked",
    "UnknownRef",
    "Walked",
    "World",
    "WorldLost",
    "WrongKey",
    "capture",
    "observe",
    "restore",
]
