"""The pool on the fake browser: what is lent, what is not, and what stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from abos.pool import (
    AcquireTimeout,
    BrowserLaunchFailed,
    BrowserLost,
    FakeLauncher,
    FakeSession,
    Faults,
    PageUnresponsive,
    PoolClosed,
    PoolConfig,
    Reason,
    SessionOptions,
    SiteConfig,
    State,
    WarmPool,
)

SHOP = "http://shop.example/"
OTHER = "http://other.example/"
SITE = SiteConfig("shop", SHOP, min_warm=1, max_warm=1)
QUICK: dict[str, Any] = {
    "sites": (SITE,),
    "acquire_timeout_s": 2.0,
    "session_timeout_s": 0.05,
    "prepare_timeout_s": 0.05,
    "warm_timeout_s": 0.05,
    "ping_timeout_s": 0.01,
    "browser_ping_timeout_s": 0.01,
    "close_timeout_s": 0.05,
    "retry_s": 0.02,
}
Pool = WarmPool[FakeSession, str]


async def prepare(session: FakeSession) -> str:
    session.visited.append("prepared")
    await asyncio.sleep(0)
    return f"driver of {session.id}"


def build(faults: Faults | None = None, **changes: Any) -> tuple[Pool, FakeLauncher]:
    launcher = FakeLauncher(faults)
    hooks: dict[str, Any] = {"prepare": prepare, "memory": lambda: None}
    hooks |= {name: changes.pop(name) for name in ("prepare", "touch", "memory") if name in changes}
    config = PoolConfig(**(QUICK | changes))
    return WarmPool(config, launcher, **hooks), launcher


@asynccontextmanager
async def running(
    faults: Faults | None = None, *, warm: bool = True, **changes: Any
) -> AsyncIterator[tuple[Pool, FakeLauncher]]:
    pool, launcher = build(faults, **changes)
    async with pool:
        if warm:
            assert await pool.wait_warm(timeout_s=20)
        yield pool, launcher
    assert launcher.closed
    assert not launcher.sessions
    assert sum(pool.statistics().slots.values()) == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


def live(pool: Pool) -> int:
    return sum(pool.statistics().slots.values())


async def test_a_warm_page_is_lent_once_and_replaced() -> None:
    async with running() as (pool, launcher):
        lease = await pool.acquire(SHOP + "item")
        assert (lease.how, lease.url, lease.key.site) == ("warm", SHOP, "shop")
        assert lease.prepared == f"driver of {lease.session.id}"
        assert await pool.wait_warm(timeout_s=20)
        second = await pool.acquire(SHOP)
        assert second.session is not lease.session
        await pool.release(lease)
        await until(lambda: lease.session not in launcher.sessions)
        statistics = pool.statistics()
        assert (statistics.hits, statistics.misses, statistics.hit_rate) == (2, 0, 1.0)


async def test_a_site_that_hangs_does_not_hold_up_the_others() -> None:
    async def prepare_first(session: FakeSession) -> str:
        await asyncio.sleep(60 if session.id == 1 else 0)
        return "driver"

    sites = (replace(SITE, name="slow", url=OTHER), SITE)
    changes: dict[str, Any] = {"sites": sites, "prepare_timeout_s": 60.0, "patience_s": 0.01}
    async with running(warm=False, prepare=prepare_first, **changes) as (pool, _):
        assert await pool.wait_warm("shop", timeout_s=20)
        assert pool.statistics().ready == {"slow": 0, "shop": 1}


async def test_a_page_is_prepared_before_it_is_opened_and_touched_after() -> None:
    seen: list[str] = []

    async def note_prepare(session: FakeSession) -> str:
        seen.append(f"prepare at {session.url}")
        return "driver"

    async def note_touch(prepared: str) -> None:
        seen.append(f"touch {prepared}")

    async with running(prepare=note_prepare, touch=note_touch) as (pool, launcher):
        (session,) = launcher.sessions
        assert session.visited == [SHOP]
        assert seen == ["prepare at about:blank", "touch driver"]
        assert pool.statistics().last_refill_s is not None


@pytest.mark.parametrize(
    ("url", "extra"),
    [
        (OTHER, {}),
        ("file:///etc/passwd", {}),
        (SHOP, {"profile": "ada"}),
        (SHOP, {"options": SessionOptions(locale="de-DE")}),
    ],
)
async def test_only_a_match_in_site_profile_and_options_is_warm(
    url: str, extra: dict[str, Any]
) -> None:
    async with running() as (pool, _):
        lease = await pool.acquire(url, **extra)
        assert (lease.how, lease.url) == ("cold", "about:blank")
        assert lease.session.visited == ["prepared"]
        assert lease.session.options == extra.get("options", SessionOptions())
        assert pool.statistics().misses == 1


async def test_a_switched_off_pool_or_site_contacts_nobody() -> None:
    off = SiteConfig("shop", SHOP, enabled=False)
    for changes in ({"enabled": False}, {"sites": (off,)}):
        async with running(**changes) as (pool, launcher):
            assert (await pool.acquire(SHOP)).how == "cold"
            assert not any(SHOP in session.visited for session in launcher.sessions)
            assert not await pool.wait_warm("shop", timeout_s=0)


async def test_a_crashed_page_is_not_lent() -> None:
    async with running() as (pool, launcher):
        (session,) = launcher.sessions
        session.crash()
        assert pool.statistics().slots[State.QUARANTINED] == 1
        assert (await pool.acquire(SHOP)).how == "cold"
        assert await pool.wait_warm(timeout_s=20)
        assert pool.statistics().retirements[Reason.LOST] == 1


async def test_a_silent_page_is_passed_over() -> None:
    faults = Faults()
    async with running(faults) as (pool, _):
        faults.hang_ping = True
        assert (await pool.acquire(SHOP)).how == "cold"
        faults.hang_ping = False
        assert pool.statistics().retirements[Reason.PING] == 1
        assert pool.statistics().launches == 1


async def test_a_hung_browser_is_replaced() -> None:
    faults = Faults()
    async with running(faults) as (pool, _):
        lease = await pool.acquire(OTHER)
        faults.hang_ping = faults.hang_browser = True
        assert (await pool.acquire(SHOP)).how == "cold"
        assert pool.statistics().launches == 2
        assert not lease.session.alive
        faults.hang_ping = faults.hang_browser = False


async def test_an_idle_pool_finds_a_hung_browser_by_itself() -> None:
    faults = Faults()
    async with running(faults, heartbeat_s=0.02) as (pool, _):
        faults.hang_browser = True
        await until(lambda: pool.statistics().launches == 2)
        faults.hang_browser = False
        assert await pool.wait_warm(timeout_s=20)


async def test_a_dead_browser_is_started_once_for_all_who_ask() -> None:
    async with running() as (pool, launcher):
        launcher.browsers[0].die()
        leases = await asyncio.gather(*(pool.acquire(OTHER) for _ in range(4)))
        assert len({lease.slot for lease in leases}) == 4
        assert pool.statistics().launches == 2
        assert pool.statistics().browser_pid == launcher.browsers[1].pid


async def test_a_lost_lease_is_told_and_can_be_released() -> None:
    async with running() as (pool, launcher):
        lease = await pool.acquire(SHOP)
        reasons: list[str] = []
        lease.session.on_lost(reasons.append)
        launcher.browsers[0].die()
        assert reasons == ["the browser died"]
        await pool.release(lease)
        assert await pool.wait_warm(timeout_s=20)


async def test_a_browser_that_will_not_start() -> None:
    pool, launcher = build(Faults(fail_launch=True))
    with pytest.raises(BrowserLaunchFailed, match="abos doctor"):
        await pool.start()
    with pytest.raises(PoolClosed):
        await pool.acquire(SHOP)
    launcher.faults.fail_launch = False
    await pool.start()  # may be tried again
    assert (await pool.acquire(OTHER)).how == "cold"
    launcher.faults.fail_launch = True
    launcher.browsers[0].die()
    with pytest.raises(BrowserLaunchFailed):
        await pool.acquire(OTHER)
    await pool.close()
    assert live(pool) == 0


async def test_two_browsers_in_a_row_that_make_no_session() -> None:
    faults = Faults()
    async with running(faults, warm=False, sites=()) as (pool, _):
        for fault in ("fail_session", "hang_session"):
            setattr(faults, fault, True)
            with pytest.raises(BrowserLost):
                await pool.acquire(OTHER)
            setattr(faults, fault, False)
        await pool.acquire(OTHER)
        assert pool.statistics().launches == 5


async def test_a_failing_site_rests_and_is_tried_again() -> None:
    faults = Faults(fail_open=True)
    async with running(faults, warm=False) as (pool, launcher):
        await until(lambda: pool.statistics().refill_failures >= 2)
        assert "shop: Could not open" in pool.statistics().last_error
        faults.fail_open = False
        assert await pool.wait_warm(timeout_s=20)
        assert pool.statistics().launches == 1
        assert len(launcher.sessions) == 1


@pytest.mark.parametrize("how", ["raise", "hang"])
async def test_a_failing_prepare_reaches_the_caller_and_not_the_loop(how: str) -> None:
    async def broken(session: FakeSession) -> str:
        if how == "hang":
            await asyncio.Event().wait()
        raise ZeroDivisionError("two\nlines")

    async with running(prepare=broken, warm=False) as (pool, launcher):
        with pytest.raises(ZeroDivisionError if how == "raise" else PageUnresponsive):
            await pool.acquire(OTHER)
        await until(lambda: pool.statistics().refill_failures >= 1)
        assert "\n" not in pool.statistics().last_error
        await until(lambda: not launcher.sessions)


async def test_expired_pages_are_replaced() -> None:
    site = SiteConfig("shop", SHOP, max_warm=1, ttl_s=0.03)
    async with running(sites=(site,)) as (pool, launcher):
        (first,) = launcher.sessions
        await until(lambda: pool.statistics().retirements.get(Reason.EXPIRED) == 1)
        assert await pool.wait_warm(timeout_s=20)
        assert first.closed


async def test_nothing_is_warmed_while_somebody_acquires() -> None:
    gate = asyncio.Event()
    gate.set()

    async def slow(session: FakeSession) -> str:
        await gate.wait()
        return ""

    async with running(prepare=slow, prepare_timeout_s=1.0) as (pool, launcher):
        gate.clear()
        acquiring = asyncio.create_task(pool.acquire(OTHER))
        await asyncio.sleep(0)
        assert (await pool.acquire(SHOP)).how == "warm"
        await asyncio.sleep(0.02)
        assert len(launcher.sessions) == 2
        gate.set()
        await acquiring
        assert await pool.wait_warm(timeout_s=20)


async def test_one_refill_at_a_time() -> None:
    sites = tuple(SiteConfig(f"s{n}", f"http://s{n}.example/") for n in range(4))
    async with running(Faults(open_s=0.01), sites=sites, warm=False) as (pool, _):
        most = 0
        while not await pool.wait_warm(timeout_s=0):
            most = max(most, pool.statistics().slots[State.WARMING])
            await asyncio.sleep(0.001)
        assert most == 1


async def test_a_full_pool_serves_in_order_of_arrival() -> None:
    async with running(warm=False, sites=(), max_slots=1) as (pool, launcher):
        first = await pool.acquire(OTHER)
        order: list[int] = []

        async def customer(number: int) -> None:
            lease = await pool.acquire(OTHER)
            order.append(number)
            await pool.release(lease)

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(customer(number))
            await until(lambda: pool.statistics().waiting == 4)
            assert len(launcher.sessions) == 1
            await pool.release(first)
        assert order == [0, 1, 2, 3]


async def test_a_full_pool_says_so_and_forgets_who_gave_up() -> None:
    async with running(warm=False, sites=(), max_slots=1, max_waiting=1) as (pool, _):
        first = await pool.acquire(OTHER)
        with pytest.raises(AcquireTimeout, match="1 leased; limit 1"):
            await pool.acquire(OTHER, timeout_s=0.01)
        waiting = asyncio.create_task(pool.acquire(OTHER))
        await asyncio.sleep(0)
        with pytest.raises(AcquireTimeout, match="waiting"):
            await pool.acquire(OTHER)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert pool.statistics().waiting == 0
        await pool.release(first)
        assert (await pool.acquire(OTHER)).how == "cold"


async def test_a_ready_page_of_another_site_makes_room() -> None:
    async with running(max_slots=1) as (pool, launcher):
        lease = await pool.acquire(OTHER)
        assert lease.how == "cold"
        assert pool.statistics().retirements == {Reason.EVICTED: 1}
        assert launcher.sessions == {lease.session}


@pytest.mark.parametrize("url", [SHOP, OTHER])
@pytest.mark.parametrize("turns", range(14))
async def test_a_cancelled_acquire_leaves_nothing(url: str, turns: int) -> None:
    async with running(Faults(session_s=0.001), max_slots=2) as (pool, launcher):
        task = asyncio.create_task(pool.acquire(url))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, BaseException):
            assert isinstance(result, asyncio.CancelledError)
        else:
            await pool.release(result)
        await until(lambda: live(pool) == len(launcher.sessions) == 1)
        assert await pool.wait_warm(timeout_s=20)


async def test_a_deadline_in_the_middle_of_opening_leaves_nothing() -> None:
    slow = Faults(session_s=0.02)
    changes: dict[str, Any] = {"sites": (), "warm": False, "session_timeout_s": 2.0}
    async with running(slow, **changes) as (pool, launcher):
        with pytest.raises(AcquireTimeout, match=r"within 0\.005 s"):
            await pool.acquire(OTHER, timeout_s=0.005)
        await until(lambda: live(pool) == 0)
        assert not launcher.sessions
        assert len(launcher.browsers) == 1


async def test_releasing_twice_or_after_close_does_nothing() -> None:
    async with running() as (pool, _):
        lease = await pool.acquire(SHOP)
        await pool.release(lease, broken=True)
        await pool.release(lease)
        assert pool.statistics().retirements == {Reason.BROKEN: 1}
        last = await pool.acquire(OTHER)
    await pool.release(last)


async def test_a_context_that_will_not_close_is_counted() -> None:
    faults = Faults()
    async with running(faults) as (pool, _):
        lease = await pool.acquire(SHOP)
        faults.hang_close = True
        await pool.release(lease)
        await until(lambda: pool.statistics().unclosed == 1)
        faults.hang_close = False
        assert await pool.wait_warm(timeout_s=20)


async def test_close_sends_waiters_away_and_is_idempotent() -> None:
    pool, launcher = build(sites=(), max_slots=1)
    await pool.start()
    await pool.acquire(OTHER)
    waiter = asyncio.create_task(pool.acquire(OTHER))
    await asyncio.sleep(0)
    await asyncio.gather(pool.close(), pool.close())
    with pytest.raises(PoolClosed):
        await waiter
    for late in (pool.acquire(OTHER), pool.start()):
        with pytest.raises(PoolClosed):
            await late
    await pool.close()
    assert launcher.closed


@pytest.mark.parametrize(
    "faults", [Faults(hang_session=True), Faults(hang_open=True), Faults(session_s=90.0)]
)
async def test_close_in_the_middle_of_everything_is_bounded(faults: Faults) -> None:
    pool, launcher = build(faults, session_timeout_s=90.0, warm_timeout_s=90.0)
    await pool.start()
    task = asyncio.create_task(pool.acquire(OTHER))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(20):
        await pool.close()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, PoolClosed) or not faults.hang_session
    assert not launcher.sessions


async def test_closing_while_the_browser_starts() -> None:
    pool, launcher = build(Faults(hang_launch=True))
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(0.01)
    await pool.close()
    with pytest.raises(PoolClosed):
        await starting
    assert launcher.closed


async def test_starting_twice_runs_one_loop() -> None:
    pool, launcher = build()
    await asyncio.gather(pool.start(), pool.start())
    await pool.start()
    assert await pool.wait_warm(timeout_s=20)
    assert len(launcher.browsers) == 1
    await pool.close()
