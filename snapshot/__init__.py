"""A page as an agent reads it and as bytes: observe, capture, restore. Imports nothing of ours."""

from .capture import CAPTURE_JS, capture
from .cdp import Cdp
from .errors import (
    BadSnapshot,
    PageHung,
    PageTooLarge,
    ScriptFailed,
    SnapshotError,
    UnknownRef,
    WorldLost,
)
from .observe import Dialog, Element, Observation, Walked, observe
from .reader import Node, Snapshot
from .restore import RestoreReport, restore
from .world import World

__all__ = [
    "CAPTURE_JS",
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
    "UnknownRef",
    "Walked",
    "World",
    "WorldLost",
    "capture",
    "observe",
    "restore",
]
