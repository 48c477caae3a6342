"""Races between work and events, and work in the background, without a browser."""

from __future__ import annotations

import asyncio

import pytest

from abos.kernel.space.background import Background
from abos.kernel.space.pulse import Pulse, race


async def test_several_wait_on_one_pulse() -> None:
    pulse, seen = Pulse(), set[int]()

    async def wait_for(number: int) -> None:
        await pulse.when(lambda: number in seen)

    waiting = [asyncio.ensure_future(wait_for(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    seen.add(2)
    pulse.ring()
    await asyncio.wait_for(waiting[1], 20)
    assert not waiting[0].done()
    seen.add(1)
    pulse.ring()
    await asyncio.wait_for(waiting[0], 20)


async def test_a_race_leaves_the_work_that_lost() -> None:
    pulse, stop = Pulse(), asyncio.Event()
    release = asyncio.Event()

    def interrupt() -> None:
        stop.set()
        pulse.ring()

    asyncio.get_running_loop().call_soon(interrupt)
    worker = await race(pulse, release.wait(), stop.is_set)
    assert not worker.done()
    release.set()
    assert await worker is True


async def test_a_cancelled_race_cancels_its_work() -> None:
    forever = asyncio.Event()
    worker = asyncio.ensure_future(forever.wait())
    racing = asyncio.ensure_future(race(Pulse(), worker, lambda: False))
    await asyncio.sleep(0)
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing
    await asyncio.wait({worker}, timeout=1)
    assert worker.cancelled()


async def test_background_work_may_fail_and_ends_with_its_owner() -> None:
    async def fail() -> None:
        raise ValueError

    background = Background()
    failing = background.run(fail())
    hanging = background.run(asyncio.Event().wait())
    await asyncio.wait({failing}, timeout=1)
    await background.close()
    assert hanging.cancelled()
