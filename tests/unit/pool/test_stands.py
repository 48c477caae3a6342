"""Warm pages for each profile of a site, made of what the profile holds now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from abos.pool import (
    BadSite,
    FakeLauncher,
    FakeSession,
    PoolConfig,
    Reason,
    SessionOptions,
    SiteConfig,
    State,
    WarmPool,
    site_from_table,
)
from abos.pool.stands import Stands

SHOP = "http://shop.example/"
SITE = SiteConfig("shop", SHOP, min_warm=1, max_warm=2, profiles=("default", "ada"))
CONFIG = PoolConfig(sites=(SITE,), adaptive=False, refill_delay_s=0.0, retry_s=0.02)


class Store:
    """The options of profiles, as somebody keeps them."""

    def __init__(self) -> None:
        self.options = {"ada": SessionOptions(locale="de-DE")}
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def find(self, profile: str) -> SessionOptions | None:
        self.asked.append(profile)
        found = self.options.get(profile)
        await self.gate.wait()
        return found


async def prepare(session: FakeSession) -> None:
    await asyncio.sleep(0)


def build(store: Store, config: PoolConfig = CONFIG) -> WarmPool[FakeSession, None]:
    launcher = FakeLauncher()
    return WarmPool(config, launcher, prepare=prepare, memory=lambda: None, options_of=store.find)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def test_each_profile_has_warm_pages_of_its_own() -> None:
    store = Store()
    async with build(store) as pool:
        assert await pool.wait_warm("shop", timeout_s=20)
        assert pool.statistics().ready == {"shop": 1, "ada@shop": 1}
        ada = await pool.acquire(SHOP, profile="ada")
        assert (ada.how, ada.key.site, ada.key.profile) == ("warm", "shop", "ada")
        assert ada.session.options.locale == "de-DE"
        usual = await pool.acquire(SHOP)
        assert (usual.how, usual.session.options) == ("warm", SessionOptions())
        assert await pool.wait_warm("ada@shop", timeout_s=1)
        same = SessionOptions(locale="de-DE")
        assert (await pool.acquire(SHOP, profile="ada", options=same)).how == "warm"
        assert sorted(store.asked) == ["ada", "default"]


async def test_no_profile_gets_what_another_left() -> None:
    async with build(Store()) as pool:
        assert await pool.wait_warm(timeout_s=20)
        other = await pool.acquire(SHOP, profile="bob")
        assert (other.how, other.session.options) == ("cold", SessionOptions())
        changed = SessionOptions(locale="fr-FR")
        assert (await pool.acquire(SHOP, profile="ada", options=changed)).how == "cold"


async def test_pages_of_a_profile_that_changed_are_replaced() -> None:
    store = Store()
    async with build(store) as pool:
        assert await pool.wait_warm(timeout_s=20)
        store.options["ada"] = SessionOptions(locale="it-IT")
        pool.forget("ada")
        assert pool.statistics().retirements == {Reason.CHANGED: 1}
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(SHOP, profile="ada")
        assert (lease.how, lease.session.options.locale) == ("warm", "it-IT")
        assert pool.statistics().ready["shop"] == 1


async def test_what_was_read_before_the_change_is_not_lent_after() -> None:
    store = Store()
    pool = build(store)
    store.gate.clear()
    async with pool:
        await until(lambda: bool(store.asked))
        for profile in ("ada", "default"):
            pool.forget(profile)
        store.options = {name: SessionOptions(locale="it-IT") for name in ("ada", "default")}
        store.gate.set()
        assert await pool.wait_warm(timeout_s=20)
        for profile in ("ada", "default"):
            lease = await pool.acquire(SHOP, profile=profile)
            assert lease.session.options.locale == "it-IT"
        assert pool.statistics().retirements[Reason.CHANGED] == 1


async def test_a_profile_that_cannot_be_read_rests_and_the_others_are_warmed() -> None:
    async def find(profile: str) -> SessionOptions | None:
        if profile == "ada":
            raise OSError("the disk is gone")
        return None

    pool = WarmPool(CONFIG, FakeLauncher(), prepare=prepare, memory=lambda: None, options_of=find)
    async with pool:
        await until(lambda: pool.statistics().refill_failures >= 1)
        assert "ada@shop: the disk is gone" in pool.statistics().last_error
        await until(lambda: pool.statistics().slots[State.READY] == 1)
        with pytest.raises(OSError, match="disk"):
            await pool.acquire(SHOP, profile="ada")


async def test_without_a_callable_all_profiles_have_the_pools_options() -> None:
    stands = Stands(CONFIG)
    assert [stand.name for stand in stands.config.sites] == ["shop", "ada@shop"]
    assert (await stands.load(None, "ada")).options == CONFIG.options
    assert [stands.key(stand).profile for stand in stands.of("shop")] == ["default", "ada"]
    assert [stand.name for stand in stands.of("ada@shop")] == ["ada@shop"]


def test_profiles_are_read_from_tables_and_checked() -> None:
    table = {"name": "shop", "url": SHOP, "profiles": ["default", "ada"]}
    assert site_from_table(table).profiles == ("default", "ada")
    for wrong in ([""], ["ada", "ada"], [1]):
        with pytest.raises(BadSite, match="profiles"):
            site_from_table(table | {"profiles": wrong})


async def test_two_sites_of_one_host_each_load_what_they_name() -> None:
    state = {"cookies": [], "origins": [{"origin": "http://shop.example", "localStorage": []}]}

    async def find(profile: str) -> SessionOptions | None:
        return SessionOptions(storage_state=state)

    front = SiteConfig("front", SHOP)
    back = SiteConfig("back", SHOP + "admin", storage_origins=("http://elsewhere.example",))
    config = PoolConfig(sites=(front, back), adaptive=False, refill_delay_s=0.0)
    launcher = FakeLauncher()
    async with WarmPool(config, launcher, prepare=prepare, options_of=find) as pool:
        assert await pool.wait_warm(timeout_s=20)
        assert pool.statistics().ready == {"front": 1, "back": 1}
        origins = {s.url: s.options.storage_state["origins"] for s in launcher.sessions}  # type: ignore[index]
        assert origins == {front.url: state["origins"], back.url: []}
