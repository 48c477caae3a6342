"""The commands that a kernel takes from other processes, as tables that are put together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from ...planner import Decider, Explanations
from ...pool import WarmPool
from ..errors import BadRequest, NoSuchDecision, UsageError
from .protocol import shown
from .server import Command

A = TypeVar("A")

_MOST = 100
"""Explanations of one reply."""

_STRICT = ConfigDict(strict=True, extra="forbid")


@with_config(_STRICT)
@dataclasses.dataclass(frozen=True, slots=True)
class _Nothing:
    """A command that is given nothing."""


@with_config(_STRICT)
@dataclasses.dataclass(frozen=True, slots=True)
class _Warm:
    site: str
    count: int = 1


@with_config(_STRICT)
@dataclasses.dataclass(frozen=True, slots=True)
class _Drain:
    site: str | None = None
    """None = all."""


@with_config(_STRICT)
@dataclasses.dataclass(frozen=True, slots=True)
class _Why:
    id: str


@with_config(_STRICT)
@dataclasses.dataclass(frozen=True, slots=True)
class _Latest:
    count: int = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Warmed:
    """More pages are being made; `aimed` says how many will be ready."""

    site: str
    ready: int
    """Before."""
    aimed: int


@dataclasses.dataclass(frozen=True, slots=True)
class Drained:
    """Ready pages were retired; no site in `draining` is refilled now."""

    retired: int
    draining: list[str]


def pool_commands(pool: WarmPool[Any, Any]) -> dict[str, Command]:
    """`pool.ls`, `pool.stats`, `pool.warm {site, count}` and `pool.drain {site|null}`."""

    async def ls(_: _Nothing) -> object:
        return [dataclasses.asdict(slot) for slot in pool.slots()]

    async def stats(_: _Nothing) -> object:
        found = pool.statistics()
        return {**dataclasses.asdict(found), "hit_rate": found.hit_rate}

    async def warm(given: _Warm) -> object:
        if given.count < 1:
            raise UsageError("count must be at least 1")
        ready = ready_of(pool.statistics().ready, given.site)
        return dataclasses.asdict(Warmed(given.site, ready, pool.warm(given.site, given.count)))

    async def drain(given: _Drain) -> object:
        retired = pool.drain(given.site)
        return dataclasses.asdict(Drained(retired, sorted(pool.statistics().draining)))

    return {
        "pool.ls": _typed(_Nothing, ls),
        "pool.stats": _typed(_Nothing, stats),
        "pool.warm": _typed(_Warm, warm),
        "pool.drain": _typed(_Drain, drain),
    }


def mind_commands(decider: Decider, why: Explanations) -> dict[str, Command]:
    """`why {id}`, `why.ls {count}` and `minds.stats`."""

    async def one(given: _Why) -> object:
        found = why.find(given.id)
        if found is None:
            raise NoSuchDecision(f"no decision {shown(given.id)} is kept here")
        return dataclasses.asdict(found)

    async def latest(given: _Latest) -> object:
        return [dataclasses.asdict(each) for each in why.latest(min(given.count, _MOST))]

    async def stats(_: _Nothing) -> object:
        responses, routes = decider.responses, decider.routes
        return {
            "tiers": sorted(decider.available),
            "local": dataclasses.asdict(decider.local) if decider.local else None,
            "responses": {**dataclasses.asdict(responses), "hit_rate": responses.hit_rate},
            "routes": {**dataclasses.asdict(routes), "hit_rate": routes.hit_rate},
        }

    return {
        "why": _typed(_Why, one),
        "why.ls": _typed(_Latest, latest),
        "minds.stats": _typed(_Nothing, stats),
    }


def ready_of(ready: Mapping[str, int], site: str) -> int:
    """Ready pages of a site, of all its profiles: "ada@shop" counts for "shop"."""
    return sum(count for name, count in ready.items() if name == site or name.endswith(f"@{site}"))


def _typed(kind: type[A], perform: Callable[[A], Awaitable[object]]) -> Command:
    """A command whose arguments are checked: they come from another process."""
    adapter: TypeAdapter[A] = TypeAdapter(kind)

    async def checked(arguments: Mapping[str, Any]) -> object:
        try:
            given = adapter.validate_json(json.dumps(dict(arguments)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the arguments"
            raise BadRequest(f"{where}: {first['msg'].lower()}") from error
        return await perform(given)

    return checked
