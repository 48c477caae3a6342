"""The handle a user holds on a process. It can do nothing but system calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Literal, Self, cast

from ..planner import Decision, Kind, Plan, Steps, Thing, thing
from ..snapshot import Network, Observation, RestoreReport, Snapshot
from .actions import Action, Effect
from .process import ResourceUsage
from .syscalls import (
    Act,
    BeginPlan,
    Decide,
    Evaluate,
    Exit,
    Extract,
    MakePlan,
    MoreSteps,
    Navigate,
    Observe,
    Pause,
    Request,
    Restore,
    Resume,
    Spawned,
    TakeSnapshot,
)

SyscallDoor = Callable[[int, Request], Awaitable[Any]]
"""`await door(pid, request)`: the kernel's, or a connection to one elsewhere."""


class Process:
    """A living agent process. Use it as an async context manager to end it in any case."""

    def __init__(self, door: SyscallDoor, spawned: Spawned) -> None:
        self._door = door
        self.pid = spawned.pid
        self.how: Literal["warm", "cold"] = spawned.how
        """Whether a warm context was ready for it."""
        self.startup_s = spawned.startup_s
        """Seconds from the request until the page could be observed."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.exit(1 if kind else 0, str(error) if error else "")

    async def syscall(self, request: Request) -> Any:
        """Perform any system call as this process."""
        return await self._door(self.pid, request)

    async def navigate(self, url: str) -> Effect:
        """Open an address in the current tab."""
        return cast(Effect, await self.syscall(Navigate(url)))

    async def observe(self, max_tokens: int = 1500) -> Observation:
        """Read the page; `max_tokens` bounds the text view."""
        return cast(Observation, await self.syscall(Observe(max_tokens)))

    async def act(self, action: Action) -> Effect:
        """Do something to the page and learn what changed."""
        return cast(Effect, await self.syscall(Act(action)))

    async def extract(
        self, ref: str = "", kind: Literal["text", "html", "value", "links", "table"] = "text"
    ) -> Any:
        """Read more of an element, or of the page."""
        return await self.syscall(Extract(ref, kind))

    async def things(self) -> tuple[Thing, ...]:
        """Everything that the page shows, controls or not, in document order."""
        return tuple(map(thing, await self.syscall(Extract("", "things"))))

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page's own world."""
        return await self.syscall(Evaluate(expression))

    async def snapshot(
        self, *, boxes: bool = True, pierce: bool = False, live: bool = False
    ) -> Snapshot:
        """Turn the page into bytes; see `TakeSnapshot`."""
        return cast(Snapshot, await self.syscall(TakeSnapshot(boxes, pierce, live)))

    async def restore(
        self,
        snapshot: Snapshot | bytes,
        *,
        mode: Literal["auto", "live", "inert"] = "auto",
        assets: bool = False,
        network: Network = "live",
    ) -> RestoreReport:
        """Bring a snapshot back into the current tab; see `Restore`."""
        data = snapshot if isinstance(snapshot, bytes) else snapshot.data
        return cast(RestoreReport, await self.syscall(Restore(data, mode, assets, network)))

    async def decide(
        self,
        instruction: str,
        action: str = "",
        *,
        value: str = "",
        irreversible: bool = False,
        kind: Kind = "element",
        or_none: bool = False,
    ) -> Decision:
        """Decide something small about the page: by default, which element is meant.

        `kind`: `element`, `option`, `yesno` ("is the cart empty?"), `done` (did the last action
        do this?) or `value` ("the order number"); the answer is `Decision.answer`.
        """
        request = Decide(instruction, action, value, irreversible, kind=kind, or_none=or_none)
        return cast(Decision, await self.syscall(request))

    async def plan(self, goal: str) -> Plan:
        """Turn a goal into steps."""
        return cast(Plan, await self.syscall(MakePlan(goal)))

    async def begin_plan(
        self, goal: str, *, done: tuple[str, ...] = (), failed: str = "", anew: bool = False
    ) -> Steps:
        """The first steps for a goal, as soon as they may be taken; `more_steps` gives the rest."""
        return cast(Steps, await self.syscall(BeginPlan(goal, done, failed, anew)))

    async def more_steps(self, after: int) -> Steps:
        """What follows the first `after` steps of the plan that was begun."""
        return cast(Steps, await self.syscall(MoreSteps(after)))

    async def pause(self) -> None:
        """Refuse further system calls until `resume`."""
        await self.syscall(Pause())

    async def resume(self) -> None:
        """Take the process up again."""
        await self.syscall(Resume())

    async def exit(self, code: int = 0, reason: str = "") -> ResourceUsage:
        """End the process and give its context back; says what it used. Ending twice is fine."""
        return cast(ResourceUsage, await self.syscall(Exit(code, reason)))
