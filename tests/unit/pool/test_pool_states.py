"""Whatever happens in whatever order: no slot is lent twice, lost, or leaked."""

from __future__ import annotations

import asyncio
import logging

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from abos.pool import (
    FakeBrowser,
    FakeLauncher,
    FakeSession,
    Faults,
    Lease,
    Memory,
    PoolConfig,
    PoolError,
    SiteConfig,
    State,
    WarmPool,
)
from abos.pool.rotation import Standing

from .virtual_time import VirtualLoop

SITES = (
    SiteConfig("shop", "http://shop.example/", min_warm=2, max_warm=2, ttl_s=30.0),
    SiteConfig("news", "http://news.example/", max_warm=2, ttl_s=30.0, max_uses=3),
    SiteConfig("mail", "http://mail.example/", max_warm=1, profiles=("ada",)),
)
URLS = (*(site.url for site in SITES), "http://other.example/")
PROFILES = ("default", "ada", "bob")
FAULTS = (
    "fail_launch",
    "fail_session",
    "fail_open",
    "hang_session",
    "hang_open",
    "hang_ping",
    "hang_close",
    "hang_reset",
    "hang_browser",
    "fail_park",
)
CONFIG = PoolConfig(
    sites=SITES,
    max_slots=5,
    max_waiting=3,
    refills=2,
    acquire_timeout_s=0.01,
    session_timeout_s=0.003,
    prepare_timeout_s=0.003,
    warm_timeout_s=0.003,
    ping_timeout_s=0.002,
    browser_ping_timeout_s=0.002,
    close_timeout_s=0.002,
    heartbeat_s=5.0,
    retry_s=0.5,
    park_after_s=2.0,
    browser_contexts=6,
    browser_idle_s=20.0,
)
AMPLE = Memory(8000.0, 6000.0)
SHORT = (
    None,
    AMPLE,
    Memory(8000.0, 770.0),
    Memory(8000.0, 10.0),
    Memory(8000.0, 6000.0, some_avg10=10.0),
    Memory(8000.0, 6000.0, some_avg10=90.0, full_avg10=50.0),
)
"""None known, enough, one page too little, nothing left, some wait for it, all do."""
SHELVED = {State.READY, State.PARKED}


class PoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        logging.getLogger("abos.pool").setLevel(logging.CRITICAL)
        self.now = 0.0
        self.faults = Faults()
        self.memory: Memory | None = AMPLE
        self.launcher = FakeLauncher(self.faults)
        self.pool: WarmPool[FakeSession, int] = WarmPool(
            CONFIG,
            self.launcher,
            prepare=self.prepare,
            clock=lambda: self.now,
            memory=lambda: self.memory,
        )
        self.leases: list[Lease[FakeSession, int]] = []
        self.served: dict[FakeSession, int] = {}
        self.seen: set[FakeSession] = set()
        self.tenants: dict[FakeBrowser, set[str]] = {}
        self.greets = "well"
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.runner.run(self.pool.start())

    async def prepare(self, session: FakeSession) -> int:
        await asyncio.sleep(0)
        return session.id

    async def turns(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    def took(self, lease: Lease[FakeSession, int]) -> None:
        assert self.served.get(lease.session, 0) == lease.session.resets, "lent twice uncleaned"
        assert lease.session.resets < (3 if lease.key.site == "news" else 1)
        assert lease.prepared == lease.session.id
        self.served[lease.session] = lease.session.resets + 1
        self.leases.append(lease)
        tenants = self.tenants.setdefault(lease.session.browser, set())
        tenants.add(CONFIG.tenant(lease.key.profile))
        assert len(tenants) == 1, "two profiles share a browser"

    async def greet(self, prepared: int) -> int | None:
        """As slow as a ping; now and then it fails, or has nothing to say."""
        await asyncio.sleep(0)
        if self.greets == "hangs":
            await asyncio.Event().wait()
        if self.greets == "fails":
            raise ValueError("the page is not what it was")
        return prepared

    @rule(greets=st.sampled_from(["well", "hangs", "fails"]))
    def greeting_changes(self, greets: str) -> None:
        self.greets = greets

    @rule(url=st.sampled_from(URLS), profile=st.sampled_from(PROFILES), greet=st.booleans())
    def acquire(self, url: str, profile: str, greet: bool = False) -> None:
        async def go() -> None:
            hook = self.greet if greet else None
            try:
                self.took(await self.pool.acquire(url, profile=profile, greet=hook))
            except PoolError:
                return
            lease = self.leases[-1]
            assert lease.key.profile == profile
            assert lease.session.url == (url if lease.how == "warm" else "about:blank")

        self.runner.run(go())

    @rule(urls=st.lists(st.sampled_from(URLS), min_size=2, max_size=5))
    def acquire_together(self, urls: list[str]) -> None:
        async def go() -> None:
            asked = (self.pool.acquire(url) for url in urls)
            for result in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(result, Lease):
                    self.took(result)
                else:
                    assert isinstance(result, PoolError), repr(result)

        self.runner.run(go())

    @rule(url=st.sampled_from(URLS), turns=st.integers(0, 25))
    def acquire_and_cancel(self, url: str, turns: int) -> None:
        async def go() -> None:
            task = asyncio.create_task(self.pool.acquire(url))
            await self.turns(turns)
            task.cancel()
            (result,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(result, Lease):
                self.took(result)

        self.runner.run(go())

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), broken=st.booleans())
    def release(self, data: st.DataObject, broken: bool) -> None:
        lease = self.leases.pop(data.draw(st.integers(0, len(self.leases) - 1)))
        self.runner.run(self.pool.release(lease, broken=broken))

    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        sessions = sorted(self.launcher.sessions, key=lambda s: (s.browser.pid or 0, s.id))
        if sessions:
            session = data.draw(st.sampled_from(sessions))

            async def go() -> None:
                session.crash()

            self.runner.run(go())

    @rule(which=st.integers(0, 3))
    def kill_browser(self, which: int) -> None:
        async def go() -> None:
            running = [browser for browser in self.launcher.browsers if browser.alive]
            if running:
                running[which % len(running)].die()

        self.runner.run(go())

    @rule(name=st.sampled_from(FAULTS), on=st.booleans())
    def fault(self, name: str, on: bool) -> None:
        setattr(self.faults, name, on)

    @rule(seconds=st.sampled_from([0.1, 1.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    async def stirred(self, turns: int) -> None:
        self.pool._stir()
        await self.turns(turns)

    @rule(turns=st.integers(0, 20))
    def pages_get_ripe_for_parking(self, turns: int) -> None:
        """The turns decide how far the parking gets before the next rule."""
        self.now += CONFIG.park_after_s
        self.runner.run(self.stirred(turns))

    @rule(url=st.sampled_from(URLS), turns=st.integers(0, 12))
    def acquire_while_parking(self, url: str, turns: int) -> None:
        self.pages_get_ripe_for_parking(turns)
        self.acquire(url, "default")

    @rule(data=st.data())
    def a_neighbour_wakes_one(self, data: st.DataObject) -> None:
        parked = [s for s in self.pool._parts.roster.slots.values() if s.state is State.PARKED]
        if parked:
            session = data.draw(st.sampled_from(parked)).session
            assert session is not None
            session.unpark()

    @rule(memory=st.sampled_from(SHORT), turns=st.integers(0, 30))
    def memory_changes(self, memory: Memory | None, turns: int) -> None:
        self.memory = memory
        self.now += CONFIG.heartbeat_s
        self.runner.run(self.stirred(turns))

    @rule(turns=st.integers(0, 20))
    def the_profile_changes(self, turns: int) -> None:
        async def go() -> None:
            await self.turns(turns)
            self.pool.forget("default")

        self.runner.run(go())

    @rule(site=st.sampled_from(["shop", "news", "mail", None]), turns=st.integers(0, 20))
    def drain(self, site: str | None, turns: int) -> None:
        async def go() -> None:
            self.pool.drain(site)
            await self.turns(turns)

        self.runner.run(go())

    @rule(site=st.sampled_from(["shop", "news", "mail"]), turns=st.integers(0, 20))
    def warm(self, site: str, turns: int) -> None:
        async def go() -> None:
            assert 0 <= self.pool.warm(site) <= CONFIG.max_slots
            await self.turns(turns)

        self.runner.run(go())

    @rule(megabytes=st.sampled_from([None, 37.0, 700.0]))
    def a_page_grows(self, megabytes: float | None) -> None:
        for session in self.launcher.sessions:
            session.memory_mb = megabytes

    @rule(turns=st.integers(1, 30))
    def work(self, turns: int) -> None:
        self.runner.run(self.turns(turns))

    @invariant()
    def books_agree(self) -> None:
        pool = self.pool._parts.roster
        assert len(pool.slots) <= CONFIG.max_slots
        held = [slot.session for slot in pool.slots.values() if slot.session is not None]
        assert len(held) == len(set(held)), "one session in two slots"
        ready = {slot.id for slot in pool.slots.values() if slot.state in SHELVED}
        assert {number for number in pool.slots if number in pool.shelf} == ready
        assert len(pool.shelf) == len(ready)
        for slot in pool.slots.values():
            if slot.session is not None and slot.session.parked:
                assert slot.state not in {State.WARMING, State.LEASED}, "a lent page stands still"
            assert not (slot.held and slot.state in SHELVED)
        self.seen |= self.launcher.sessions
        assert not any(session.pinged_parked for session in self.seen), "a parked page was pinged"
        for lease in self.leases:
            slot = pool.slots[lease.slot]
            assert slot.state in {State.LEASED, State.QUARANTINED}
            assert slot.session is lease.session

    def settled(self) -> bool:
        """A page of each site at least, no slot that is none, and no browser that is to go."""
        now = self.pool.statistics()
        shelved = now.slots[State.READY] + now.slots[State.PARKED]
        return (
            len(SITES) <= shelved == sum(now.slots.values())
            and all(now.ready.values())
            and not any(browser.standing is Standing.RETIRING for browser in now.browsers)
        )

    def teardown(self) -> None:
        try:
            self.runner.run(self.end())
        finally:
            self.runner.close()

    async def end(self) -> None:
        for name in FAULTS:
            setattr(self.faults, name, False)
        self.memory = AMPLE
        for session in self.launcher.sessions:
            session.memory_mb = None
        for lease in self.leases:
            await self.pool.release(lease)
        for site in SITES:
            self.pool.drain(site.name)
            self.pool.warm(site.name)
        self.now += 1000.0  # every rest and every page's time is over
        async with asyncio.timeout(20):  # a busy machine misses such short deadlines now and then
            while not await self.pool.wait_warm(timeout_s=0.05):
                self.now += 0.5
                self.pool._stir()
        async with asyncio.timeout(20):
            while not self.settled():
                self.now += 0.5
                self.pool._stir()
                await asyncio.sleep(0.002)
        ready = {slot.session for slot in self.pool._parts.roster.slots.values()}
        unclosed = {session for session in self.launcher.sessions if session.closed}
        assert self.launcher.sessions - unclosed == ready, "a context belongs to nobody"
        assert len(unclosed) <= self.pool.statistics().unclosed
        await self.pool.close()
        assert not self.launcher.sessions
        assert not self.pool._parts.roster.slots
        assert len(self.pool._parts.tasks) == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}


PoolMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None, derandomize=True
)
test_no_slot_is_lent_twice_lost_or_leaked = PoolMachine.TestCase


class CalmMachine(PoolMachine):
    """Begins with three warm pages, and its browser never fails: so pages get to be parked."""

    def __init__(self) -> None:
        super().__init__()
        assert self.runner.run(self.pool.wait_warm(timeout_s=5))

    def fault(self, name: str, on: bool) -> None:
        """No rule here."""

    def kill_browser(self, which: int) -> None:
        """No rule here."""

    @rule(turns=st.integers(0, 40), lent=st.integers(0, 3))
    def all_is_warm_and_some_parked(self, turns: int, lent: int) -> None:
        self.memory = AMPLE
        self.now += CONFIG.heartbeat_s
        while self.leases:
            self.runner.run(self.pool.release(self.leases.pop()))
        self.runner.run(self.stirred(1))
        if self.runner.run(self.pool.wait_warm(timeout_s=0.2)):
            self.pages_get_ripe_for_parking(turns)
            for _ in range(lent):
                self.acquire(URLS[0], "default")


CalmMachine.TestCase.settings = PoolMachine.TestCase.settings
test_nor_when_pages_are_parked = CalmMachine.TestCase
