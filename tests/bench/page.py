"""What reading and pressing cost, against plain Playwright on the same page. `make bench-page`.

The page has 800 elements a person could use (200 rows of link, button, field, list) and the
small one a button whose handler changes it. Rounds alternate between ABOS and Playwright.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from _harness import Row, report
from playwright.async_api import Page, async_playwright

from abos import Click
from abos.kernel.space import AddressSpace
from abos.pool import find_chromium

ROWS = "".join(
    f"<div>Item {i} <a href='/x{i}'>Open {i}</a> <button>Buy {i}</button> "
    f"<label>Quantity {i} <input value=1></label><select><option>a<option>b</select></div>"
    for i in range(200)
)
_CHANGE = "(number) => { document.body.dataset.round = number; }"
"""Makes the page another one, so that it is read and not only asked whether it is the same."""
BUTTON = "<button onclick='this.dataset.n = (+this.dataset.n || 0) + 1'>Go</button>"


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


async def reading(page: Page, space: AddressSpace, rounds: int) -> list[Row]:
    await page.set_content(ROWS)
    ours: list[float] = []
    again: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        await page.evaluate(_CHANGE, number)
        ours.append(await timed(lambda: space.observe(1500)))
        again.append(await timed(lambda: space.observe(1500)))
        theirs.append(await timed(lambda: page.locator("body").aria_snapshot()))
    assert len((await space.observe(1500)).elements) == 800
    return [
        Row("observe.playwright", "Playwright aria_snapshot, 800 elements", theirs),
        Row(
            "observe.abos",
            "observe, 800 elements",
            ours,
            baseline="observe.playwright",
            target="p50 < 15",
        ),
        Row(
            "observe.unchanged",
            "observe again, nothing has changed",
            again,
            baseline="observe.playwright",
        ),
    ]


async def pressing(page: Page, space: AddressSpace, rounds: int) -> list[Row]:
    await page.set_content(BUTTON)
    (element,) = (await space.observe(100)).elements
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(await timed(lambda: space.act(Click(element.ref))))
        theirs.append(await timed(lambda: page.click("button")))
    assert await page.evaluate("document.querySelector('button').dataset.n") == str(2 * rounds)
    return [
        Row("click.playwright", "Playwright click", theirs),
        Row(
            "click.abos",
            "click, with what it changed",
            ours,
            baseline="click.playwright",
            target="p50 < 20",
        ),
    ]


async def measure(rounds: int) -> list[Row]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), chromium_sandbox=os.geteuid() != 0
        )
        page = await browser.new_page()
        space = await AddressSpace.attach(page)
        rows = [*await reading(page, space, rounds), *await pressing(page, space, rounds)]
        await space.close()
        await browser.close()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rows = asyncio.run(measure(parser.parse_args().rounds))
    return 0 if report("page", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
