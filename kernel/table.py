"""The process table: who lives, and how the last ones ended."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import NoSuchProcess, TooBusy
from .process import ProcessRecord

_KEPT = 1000
"""Ended processes remembered for `ps` and WAIT; the oldest are forgotten first."""


class ProcessTable:
    """Gives out pids, never twice, and finds processes by them."""

    def __init__(self, max_processes: int) -> None:
        self._max = max_processes
        self._records: dict[int, ProcessRecord] = {}
        self._next = 1

    def next_pid(self) -> int:
        """Reserve a pid. Raises `TooBusy` when too many processes live."""
        if sum(1 for _ in self.living()) >= self._max:
            raise TooBusy(f"{self._max} processes are living, the most allowed")
        pid = self._next
        self._next += 1
        return pid

    def add(self, record: ProcessRecord) -> None:
        """Enter a new process, and forget the oldest ended one past the bound."""
        self._records[record.pid] = record
        ended = [pid for pid, each in self._records.items() if each.final]
        for pid in ended[: max(0, len(ended) - _KEPT)]:
            del self._records[pid]

    def get(self, pid: int) -> ProcessRecord:
        """The process of a pid. Raises `NoSuchProcess`."""
        try:
            return self._records[pid]
        except KeyError:
            raise NoSuchProcess(pid) from None

    def living(self) -> Iterator[ProcessRecord]:
        """Processes that have not ended."""
        return (record for record in self._records.values() if not record.final)

    def all(self) -> tuple[ProcessRecord, ...]:
        """Everything remembered, oldest first."""
        return tuple(self._records.values())
