"""What warm pages cost while nobody uses them: processor time and memory. `make bench-density`.

Pages of the demo shop, each in a context of its own, some of them animated (a CSS animation and a
`requestAnimationFrame` loop). The same pages run and are parked in turn; the processor time is that
of the whole browser tree by the kernel's books, as a share of one core. Memory is PSS (what
processes share counts once) and page tables. `--most` pages are loaded in the end, to see whether as many fit into
8 GB; where the machine has not the memory, as many as it has.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from _harness import Row, report
from playwright.async_api import CDPSession

from abos.kernel.demo import DemoShop
from abos.pool import ChromiumBrowser, ChromiumLauncher, ChromiumSession, Ready, SessionOptions
from abos.pool.memory import MemoryConfig, pss_mb, read_memory
from abos.pool.parking import Berth, Parking
from abos.pool.process import tree
from abos.pool.renderers import Finder

BUDGET_MB = 8192
SETTLE_S = 3.0
ANIMATE = """
() => {
  const style = document.createElement('style');
  style.textContent = '@keyframes t { to { transform: translateX(300px) rotate(360deg) } }'
    + ' .t { animation: t 2s infinite; width: 9em; height: 9em; background: teal }';
  document.head.append(style);
  for (let i = 0; i < 3; i++)
    document.body.prepend(Object.assign(document.createElement('div'), { className: 't' }));
  let frames = 0;
  (function next() { document.body.dataset.frames = ++frames; requestAnimationFrame(next) })();
}
"""


@dataclass
class Figures:
    running: list[float] = field(default_factory=list)
    parked: list[float] = field(default_factory=list)
    ping: list[float] = field(default_factory=list)
    wake: list[float] = field(default_factory=list)
    locate: list[float] = field(default_factory=list)
    park: list[float] = field(default_factory=list)
    unparked: int = 0


@dataclass
class Rig:
    """One browser, its pages, and their berths."""

    browser: ChromiumBrowser
    url: str
    sessions: list[ChromiumSession] = field(default_factory=list)
    berths: list[Berth] = field(default_factory=list)
    control: CDPSession | None = None
    parking: Parking | None = None
    locate_ms: list[float] = field(default_factory=list)

    async def add(self, *, animated: bool) -> None:
        session = await self.browser.new_session(SessionOptions())
        await session.open(self.url, Ready(), 60)
        await session.page.wait_for_load_state("load")
        if animated:
            await session.page.evaluate(ANIMATE)
        pid = self.browser.pid
        assert pid is not None
        if self.control is None or self.parking is None:
            assert session.context.browser is not None
            self.control = await session.context.browser.new_browser_cdp_session()
            self.parking = Parking(pid)
        finder = Finder(self.control, pid)

        async def find(others: object) -> frozenset[int]:
            assert isinstance(others, frozenset)
            started = time.perf_counter()
            found = await finder.locate(session.context, session.page, 10, others)
            self.locate_ms.append((time.perf_counter() - started) * 1000)
            return found

        self.sessions.append(session)
        self.berths.append(Berth(self.parking, find))

    async def park(self) -> int:
        """Park all; returns how many would not be."""
        return sum([not (berth.parked or await berth.park()) for berth in self.berths])

    def unpark(self) -> None:
        for berth in self.berths:
            berth.unpark()

    def processes(self) -> list[psutil.Process]:
        assert self.browser.pid is not None
        return tree(psutil.Process(self.browser.pid))

    def memory_mb(self) -> float:
        """PSS, and the page tables, which PSS leaves out."""
        pids = [process.pid for process in self.processes()]
        return sum((pss_mb(pid) or 0.0) + tables_mb(pid) for pid in pids)

    async def cpu_percent(self, seconds: float) -> float:
        """Of one core, used by the whole tree."""
        processes = self.processes()
        before, started = cpu_s(processes), time.monotonic()
        await asyncio.sleep(seconds)
        return (cpu_s(processes) - before) / (time.monotonic() - started) * 100


def tables_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmPTE:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """Processor seconds so far, to the nanosecond: the kernel's clock of another process.

    The books of /proc count in ticks of 10 ms, which add up over a hundred processes.
    """
    return sum(time.clock_gettime((~process.pid << 3) | 2) for process in processes)


async def measure_cpu(rig: Rig, rounds: int, seconds: float) -> Figures:
    figures = Figures()
    for _ in range(rounds):
        rig.unpark()
        await asyncio.sleep(SETTLE_S)
        figures.running.append(await rig.cpu_percent(seconds))
        figures.unparked = await rig.park()
        await asyncio.sleep(SETTLE_S)
        figures.parked.append(await rig.cpu_percent(seconds))
    figures.locate = rig.locate_ms[:]
    return figures


async def measure_wake(rig: Rig, figures: Figures) -> None:
    """From the signal to the first answer, one page at a time, beside a page that runs anyway."""
    for session, berth in zip(rig.sessions, rig.berths, strict=True):
        started = time.perf_counter()
        berth.unpark()
        await session.ping(10)
        figures.wake.append((time.perf_counter() - started) * 1000)
        figures.ping.append(await session.ping(10) * 1000)
        await berth.park()
        await asyncio.sleep(0.01)


def has_room(page_mb: float) -> bool:
    memory = read_memory()
    return memory is None or memory.available_mb - page_mb > memory.reserve_mb(MemoryConfig())


async def measure(pages: int, animated: int, most: int, rounds: int, seconds: float) -> bool:
    launcher = ChromiumLauncher()
    missing: list[str] = []
    try:
        with DemoShop() as shop:
            rig = Rig(await launcher.launch(), shop.url)
            empty = rig.memory_mb()
            for number in range(pages):
                await rig.add(animated=number < animated)
            await asyncio.sleep(SETTLE_S)
            figures = await measure_cpu(rig, rounds, seconds)
            await measure_wake(rig, figures)
            grown = [rig.memory_mb()]
            page_mb = [pss_mb(pid) or 0.0 for pid in (rig.parking or Parking(0)).stopped]
            each = (grown[0] - empty) / pages
            while len(rig.sessions) < most and has_room(each):
                await rig.add(animated=False)
                await rig.berths[-1].park()
            if len(rig.sessions) < most:
                missing.append(f"memory.most: no room for more than {len(rig.sessions)} pages")
            total, count = rig.memory_mb(), len(rig.sessions)
    finally:
        await launcher.close()
    each = (total - empty) / count
    print(f"{figures.unparked} of {pages} pages would not be parked")
    return report(
        "density",
        [
            Row(
                "running.cpu", f"{pages} pages, {animated} animated, running", figures.running, "%"
            ),
            Row(
                "parked.cpu",
                "the same, parked (whole browser, of one core)",
                figures.parked,
                "%",
                baseline="running.cpu",
                target="p95 <= 5",
            ),
            Row("park.locate", "finding the renderers of a page, once", figures.locate),
            Row("ping", "a running page answers", figures.ping),
            Row("park.wake", "a parked page: SIGCONT to the answer", figures.wake),
            Row("memory.empty", "browser without pages", [empty], "MB"),
            Row("memory.renderer", "renderer of a parked page, PSS", page_mb or [0.0], "MB"),
            Row("memory.page", "each page with its share of the browser", [each], "MB"),
            Row("memory.most", f"{count} parked pages, whole browser", [total], "MB"),
            Row(
                "memory.fit",
                "loaded pages that fit into 8 GB",
                [(BUDGET_MB - empty) / each],
                "pages",
                target="p50 >= 200",
            ),
        ],
        missing=missing,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--animated", type=int, default=10)
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("density: parking and PSS need Linux")
        return 0
    work = measure(given.pages, given.animated, given.most, given.rounds, given.seconds)
    return 0 if asyncio.run(work) else 1


if __name__ == "__main__":
    sys.exit(main())
