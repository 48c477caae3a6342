"""The line: in order, bounded, and never a gift to somebody who has left."""

from __future__ import annotations

import asyncio

import pytest

from abos.pool.errors import AcquireTimeout, PoolClosed
from abos.pool.line import Line
from abos.pool.shelf import Key

KEY = Key("shop", "default", "f")
OTHER = Key("news", "default", "f")


class Counter:
    """Hands out what is in stock, key by key."""

    def __init__(self, limit: int = 9) -> None:
        self.stock: list[tuple[Key, int]] = []
        self.returned: list[int] = []
        self.line: Line[int] = Line(limit, self.offer, self.returned.append)

    def offer(self, key: Key, place: int) -> int | None:
        for item in self.stock:
            if item[0] == key:
                self.stock.remove(item)
                return item[1]
        return None

    async def arrive(self, *keys: Key) -> list[asyncio.Task[int]]:
        tasks = [asyncio.create_task(self.line.take(key)) for key in keys]
        await asyncio.sleep(0)
        return tasks


async def test_what_is_there_is_handed_over_at_once() -> None:
    counter = Counter(limit=0)
    counter.stock = [(KEY, 1)]
    assert await counter.line.take(KEY) == 1
    assert len(counter.line) == 0


async def test_first_come_first_served_per_key() -> None:
    counter = Counter()
    first, news, second = await counter.arrive(KEY, OTHER, KEY)
    counter.stock = [(KEY, 1), (OTHER, 2)]
    counter.line.serve()
    assert (await first, await news) == (1, 2)
    assert not second.done()
    counter.line.close()
    with pytest.raises(PoolClosed):
        await second
    with pytest.raises(PoolClosed):
        await counter.line.take(KEY)


async def test_who_is_cancelled_before_the_hand_over_is_passed_over() -> None:
    counter = Counter()
    first, second = await counter.arrive(KEY, KEY)
    first.cancel()
    counter.stock = [(KEY, 1)]
    await asyncio.sleep(0)
    counter.line.serve()
    assert await second == 1
    assert counter.returned == []


async def test_who_is_cancelled_after_the_hand_over_gives_it_back() -> None:
    counter = Counter()
    (task,) = await counter.arrive(KEY)
    counter.stock = [(KEY, 1)]
    counter.line.serve()
    task.cancel()  # in the same turn: the gift is on its way already
    with pytest.raises(asyncio.CancelledError):
        await task
    assert counter.returned == [1]
    assert len(counter.line) == 0


async def test_one_too_many_is_refused_at_once() -> None:
    counter = Counter(limit=1)
    (task,) = await counter.arrive(KEY)
    with pytest.raises(AcquireTimeout, match="1 callers are waiting"):
        await counter.line.take(OTHER)
    assert len(counter.line) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
