"""The pool's browsers: who gets which, and how they are replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from abos.pool import (
    BadSite,
    BrowserLaunchFailed,
    FakeLauncher,
    FakeSession,
    Faults,
    PoolConfig,
    Reason,
    SiteConfig,
    Standing,
    State,
    WarmPool,
    Wear,
)
from abos.pool.fleet import Fleet
from abos.pool.tasks import TaskBag

SHOP = "http://shop.example/"
SITE = SiteConfig("shop", SHOP)
Pool = WarmPool[FakeSession, None]


@pytest.fixture
async def tasks() -> AsyncIterator[TaskBag]:
    bag = TaskBag()
    yield bag
    await bag.close(1)


def fleet(tasks: TaskBag, launcher: FakeLauncher) -> Fleet[FakeSession]:
    return Fleet(launcher, tasks, 0.1, lambda: 0.0, lambda: None)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def prepare(session: FakeSession) -> None:
    await asyncio.sleep(0)


def build(launcher: FakeLauncher, *sites: SiteConfig, **changes: object) -> Pool:
    usual = {"refill_delay_s": 0.0, "heartbeat_s": 0.01, "adaptive": False, "retry_s": 0.01}
    config = PoolConfig(sites=sites or (SITE,), **(usual | changes))  # type: ignore[arg-type]
    return WarmPool(config, launcher, prepare=prepare, memory=lambda: None)


# -- who gets which --------------------------------------------------------------------------------


async def test_each_tenant_has_a_browser_and_callers_at_once_share_its_start(
    tasks: TaskBag,
) -> None:
    launcher = FakeLauncher()
    mine = fleet(tasks, launcher)
    hosts = await asyncio.gather(*(mine.get(tenant) for tenant in ["", "ada", "", "ada"]))
    assert [host.tenant for host in hosts] == ["", "ada", "", "ada"]
    assert hosts[0] is hosts[2]
    assert hosts[1] is hosts[3]
    assert len(launcher.browsers) == 2


async def test_a_spare_goes_to_whoever_needs_a_browser_first(tasks: TaskBag) -> None:
    launcher = FakeLauncher()
    mine = fleet(tasks, launcher)
    await mine.start_spare()
    await mine.start_spare()
    assert [info.standing for info in mine.browsers()] == [Standing.SPARE]
    one, other = await asyncio.gather(mine.get("ada"), mine.get("bob"))
    assert {one.tenant, other.tenant} == {"ada", "bob"}
    assert len(launcher.browsers) == 2


async def test_a_failed_start_is_everybodys_and_the_next_call_tries_again(tasks: TaskBag) -> None:
    faults = Faults(fail_launch=True)
    mine = fleet(tasks, FakeLauncher(faults))
    results = await asyncio.gather(mine.get(""), mine.get(""), return_exceptions=True)
    assert all(isinstance(result, BrowserLaunchFailed) for result in results)
    faults.fail_launch = False
    assert (await mine.get("")).browser.alive


async def test_a_dead_browser_is_replaced_for_its_tenant_alone(tasks: TaskBag) -> None:
    mine = fleet(tasks, FakeLauncher())
    ada, shared = await mine.get("ada"), await mine.get("")
    ada.browser.die()  # type: ignore[attr-defined]
    assert await mine.get("ada") is not ada
    assert await mine.get("") is shared
    assert mine.tally.retirements == {Wear.LOST: 1}


async def test_a_retiring_browser_goes_with_its_last_session(tasks: TaskBag) -> None:
    mine = fleet(tasks, FakeLauncher())
    host = await mine.get("")
    mine.joined(host)
    mine.joined(host)
    await mine.start_spare()
    mine.retire(host.id, Wear.CONTEXTS)
    assert (await mine.get("")) is not host
    mine.left(host)
    await asyncio.sleep(0)
    assert host.browser.alive
    mine.left(host)
    await until(lambda: not host.browser.alive)
    assert [info.standing for info in mine.browsers()] == [Standing.CURRENT]


# -- in a pool -------------------------------------------------------------------------------------


async def test_a_worn_browser_is_replaced_while_its_page_can_be_lent() -> None:
    launcher = FakeLauncher()
    async with build(launcher, browser_contexts=5) as pool:
        for _ in range(12):
            assert await pool.wait_warm(timeout_s=20)
            lease = await pool.acquire(SHOP)
            assert lease.how == "warm", "the change of browsers cost a caller his warm page"
            await pool.release(lease)
        now = pool.statistics()
        assert now.browser_retirements[Wear.CONTEXTS] >= 2
        assert now.launches == now.browser_retirements[Wear.CONTEXTS] + len(now.browsers)
        await until(lambda: sum(browser.alive for browser in launcher.browsers) <= 2)


async def test_a_lent_page_of_a_retiring_browser_stays_lent() -> None:
    launcher = FakeLauncher()
    async with build(launcher, browser_contexts=4) as pool:
        assert await pool.wait_warm(timeout_s=20)
        kept = await pool.acquire(SHOP)
        old = kept.session.browser
        for _ in range(6):
            assert await pool.wait_warm(timeout_s=20)
            await pool.release(await pool.acquire(SHOP))
        assert pool.statistics().browser_retirements[Wear.CONTEXTS] >= 1
        assert kept.session.alive
        await pool.release(kept)
        await until(lambda: not old.alive)


async def test_a_spare_that_does_not_start_costs_nobody_a_page() -> None:
    launcher = FakeLauncher()
    async with build(launcher, browser_contexts=3) as pool:
        assert await pool.wait_warm(timeout_s=20)
        launcher.faults.fail_launch = True
        for _ in range(5):
            assert await pool.wait_warm(timeout_s=20)
            await pool.release(await pool.acquire(SHOP))
        assert pool.statistics().launches == 1
        launcher.faults.fail_launch = False
        await until(lambda: pool.statistics().browser_retirements.get(Wear.CONTEXTS, 0) >= 1)


async def test_profiles_have_browsers_of_their_own_which_go_when_idle() -> None:
    launcher = FakeLauncher()
    async with build(launcher, browser_idle_s=0.02) as pool:
        ada = await pool.acquire(SHOP, profile="ada")
        bob = await pool.acquire(SHOP, profile="bob")
        usual = await pool.acquire(SHOP)
        assert len({lease.session.browser for lease in (ada, bob, usual)}) == 3
        for lease in (ada, bob, usual):
            await pool.release(lease)
        await until(lambda: pool.statistics().browser_retirements.get(Wear.IDLE, 0) == 2)
        await until(lambda: [b.tenant for b in pool.statistics().browsers] == [""])


async def test_profiles_may_share_a_browser() -> None:
    async with build(FakeLauncher(), browser_per_profile=False) as pool:
        ada = await pool.acquire(SHOP, profile="ada")
        bob = await pool.acquire(SHOP, profile="bob")
        assert ada.session.browser is bob.session.browser


# -- use again -------------------------------------------------------------------------------------

AGAIN = SiteConfig("shop", SHOP, max_uses=3)


async def test_a_context_serves_as_often_as_its_site_says() -> None:
    async with build(FakeLauncher(), AGAIN) as pool:
        seen = []
        for _ in range(7):
            assert await pool.wait_warm(timeout_s=20)
            lease = await pool.acquire(SHOP)
            seen.append(lease.session)
            await pool.release(lease)
        assert [seen.index(session) for session in seen] == [0, 0, 0, 3, 3, 3, 6]
        assert pool.statistics().reuses >= 4
        assert pool.statistics().retirements[Reason.USED] == 2


async def test_a_crashed_or_broken_one_does_not_serve_again() -> None:
    async with build(FakeLauncher(), AGAIN) as pool:
        for end in ("crash", "broken"):
            assert await pool.wait_warm(timeout_s=20)
            lease = await pool.acquire(SHOP)
            if end == "crash":
                lease.session.crash()
            await pool.release(lease, broken=end == "broken")
        assert pool.statistics().reuses == 0


async def test_one_that_cannot_be_reset_is_destroyed() -> None:
    launcher = FakeLauncher(Faults(hang_reset=True))
    async with build(launcher, AGAIN, session_timeout_s=0.01) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(SHOP)
        await pool.release(lease)
        await until(lambda: pool.statistics().retirements.get(Reason.FAILED, 0) == 1)
        await until(lambda: lease.session.closed)
        assert await pool.wait_warm(timeout_s=20)


async def test_another_profile_never_gets_it() -> None:
    async with build(FakeLauncher(), AGAIN, browser_per_profile=False) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(SHOP)
        await pool.release(lease)
        assert await pool.wait_warm(timeout_s=20)
        other = await pool.acquire(SHOP, profile="ada")
        assert other.session is not lease.session
        assert other.how == "cold"


# -- greetings -------------------------------------------------------------------------------------


async def test_a_greeting_takes_the_place_of_the_ping() -> None:
    launcher = FakeLauncher()

    async def greet(_: None) -> str:
        return "hello"

    async with build(launcher, heartbeat_s=60.0) as pool:
        assert await pool.wait_warm(timeout_s=20)
        launcher.faults.hang_ping = True
        lease = await pool.acquire(SHOP, greet=greet)
        assert (lease.how, lease.greeting) == ("warm", "hello")


@pytest.mark.parametrize("fault", ["hangs", "fails"])
async def test_without_a_greeting_a_ping_decides(fault: str) -> None:
    launcher = FakeLauncher()

    async def greet(_: None) -> str:
        if fault == "hangs":
            await asyncio.Event().wait()
        raise ValueError

    async with build(launcher, ping_timeout_s=0.01, heartbeat_s=60.0) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(SHOP, greet=greet)
        assert (lease.how, lease.greeting) == ("warm", None)
        await pool.release(lease)
        assert await pool.wait_warm(timeout_s=20)
        launcher.faults.hang_ping = True
        assert (await pool.acquire(SHOP, greet=greet)).how == "cold"
        assert pool.statistics().retirements[Reason.PING] == 1


# -- orders ----------------------------------------------------------------------------------------


async def test_more_pages_are_kept_by_order_and_none_after_a_drain() -> None:
    async with build(FakeLauncher()) as pool:
        assert await pool.wait_warm(timeout_s=20)
        assert pool.warm("shop", 2) == 3
        await until(lambda: pool.statistics().ready == {"shop": 3})
        assert pool.drain("shop") == 3
        assert pool.statistics().draining == ("shop",)
        assert pool.statistics().retirements[Reason.DRAINED] == 3
        await until(lambda: not any(pool.statistics().slots.values()))
        await asyncio.sleep(0.03)
        assert (await pool.acquire(SHOP)).how == "cold"
        assert pool.warm("shop") == 1
        assert await pool.wait_warm(timeout_s=20)
        assert pool.statistics().draining == ()


async def test_an_order_for_more_than_there_is_room_for_is_cut_to_it() -> None:
    async with build(FakeLauncher(), max_slots=2) as pool:
        assert pool.warm("shop", 50) == 2
        await until(lambda: pool.statistics().ready == {"shop": 2})


async def test_an_order_for_an_unknown_site_says_which_there_are() -> None:
    async with build(FakeLauncher()) as pool:
        with pytest.raises(BadSite, match=r"'shoe'.*shop"):
            pool.warm("shoe")
        with pytest.raises(BadSite, match="shop"):
            pool.drain("shoe")


async def test_slots_can_be_looked_at() -> None:
    launcher = FakeLauncher()
    async with build(launcher) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(SHOP)
        assert await pool.wait_warm(timeout_s=20)
        first, second = pool.slots()
        assert (first.state, first.uses, first.score, first.id) == (
            State.LEASED,
            1,
            None,
            lease.slot,
        )
        assert (second.state, second.uses, second.site, second.score) == (
            State.READY,
            0,
            "shop",
            100,
        )
        assert {slot.browser_pid for slot in (first, second)} == {launcher.browsers[0].pid}


async def test_pages_that_hang_give_their_place_to_a_caller() -> None:
    launcher = FakeLauncher(Faults(hang_open=True))
    async with build(launcher, max_slots=1, patience_s=0.01, warm_timeout_s=60.0) as pool:
        await until(lambda: pool.statistics().slots[State.WARMING] == 1)
        lease = await pool.acquire("http://other.example/", timeout_s=1)
        assert lease.how == "cold"
        assert pool.statistics().retirements[Reason.EVICTED] == 1
