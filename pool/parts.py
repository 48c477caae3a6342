"""What a pool is made of: made once, and shared by those who do its work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .browser import Launcher, Session
from .closing import Closer
from .config import PoolConfig
from .fleet import Fleet
from .forecast import Forecast
from .memory import Memory
from .opening import Opener
from .roster import Roster
from .stands import OptionsOf, Stands
from .statistics import Tally
from .tasks import TaskBag
from .tending import Tender
from .upkeep import Diary

S = TypeVar("S", bound=Session)
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Hooks(Generic[S, P]):
    """What the pool's owner does; see `WarmPool`."""

    prepare: Callable[[S], Awaitable[P]]
    touch: Callable[[P], Awaitable[object]] | None
    clock: Callable[[], float]
    memory: Callable[[], Memory | None]
    options_of: OptionsOf | None


@dataclass(frozen=True, slots=True)
class Parts(Generic[S, P]):
    """The parts of one pool."""

    config: PoolConfig
    clock: Callable[[], float]
    changed: Callable[[], None]
    """To be called whenever something ended that others may wait for."""
    tasks: TaskBag
    tally: Tally
    stands: Stands
    fleet: Fleet[S]
    roster: Roster[S, P]
    tender: Tender[S, P]
    closer: Closer[S, P]
    opener: Opener[S, P]
    diary: Diary
    forecast: Forecast


def assemble(
    config: PoolConfig, launcher: Launcher[S], hooks: Hooks[S, P], changed: Callable[[], None]
) -> Parts[S, P]:
    """The parts, each given those that it works with."""
    tasks, tally = TaskBag(), Tally()
    fleet = Fleet(launcher, tasks, config.close_timeout_s, hooks.clock, changed)
    roster: Roster[S, P] = Roster(config.max_slots)
    return Parts(
        config=config,
        clock=hooks.clock,
        changed=changed,
        tasks=tasks,
        tally=tally,
        stands=Stands(config, hooks.options_of),
        fleet=fleet,
        roster=roster,
        tender=Tender(config, roster, hooks.memory, hooks.clock),
        closer=Closer(config, roster, fleet, tasks, tally, changed),
        opener=Opener(config, fleet, hooks.prepare, hooks.touch),
        diary=Diary(config),
        forecast=Forecast(config.rate_window_s, refills=config.refills, predict=config.predict),
    )
