"""Responses shared through a real Redis that dies, hangs and returns in the middle."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from abos.planner import CacheConfig
from abos.planner.cache import ResponseCache, key
from abos.planner.stores import store_for

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None or find_spec("redis") is None,
    reason="redis-server, or the extra `redis`, is missing",
)

CONFIG = CacheConfig(redis_timeout_s=0.5, redis_retry_s=0.1)


class Redis:
    """A redis-server on a port of its own; what it holds is lost when it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--loglevel", "warning")
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), *quiet, "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("redis-server does not listen")

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def raw(self, *words: bytes) -> bytes:
        """What Redis answers to a command, as it stands on the wire."""
        line = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(line)
            return connection.recv(1 << 20)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def two(redis: Redis) -> AsyncIterator[tuple[ResponseCache, ResponseCache]]:
    """The caches of two kernels."""
    pair = (cache(redis), cache(redis))
    for each in pair:
        await until(each, "up")
    yield pair
    for each in pair:
        await each.close()


def cache(redis: Redis, secret: str = "") -> ResponseCache:
    config = CacheConfig(redis_timeout_s=0.5, redis_retry_s=0.1, secret=secret)
    return ResponseCache(config, store_for(redis.url, config))


async def until(each: ResponseCache, health: str) -> None:
    async with asyncio.timeout(20):
        while each.statistics.redis != health:
            await each.get("nothing")
            await asyncio.sleep(0.02)


async def answer(cache: ResponseCache, name: str, says: float) -> float:
    async def call() -> tuple[float, ...]:
        return (says,)

    (number,) = await cache.ask(name, call)
    return number


async def test_what_one_kernel_asked_another_need_not(
    two: tuple[ResponseCache, ResponseCache],
) -> None:
    one, other = two
    assert await answer(one, "k", 1.0) == 1.0
    assert await answer(other, "k", 2.0) == 1.0
    assert (one.statistics.misses, other.statistics.hits) == (1, 1)


async def test_it_dies_in_the_middle_and_returns(
    redis: Redis, two: tuple[ResponseCache, ResponseCache], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    one, other = two
    await answer(one, "before", 1.0)
    calls = [asyncio.create_task(answer(one, f"during {n}", n)) for n in range(50)]
    redis.kill()
    assert await asyncio.gather(*calls) == list(range(50))

    # In memory: what was asked is still known here, what another asks is not.
    assert await answer(one, "before", 9.0) == 1.0
    assert await answer(one, "during 7", 9.0) == 7.0
    await answer(one, "meanwhile", 3.0)
    assert await answer(other, "meanwhile", 4.0) == 4.0
    assert {one.statistics.redis, other.statistics.redis} == {"down"}
    gone = [record for record in caplog.records if "Redis is gone" in record.message]
    assert len(gone) == 2  # once for each kernel

    redis.start()
    await until(one, "up")
    await until(other, "up")
    await answer(one, "after", 5.0)
    assert await answer(other, "after", 6.0) == 5.0


async def test_while_it_is_gone_nobody_waits_for_it(
    redis: Redis, two: tuple[ResponseCache, ResponseCache]
) -> None:
    one, _ = two
    redis.signal(signal.SIGSTOP)
    try:
        await answer(one, "first", 1.0)  # finds out, after the time-out
        started = time.monotonic()
        for number in range(200):
            assert await answer(one, f"then {number}", number) == number
        assert time.monotonic() - started < 20 * CONFIG.redis_timeout_s
        assert one.statistics.redis == "down"
    finally:
        redis.signal(signal.SIGCONT)
    await until(one, "up")


async def test_a_redis_that_was_never_there(redis: Redis) -> None:
    redis.kill()
    one = cache(redis)
    assert await answer(one, "k", 1.0) == 1.0
    assert await answer(one, "k", 2.0) == 1.0
    assert one.statistics.redis == "down"
    redis.start()
    await until(one, "up")
    await one.close()


@pytest.mark.parametrize("url", ["redis://:wrong@127.0.0.1:{port}/0", "nonsense://x", "redis://["])
async def test_an_address_that_is_of_no_use(redis: Redis, url: str) -> None:
    config = CacheConfig(redis_timeout_s=0.3, redis_retry_s=0.05)
    redis.raw(b"CONFIG", b"SET", b"requirepass", b"right")
    one = ResponseCache(config, store_for(url.format(port=redis.port), config))
    for number in range(5):
        assert await answer(one, f"k{number}", number) == number
        await asyncio.sleep(0.05)
    assert one.statistics.redis == "down"
    await one.close()


async def test_nothing_but_numbers_lies_there(redis: Redis) -> None:
    one = cache(redis)
    await until(one, "up")
    name = key("choose", "ada", ("model",), b"type hunter2 into the password field")
    await answer(one, name, 0.25)
    (found,) = [line for line in redis.raw(b"KEYS", b"*").split(b"\r\n") if b"abos" in line]
    stored = redis.raw(b"GET", found)
    assert b"hunter2" not in found + stored
    assert b"ada" not in found + stored
    assert b"[0.25]" in stored
    assert b"\x80\x05" not in stored  # no pickle
    await one.close()


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"x" * 16 + b"[1.0]",
        b"[1.0]",
        b"\x80\x05cos\nsystem\n(S'false'\ntR.",
        b"\0" * 500,
        b"17",
    ],
)
async def test_what_others_wrote_there_does_not_count(redis: Redis, forged: bytes) -> None:
    one = cache(redis, secret="s3")
    await until(one, "up")
    redis.raw(b"SET", b"k", forged)
    assert await answer(one, "k", 3.0) == 3.0
    await one.close()


async def test_kernels_with_other_secrets_do_not_believe_each_other(redis: Redis) -> None:
    one, other = cache(redis, "one"), cache(redis, "other")
    await until(one, "up")
    await until(other, "up")
    await answer(one, "k", 1.0)
    assert await answer(other, "k", 2.0) == 2.0
    await one.close()
    await other.close()
