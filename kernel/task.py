"""A task for an agent, the events of its run, and its result: all values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal

from .errors import AbosError, TaskFailed

By = Literal["plan", "exact", "ranker", "local", "cloud", "form", ""]
"""Who chose the element of a step; `form` matches labelled data to labelled fields."""


@dataclass(frozen=True, slots=True)
class Task:
    """A goal in plain words, and where to begin."""

    goal: str
    url: str = ""
    """Where to start; a goal that opens an address itself needs none."""
    profile: str = "default"
    max_steps: int = 60
    """Actions on pages, repeated ones included."""
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Move:
    """One thing the agent did: an action, a navigation, a reading."""

    number: int
    what: str
    """In plain words: `click button "Add to cart"`."""
    by: By = ""
    probability: float = 1.0
    decide_s: float = 0.0
    act_s: float = 0.0
    ok: bool = True
    note: str = ""
    """What it led to, or why it failed."""
    decision: str = ""
    """Id of the decision that chose the element, for `abos why`."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The process lives and the task begins."""

    pid: int
    how: Literal["warm", "cold"]
    startup_s: float


@dataclass(frozen=True, slots=True)
class Planned:
    """There is a plan; `steps` are its steps in plain words."""

    by: str
    steps: tuple[str, ...]
    seconds: float
    complete: bool = True
    """Whether these are all; a cloud model's first steps are taken while it writes the others."""


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step of the plan begins."""

    index: int
    what: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The agent did something."""

    move: Move


@dataclass(frozen=True, slots=True)
class TaskResult:
    """How a task ended."""

    ok: bool
    exit_code: int
    answer: str = ""
    """What the goal asked to be read, if it did."""
    error: str = ""
    hint: str = ""
    error_type: str = ""
    url: str = ""
    """Where the task ended."""
    moves: tuple[Move, ...] = ()
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0

    def raise_for_failure(self) -> None:
        """Raise `TaskFailed` unless the task was done."""
        if not self.ok:
            raise TaskFailed(self.error, hint=self.hint)


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The last event of every run."""

    result: TaskResult


Event = RunStarted | Planned | StepStarted | Moved | RunFinished


def failure(error: AbosError, moves: tuple[Move, ...] = (), seconds: float = 0.0) -> TaskResult:
    """The result of a task that an error ended."""
    return TaskResult(
        ok=False,
        exit_code=error.exit_code,
        error=str(error),
        hint=error.hint,
        error_type=type(error).__name__,
        moves=moves,
        seconds=seconds,
    )


@dataclass(slots=True)
class Run:
    """A submitted task. Iterate over it for its events, from the first one on, any number of times.

    Its events are bounded by the task's `max_steps`.
    """

    id: int
    task: Task
    trace: int = 0
    """Id of its trace, once it runs."""
    _events: list[Event] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _result: TaskResult | None = None
    _withdraw: Callable[[Run], None] | None = None

    async def __aiter__(self) -> AsyncIterator[Event]:
        position = 0
        while True:
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self._result is not None:
                return
            news = self._news
            await news.wait()

    @property
    def finished(self) -> bool:
        """Whether there is a result."""
        return self._result is not None

    @property
    def moves(self) -> tuple[Move, ...]:
        """What the agent has done so far."""
        return tuple(event.move for event in self._events if isinstance(event, Moved))

    async def result(self) -> TaskResult:
        """Wait for the end. The task's own deadline bounds the wait; never raises for a failure."""
        while self._result is None:
            await self._news.wait()
        return self._result

    def cancel(self) -> None:
        """Stop the task, also while it waits; its process ends and its result says so."""
        if self._withdraw is not None and not self.finished:
            self._withdraw(self)

    def emit(self, event: Event) -> None:
        """Add an event and wake the readers. For whoever runs the task."""
        self._events.append(event)
        if isinstance(event, RunFinished):
            self._result = event.result
        woken, self._news = self._news, asyncio.Event()
        woken.set()
