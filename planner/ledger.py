"""A book of what cloud calls cost, in SQLite, for the ceiling of a day and for reports.

It holds counts alone: no prompt, no answer, no address of a page.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import LedgerFailed
from .steps import Usage

_SCHEMA = """CREATE TABLE IF NOT EXISTS calls (
    at REAL NOT NULL, purpose TEXT NOT NULL, model TEXT NOT NULL, parts TEXT NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, cost REAL NOT NULL,
    seconds REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_at ON calls (at);"""
_BUSY_S = 5.0
_KEPT_S = 90 * 86400.0
"""Older calls go when the book is opened."""


@dataclass(frozen=True, slots=True)
class CloudCall:
    """One call. `at` in seconds since 1970; `parts` are estimated tokens of the prompt's parts."""

    at: float
    purpose: str
    """`plan` or `choose`."""
    model: str
    parts: Mapping[str, int]
    usage: Usage
    cost: float
    """In the currency of the configured prices."""
    seconds: float


class Ledger:
    """One book. Several kernels may write to it. Blocks, and may be used from several threads.

    Raises LedgerFailed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._made = False

    def add(self, call: CloudCall) -> None:
        """Write a call down; it is there when this returns."""
        row = (
            call.at, call.purpose, call.model, json.dumps(dict(call.parts)),
            call.usage.tokens_in, call.usage.tokens_out, call.cost, call.seconds,
        )  # fmt: skip
        with self._open() as sql, sql:
            if not self._made:
                sql.execute("DELETE FROM calls WHERE at < ?", (call.at - _KEPT_S,))
                self._made = True
            sql.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def spent(self, since: float) -> float:
        """What calls cost since then."""
        if not self._path.exists():
            return 0.0
        with self._open() as sql:
            (found,) = sql.execute(
                "SELECT coalesce(sum(cost), 0) FROM calls WHERE at >= ?", (since,)
            )
        return float(found[0])

    def calls(self, since: float) -> list[CloudCall]:
        """The calls since then, oldest first."""
        if not self._path.exists():
            return []
        with self._open() as sql:
            rows = sql.execute("SELECT * FROM calls WHERE at >= ? ORDER BY at", (since,)).fetchall()
        return [_call(row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # SQLite would make it readable for all.
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                with closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as sql:
                    sql.execute("PRAGMA journal_mode = WAL")
                    sql.executescript(_SCHEMA)
                    yield sql
        except (sqlite3.Error, OSError, ValueError) as error:
            raise LedgerFailed(
                f"The book of cloud calls {self._path.name} cannot be used: {error}.",
                "Move the file away, or set planner.ledger to another one.",
            ) from error


def _call(row: tuple[float, str, str, str, int, int, float, float]) -> CloudCall:
    at, purpose, model, parts, tokens_in, tokens_out, cost, seconds = row
    usage = Usage(tokens_in, tokens_out)
    return CloudCall(at, purpose, model, json.loads(parts), usage, cost, seconds)
