"""The store as its users see it."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import stat
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from abos.snapshot import (
    AmbiguousId,
    SnapshotDamaged,
    SnapshotNeeded,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    UnknownSnapshot,
)
from abos.snapshot.store import Labels, Query, SnapshotStore, StoreConfig, Tier, TierConfig
from abos.snapshot.store.depot import Depot

DAY_S = 86400.0
CONFIG = StoreConfig(
    hot=TierConfig(1000, 3600.0),
    warm=TierConfig(4000, DAY_S),
    cold=TierConfig(20000, 7 * DAY_S),
    collect_every_s=math.inf,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SnapshotStore]:
    async with SnapshotStore(tmp_path / "s", CONFIG, clock=clock) as store:
        yield store


def data(seed: int, size: int = 500) -> bytes:
    return (hashlib.sha256(str(seed).encode()).digest() * (size // 32 + 1))[:size]


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "s" / "objects").rglob("*") if path.is_file()]


async def test_what_was_put_is_read_back(store: SnapshotStore) -> None:
    key = await store.put(data(1), Labels(name="n", url="https://a/", title="T", pid=7))
    assert key == hashlib.sha256(data(1)).hexdigest()
    assert await store.get(key) == data(1)
    entry = await store.entry(key)
    assert (entry.size, entry.tier) == (500, Tier.WARM)
    assert entry.labels == Labels(name="n", url="https://a/", title="T", pid=7)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n\n", bytes(3000), bytearray(b"x"), memoryview(b"y")]
)
async def test_any_bytes_come_back_from_every_tier(
    store: SnapshotStore, clock: Clock, content: bytes
) -> None:
    key = await store.put(content)
    assert await store.get(key) == content
    clock.now += 2 * DAY_S
    await store.collect()
    assert (await store.entry(key)).tier is Tier.COLD
    assert await store.get(key) == content


async def test_labels_may_hold_any_text(store: SnapshotStore) -> None:
    key = await store.put(b"x", Labels(title="a\ud800\n\0é", url="u" * 9000))
    entry = await store.entry(key)
    assert entry.labels.title == "a?\n\0é"
    assert len(entry.labels.url) == 2000


async def test_the_beginning_of_an_id_is_enough(store: SnapshotStore) -> None:
    key = await store.put(data(1))
    assert await store.get(key[:8]) == data(1)
    assert await store.get(key[:20].upper()) == data(1)
    for short in (key[:7], "", "zzzzzzzz", key + "0"):
        with pytest.raises(AmbiguousId):
            await store.get(short)
    with pytest.raises(UnknownSnapshot):
        await store.get("0" * 64)


async def test_a_shared_beginning_is_refused(store: SnapshotStore) -> None:
    # Found by trying: both begin with the same eight digits.
    seen: dict[str, bytes] = {}
    for number in range(1_000_000):
        made = b"%d" % number
        start = hashlib.sha256(made).hexdigest()[:8]
        if start in seen:
            one, other = await store.put(seen[start]), await store.put(made)
            break
        seen[start] = made
    with pytest.raises(AmbiguousId):
        await store.get(start)
    assert await store.get(one) != await store.get(other)


async def test_reading_is_from_memory_when_it_can_be(store: SnapshotStore, clock: Clock) -> None:
    keys = [await store.put(data(seed, 400)) for seed in range(3)]  # two fit
    for key in keys:
        await store.get(key)
    assert (store.statistics().hits, store.statistics().misses) == (0, 3)
    await store.get(keys[2])
    assert store.statistics().hits == 1
    assert store.statistics().hot.bytes == 800
    clock.now += 3601
    await store.get(keys[2])
    assert store.statistics().hits == 1


async def test_warm_snapshots_turn_cold_and_are_dropped(
    store: SnapshotStore, clock: Clock, tmp_path: Path
) -> None:
    key = await store.put(data(1))
    assert files(tmp_path) == []
    clock.now += DAY_S + 1
    assert (await store.collect()).moved == 1
    assert len(files(tmp_path)) == 1
    assert await store.get(key) == data(1)
    clock.now += 6 * DAY_S
    done = await store.collect()
    assert (done.moved, done.dropped, done.freed_bytes) == (0, 1, 500)
    assert files(tmp_path) == []
    with pytest.raises(UnknownSnapshot):
        await store.get(key)


async def test_the_least_used_leave_memory_of_the_database_first(
    store: SnapshotStore, clock: Clock
) -> None:
    keys = [await store.put(data(seed)) for seed in range(8)]
    for key in keys[:4]:
        await store.get(key)
        await store.get(key)
    clock.now += 1
    keys.append(await store.put(data(99)))
    assert (await store.collect()).moved == 1
    tiers = [(await store.entry(key)).tier for key in keys]
    assert tiers[:4] == [Tier.WARM] * 4
    assert tiers[8] is Tier.WARM
    assert tiers[4:8].count(Tier.COLD) == 1


async def test_pinned_ones_stay_and_unpinned_ones_go(store: SnapshotStore, clock: Clock) -> None:
    kept, gone = await store.put(data(1)), await store.put(data(2))
    assert (await store.pin(kept)).labels.pinned
    await store.pin(gone)
    await store.unpin(gone)
    clock.now += 30 * DAY_S
    await store.collect()
    assert await store.get(kept) == data(1)
    assert [entry.id for entry in await store.find()] == [kept]


async def test_a_base_can_not_be_removed_before_its_delta(store: SnapshotStore) -> None:
    base = await store.put(data(1))
    delta = await store.put(data(2), Labels(base=base))
    with pytest.raises(SnapshotNeeded):
        await store.remove(base)
    await store.remove(delta)
    await store.remove(base)
    assert await store.find() == ()


async def test_a_delta_without_its_base_is_refused(store: SnapshotStore) -> None:
    with pytest.raises(UnknownSnapshot):
        await store.put(data(1), Labels(base="0" * 64))
    own = hashlib.sha256(data(1)).hexdigest()
    with pytest.raises(UnknownSnapshot):
        await store.put(data(1), Labels(base=own))
    await store.put(data(1))
    await store.put(data(1), Labels(base=own))
    assert (await store.entry(own)).labels.base == ""


async def test_removed_means_gone_from_memory_too(store: SnapshotStore) -> None:
    key = await store.put(data(1))
    assert (await store.remove(key[:10])).id == key
    with pytest.raises(UnknownSnapshot):
        await store.get(key)
    with pytest.raises(UnknownSnapshot):
        await store.remove(key)


async def test_putting_again_makes_it_young_and_keeps_protection(
    store: SnapshotStore, clock: Clock
) -> None:
    key = await store.put(data(1), Labels(name="n", title="old"))
    await store.pin(key)
    clock.now += 5 * DAY_S
    await store.collect()
    assert await store.put(data(1), Labels(title="new")) == key
    entry = await store.entry(key)
    assert entry.labels == Labels(name="n", title="new", pinned=True)
    assert entry.created == clock.now
    assert len(await store.find()) == 1


async def test_find(store: SnapshotStore, clock: Clock) -> None:
    one = await store.put(data(1), Labels(name="cart", url="https://shop/cart", pid=1))
    clock.now += 10
    two = await store.put(data(2), Labels(name="cart", url="https://shop/pay", pid=2))
    three = await store.put(data(3), Labels(base=one))

    async def found(query: Query) -> list[str]:
        return [entry.id for entry in await store.find(query)]

    assert await found(Query(name="cart")) == [two, one]
    assert await found(Query(url="https://shop/c")) == [one]
    assert await found(Query(pid=2)) == [two]
    assert await found(Query(base=one)) == [three]
    assert set(await found(Query(since=clock.now))) == {two, three}
    assert await found(Query(name="cart", limit=1)) == [two]
    assert await found(Query(pinned=True)) == []
    assert len(await found(Query(pinned=False))) == 3


async def test_the_store_refuses_to_be_filled_for_good(store: SnapshotStore) -> None:
    with pytest.raises(StoreFull, match="whole store"):
        await store.put(bytes(20001))
    for seed in range(4):
        await store.put(data(seed, 5000), Labels(name=f"n{seed}"))
    with pytest.raises(StoreFull, match="pinned and named"):
        await store.put(data(5), Labels(name="more"))
    loose = await store.put(data(6))
    with pytest.raises(StoreFull) as caught:
        await store.pin(loose)
    assert "rm" in caught.value.hint
    await store.remove(hashlib.sha256(data(0, 5000)).hexdigest())
    await store.pin(loose)


async def test_it_collects_by_itself(tmp_path: Path) -> None:
    config = replace(CONFIG, collect_every_s=0.01, warm=TierConfig(1000, DAY_S))
    async with SnapshotStore(tmp_path / "s", config) as store:
        for seed in range(6):
            await store.put(data(seed))
        async with asyncio.timeout(20):
            while store.statistics().warm.bytes > 1000 or not store.statistics().cold.count:
                await asyncio.sleep(0.005)
        assert {entry.tier for entry in await store.find()} == {Tier.WARM, Tier.COLD}


async def test_much_that_was_put_is_collected_early(tmp_path: Path) -> None:
    config = replace(CONFIG, collect_every_s=3600.0)
    async with SnapshotStore(tmp_path / "s", config) as store:
        for seed in range(20):
            await store.put(data(seed))
        async with asyncio.timeout(20):
            while not store.statistics().cold.count:
                await asyncio.sleep(0.005)


async def test_a_failed_collection_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Depot) -> None:
        raise StoreFull("no room")

    config = replace(CONFIG, collect_every_s=0.01)
    async with SnapshotStore(tmp_path / "s", config) as store, asyncio.timeout(20):
        with monkeypatch.context() as patch:
            patch.setattr(Depot, "shrink", fail)
            while not store.statistics().last_error:
                await asyncio.sleep(0.005)
        while store.statistics().last_error:
            await asyncio.sleep(0.005)


async def test_reopening_finds_everything(tmp_path: Path) -> None:
    async with SnapshotStore(tmp_path / "s", CONFIG) as store:
        key = await store.put(data(1), Labels(name="n"))
        with pytest.raises(StoreError, match="already"):
            await store.__aenter__()
    async with store:
        assert await store.get(key) == data(1)
        assert (await store.verify()).checked == 1


async def test_uses_outlive_the_process(tmp_path: Path) -> None:
    async with SnapshotStore(tmp_path / "s", CONFIG) as store:
        key = await store.put(data(1))
        await store.get(key)
    async with SnapshotStore(tmp_path / "s", CONFIG) as store:
        assert (await store.entry(key)).score > 1.5


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "s", CONFIG)
    with pytest.raises(StoreClosed):
        await store.put(b"")
    async with store:
        key = await store.put(b"")
    with pytest.raises(StoreClosed):
        await store.get(key)
    with pytest.raises(StoreClosed):
        await store.find()


async def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with SnapshotStore(tmp_path / "s", CONFIG) as store:
            await store.put(data(1, 5000))  # a file
            await store.put(data(2))
            for path in [tmp_path / "s", *(tmp_path / "s").rglob("*")]:
                mode = stat.S_IMODE(path.stat().st_mode)
                assert mode == (0o700 if path.is_dir() else 0o600), path
    finally:
        os.umask(before)


async def test_two_stores_share_a_folder(tmp_path: Path, clock: Clock) -> None:
    async with (
        SnapshotStore(tmp_path / "s", CONFIG, clock=clock) as one,
        SnapshotStore(tmp_path / "s", CONFIG, clock=clock) as two,
    ):
        key = await one.put(data(1))
        assert await two.get(key) == data(1)
        clock.now += 1.5 * DAY_S
        await two.collect()
        assert await one.get(key) == data(1)
        await two.remove(key)
        await one.collect()  # until then it may be served from memory
        with pytest.raises(UnknownSnapshot):
            await one.get(key)


async def test_too_many_callers_are_refused_at_once(tmp_path: Path) -> None:
    config = replace(CONFIG, max_waiting=2)
    async with SnapshotStore(tmp_path / "s", config) as store:
        results = await asyncio.gather(
            *(store.put(data(seed)) for seed in range(5)), return_exceptions=True
        )
        assert [isinstance(each, StoreBusy) for each in results] == [False, False, True, True, True]


async def test_a_stuck_disk_ends_in_a_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    original = Depot.entry

    def stuck(self: Depot, which: str) -> object:
        go.wait(20)
        return original(self, which)

    async with SnapshotStore(tmp_path / "s", CONFIG) as store:
        key = await store.put(data(1))
        with monkeypatch.context() as patch:
            patch.setattr(Depot, "entry", stuck)
            late = asyncio.create_task(store.entry(key))
            await asyncio.sleep(0)
            with pytest.raises(StoreBusy, match="did not answer"):
                await store.put(data(2), timeout_s=0.05)
            go.set()
            assert (await late).id == key
        # The put was withdrawn before it began.
        assert len(await store.find()) == 1


async def test_a_damaged_file_is_never_given_out(
    store: SnapshotStore, clock: Clock, tmp_path: Path
) -> None:
    key = await store.put(data(1, 5000))
    other = await store.put(data(2))
    clock.now += 3601  # out of memory
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    content[-7] ^= 4
    path.write_bytes(content)
    for _ in range(2):
        with pytest.raises(SnapshotDamaged):
            await store.get(key)
    assert (tmp_path / "s" / "damaged" / key).read_bytes() == bytes(content[-5000:])
    assert files(tmp_path) == []
    assert await store.get(other) == data(2)
    assert await store.put(data(1, 5000)) == key
    clock.now += 3601
    assert await store.get(key) == data(1, 5000)


async def test_verify_finds_what_is_damaged_and_what_is_lost(
    store: SnapshotStore, tmp_path: Path
) -> None:
    keys = [await store.put(data(seed, 5000)) for seed in range(3)]
    by_name = {path.name: path for path in files(tmp_path)}
    by_name[keys[0]].write_bytes(b"{}\nother")
    by_name[keys[1]].unlink()
    report = await store.verify()
    assert report.damaged == (keys[0],)
    assert report.lost == (keys[1],)
    assert report.checked == 2
    assert not report.clean
    assert (await store.verify()).clean
    with pytest.raises(SnapshotDamaged):
        await store.entry(keys[1])


async def test_a_duplicate_put_heals_what_is_damaged(
    store: SnapshotStore, clock: Clock, tmp_path: Path
) -> None:
    key = await store.put(data(1, 5000))
    files(tmp_path)[0].write_bytes(b"{}\nother")
    await store.put(data(1, 5000))
    clock.now += 3601
    assert await store.get(key) == data(1, 5000)
