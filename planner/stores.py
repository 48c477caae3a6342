"""Where responses are kept: in this process, and in Redis where one is configured and answers.

cashews keeps and expires what is in memory. Redis is asked through its own client: cashews would
pickle for it, does not fail over, and waits as long as it likes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Literal, Protocol

from .config import CacheConfig

_log = logging.getLogger(__name__)

Health = Literal["off", "up", "down"]


class Store(Protocol):
    """Bytes by name, for a while. Neither raises nor hangs."""

    @property
    def health(self) -> Health:
        """How the shared part of it is."""

    async def get(self, name: str) -> bytes | None:
        """What is there."""

    async def set(self, name: str, value: bytes, ttl_s: float) -> None:
        """Put something there."""

    async def close(self) -> None:
        """Close the connections."""


class Memory:
    """In this process; the least recently used goes first."""

    health: Health = "off"

    def __init__(self, size: int) -> None:
        self._size = size
        self._cache: Any = None

    async def get(self, name: str) -> bytes | None:
        """What is there and not yet expired."""
        found = await (await self._opened()).get(name)
        return found if isinstance(found, bytes) else None

    async def set(self, name: str, value: bytes, ttl_s: float) -> None:
        """Put something there."""
        await (await self._opened()).set(name, value, expire=ttl_s)

    async def close(self) -> None:
        """Forget all."""
        if self._cache is not None:
            cache, self._cache = self._cache, None
            await cache.close()

    async def _opened(self) -> Any:
        """Without cashews' task that looks for expired entries each second: they are found out
        when they are asked for, and go when room is needed."""
        if self._cache is None:
            cache = await asyncio.to_thread(_cashews)
            cache.setup(f"mem://?size={self._size}&check_interval=0")
            self._cache = self._cache or cache
        return self._cache


class Shared:
    """Redis behind the memory. Gone, hung or wrong, it is left out until it answers again.

    What was kept meanwhile stays in memory; what is kept later is shared again.
    """

    def __init__(self, url: str, config: CacheConfig, memory: Memory) -> None:
        self._url = url
        self._config = config
        self._memory = memory
        self._redis: Any = None
        self._up = False
        self._next = 0.0
        self._probe: asyncio.Task[None] | None = None
        self._told = False
        self._closed = False

    @property
    def health(self) -> Health:
        """Whether Redis answered last."""
        return "up" if self._up else "down"

    async def get(self, name: str) -> bytes | None:
        """What memory has, or Redis."""
        kept = await self._memory.get(name)
        if kept is not None or not self._usable():
            return kept
        try:
            found = await self._bounded(self._redis.get(name))
        except _troubles() as error:
            self._lost(error)
            return None
        return found if isinstance(found, bytes) else None

    async def set(self, name: str, value: bytes, ttl_s: float) -> None:
        """Put something into both."""
        await self._memory.set(name, value, ttl_s)
        if self._usable():
            try:
                await self._bounded(self._redis.set(name, value, px=_milliseconds(ttl_s)))
            except _troubles() as error:
                self._lost(error)

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        if self._redis is not None:
            try:
                await self._bounded(self._redis.aclose())
            except _troubles() as error:
                _log.debug("Redis was not closed: %s", error)
        await self._memory.close()

    def _usable(self) -> bool:
        """Whether to ask Redis. While it is gone nobody waits for it: one task looks for it."""
        now = time.monotonic()
        looking = self._probe is not None and not self._probe.done()
        if not self._up and not looking and now >= self._next and not self._closed:
            self._next = now + self._config.redis_retry_s
            self._probe = asyncio.ensure_future(self._look())
        return self._up

    async def _look(self) -> None:
        try:
            if self._redis is None:
                self._redis = await asyncio.to_thread(_redis, self._url, self._config)
            await self._bounded(self._redis.ping())
        except _troubles() as error:
            if not self._told:
                _log.warning("No Redis (%s); responses stay in memory.", type(error).__name__)
            self._told = True
        else:
            self._up = self._told = True
            _log.info("Responses are shared through Redis.")

    async def _bounded(self, work: Any) -> Any:
        async with asyncio.timeout(self._config.redis_timeout_s):
            return await work

    def _lost(self, error: BaseException) -> None:
        if self._up:
            _log.warning("Redis is gone (%s); responses stay in memory.", type(error).__name__)
        self._up = False
        self._next = time.monotonic() + self._config.redis_retry_s


def store_for(url: str, config: CacheConfig) -> Store:
    """Memory, and Redis behind it where there is an address."""
    memory = Memory(config.size)
    return Shared(url, config, memory) if url else memory


def _cashews() -> Any:
    from cashews import Cache

    return Cache()


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _redis(url: str, config: CacheConfig) -> Any:
    """A client that does not try again by itself. Raises what `_troubles` lists."""
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return Redis.from_url(
        url,
        socket_timeout=config.redis_timeout_s,
        socket_connect_timeout=config.redis_timeout_s,
        retry=Retry(NoBackoff(), 0),
    )


def _troubles() -> tuple[type[Exception], ...]:
    """What a Redis that is gone, refuses, or was never installed can raise."""
    always = (OSError, TimeoutError, ValueError, ImportError)
    try:
        from redis.exceptions import RedisError
    except ImportError:
        return always
    return (RedisError, *always)
