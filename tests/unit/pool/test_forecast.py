"""From calls to sizes, and what the pool makes of them."""

from __future__ import annotations

import asyncio

from abos.pool import FakeLauncher, FakeSession, Key, PoolConfig, SiteConfig, WarmPool
from abos.pool.forecast import Forecast
from abos.pool.shelf import Shelf
from abos.pool.sizing import Budget, Limit
from abos.pool.upkeep import Diary, Job, View, Warm, due

SHOP = SiteConfig("shop", "http://shop.example/", min_warm=1, max_warm=4)
NEWS = SiteConfig("news", "http://news.example/", min_warm=0, max_warm=4)
KEYS = {site.name: Key(site.name, "default", "f") for site in (SHOP, NEWS)}
LIMITS = {site.name: Limit(site.min_warm, site.max_warm) for site in (SHOP, NEWS)}


def key_of(site: SiteConfig) -> Key:
    return KEYS[site.name]


def busy_shop(rate: float = 0.5, *, predict: bool = True) -> Forecast:
    forecast = Forecast(600.0, predict=predict)
    for number in range(int(600 * rate)):
        forecast.acquired(KEYS["shop"], number / rate)
    forecast.warmed(KEYS["shop"], 1.0)
    return forecast


def jobs(config: PoolConfig, forecast: Forecast, now: float, *, live: int = 0) -> list[Job]:
    diary = Diary(config)
    diary.probed_at = now
    return due(config, View(Shelf(), {}, (), live, 0, forecast), diary, key_of, now)


def test_a_busy_site_gets_more_pages_up_to_its_maximum() -> None:
    config = PoolConfig(sites=(SHOP, NEWS), refills=9)
    assert jobs(config, Forecast(), 0.0) == [Warm(SHOP)]
    assert 2 <= jobs(config, busy_shop(), 600.0).count(Warm(SHOP)) <= 4
    assert jobs(config, busy_shop(5.0), 600.0).count(Warm(SHOP)) == 4
    assert jobs(config, busy_shop(5.0), 50_000.0) == [Warm(SHOP)], "long ago"


def test_the_switches_switch() -> None:
    fixed = PoolConfig(sites=(SHOP, NEWS), refills=9, adaptive=False)
    assert jobs(fixed, busy_shop(5.0), 600.0) == [Warm(SHOP)]
    small = PoolConfig(sites=(SHOP, NEWS), refills=9, budget_mb=80.0, slot_mb=40.0)
    assert len(jobs(small, busy_shop(5.0), 600.0)) == 2
    full = PoolConfig(sites=(SHOP, NEWS), refills=9, max_slots=6)
    assert len(jobs(full, busy_shop(5.0), 600.0, live=5)) == 1


def test_the_next_site_is_warmed_after_the_one_before_it() -> None:
    wanted = {}
    for predict in (True, False):
        forecast = Forecast(600.0, predict=predict)
        for number in range(12):  # the shop is the busiest, news follow mail
            start = 7000.0 * number
            forecast.acquired(Key("mail", "default", "f"), start)
            forecast.acquired(KEYS["news"], start + 30.0)
            for again in range(1, 11):
                forecast.acquired(KEYS["shop"], start + 400.0 * again)
        now = 12 * 7000.0
        before = forecast.rates(KEYS, now)["news"]
        forecast.acquired(Key("mail", "default", "f"), now)
        wanted[predict] = forecast.rates(KEYS, now + 1.0)["news"] / before
    assert wanted[True] > 10.0 * wanted[False]


def test_sizes_are_computed_once_a_second_and_after_calls() -> None:
    forecast = busy_shop()
    first = forecast.sizes(KEYS, LIMITS, Budget(9), 600.0)
    assert forecast.sizes(KEYS, LIMITS, Budget(9), 600.5) is first
    assert forecast.sizes(KEYS, LIMITS, Budget(8), 600.5) is not first
    forecast.acquired(KEYS["shop"], 600.6)
    assert forecast.sizes(KEYS, LIMITS, Budget(9), 600.7) is not first


def test_addresses_of_no_site_are_not_counted() -> None:
    forecast = Forecast()
    forecast.acquired(Key("", "default", "f"), 0.0)
    assert len(forecast.demand) == 0


async def test_a_running_pool_grows_with_its_callers() -> None:
    async def prepare(session: FakeSession) -> int:
        await asyncio.sleep(0)
        return session.id

    now = 0.0
    config = PoolConfig(sites=(SHOP,), refill_delay_s=0.0, heartbeat_s=1e9)
    async with WarmPool(config, FakeLauncher(), prepare=prepare, clock=lambda: now) as pool:
        for _ in range(60):
            assert await pool.wait_warm(timeout_s=20)
            lease = await pool.acquire(SHOP.url)
            assert lease.how == "warm"
            now += 0.5  # the fake warms in no time, so warm-ups last as long as the clock says
            await pool.release(lease)
        for _ in range(9):
            pool._parts.forecast.warmed(lease.key, 1.0)
        now += 1.1
        pool._stir()
        async with asyncio.timeout(20):
            while pool.statistics().ready["shop"] < 2:
                await asyncio.sleep(0.001)
        now += 100_000.0
        pool._stir()
        async with asyncio.timeout(20):
            while pool.statistics().ready["shop"] != 1:
                await asyncio.sleep(0.001)
