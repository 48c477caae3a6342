"""The pool's commands, over a pool of pages in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter

from abos.kernel.control import Drained, Warmed, pool_commands, ready_of
from abos.kernel.control.protocol import decode_reply, encode_result
from abos.kernel.errors import BadRequest, UsageError
from abos.pool import (
    BadSite,
    FakeLauncher,
    FakeSession,
    PoolConfig,
    PoolStatistics,
    SiteConfig,
    SlotInfo,
    WarmPool,
)

SHOP = "https://shop.example/"


async def prepare(session: FakeSession) -> None:
    return None


@pytest.fixture
async def pool() -> AsyncIterator[WarmPool[FakeSession, None]]:
    sites = (
        SiteConfig("shop", SHOP, profiles=("default", "ada")),
        SiteConfig("mail", "https://mail.example/"),
    )
    config = PoolConfig(sites=sites, max_slots=8, refill_delay_s=0)
    async with WarmPool(config, FakeLauncher(), prepare=prepare) as pool:
        assert await pool.wait_warm(timeout_s=5)
        yield pool


async def ask(pool: WarmPool[FakeSession, None], name: str, **arguments: Any) -> Any:
    """What arrives at the other end."""
    return decode_reply(encode_result(await pool_commands(pool)[name](arguments)))


async def test_ls_lists_every_slot(pool: WarmPool[FakeSession, None]) -> None:
    async with pool_lease(pool):
        slots = TypeAdapter(list[SlotInfo]).validate_python(await ask(pool, "pool.ls"))
    assert slots == sorted(slots, key=lambda slot: slot.id)
    assert {(s.site, s.profile) for s in slots} >= {("shop", "ada"), ("mail", "default")}
    assert "leased" in {slot.state for slot in slots}


class pool_lease:  # noqa: N801 - a context manager
    def __init__(self, pool: WarmPool[FakeSession, None]) -> None:
        self.pool = pool

    async def __aenter__(self) -> None:
        self.lease = await self.pool.acquire(SHOP)

    async def __aexit__(self, *_: object) -> None:
        await self.pool.release(self.lease)


async def test_stats_arrive_as_what_they_are(pool: WarmPool[FakeSession, None]) -> None:
    async with pool_lease(pool):
        told = await ask(pool, "pool.stats")
        here = pool.statistics()
    there = TypeAdapter(PoolStatistics).validate_python(told)
    assert (there.hits, there.ready, there.slots) == (here.hits, here.ready, here.slots)
    assert there.browsers == here.browsers
    assert told["hit_rate"] == 1.0
    assert "ready" in json.dumps(told["slots"])


async def test_warm_says_what_there_was_and_what_will_be(
    pool: WarmPool[FakeSession, None],
) -> None:
    told = TypeAdapter(Warmed).validate_python(await ask(pool, "pool.warm", site="shop", count=2))
    assert told.site == "shop"
    assert told.aimed == told.ready + 2 * 2  # for each of its two profiles


async def test_drain_says_what_went(pool: WarmPool[FakeSession, None]) -> None:
    told = TypeAdapter(Drained).validate_python(await ask(pool, "pool.drain", site="mail"))
    assert told == Drained(1, ["mail"])
    told = TypeAdapter(Drained).validate_python(await ask(pool, "pool.drain", site=None))
    assert told.draining == ["ada@shop", "mail", "shop"]
    assert ready_of(pool.statistics().ready, "shop") == 0


async def test_an_unknown_site(pool: WarmPool[FakeSession, None]) -> None:
    for name in ("pool.warm", "pool.drain"):
        with pytest.raises(BadSite, match="shop"):
            await ask(pool, name, site="bank")


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("pool.ls", {"all": True}, "all"),
        ("pool.warm", {}, "site"),
        ("pool.warm", {"site": 7}, "site"),
        ("pool.warm", {"site": "shop", "count": "2"}, "count"),
        ("pool.warm", {"site": "shop", "count": 1.5}, "count"),
        ("pool.drain", {"site": ["shop"]}, "site"),
        ("pool.drain", {"site": "\ud800"}, "argument"),
    ],
)
async def test_wrong_arguments_are_named(
    pool: WarmPool[FakeSession, None], name: str, arguments: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        await ask(pool, name, **arguments)


async def test_less_than_one_page_is_no_request(pool: WarmPool[FakeSession, None]) -> None:
    with pytest.raises(UsageError, match="count"):
        await ask(pool, "pool.warm", site="shop", count=0)


def test_pages_of_all_profiles_are_a_sites() -> None:
    ready = {"shop": 1, "ada@shop": 2, "mail": 4, "workshop": 8}
    assert ready_of(ready, "shop") == 3
    assert ready_of(ready, "ada@shop") == 2
    assert ready_of(ready, "bank") == 0
