"""Many starts and ends on end: does anything grow, is anything left?"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
from _harness import Row
from _sites import Site
from _slope import fit
from _starts import configured, first_view, launch, settled
from playwright.async_api import async_playwright

from abos import Config, Kernel
from abos.kernel.config import TelemetryConfig
from abos.pool.memory import pss_mb
from abos.pool.process import running, tree

BOUND_KB = 2.8
"""Growth that is put up with, KB a cycle: 10 MB an hour at a start every second.

A kernel that starts agents that fast and never rests gets through a week on 1.7 GB, at the bound.
"""
_KEPT_SPANS = 200
_GRACE_S = 1.0
_HEAP = "--max-old-space-size=64"
"""Megabytes. As it comes, the driver collects every 700 cycles or so, and its memory is a saw
with teeth of 70 MB, on which 500 cycles see nothing but one slope."""
_PSS = re.compile(r"^Pss_(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)


@dataclass
class Memory:
    """Kilobytes, and after how many cycles.

    What a leak grows is anonymous and shared memory. Mapped files are left out of PSS: their part
    changes with every browser and driver that somebody else starts or ends on the machine.
    """

    cycles: list[int] = field(default_factory=list)
    tree: list[float] = field(default_factory=list)
    """The browsers' processes."""
    driver: list[float] = field(default_factory=list)
    """Playwright's driver, with a heap of 64 MB, so that it collects often enough to be flat."""
    python: list[float] = field(default_factory=list)
    """RSS of this process, after a garbage collection. Holds 1000 ended processes at most."""

    def sample(
        self, cycle: int, browsers: Sequence[psutil.Process], driver: psutil.Process
    ) -> None:
        gc.collect()
        self.cycles.append(cycle)
        self.tree.append(sum(pss_kb(each) for browser in browsers for each in tree(browser)))
        self.driver.append(pss_kb(driver))
        self.python.append(psutil.Process().memory_info().rss / 1024)

    def rows(self) -> list[Row]:
        return [
            self.row("tree", "browser trees, PSS without files", self.tree),
            self.row("driver", "driver, PSS without files", self.driver),
            self.row("python", "Python, RSS", self.python),
        ]

    def row(self, name: str, what: str, kilobytes: list[float], bound_kb: float = BOUND_KB) -> Row:
        slope = fit(self.cycles, kilobytes)
        return Row(
            f"pool.cycles.{name}",
            f"{what} ({slope.value:+.1f} KB a cycle, 95 %: {slope.low:.1f} to {slope.high:.1f})",
            [size / 1024 for size in kilobytes],
            "MB",
            target=f"growth_kb <= {bound_kb:.1f}" if bound_kb else "",
            extra={
                "slope_kb": slope.value,
                "low_kb": slope.low,
                "high_kb": slope.high,
                "growth_kb": slope.proven,
            },
        )


async def cycles(site: Site, count: int, executable: Path) -> list[Row]:
    """`count` times: spawn on a warm page, observe, exit, wait for the refill.

    The first fifth (100 of 500) is warm-up and not in the fit; after that there is a sample every
    twentieth (25 of 500), each when the page is there again and nothing is being made or
    destroyed. Growth is the fit's slope where its interval lies above 0, else 0.

    Three times over: by a pool whose browsers are replaced after a tenth of the cycles (after 1000
    contexts by default, which is the same thing more slowly), by a pool that keeps its one browser
    throughout, and by plain Playwright in one browser, whose growth is Chromium's own.
    """
    with own_folder() as folder:
        config = configured_for_cycles(site, Path(folder))
        kept, misses = await _run(config, site, count)
        pool = replace(config.pool, browser_contexts=max(1, count // 10))
        replaced, more = await _run(replace(config, pool=pool), site, count)
        plain = await _plain(site, count, executable)
        await asyncio.sleep(_GRACE_S)
        orphans = len(processes_of(folder))
    chromium = plain.row("plain", "plain Playwright, one browser", plain.tree, bound_kb=0.0)
    own = max(BOUND_KB, float(chromium.extra["high_kb"]))
    return [
        *replaced.rows(),
        kept.row("one_browser", "one browser throughout", kept.tree, bound_kb=own),
        chromium,
        Row("pool.cycles.cold", f"of {2 * count} cycles, without a warm page", [misses + more],
            "starts", target="p50 <= 0"),
        Row("pool.cycles.orphans", "processes left at the end", [orphans], "processes",
            target="p50 <= 0"),
    ]  # fmt: skip


def configured_for_cycles(site: Site, folder: Path) -> Config:
    """One page, replaced at once; of the spans so few are kept that the warm-up fills them."""
    config = configured(site, folder / "profiles", pages=1, refill_delay_s=0.0)
    return replace(config, telemetry=TelemetryConfig(keep_spans=_KEPT_SPANS))


async def _run(config: Config, site: Site, count: int) -> tuple[Memory, int]:
    memory = Memory()
    misses = 0
    async with Kernel(config) as kernel:
        await settled(kernel)
        for cycle in range(1, count + 1):
            process = await kernel.spawn(site.url)
            site.check(await process.observe())
            misses += process.how != "warm"
            await process.exit()
            await settled(kernel)
            if _due(cycle, count):
                pids = [each.pid for each in kernel.pool_statistics().browsers]
                found = [psutil.Process(pid) for pid in pids if pid is not None]
                memory.sample(cycle, found, _driver(found[0]))
    return memory, misses


async def _plain(site: Site, count: int, executable: Path) -> Memory:
    """The same pages in contexts of one browser, by Playwright alone."""
    memory = Memory()
    async with async_playwright() as playwright:
        browser = await launch(playwright, executable)
        drivers = psutil.Process().children()
        (process,) = [each for driver in drivers for each in driver.children()]
        for cycle in range(1, count + 1):
            context, _ = await first_view(browser, site)
            await context.close()
            if _due(cycle, count):
                memory.sample(cycle, [process], _driver(process))
        await browser.close()
    return memory


def _due(cycle: int, count: int) -> bool:
    return cycle >= count // 5 and cycle % max(1, count // 20) == 0


def _driver(browser: psutil.Process) -> psutil.Process:
    driver = browser.parent()
    assert driver is not None
    return driver


def pss_kb(process: psutil.Process) -> float:
    """Anonymous and shared memory by PSS; 0 for what ended. Linux only.

    Where the system keeps the figures back, what the process shares with nobody stands in.
    """
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:
        return (pss_mb(process.pid) or 0.0) * 1024
    return float(sum(map(int, _PSS.findall(text))))


@contextmanager
def own_folder() -> Iterator[str]:
    """A temporary folder that all processes started in the block are known by.

    Drivers started in it have a small heap, see `_HEAP`.
    """
    before = dict(os.environ), tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="abos-bench-") as folder:
        os.environ |= {"TMPDIR": folder, "NODE_OPTIONS": _HEAP}
        tempfile.tempdir = folder
        try:
            yield folder
        finally:
            os.environ.clear()
            os.environ |= before[0]
            tempfile.tempdir = before[1]


def processes_of(folder: str) -> list[psutil.Process]:
    """Those that run, wherever they hang by now, and have the folder in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get("TMPDIR") == folder:
                found.append(process)
    return [process for process in found if running(process)]
