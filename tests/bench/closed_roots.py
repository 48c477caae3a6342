"""What closed shadow roots cost a capture. `make bench-closed-roots`.

No page script can see into a closed root, and neither can ours: DevTools hands them over. A hook in the
page's own world would see each as it is made, and every page could see the hook. Pages of 10 k nodes
with 0, 10 and 1000 closed roots of custom elements, against the same with open ones; rounds alternate.
`first` is the first capture of a page, which asks; `again` the next, which has been told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time

from _harness import Row, report
from playwright.async_api import BrowserContext, async_playwright

from abos.pool import find_chromium
from abos.snapshot import CAPTURE_JS, World, capture

NODES = 10_000
MAKE = """([count, mode]) => customElements.define("x-card", class extends HTMLElement {
  constructor() { super(); this.attachShadow({ mode }).innerHTML = "<p>in the <b>shade</b></p>"; }
})"""
COUNTS = (0, 10, 1000)


def page_of(count: int) -> str:
    rows = "".join(
        f"<div class=row><p>Some <b>words</b> {i}</p></div>"
        for i in range((NODES - 6 * count) // 5)
    )
    return f"<!doctype html><title>Roots</title><body>{rows}{'<x-card></x-card>' * count}"


async def timed(context: BrowserContext, count: int, mode: str) -> tuple[float, float]:
    """Milliseconds of the first capture and of the next."""
    page = await context.new_page()
    await page.set_content(page_of(count))
    await page.evaluate(MAKE, [count, mode])
    world = await World.attach(await context.new_cdp_session(page), (CAPTURE_JS,))
    await world.enter()
    took = []
    for _ in range(2):
        started = time.perf_counter()
        snapshot = await capture(world, taken_at=0.0)
        took.append((time.perf_counter() - started) * 1000)
    assert snapshot.text().count("shade") == count
    await page.close()
    return took[0], took[1]


async def main(rounds: int) -> bool:
    samples: dict[str, list[float]] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), chromium_sandbox=os.geteuid() != 0
        )
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        for _ in range(rounds):
            for count in COUNTS:
                for mode in ("open", "closed"):
                    first, again = await timed(context, count, mode)
                    samples.setdefault(f"{count}.{mode}.first", []).append(first)
                    samples.setdefault(f"{count}.{mode}.again", []).append(again)
        await browser.close()
    rows = [
        Row(key, f"{key.split('.')[2]} capture, {key.split('.')[0]} {key.split('.')[1]} roots", values,
            baseline=key.replace("closed", "open") if "closed" in key else "")
        for key, values in samples.items()
    ]  # fmt: skip
    return report("closed_roots", rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    sys.exit(0 if asyncio.run(main(parser.parse_args().rounds)) else 1)
