"""What the loop decides to do, from a view and the time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from abos.pool.config import PoolConfig, SiteConfig
from abos.pool.memory import Memory
from abos.pool.shelf import Key, Shelf
from abos.pool.slot import Reason
from abos.pool.upkeep import (
    WANTED_S,
    Check,
    Diary,
    Park,
    Probe,
    Retire,
    View,
    Warm,
    due,
    pause,
)

SITE = SiteConfig("shop", "http://shop.example/", min_warm=1, max_warm=1)
CONFIG = PoolConfig(sites=(SITE,), heartbeat_s=5.0, retry_s=1.0)


def key_of(site: SiteConfig) -> Key:
    return Key(site.name, "default", "f")


def diary(probed_at: float = 0.0) -> Diary:
    made = Diary(CONFIG)
    made.probed_at = probed_at
    return made


def view(*expiries: float, doubtful: tuple[int, ...] = (), warming: int = 0) -> View:
    shelf = Shelf()
    for slot, expires_at in enumerate(expiries, start=1):
        shelf.put(key_of(SITE), slot, expires_at)
    return View(shelf, {"shop": warming}, doubtful, len(expiries) + warming, 0)


def test_an_empty_pool_warms() -> None:
    assert due(CONFIG, view(), diary(), key_of, 1.0) == [Warm(SITE)]
    assert due(CONFIG, view(warming=1), diary(), key_of, 1.0) == []


def test_a_refill_that_waits_for_its_site_holds_up_no_other() -> None:
    two = replace(CONFIG, sites=(replace(SITE, name="news"), SITE))
    under_way = replace(view(), warming={"news": 1}, live=1)
    assert due(two, under_way, diary(), key_of, 1.0) == []
    assert due(two, replace(under_way, late=1), diary(), key_of, 1.0) == [Warm(SITE)]


def test_a_failed_site_rests_longer_each_time_until_it_works() -> None:
    memory = diary()
    assert [memory.failed("shop", 1.0) for _ in range(3)] == [1.0, 2.0, 4.0]
    assert due(CONFIG, view(), memory, key_of, 4.9) == []
    assert pause(CONFIG, view(), memory, 4.0) == 1.0
    assert due(CONFIG, view(), memory, key_of, 5.0) == [Probe(), Warm(SITE)]
    memory.succeeded("shop")
    assert memory.failed("shop", 0.0) == 1.0


def test_a_site_whose_ready_pages_crash_one_after_the_other_rests() -> None:
    memory = diary()
    assert [memory.died("shop", now) for now in (10.0, 10.5, 11.0, 13.0)] == [0.0, 0.0, 1.0, 2.0]
    memory.succeeded("shop")
    assert memory.died("shop", 16.0) == 4.0  # that a page was warmed in between proves nothing
    assert "shop" in memory.resting(19.9)
    assert memory.died("shop", 16.0 + CONFIG.retry_max_s) == 0.0


def test_a_failing_site_that_is_wanted_is_tried_again_soon() -> None:
    memory = Diary(replace(CONFIG, retry_s=1.0, retry_max_s=60.0))
    for number in range(9):
        memory.failed("shop", float(number))
    assert "shop" in memory.resting(60.0)
    memory.missed("shop", 9.0)
    assert "shop" in memory.resting(8.0 + WANTED_S - 0.1)
    assert "shop" not in memory.resting(8.0 + WANTED_S)
    memory.failed("shop", 12.0)
    memory.missed("shop", 30.0)  # tried long ago: at once
    assert "shop" not in memory.resting(30.0)
    memory.missed("news", 30.0)  # never failed
    assert memory.resting(30.0) == frozenset()


def test_expired_doubtful_and_surplus_slots_are_retired() -> None:
    assert due(CONFIG, view(3.0), diary(), key_of, 3.0) == [Retire(1, Reason.EXPIRED)]
    doubtful = due(CONFIG, view(9.0, doubtful=(7,)), diary(), key_of, 1.0)
    assert doubtful == [Retire(7, Reason.LOST)]
    assert due(CONFIG, view(9.0, 9.0), diary(), key_of, 1.0) == [Retire(1, Reason.SURPLUS)]


def test_the_browser_is_probed_at_the_heartbeat() -> None:
    assert due(CONFIG, view(9.0), diary(), key_of, 4.9) == []
    assert due(CONFIG, view(9.0), diary(), key_of, 5.0) == [Probe()]


def test_the_loop_sleeps_until_the_next_thing_to_do() -> None:
    assert pause(CONFIG, view(), diary(), 1.0) == 5.0
    assert pause(CONFIG, view(3.0), diary(), 1.0) == 2.0
    assert pause(CONFIG, view(3.0), diary(), 9.0) == 0.0


# -- parking and memory ------------------------------------------------------------------------

TWO = SiteConfig("shop", "http://shop.example/", min_warm=2, max_warm=3)
CALM = PoolConfig(sites=(TWO,), adaptive=False, park_after_s=2.0, heartbeat_s=5.0)
SHORT = Memory(8000.0, 500.0)
AMPLE = Memory(8000.0, 6000.0)


def looked_at(*awake: float, **changes: Any) -> View:
    """Ready pages that may be parked at these times; the last is the freshest."""
    seen = view(*(99.0 for _ in awake))
    return replace(seen, awake=dict(enumerate(awake, start=1)), **changes)


def test_all_but_the_freshest_page_of_a_key_are_parked_one_at_a_time() -> None:
    assert due(CALM, looked_at(2.0, 2.5, 3.0), diary(), key_of, 2.0) == [Park(1)]
    assert due(CALM, looked_at(2.0, 2.5, 3.0, parking=True), diary(), key_of, 4.0) == []
    assert due(CALM, looked_at(2.0), diary(), key_of, 4.0) == [Warm(TWO)]
    assert Park(1) not in due(replace(CALM, park=False), looked_at(2.0, 2.0), diary(), key_of, 4.0)


def test_nothing_is_parked_while_somebody_acquires_or_just_did() -> None:
    assert due(CALM, looked_at(2.0, 3.0, acquiring=1), diary(), key_of, 4.0) == []
    hushed = diary()
    hushed.acquired(3.98)
    assert due(CALM, looked_at(2.0, 3.0), hushed, key_of, 4.0) == []
    assert due(CALM, looked_at(2.0, 3.0), hushed, key_of, 4.1) == [Park(1)]


def test_the_loop_sleeps_until_the_next_page_may_be_parked() -> None:
    assert pause(CALM, looked_at(2.0, 2.1), diary(), 1.0) == 1.0
    assert pause(CALM, looked_at(2.0, 2.1, parking=True), diary(), 2.5) == 5.0
    assert pause(CALM, looked_at(2.0), diary(), 1.0) == 5.0


def test_ready_pages_are_checked_at_the_heartbeat() -> None:
    assert due(CALM, looked_at(9.0, 9.0, checked_at=0.0), diary(), key_of, 4.9) == []
    beat = due(CALM, looked_at(9.0, 9.0, checked_at=0.0), diary(1.0), key_of, 5.0)
    assert beat == [Check()]


def test_the_stalest_pages_go_when_memory_gets_short() -> None:
    taken = {1: 200.0, 2: 200.0}
    short = looked_at(9.0, 9.0, checked_at=0.0, memory=SHORT, ready_mb=taken)
    beat = due(CALM, short, diary(1.0), key_of, 5.0)
    assert beat == [Check(), Retire(1, Reason.MEMORY), Retire(2, Reason.MEMORY)]
    assert due(CALM, short, diary(1.0), key_of, 4.9) == []
    ample = replace(short, memory=AMPLE)
    assert due(CALM, ample, diary(1.0), key_of, 5.0) == [Check()]


def test_no_page_is_warmed_that_would_have_to_go_again() -> None:
    assert due(CALM, replace(view(), memory=SHORT), diary(), key_of, 1.0) == []
    assert due(CALM, replace(view(), memory=AMPLE), diary(), key_of, 1.0) == [Warm(TWO)]
    stalling = Memory(8000.0, 6000.0, some_avg10=20.0)
    assert due(CALM, replace(view(), memory=stalling), diary(), key_of, 1.0) == []
    two_at_once = replace(CALM, refills=2)
    one_fits = Memory(8000.0, 800.0 + 256.0 + 41.0)
    assert due(two_at_once, replace(view(), memory=one_fits), diary(), key_of, 1.0) == [Warm(TWO)]
