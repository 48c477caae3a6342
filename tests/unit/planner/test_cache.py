"""The cache of responses: who shares what with whom, what is forgotten, and what never lies there."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import AsyncIterator

import pytest

from abos.planner import CacheConfig, Candidate, ModelBusy, Question
from abos.planner.cache import ResponseCache, fingerprint, key
from abos.planner.stores import Memory

QUESTION = Question(
    "sign in", "click", (Candidate("e1", "button", "Sign in"), Candidate("e2", "link", "Help"))
)


class Counted:
    """A model that counts its calls, and answers when it may."""

    def __init__(self, says: float = 1.0, error: Exception | None = None) -> None:
        self.calls, self.ended, self.says, self.error = 0, 0, says, error
        self.may = asyncio.Event()
        self.may.set()

    async def __call__(self) -> tuple[float, ...]:
        self.calls += 1
        try:
            await self.may.wait()
        finally:
            self.ended += 1
        if self.error:
            raise self.error
        return (self.says, self.says)


@pytest.fixture
async def cache() -> AsyncIterator[ResponseCache]:
    made = ResponseCache(CacheConfig(), Memory(3))
    yield made
    await made.close()


async def test_the_same_call_is_made_once(cache: ResponseCache) -> None:
    model = Counted(0.5)
    assert await cache.ask("k", model) == (0.5, 0.5)
    assert await cache.ask("k", model) == (0.5, 0.5)
    assert model.calls == 1
    assert (cache.statistics.hits, cache.statistics.misses) == (1, 1)
    assert cache.statistics.hit_rate == 0.5


async def test_concurrent_identical_calls_share_one(cache: ResponseCache) -> None:
    model = Counted()
    model.may.clear()
    calls = [asyncio.create_task(cache.ask("k", model)) for _ in range(20)]
    while not model.calls:
        await asyncio.sleep(0.001)
    model.may.set()
    assert set(await asyncio.gather(*calls)) == {(1.0, 1.0)}
    assert model.calls == 1
    assert cache.statistics.shared == 19
    assert cache.statistics.hit_rate == 0.95


async def test_who_gives_up_leaves_the_call_to_the_others(cache: ResponseCache) -> None:
    model = Counted()
    model.may.clear()
    first, second = (asyncio.create_task(cache.ask("k", model)) for _ in range(2))
    while not model.calls:
        await asyncio.sleep(0.001)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    model.may.set()
    assert await second == (1.0, 1.0)


async def test_the_last_to_give_up_ends_the_call(cache: ResponseCache) -> None:
    model = Counted()
    model.may.clear()
    for _ in range(2):
        only = asyncio.create_task(cache.ask("k", model))
        calls = model.calls
        while model.calls == calls:
            await asyncio.sleep(0.001)
        only.cancel()
        await asyncio.gather(only, return_exceptions=True)
        late = asyncio.create_task(cache.ask("k", Counted(7.0)))  # joins no call that is ending
        assert await late == (7.0, 7.0)
        await cache.put("k", (), 0.001)
        await asyncio.sleep(0.01)
    assert model.ended == 2


async def test_failures_are_shared_and_not_remembered(cache: ResponseCache) -> None:
    model = Counted(error=ModelBusy("full"))
    done = await asyncio.gather(*(cache.ask("k", model) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in done] == [ModelBusy] * 3
    model.error = None
    assert await cache.ask("k", model) == (1.0, 1.0)


async def test_the_least_recently_used_is_forgotten(cache: ResponseCache) -> None:
    for name in ("a", "b", "c"):
        await cache.put(name, (1.0,), 60)
    await cache.get("a")
    await cache.put("d", (1.0,), 60)
    assert await cache.get("b") is None
    assert await cache.get("a") == (1.0,)


async def test_it_is_forgotten_in_time(cache: ResponseCache) -> None:
    await cache.put("k", (1.0,), 0.02)
    await cache.put("later", (1.0,), 60)
    await asyncio.sleep(0.05)
    assert await cache.get("k") is None
    assert await cache.get("later") == (1.0,)


async def test_switched_off_it_remembers_nothing() -> None:
    off = ResponseCache(CacheConfig(enabled=False), Memory(3))
    model = Counted()
    await off.ask("k", model)
    await off.ask("k", model)
    assert model.calls == 2
    await off.close()


@pytest.mark.parametrize("numbers", [(math.nan,), (math.inf,), tuple(range(100))])
async def test_numbers_that_are_none_do_not_come_back(
    cache: ResponseCache, numbers: tuple[float, ...]
) -> None:
    await cache.put("k", numbers, 60)
    assert await cache.get("k") is None


# ---- keys ------------------------------------------------------------------------------------


def test_profiles_models_kinds_and_secrets_are_kept_apart() -> None:
    page = fingerprint(QUESTION)
    names = {
        key(kind, profile, (model,), page, secret=secret)
        for kind in ("weigh", "choose")
        for profile in ("", "ada", "bob")
        for model in ("one", "two")
        for secret in ("", "s")
    }
    assert len(names) == 2 * 3 * 2 * 2


def test_parts_do_not_run_into_each_other() -> None:
    assert key("k", "ab", ("c",)) != key("k", "a", ("bc",))
    assert key("k", "a", (), b"bc", b"d") != key("k", "a", (), b"b", b"cd")


def test_a_key_tells_nothing() -> None:
    secret = dataclasses.replace(QUESTION, value="hunter2")
    name = key("route", "ada", (), fingerprint(secret))
    assert "hunter2" not in name
    assert "ada" not in name


def test_refs_are_of_no_account_and_everything_else_is() -> None:
    again = tuple(dataclasses.replace(c, ref=f"e9{c.ref}") for c in QUESTION.candidates)
    assert fingerprint(dataclasses.replace(QUESTION, candidates=again)) == fingerprint(QUESTION)
    others: dict[str, object] = {
        "role": "link", "name": "x", "context": "x", "hint": "x", "value": "x", "type": "x",
        "states": frozenset({"disabled"}), "box": (1.0, 0.0, 0.0, 0.0), "options": ("x",),
        "href": "x", "landmark": "x",
    }  # fmt: skip
    assert set(others) == {f.name for f in dataclasses.fields(Candidate)} - {"ref"}
    first, *rest = QUESTION.candidates
    seen = {fingerprint(QUESTION)}
    for name, value in others.items():
        changed = dataclasses.replace(first, **{name: value})  # type: ignore[arg-type]
        seen.add(fingerprint(dataclasses.replace(QUESTION, candidates=(changed, *rest))))
    asked: dict[str, object] = {"instruction": "x", "action": "x", "value": "x", "irreversible": 1}
    for name, value in asked.items():
        seen.add(fingerprint(dataclasses.replace(QUESTION, **{name: value})))  # type: ignore[arg-type]
    assert len(seen) == 1 + len(others) + 4


def test_names_that_are_no_text_have_a_fingerprint_too() -> None:
    odd = Candidate("e1", "link", "\ud800 lone \0", states=frozenset("ba"))
    assert fingerprint(Question("\udfff", "", (odd,)))
