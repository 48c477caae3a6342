"""One agent's process: its state table, limits, usage and the record the kernel keeps.

States follow the process life cycle of Unix-like kernels:

- NEW: asked for, its address space (a browser context) is being found.
- READY: has an address space, no system call is under way.
- RUNNING: a system call is being performed.
- BLOCKED: it waits for another process.
- PAUSED: stopped; its calls wait until it is resumed, or ends.
- EXITED, FAILED, KILLED: final. A final process holds no browser context.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..planner import Account, PlanStream
from .errors import WrongState
from .past import Past


class State(StrEnum):
    """Where a process is in its life."""

    NEW = "new"
    READY = "ready"
    RUNNING = "running"
    BLOCKED = "blocked"
    PAUSED = "paused"
    EXITED = "exited"
    FAILED = "failed"
    KILLED = "killed"


class Event(StrEnum):
    """What can happen to a process."""

    LOADED = "loaded"
    """Its address space is ready."""
    CALL = "call"
    RETURN = "return"
    BLOCK = "block"
    WAKE = "wake"
    PAUSE = "pause"
    RESUME = "resume"
    EXIT = "exit"
    FAIL = "fail"
    """Its browser context was lost or never came."""
    KILL = "kill"


# Whatever is not in this table is refused. Every living state may end in three ways.
TRANSITIONS: dict[State, dict[Event, State]] = {
    State.NEW: {Event.LOADED: State.READY},
    State.READY: {Event.CALL: State.RUNNING, Event.PAUSE: State.PAUSED},
    State.RUNNING: {Event.RETURN: State.READY, Event.BLOCK: State.BLOCKED},
    State.BLOCKED: {Event.WAKE: State.RUNNING},
    State.PAUSED: {Event.RESUME: State.READY},
    State.EXITED: {},
    State.FAILED: {},
    State.KILLED: {},
}
FINAL = frozenset({State.EXITED, State.FAILED, State.KILLED})
for _state in set(State) - FINAL:
    TRANSITIONS[_state] |= {
        Event.EXIT: State.EXITED,
        Event.FAIL: State.FAILED,
        Event.KILL: State.KILLED,
    }

EXIT_LOST = 70
"""The browser context was lost (`EX_SOFTWARE` of sysexits.h)."""
EXIT_KILLED = 137
"""128 + SIGKILL, as a shell would report it."""


def step(state: State, event: Event) -> State:
    """The state after `event`. Raises `WrongState` when the table has no such row."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise WrongState(f"a process that is {state} cannot {event}") from None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may use up, `ulimit`-style."""

    syscalls: int = 10_000
    cost: float = 100_000.0
    """In the units of `syscalls.Spec.cost`: 1 is about a millisecond of browser time."""
    wall_s: float = 3600.0


@dataclass(slots=True)
class Usage:
    """What a process has used up so far."""

    syscalls: int = 0
    cost: float = 0.0
    cloud: Account = field(default_factory=Account)
    """Tokens and money for cloud models."""

    def exceeds(self, limits: Limits, age_s: float) -> str:
        """The name of the first limit that is reached, or an empty string."""
        if self.syscalls >= limits.syscalls:
            return f"{limits.syscalls} system calls"
        if self.cost >= limits.cost:
            return f"a cost of {limits.cost:g}"
        if age_s >= limits.wall_s:
            return f"{limits.wall_s:g} s of wall time"
        return ""


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class ProcessRecord:
    """What the kernel keeps about one process; never handed to users (see `ProcessInfo`)."""

    pid: int
    site: str
    profile: str
    capabilities: frozenset[str]
    limits: Limits
    born: float
    """Monotonic seconds."""
    parent: int = 0
    task: str = ""
    state: State = State.NEW
    how: str = ""
    """`warm` or `cold`, once loaded."""
    startup_s: float = 0.0
    exit_code: int | None = None
    reason: str = ""
    usage: Usage = field(default_factory=Usage)
    last_call: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    resumed: asyncio.Event = field(default_factory=_set)
    """Not set while paused."""
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Keeps the calls of a process in order."""
    past: Past = field(default_factory=Past)
    """What it saw and did last, for deciding whether a step succeeded."""
    inflight: set[asyncio.Future[Any]] = field(default_factory=set)
    """Handlers under way or waiting; cancelled when the process ends."""
    plan: PlanStream | None = None
    """A plan that is arriving; given up when the process ends."""

    def move(self, event: Event) -> None:
        """Apply `event`, or raise `WrongState`."""
        self.state = step(self.state, event)

    @property
    def final(self) -> bool:
        """Whether the process has ended."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """One row of `ps`."""

    pid: int
    state: State
    site: str
    profile: str
    task: str
    how: str
    startup_s: float
    age_s: float
    syscalls: int
    cost: float
    last_call: str
    exit_code: int | None
    reason: str


def info(record: ProcessRecord, now: float) -> ProcessInfo:
    """A frozen picture of a record. `now` in monotonic seconds."""
    return ProcessInfo(
        pid=record.pid,
        state=record.state,
        site=record.site,
        profile=record.profile,
        task=record.task,
        how=record.how,
        startup_s=record.startup_s,
        age_s=now - record.born,
        syscalls=record.usage.syscalls,
        cost=record.usage.cost,
        last_call=record.last_call,
        exit_code=record.exit_code,
        reason=record.reason,
    )


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """What a process had used up when it ended, like `rusage` of wait4(2)."""

    syscalls: int
    cost: float
    tokens_in: int
    """Of cloud models."""
    tokens_out: int
    cloud_cost: float
    """In the currency of the configured prices."""


def used(record: ProcessRecord) -> ResourceUsage:
    """A frozen picture of what a record has used."""
    usage = record.usage
    cloud = usage.cloud
    return ResourceUsage(usage.syscalls, usage.cost, cloud.tokens_in, cloud.tokens_out, cloud.cost)
