"""What a snapshot costs to write, to open and to ask, against asking the live page. `make bench-snapshot-bytes`.

A page of 10 k nodes (items with a heading, a text, a link and a button) and one of 100 k; rounds
alternate between the live page and its bytes. Times of `encode` and `decode` are without
compression; `decode` opens, checks the hashes and gives every column, `checked` also checks what
is in them. A view is made from bytes that nobody has looked at yet.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from _harness import Row, report
from playwright.async_api import CDPSession, Page, async_playwright

from abos.pool import find_chromium
from abos.snapshot import CAPTURE_JS, Snapshot, World, capture, observe
from abos.snapshot.codec import decode, encode, opened
from abos.snapshot.layout import SECTIONS, unpack

NODES_AN_ITEM = 14
ITEM = (
    "<div class=row id=r{0}><h3>Item {0}</h3><p>Some <b>words</b> about item {0} and more</p>"
    "<a href='/x{0}'>Open {0}</a> <button>Buy {0}</button></div>\n"
)
LOOKUP = """(() => { const el = document.getElementById("r300"), box = el.getBoundingClientRect();
  return { tag: el.localName, box: [box.x, box.y, box.width, box.height],
    attributes: [...el.attributes].map(({ name, value }) => [name, value]) } })()"""
ASKED = 200
"""Questions in one sample, where one alone is too short for the clock."""


def page_of(nodes: int) -> str:
    items = "".join(map(ITEM.format, range(nodes // NODES_AN_ITEM)))
    return f"<!doctype html><title>Items</title><body>{items}"


def timed(work: Callable[[], object], times: int = 1) -> float:
    """Milliseconds of one."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) * 1000 / times


async def timed_async(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


def every_column(data: bytes) -> None:
    """What `decode` does but for what is in the columns."""
    parts = opened(data)
    for name in SECTIONS.keys() & parts.container.directory.keys():
        unpack(name, parts.container[name])
    _ = parts.page, parts.strings, parts.boxes


def codec(snapshot: Snapshot, rounds: int) -> list[Row]:
    columns = snapshot.columns
    plain = encode(columns, compress=False)
    work: dict[str, tuple[str, str, Callable[[], object]]] = {
        "encode": ("encode", "p50 < 200", lambda: encode(columns, compress=False)),
        "decode": ("decode", "p50 < 100", lambda: every_column(plain)),
        "encode.zstd": ("encode, compressed", "", lambda: encode(columns)),
        "decode.checked": ("decode, everything checked", "", lambda: decode(plain)),
        "decode.zstd": ("decode compressed, everything checked", "", lambda: decode(snapshot.data)),
    }
    samples: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, (_, _, job) in work.items():
            samples[name].append(timed(job))
    return [
        Row(f"{name}.10k", f"{what}, {snapshot.node_count} nodes",
            [1000 * each for each in samples[name]], unit="us", target=target)
        for name, (what, target, _) in work.items()
    ]  # fmt: skip


def large(snapshot: Snapshot, rounds: int) -> list[Row]:
    warm = Snapshot.from_bytes(snapshot.data)
    elements = [node.index for node in warm.find()]
    picked = random.Random(7).sample(elements, ASKED)
    cold = Snapshot.from_bytes(snapshot.data)
    picks = iter(picked * rounds)
    opening = [timed(lambda: Snapshot.from_bytes(snapshot.data)) for _ in range(rounds)]
    first = [
        timed(lambda: Snapshot.from_bytes(snapshot.data).node(picked[0])) for _ in range(rounds)
    ]
    access = [timed(lambda: cold.node(next(picks)), ASKED) * 1000 for _ in range(rounds)]
    words = f"{snapshot.node_count} nodes"
    return [
        Row("open.100k", f"open, {words}", [1000 * each for each in opening], unit="us",
            target="p95 < 1000"),
        Row("first.100k", f"open and ask for the first element, {words}", first),
        Row("node.100k", f"an element at random, {words}", access, unit="us", target="p95 < 5"),
    ]  # fmt: skip


async def views(world: World, cdp: CDPSession, snapshot: Snapshot, rounds: int) -> list[Row]:
    data = snapshot.data
    warm = Snapshot.from_bytes(data)
    warm.by_id("r300")
    live: list[float] = []
    bytes_: list[float] = []
    again: list[float] = []
    asked: list[float] = []
    looked: list[float] = []
    cold: list[float] = []
    asking = {"expression": LOOKUP, "returnByValue": True}
    for _ in range(rounds):
        live.append(await timed_async(lambda: observe(world, timeout_s=60)))
        bytes_.append(timed(lambda: Snapshot.from_bytes(data).observe()))
        again.append(timed(warm.observe))
        asked.append(await timed_async(lambda: cdp.send("Runtime.evaluate", asking)))
        looked.append(timed(lambda: warm.by_id("r300"), ASKED))
        cold.append(timed(lambda: Snapshot.from_bytes(data).by_id("r300")))
    words = f"{snapshot.node_count} nodes"
    return [
        Row("view.live", f"whole view, live page, {words}", live),
        Row("view.bytes", "whole view, bytes", bytes_, baseline="view.live", target="ratio >= 5"),
        Row("view.again", "whole view, the same snapshot again", again, baseline="view.live"),
        Row("lookup.live", "one element by id, live page", asked),
        Row("lookup.bytes", "one element by id, bytes", looked, baseline="lookup.live",
            target="ratio >= 100"),
        Row("lookup.cold", "the first one, bytes just opened", cold, baseline="lookup.live"),
    ]  # fmt: skip


def selectors(snapshot: Snapshot, rounds: int) -> list[Row]:
    asked: Sequence[tuple[str, str]] = (
        ("class", "div.row > a[href]"), ("nth", "div:nth-child(2n+1) button"),
    )  # fmt: skip

    def asking(selector: str) -> list[float]:
        return [timed(lambda: snapshot.select(selector)) for _ in range(rounds)]

    return [
        Row(f"select.{name}", f"select {selector}, {snapshot.node_count} nodes", asking(selector))
        for name, selector in asked
    ]


async def taken(page: Page, world: World, nodes: int) -> Snapshot:
    await page.set_content(page_of(nodes), timeout=120_000)
    return await capture(world, taken_at=0.0, timeout_s=120)


async def measure(rounds: int) -> list[Row]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), chromium_sandbox=os.geteuid() != 0
        )
        page = await browser.new_page()
        cdp = await page.context.new_cdp_session(page)
        world = await World.attach(cdp, (CAPTURE_JS,))
        rows = large(await taken(page, world, 100_000), rounds)
        snapshot = await taken(page, world, 10_000)
        rows += codec(snapshot, 10 * rounds)
        rows += await views(world, cdp, snapshot, rounds)
        rows += selectors(snapshot, rounds)
        await browser.close()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rows = asyncio.run(measure(parser.parse_args().rounds))
    return 0 if report("snapshot_bytes", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
