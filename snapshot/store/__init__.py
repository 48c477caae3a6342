"""Snapshots kept: addressed by their content, in three tiers, safe against crashes."""

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
