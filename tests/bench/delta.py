"""What a delta costs after one click, against a full capture of the same page. `make bench-delta`.

Shops of 1 k and 10 k nodes with 300 style rules; a click puts a product into the cart: a counter
changes, a row appears, a button changes its class and its words. Rounds alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from _harness import Row, report
from playwright.async_api import BrowserContext, async_playwright

from abos.pool import find_chromium
from abos.snapshot import CAPTURE_JS, World, capture
from abos.snapshot.delta import RECORDER_JS, Recorder, apply, content_hash, diff, encode

SIZES = {"1k": 75, "10k": 760}
PER_ITEM = "<li class='item card' data-id={i}><a class=name href='/p/{i}'><b>Product</b> number {i}</a><span class=price>{i}.99</span><label>Quantity <input value=1></label><button class='buy primary'>Add {i}</button></li>"
RULES = "".join(f".c{i} .d{i} {{ color: rgb({i % 255}, 2, 3); margin: {i}px }}" for i in range(300))
CLICK = """(i) => {
  const button = document.querySelectorAll('.buy')[i];
  button.classList.add('done'); button.textContent = 'Added'; count.textContent = i + 1;
  cart.insertAdjacentHTML('beforeend', `<li class="line"><a href="/p/${i}">Product ${i}</a> <span class="price">${i}.99</span> <button class="drop">Remove</button></li>`);
}"""


def shop(items: int) -> str:
    rows = "".join(PER_ITEM.format(i=i) for i in range(items))
    return (
        f"<!doctype html><style>{RULES}</style><header>Cart <span id=count>0</span><ul id=cart></ul>"
        f"</header><main><ul>{rows}</ul></main>"
    )


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


async def measure(
    context: BrowserContext, name: str, items: int, rounds: int, boxes: bool
) -> list[Row]:
    page = await context.new_page()
    await page.set_content(shop(items))
    cdp = await context.new_cdp_session(page)
    world = await World.attach(cdp, (CAPTURE_JS, RECORDER_JS))
    recorder = Recorder(world, boxes=boxes)
    last = await recorder.record(taken_at=0.0)
    whole, deltas, diffs, applies, sizes = [], [], [], [], []
    for i in range(rounds):
        await page.evaluate(CLICK, i)
        await page.evaluate("() => document.body.offsetHeight")
        started = time.perf_counter()
        now = await recorder.record(taken_at=float(i))
        deltas.append((time.perf_counter() - started) * 1000)
        asked: dict[str, Any] = {"taken_at": float(i), "boxes": boxes, "look": False}
        whole.append(await timed(lambda: capture(world, **asked)))  # noqa: B023
        assert now.delta is not None
        started = time.perf_counter()
        other = diff(last.columns, now.columns)
        diffs.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        assert content_hash(apply(last.columns, now.delta)) == now.hash
        applies.append((time.perf_counter() - started) * 1000)
        sizes.append(float(len(encode(now.delta))))
        assert len(encode(other)) < 2 * sizes[-1]
        last = now
    await page.close()
    key = f"{name}{'.boxes' if boxes else ''}"
    what = f"{len(last.columns.kind)} nodes{', boxes' if boxes else ''}"
    return [
        Row(f"{key}.capture", f"full capture, {what}", whole),
        Row(f"{key}.delta", f"delta after a click, {what}", deltas, baseline=f"{key}.capture", target="ratio >= 3"),
        Row(f"{key}.diff", f"diff of two snapshots, {what}", diffs),
        Row(f"{key}.apply", f"apply, checked by hash, {what}", applies),
        Row(f"{key}.size", f"delta after a click, {what}", sizes, unit="B", target="p95 < 1024"),
    ]  # fmt: skip


async def main(rounds: int) -> bool:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), chromium_sandbox=os.geteuid() != 0
        )
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        rows = []
        for name, items in SIZES.items():
            for boxes in (False, True):
                rows += await measure(context, name, items, rounds, boxes)
        await browser.close()
    return report("delta", rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    sys.exit(0 if asyncio.run(main(parser.parse_args().rounds)) else 1)
