"""Snapshots kept: addressed by their content, in three tiers, safe against crashes.

A store is a folder (0700, files 0600):

    index.1.sqlite   what there is, where it lies, its labels and uses
    warm.1.sqlite    the warm tier: bytes with a note of their labels, a row each
    objects/ab/ab..  the cold tier: a line of labels, then the bytes, a file each
    damaged/         what was moved aside: damaged snapshots, broken databases
    .lock .reserve   held by whoever writes; a piece of disk for removing things when it is full
"""

from .config import StoreConfig, TierConfig
from .entry import Entry, Labels, SnapshotId, Tier, snapshot_id
from .evict import Totals
from .index import Query
from .mending import Report
from .statistics import Collected, Statistics
from .store import SnapshotStore

__all__ = [
    "Collected",
    "Entry",
    "Labels",
    "Query",
    "Report",
    "SnapshotId",
    "SnapshotStore",
    "Statistics",
    "StoreConfig",
    "Tier",
    "TierConfig",
    "Totals",
    "snapshot_id",
]
