"""Responses of models, remembered: least recently used out first, with a time to live.

Concurrent identical calls share one. What is kept is numbers alone, under keys that are hashes of
all that an answer hangs on, the profile first: nothing of a page, a goal or a secret is stored,
and nothing crosses from one profile to another.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

import msgpack  # type: ignore[import-untyped]

from .config import CacheConfig
from .question import Candidate, Change, Page, Question
from .stores import Health, Store

Numbers = Sequence[float]
_SEAL = 16
_MOST = 64
"""Numbers of one response."""


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """Calls by where their answer came from; ``shared`` waited for another's call."""

    hits: int = 0
    misses: int = 0
    shared: int = 0
    redis: Health = "off"

    @property
    def hit_rate(self) -> float:
        """Share of calls that cost no model; 0 without any."""
        whole = self.hits + self.misses + self.shared
        return (self.hits + self.shared) / whole if whole else 0.0


def key(kind: str, profile: str, who: Sequence[str], *parts: bytes, secret: str = "") -> str:
    """The name of an answer. Parts are told apart by their lengths; keyed where there is a secret.

    ``kind`` is what was asked, ``who`` the models and settings that the answer hangs on.
    """
    digest = hashlib.blake2b(key=hashlib.blake2b(secret.encode()).digest(), digest_size=20)
    for part in (kind, profile, *who):
        digest.update(_framed(part.encode(errors="surrogatepass")))
    for raw in parts:
        digest.update(_framed(raw))
    return f"abos:{kind}:{digest.hexdigest()}"


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(8, "big") + part


def fingerprint(question: Question) -> bytes:
    """All of a question but the refs, which name the same elements otherwise in each session."""
    q = question
    asked = [q.instruction, q.action, q.value, q.irreversible, q.kind, q.or_none]
    digest = hashlib.blake2b(_packed(asked), digest_size=32)
    for candidate in question.candidates:  # one after another: the interpreter is free in between
        digest.update(_packed(_row(candidate)))
    if q.kind in ("yesno", "done"):
        digest.update(_packed([_facts(q.page), _change(q.change)]))
    return digest.digest()


def _facts(page: Page) -> list[object]:
    seen = [[e.role, e.name, e.value, e.type, e.landmark, sorted(e.states)] for e in page.elements]
    return [page.url, page.title, page.dialog, page.lines, seen]


def _change(c: Change) -> list[object]:
    told = [c.action, c.ref, c.value, c.got, c.navigated, c.dialog, c.downloads, c.new_tab]
    return [*told, c.changed, c.status, _facts(c.before) if c.before else None]


def _packed(values: list[object]) -> bytes:
    packed: bytes = msgpack.packb(values, unicode_errors="surrogatepass")
    return _framed(packed)


def _row(c: Candidate) -> list[object]:
    look = [c.role, c.name, c.context, c.hint, c.value, sorted(c.states), c.type, c.href]
    return [*look, c.landmark, c.options, c.box]


class ResponseCache:
    """Answers of models by key. Used from one event loop; a store that fails costs its answers."""

    def __init__(self, config: CacheConfig, store: Store) -> None:
        self._config = config
        self._store = store
        self._flying: dict[str, _Flight] = {}
        self._hits = self._misses = self._shared = 0

    @property
    def statistics(self) -> CacheStatistics:
        """Counts since the start."""
        return CacheStatistics(self._hits, self._misses, self._shared, self._store.health)

    async def warm_up(self) -> None:
        """Load what keeping takes."""
        await self._store.get("")

    async def get(self, name: str) -> tuple[float, ...] | None:
        """What is remembered under a key; what is not as it was put there does not count."""
        if not self._config.enabled:
            return None
        raw = await self._store.get(name)
        return None if raw is None else self._opened(name, raw)

    async def put(self, name: str, numbers: Numbers, ttl_s: float) -> None:
        """Remember for some seconds."""
        if self._config.enabled:
            await self._store.set(name, self._sealed(name, numbers), ttl_s)

    async def ask(self, name: str, call: Callable[[], Awaitable[Numbers]]) -> Numbers:
        """What is remembered, or else what the call says, which all who ask meanwhile wait for.

        A call goes on until the last of them has given up. Raises what the call raises.
        """
        flight = self._flying.get(name)
        if flight is not None:
            self._shared += 1
            return await flight.wait()
        kept = await self.get(name)
        if kept is not None:
            self._hits += 1
            return kept
        flight = self._flying.get(name)
        if flight is None:
            self._misses += 1
            flight = self._flying[name] = _Flight(self._call(name, call), self._flying, name)
        else:
            self._shared += 1
        return await flight.wait()

    async def ask_only(self, name: str) -> tuple[float, ...] | None:
        """What is remembered, counted as a hit or a miss."""
        kept = await self.get(name)
        self._hits += kept is not None
        self._misses += kept is None
        return kept

    async def close(self) -> None:
        """Close the connections, and end what is under way."""
        for flight in tuple(self._flying.values()):
            flight.task.cancel()
        await self._store.close()

    async def _call(self, name: str, call: Callable[[], Awaitable[Numbers]]) -> Numbers:
        numbers = await call()
        await self.put(name, numbers, self._config.ttl_s)
        return numbers

    def _sealed(self, name: str, numbers: Numbers) -> bytes:
        body = json.dumps(list(numbers)).encode()
        return self._seal(name, body) + body

    def _opened(self, name: str, raw: bytes) -> tuple[float, ...] | None:
        """The numbers, whoever wrote them: others may write to a Redis."""
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(name, body)):
            return None
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, list) or len(found) > _MOST:
            return None
        fine = all(isinstance(n, (int, float)) and math.isfinite(n) for n in found)
        return tuple(map(float, found)) if fine else None

    def _seal(self, name: str, body: bytes) -> bytes:
        secret = hashlib.blake2b(self._config.secret.encode()).digest()
        return hashlib.blake2b(
            _framed(name.encode()) + body, key=secret, digest_size=_SEAL
        ).digest()


class _Flight:
    """A call that several wait for; as long as it is in the table, more can join."""

    def __init__(
        self, work: Coroutine[None, None, Numbers], table: dict[str, _Flight], name: str
    ) -> None:
        self.task = asyncio.ensure_future(work)
        self._waiting = 0
        self._table, self._name = table, name
        self.task.add_done_callback(lambda _: self._leave())

    async def wait(self) -> Numbers:
        """Its answer. Whoever gives up leaves it to the others; the last one ends it."""
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self.task.done():
                self._leave()
                self.task.cancel()

    def _leave(self) -> None:
        if self._table.get(self._name) is self:
            del self._table[self._name]
