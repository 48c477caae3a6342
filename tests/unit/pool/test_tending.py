"""Pages on the shelf of the fake browser: parked, looked after, given up, and the clipboard."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from abos.pool import (
    BadSite,
    FakeLauncher,
    FakeSession,
    Faults,
    HealthConfig,
    Memory,
    PoolConfig,
    Reason,
    SiteConfig,
    State,
    WarmPool,
)

SHOP = "http://shop.example/"
QUICK: dict[str, Any] = {
    "sites": (SiteConfig("shop", SHOP, min_warm=3, max_warm=3),),
    "adaptive": False,
    "heartbeat_s": 0.01,
    "ping_timeout_s": 0.01,
    "session_timeout_s": 0.05,
    "browser_ping_timeout_s": 0.01,
    "close_timeout_s": 0.05,
    "refill_delay_s": 0.0,
    "park_after_s": 0.0,
    "retry_s": 0.02,
}
AMPLE = Memory(8000.0, 6000.0)
SHORT = Memory(8000.0, 700.0)
Pool = WarmPool[FakeSession, None]


class Machine:
    """A pool whose memory the test decides on."""

    def __init__(
        self,
        faults: Faults | None,
        clock: Callable[[], float] = time.monotonic,
        **changes: Any,
    ) -> None:
        self.memory: Memory | None = None
        self.launcher = FakeLauncher(faults)
        self.pool: Pool = WarmPool(
            PoolConfig(**(QUICK | changes)),
            self.launcher,
            prepare=self.prepare,
            memory=lambda: self.memory,
            clock=clock,
        )

    async def prepare(self, session: FakeSession) -> None:
        await asyncio.sleep(0)

    def count(self, state: State) -> int:
        return self.pool.statistics().slots[state]

    @property
    def parked(self) -> set[FakeSession]:
        return {session for session in self.launcher.sessions if session.parked}

    def retired(self, reason: Reason) -> int:
        return self.pool.statistics().retirements.get(reason, 0)


@asynccontextmanager
async def running(
    faults: Faults | None = None, *, warm: bool = True, **changes: Any
) -> AsyncIterator[Machine]:
    machine = Machine(faults, **changes)
    async with machine.pool:
        if warm:
            assert await machine.pool.wait_warm(timeout_s=20)
        yield machine
    assert not machine.launcher.sessions
    assert sum(machine.pool.statistics().slots.values()) == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


# -- parking -----------------------------------------------------------------------------------


async def test_all_but_the_freshest_are_parked_and_lent_awake() -> None:
    async with running() as machine:
        await until(lambda: machine.count(State.PARKED) == 2)
        assert machine.count(State.READY) == 1
        assert len(machine.parked) == 2
        assert machine.pool.statistics().ready == {"shop": 3}
        leases = await asyncio.gather(*(machine.pool.acquire(SHOP) for _ in range(3)))
        assert [lease.how for lease in leases] == ["warm"] * 3
        assert not any(lease.session.parked for lease in leases)
        assert not any(lease.session.pinged_parked for lease in leases)


async def test_parked_pages_are_never_pinged_by_the_heartbeat() -> None:
    async with running() as machine:
        await until(lambda: machine.count(State.PARKED) == 2)
        parked = machine.parked
        await asyncio.sleep(0.05)  # several heartbeats
        assert machine.parked == parked
        assert not any(session.pinged_parked for session in parked)
        assert machine.pool.statistics().retirements == {}


async def test_a_page_wanted_while_it_is_being_parked_is_lent_awake() -> None:
    async with running(Faults(park_s=0.03), warm=False) as machine:
        assert await machine.pool.wait_warm(timeout_s=20)
        leases = [await machine.pool.acquire(SHOP) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert not any(lease.session.parked for lease in leases)


async def test_what_will_not_be_parked_stays_ready_and_is_let_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []

    async def park(session: FakeSession) -> bool:
        tried.append(session.id)
        return False

    monkeypatch.setattr(FakeSession, "park", park)
    async with running() as machine:
        await asyncio.sleep(0.05)
        assert len(tried) == len(set(tried)) == 2
        assert machine.count(State.READY) == 3


@pytest.mark.parametrize("changes", [{"park": False}, {"park_after_s": 60.0}])
async def test_nothing_is_parked_before_its_time(changes: dict[str, Any]) -> None:
    async with running(**changes) as machine:
        await asyncio.sleep(0.03)
        assert machine.count(State.PARKED) == 0


async def test_a_page_that_was_woken_by_others_is_ready_again() -> None:
    async with running() as machine:
        await until(lambda: machine.count(State.PARKED) == 2)
        machine.launcher.faults.fail_park = True
        for session in machine.parked:
            session.unpark()
        await until(lambda: machine.count(State.READY) == 3)


async def test_a_browser_that_dies_with_parked_pages_is_replaced() -> None:
    async with running() as machine:
        await until(lambda: machine.count(State.PARKED) == 2)
        machine.launcher.browsers[0].die()
        assert machine.count(State.PARKED) == machine.count(State.READY) == 0
        await until(lambda: machine.count(State.PARKED) == 2)
        assert machine.retired(Reason.LOST) == 3


# -- memory ------------------------------------------------------------------------------------


async def test_ready_pages_go_when_memory_gets_short_and_come_back() -> None:
    now = 0.0
    machine = Machine(None, lambda: now, park=False)
    async with machine.pool:
        machine.memory = AMPLE
        assert await machine.pool.wait_warm(timeout_s=20)
        lease = await machine.pool.acquire(SHOP)
        machine.memory = SHORT
        now += 10.0
        machine.pool._stir()
        await until(lambda: machine.retired(Reason.MEMORY) >= 2)  # 100 MB missing, 40 each
        await asyncio.sleep(0.02)
        assert machine.count(State.WARMING) == 0
        assert lease.session.alive
        machine.memory = AMPLE
        now += 10.0
        assert await machine.pool.wait_warm(timeout_s=20)


async def test_what_pages_take_is_read_off_the_pages() -> None:
    async with running() as machine:
        await until(lambda: set(machine.pool._parts.tender.ready_mb().values()) == {37.0})


# -- health ------------------------------------------------------------------------------------


async def test_a_page_that_was_sent_to_sign_in_is_not_lent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "abos.pool")  # the state machine hushes it
    faults = Faults(landing=SHOP + "login?next=/")
    async with running(faults, warm=False) as machine:
        await until(lambda: machine.retired(Reason.HEALTH) >= 1)
        assert (await machine.pool.acquire(SHOP)).how == "cold"
        assert "sent to a sign-in page" in machine.pool.statistics().last_error
        assert "sent to a sign-in page" in caplog.text
        faults.landing = ""
        assert await machine.pool.wait_warm(timeout_s=20)


async def test_a_page_that_misses_pings_is_quarantined_with_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "abos.pool")
    faults = Faults()
    async with running(faults, park=False) as machine:
        scores = machine.pool.statistics().scores
        assert set(scores.values()) == {100}
        faults.hang_ping = True
        await until(lambda: machine.retired(Reason.HEALTH) >= 1)
        faults.hang_ping = False
        assert "did not answer 3 times in a row" in caplog.text
        assert await machine.pool.wait_warm(timeout_s=20)
        await until(lambda: set(machine.pool.statistics().scores.values()) == {100})


async def test_a_page_that_takes_too_much_memory_is_replaced() -> None:
    async with running(health=HealthConfig(max_pss_mb=30.0)) as machine:
        await until(lambda: machine.retired(Reason.HEALTH) >= 3)


async def test_waking_says_nothing_about_what_is_usual() -> None:
    async with running(heartbeat_s=60.0) as machine:
        await until(lambda: machine.count(State.PARKED) == 2)
        usual = machine.pool._parts.tender._usual
        assert len(usual.times) == 3  # one for each page that was warmed
        await machine.pool.acquire(SHOP)
        assert len(machine.pool._parts.tender._usual.times) == 4
        machine.launcher.faults.hang_open = True  # no more refills
        await machine.pool.acquire(SHOP)
        assert len(machine.pool._parts.tender._usual.times) == 4


# -- clipboard ---------------------------------------------------------------------------------


async def test_the_clipboard_is_empty_before_the_slot_is_free() -> None:
    async with running() as machine:
        browser = machine.launcher.browsers[0]
        lease = await machine.pool.acquire(SHOP)
        browser.clipboard = "a secret"
        await machine.pool.release(lease)
        assert browser.clipboard == "a secret"  # not on the caller's time
        await until(lambda: machine.count(State.CLOSING) == 0)
        assert browser.clipboard == ""


async def test_a_clipboard_that_cannot_be_wiped_is_told() -> None:
    faults = Faults()
    async with running(faults, heartbeat_s=60.0) as machine:
        lease = await machine.pool.acquire(SHOP)
        faults.hang_browser = True
        await machine.pool.release(lease)
        await until(lambda: machine.pool.statistics().launches == 2)
        faults.hang_browser = False
        assert "clipboard" in machine.pool.statistics().last_error


def test_a_time_that_cannot_be() -> None:
    with pytest.raises(BadSite, match="park_after_s"):
        PoolConfig(park_after_s=-1.0)
