"""What the loop decides to do, from a view and the time."""

from __future__ import annotations

from abos.pool.config import PoolConfig, SiteConfig
from abos.pool.shelf import Key, Shelf
from abos.pool.slot import Reason
from abos.pool.upkeep import Diary, Probe, Retire, View, Warm, due, pause

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


def test_a_failed_site_rests_longer_each_time_until_it_works() -> None:
    memory = diary()
    assert [memory.failed("shop", 1.0) for _ in range(3)] == [1.0, 2.0, 4.0]
    assert due(CONFIG, view(), memory, key_of, 4.9) == []
    assert pause(CONFIG, view(), memory, 4.0) == 1.0
    assert due(CONFIG, view(), memory, key_of, 5.0) == [Probe(), Warm(SITE)]
    memory.succeeded("shop")
    assert memory.failed("shop", 0.0) == 1.0


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
