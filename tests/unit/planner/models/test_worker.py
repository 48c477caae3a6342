"""The owner thread: its queue, deadlines, cancellation, and what it tells of its load."""

from __future__ import annotations

import asyncio
import ctypes
import threading
import time
from collections.abc import Callable

import pytest

from abos.planner import ModelBusy
from abos.planner.models.worker import Pace, Stop, Worker


def until_stopped(ended: threading.Event) -> Callable[[Stop], None]:
    def work(stop: Stop) -> None:
        while not stop.is_set:
            time.sleep(0.001)
        ended.set()

    return work


async def test_work_is_done_in_one_thread() -> None:
    worker = Worker("test", 8)
    names = await asyncio.gather(
        *(worker.run(lambda _: threading.current_thread().name, 5) for _ in range(4))
    )
    assert len(set(names)) == 1
    assert names[0].startswith("test")
    await worker.close(lambda: None)


async def test_work_that_is_late_is_told_to_stop() -> None:
    worker, ended = Worker("test", 8), threading.Event()
    with pytest.raises(ModelBusy, match="did not answer within"):
        await worker.run(until_stopped(ended), 0.02)
    assert await asyncio.to_thread(ended.wait, 5)
    assert await worker.run(lambda _: 7, 5) == 7
    await worker.close(lambda: None)


async def test_cancelled_work_is_told_to_stop() -> None:
    worker, ended = Worker("test", 8), threading.Event()
    task = asyncio.ensure_future(worker.run(until_stopped(ended), 60))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await asyncio.to_thread(ended.wait, 5)
    await worker.close(lambda: None)


async def test_cancelled_work_that_waits_is_never_begun() -> None:
    worker, ended = Worker("test", 8), threading.Event()
    first = asyncio.ensure_future(worker.run(until_stopped(ended), 60))
    begun: list[int] = []
    second = asyncio.ensure_future(worker.run(lambda _: begun.append(1), 60))
    await asyncio.sleep(0.02)
    second.cancel()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await worker.close(lambda: None)
    assert not begun
    assert worker.idle


async def test_a_full_queue_refuses_at_once() -> None:
    worker, ended = Worker("test", 2), threading.Event()
    calls = [asyncio.ensure_future(worker.run(until_stopped(ended), 60)) for _ in range(2)]
    await asyncio.sleep(0.02)
    assert worker.load.waiting == 2
    with pytest.raises(ModelBusy, match="2 calls are waiting"):
        await worker.run(lambda _: None, 60)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await worker.close(lambda: None)


async def test_closed_it_refuses_and_the_last_work_was_done() -> None:
    worker, last = Worker("test", 2), threading.Event()
    await worker.close(last.set)
    await worker.close(last.set)
    assert last.is_set()
    with pytest.raises(ModelBusy, match="closed"):
        await worker.run(lambda _: None, 1)


async def test_its_load_is_what_calls_took_and_how_many_wait() -> None:
    worker = Worker("test", 8)
    assert worker.load.expected_s == 0
    await worker.run(lambda _: time.sleep(0.05), 5)
    alone = worker.load.expected_s
    assert alone > 0.02
    gate = threading.Event()
    waiting = asyncio.ensure_future(worker.run(lambda _: gate.wait(5), 5))
    await asyncio.sleep(0.01)
    assert worker.load.expected_s > 1.5 * alone
    gate.set()
    await waiting
    await worker.close(lambda: None)


def test_what_was_slow_is_tried_again_later() -> None:
    pace = Pace().after(4.0, now=0.0)
    assert pace.expected(0.0) == 4.0
    assert pace.expected(10.0) == 2.0
    assert pace.expected(200.0) < 0.01
    assert Pace(1.0, 0.0).after(2.0, now=0.0).expected(0.0) == pytest.approx(1.4)


def test_the_flag_can_be_read_by_c() -> None:
    stop = Stop()
    strlen = ctypes.CDLL(None).strlen
    strlen.argtypes = [ctypes.c_void_p]
    assert (strlen(stop.address), stop.is_set) == (0, False)
    stop.set()
    assert (strlen(stop.address), stop.is_set) == (1, True)
