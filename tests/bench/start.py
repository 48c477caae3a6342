"""How long an agent waits for its first observation: cold, browser up, warm. `make bench-start`.

Every round measures each way once, in turn, against the demo shop with 50 ms of server delay:

- plain: Playwright alone, from nothing to the page's elements read by a small `evaluate`.
- cold: a new kernel, its driver and its browser, a context, the page, the first observation.
- browser_up: a running kernel without a warm page.
- warm: a running kernel with a warm page of that site.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
import time

from _harness import Row, report

from abos import Config, Kernel
from abos.kernel.config import with_sites
from abos.kernel.demo import DemoShop
from abos.pool import SiteConfig, State, find_chromium

WARMING, CLOSING = State.WARMING, State.CLOSING
_READ = (
    "[...document.querySelectorAll('a,button,input,select')].map((e) => [e.tagName, e.innerText])"
)


async def plain(url: str) -> float:
    from playwright.async_api import async_playwright

    started = time.perf_counter()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), chromium_sandbox=sandboxed()
        )
        page = await (await browser.new_context()).new_page()
        await page.goto(url, wait_until="domcontentloaded")
        assert await page.evaluate(_READ)
        seconds = time.perf_counter() - started
        await browser.close()
    return seconds * 1000


def sandboxed() -> bool:
    import os

    return os.geteuid() != 0


async def first_observation(kernel: Kernel, url: str, expected: str) -> float:
    started = time.perf_counter()
    process = await kernel.spawn(url)
    view = await process.observe()
    seconds = time.perf_counter() - started
    assert view.elements
    assert process.how == expected, f"meant to be {expected}, was {process.how}"
    await process.exit()
    return seconds * 1000


async def cold(config: Config, url: str) -> float:
    started = time.perf_counter()
    kernel = Kernel(config)
    try:
        await kernel.boot()
        process = await kernel.spawn(url)
        assert (await process.observe()).elements
        return (time.perf_counter() - started) * 1000
    finally:
        await kernel.close()


async def settled(*kernels: Kernel) -> None:
    """Wait until nothing is being warmed or closed: one way must not be timed into another's work.

    What a start costs while a refill is under way is another measurement.
    """
    for kernel in kernels:
        assert await kernel.pool.wait_warm(timeout_s=20)
        while any(kernel.pool_statistics().slots[state] for state in (WARMING, CLOSING)):
            await asyncio.sleep(0.002)


async def measure(rounds: int) -> list[Row]:
    ways: dict[str, list[float]] = {"plain": [], "cold": [], "browser_up": [], "warm": []}
    with DemoShop(delay_ms=50) as shop:
        no_models = dataclasses.replace(
            Config().planner, local=dataclasses.replace(Config().planner.local, enabled=False)
        )
        bare = dataclasses.replace(Config(), planner=no_models)
        pooled = with_sites(bare, SiteConfig("shop", shop.url))
        async with Kernel(bare) as up, Kernel(pooled) as warm:
            for _ in range(rounds):
                ways["plain"].append(await plain(shop.url))
                ways["cold"].append(await cold(bare, shop.url))
                await settled(up, warm)
                ways["browser_up"].append(await first_observation(up, shop.url, "cold"))
                await settled(up, warm)
                ways["warm"].append(await first_observation(warm, shop.url, "warm"))
    return [
        Row("start.plain", "plain Playwright, from nothing", ways["plain"]),
        Row("start.cold", "cold kernel", ways["cold"], baseline="start.plain"),
        Row("start.browser_up", "browser up", ways["browser_up"], baseline="start.cold"),
        Row(
            "start.warm",
            "warm",
            ways["warm"],
            baseline="start.browser_up",
            target="p95 < 50 and ratio >= 20",
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rows = asyncio.run(measure(parser.parse_args().rounds))
    return 0 if report("start", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
