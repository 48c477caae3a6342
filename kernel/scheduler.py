"""Which submitted tasks start now. Pure: (waiting, running, slots, now) to a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that has been submitted and not started. Times are monotonic seconds."""

    id: int
    arrived: float
    deadline: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with the waiting tasks; those named in neither field keep waiting."""

    start: tuple[int, ...] = ()
    expire: tuple[int, ...] = ()
    """Their time ran out before a place was free."""


def schedule(waiting: Sequence[Waiting], running: int, slots: int, now: float) -> Verdict:
    """First come, first served; a task whose deadline has passed is never started."""
    expired = tuple(task.id for task in waiting if task.deadline <= now)
    alive = sorted((t for t in waiting if t.deadline > now), key=lambda t: (t.arrived, t.id))
    free = max(0, slots - running)
    return Verdict(tuple(task.id for task in alive[:free]), expired)


def next_deadline(waiting: Sequence[Waiting]) -> float | None:
    """When the next waiting task runs out of time."""
    return min((task.deadline for task in waiting), default=None)
