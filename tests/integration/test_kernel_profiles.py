"""A stored profile follows its processes: loaded at the start, kept by a clean exit alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from abos import Config, Kernel
from abos.kernel import errors
from abos.kernel.config import KernelConfig
from abos.kernel.demo import DemoShop
from abos.kernel.personas import Personas

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
