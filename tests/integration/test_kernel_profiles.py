"""A stored profile follows its processes: loaded at the start, kept by a clean exit alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from abos import Config, Kernel, Process
from abos.kernel import errors
from abos.kernel.config import KernelConfig
from abos.kernel.demo import DemoShop
from abos.kernel.personas import Personas
from abos.pool import PoolConfig, SiteConfig

NOTHING: dict[str, object] = {"cookies": [], "origins": []}


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


@pytest.fixture
def config(tmp_path: Path) -> Config:
    base = Config(kernel=KernelConfig(profiles=tmp_path / "profiles"))
    local = dataclasses.replace(base.planner.local, enabled=False)
    Personas(base.kernel.profiles).store().import_state("ada", NOTHING)
    return dataclasses.replace(base, planner=dataclasses.replace(base.planner, local=local))


async def leave(kernel: Kernel, shop: DemoShop, mark: str, code: int, profile: str = "ada") -> None:
    process = await kernel.spawn(shop.url, profile=profile)
    await process.evaluate(f"localStorage.setItem('mark', '{mark}')")
    await process.evaluate(f"document.cookie = 'mark={mark}; max-age=999'")
    await process.exit(code)


async def look(kernel: Kernel, shop: DemoShop, profile: str = "ada") -> tuple[str | None, bool]:
    async with await kernel.spawn(shop.url, profile=profile) as process:
        stored = await process.evaluate("localStorage.getItem('mark')")
        return stored, "mark=" in await process.evaluate("document.cookie")


async def test_a_clean_exit_keeps_cookies_and_storage(config: Config, shop: DemoShop) -> None:
    async with Kernel(config) as kernel:
        await leave(kernel, shop, "one", 0)
        assert await look(kernel, shop) == ("one", True)
    async with Kernel(config) as kernel:
        assert await look(kernel, shop) == ("one", True)


async def test_a_failed_or_killed_process_keeps_nothing(config: Config, shop: DemoShop) -> None:
    async with Kernel(config) as kernel:
        await leave(kernel, shop, "two", 1)
        process = await kernel.spawn(shop.url, profile="ada")
        await process.evaluate("localStorage.setItem('mark', 'three')")
        await kernel.kill(process.pid)
        assert await look(kernel, shop) == (None, False)


async def test_a_name_that_is_not_stored_keeps_nothing(config: Config, shop: DemoShop) -> None:
    async with Kernel(config) as kernel:
        await leave(kernel, shop, "four", 0, profile="somebody")
        assert await look(kernel, shop, profile="somebody") == (None, False)
        assert await look(kernel, shop) == (None, False)


async def test_two_leases_of_one_profile_do_not_overwrite_each_other_silently(
    config: Config, shop: DemoShop
) -> None:
    async with Kernel(config) as kernel:
        first = await kernel.spawn(shop.url, profile="ada")
        second = await kernel.spawn(shop.url, profile="ada")
        await first.evaluate("localStorage.setItem('mark', 'first')")
        await second.evaluate("localStorage.setItem('mark', 'second')")
        await first.exit()
        with pytest.raises(errors.ProfileError, match="ada"):
            await second.exit()
        assert {row.exit_code for row in kernel.ps()} == {0}
        stored, _ = await look(kernel, shop)
        assert stored == "first"
    store = Personas(config.kernel.profiles).store()
    assert len(store.conflicts("ada")) == 1


# -- warm pages per profile ------------------------------------------------------------------------


def warmed(config: Config, shop: DemoShop, **changes: object) -> Config:
    site = SiteConfig("shop", shop.url, profiles=("default", "ada"), **changes)  # type: ignore[arg-type]
    return dataclasses.replace(config, pool=PoolConfig(sites=(site,), adaptive=False))


async def spawn_warm(kernel: Kernel, shop: DemoShop, profile: str) -> Process:
    stand = "shop" if profile == "default" else f"{profile}@shop"
    assert await kernel.pool.wait_warm(stand, timeout_s=20)
    process = await kernel.spawn(shop.url, profile=profile)
    assert process.how == "warm"
    return process


async def test_a_warm_page_has_what_its_profile_holds_now(config: Config, shop: DemoShop) -> None:
    async with Kernel(warmed(config, shop)) as kernel:
        first = await spawn_warm(kernel, shop, "ada")
        await first.evaluate("localStorage.setItem('mark', 'warm')")
        await first.exit()
        async with await spawn_warm(kernel, shop, "ada") as second:
            assert await second.evaluate("localStorage.getItem('mark')") == "warm"
        async with await spawn_warm(kernel, shop, "default") as other:
            assert await other.evaluate("localStorage.getItem('mark')") is None


async def test_what_another_kernel_stored_is_noticed(config: Config, shop: DemoShop) -> None:
    async with Kernel(warmed(config, shop)) as kernel:
        await (await spawn_warm(kernel, shop, "ada")).exit()
        assert await kernel.pool.wait_warm("ada@shop", timeout_s=20)
        origin = {"origin": shop.url.rstrip("/"), "localStorage": [{"name": "mark", "value": "2"}]}
        store = Personas(config.kernel.profiles).store()
        store.import_state("ada", {"cookies": [], "origins": [origin]})
        async with await kernel.spawn(shop.url, profile="ada") as process:
            assert await process.evaluate("localStorage.getItem('mark')") == "2"


async def test_storage_of_other_origins_is_neither_loaded_nor_lost(
    config: Config, shop: DemoShop
) -> None:
    here = shop.url.rstrip("/")
    origins = [
        {"origin": origin, "localStorage": [{"name": "mark", "value": "1"}]}
        for origin in (here, "http://elsewhere.example")
    ]
    store = Personas(config.kernel.profiles).store()
    store.import_state("ada", {"cookies": [], "origins": origins})
    async with Kernel(warmed(config, shop, storage_origins=(here,))) as kernel:
        process = await spawn_warm(kernel, shop, "ada")
        await process.evaluate("localStorage.setItem('mark', '2')")
        await process.exit()
    kept = {
        each["origin"]: each["localStorage"] for each in store.get("ada").storage_state["origins"]
    }
    assert kept[here] == [{"name": "mark", "value": "2"}]
    assert kept["http://elsewhere.example"] == [{"name": "mark", "value": "1"}]
