"""What a warm page saves, and what starting and ending over and over costs. `make bench-pool`.

For the demo shop (50 ms of server delay) and a heavy page (see `_heavy`), one after the other. In
every round each way is measured once, the baselines, being slow, every few rounds (n says it):

- cold: a new driver, browser, context, page, load of the site up to its DOM, first observation.
  Plain Playwright starts all that; the observation is the kernel's.
- up: the same from the context on, in a browser that runs.
- read: the same observation once more on that page, which says that it is unchanged.
- warm: from the call of `spawn` on an address that is warm to the return of the first `observe`.
  Nothing has been made or destroyed for 0.1 s when it begins, and refills begin so long after an
  acquire (`refill_delay_s`: 0.25 s for the shop, 1.5 s for the heavy page; 0.05 s by default)
  that none does in the timed part; `refilling` counts where one did all the same. `acquire` is
  the part of it until `spawn` returned.
- busy: the same with one refill of the same site running when it begins; the moments are spread
  evenly over the refill. `outlived` counts starts in which the refill came to its end.
- identity: the same for a stored profile with a cookie and localStorage. `cold` counts starts
  that found no page of the profile, `strangers` pages without cookie or localStorage.
- exit: how long the caller of `exit` waits. gone: from that call until the slot is EMPTY. Both
  after the warm starts, with nothing else going on.

Starts that were not what they should be are counted and stay in the samples. `warm` stands in the
table twice, against cold and against up. The kernels differ from the defaults as `configured` in
`_starts` says; the one without a profile has no stored profiles either. Then come `--cycles`
starts and ends, see `_cycles`. What warm pages cost in memory and processor time, parked and not,
is measured by `make bench-density`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from _cycles import cycles
from _harness import Row, report
from _sites import Site, serving
from _starts import (
    PROFILE,
    Ends,
    Starts,
    browser_up,
    cold,
    configured,
    launch,
    settled,
    store_identity,
    within_refill,
)
from playwright.async_api import Browser, async_playwright

from abos import Kernel
from abos.pool import find_chromium

REFILL_DELAY_S = {"shop": 0.25, "heavy": 1.5}
FAST = "p50 <= 5 and p95 <= 12 and ratio >= 100 and cold <= 0 and refilling <= 0"
_REST_S = 0.1
"""For what browsers still do once they said that a page is loaded, or closed."""
_GOLDEN = 0.618034
_LATEST = 0.85
"""Of a refill's usual time: a start later than that would often find it over."""


@dataclass
class Figures:
    """All samples of one site."""

    cold: list[float] = field(default_factory=list)
    up: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    warm: Starts = field(default_factory=Starts)
    busy: Starts = field(default_factory=Starts)
    identity: Starts = field(default_factory=Starts)
    ends: Ends = field(default_factory=Ends)

    def rows(self, site: str) -> list[Row]:
        name = f"pool.{site}"
        warm, busy, identity = self.warm, self.busy, self.identity
        starting, running = f"{name}.cold", f"{name}.up"
        counts = {"cold": warm.cold, "refilling": warm.refilling}
        busy_counts = {"cold": busy.cold, "outlived": busy.outlived}
        own = {
            "cold": identity.cold,
            "refilling": identity.refilling,
            "strangers": identity.strangers,
        }
        return [
            Row(starting, f"{site}: cold", self.cold),
            Row(running, f"{site}: browser up", self.up, baseline=starting),
            Row(f"{name}.read", f"{site}: observing again, unchanged", self.read),
            Row(f"{name}.warm", f"{site}: warm{told(counts)}", warm.samples, baseline=starting,
                target=FAST, extra=counts),
            Row(f"{name}.warm_up", f"{site}: warm, the same", warm.samples, baseline=running,
                target="ratio >= 50"),
            Row(f"{name}.acquire", f"{site}: warm, until spawn returned", warm.spawned),
            Row(f"{name}.busy", f"{site}: warm, one refill running{told(busy_counts)}",
                busy.samples, baseline=starting, target="p95 <= 40 and cold <= 0",
                extra=busy_counts),
            Row(f"{name}.identity", f"{site}: warm, stored profile{told(own)}", identity.samples,
                baseline=starting, target=f"{FAST} and strangers <= 0", extra=own),
            Row(f"{name}.identity_up", f"{site}: stored profile, the same", identity.samples,
                baseline=running, target="ratio >= 50"),
            Row(f"{name}.exit", f"{site}: exit, the caller waits", self.ends.waited),
            Row(f"{name}.gone", f"{site}: exit, until the slot is empty", self.ends.gone,
                target="p95 <= 40"),
        ]  # fmt: skip


def told(counts: dict[str, int]) -> str:
    """The counts that are not 0, in words."""
    words = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f" ({words})" if words else ""


@dataclass
class Rig:
    """One site, and all that is kept running to be measured with it."""

    site: Site
    executable: Path
    plain: Browser
    anybody: Kernel
    ada: Kernel
    figures: Figures = field(default_factory=Figures)

    async def baselines(self) -> None:
        await self._idle()
        self.figures.cold.append(await cold(self.site, self.executable))
        first, again = await browser_up(self.plain, self.site)
        self.figures.up.append(first)
        self.figures.read.append(again)

    async def warm(self, part: float) -> None:
        """A start with nothing else going on, its end, and a start within the refill it causes."""
        await self._idle()
        usual_s = self.anybody.pool_statistics().last_refill_s or 0.0
        process = await self.figures.warm.add(self.anybody, self.site)
        await self.figures.ends.add(self.anybody, process)
        await within_refill(self.anybody, self.site, part * _LATEST * usual_s)
        await (await self.figures.busy.add(self.anybody, self.site)).exit()

    async def identity(self) -> None:
        """A start as somebody. It ends badly, so that the profile stays as it was stored."""
        await self._idle()
        process = await self.figures.identity.add(self.ada, self.site, PROFILE)
        await self.figures.identity.recognise(process)
        await process.exit(1)

    async def _idle(self) -> None:
        await settled(self.anybody)
        await settled(self.ada)
        await asyncio.sleep(_REST_S)


async def starts(site: Site, rounds: int, baselines: int, folder: Path) -> list[Row]:
    """Every way in turn, `rounds` times."""
    delay_s, profiles = REFILL_DELAY_S[site.name], folder / site.name
    store_identity(site, profiles)
    nobody = configured(site, folder / "none", pages=2, refill_delay_s=delay_s)
    somebody = configured(site, profiles, PROFILE, pages=1, refill_delay_s=delay_s)
    executable = find_chromium()
    every = max(1, rounds // max(1, baselines))
    async with Kernel(nobody) as anybody, Kernel(somebody) as ada, async_playwright() as driver:
        plain = await launch(driver, executable)
        rig = Rig(site, executable, plain, anybody, ada)
        for number in range(rounds):
            if number % every == 0:
                await rig.baselines()
            await rig.warm(number * _GOLDEN % 1)
            await rig.identity()
        await plain.close()
    return rig.figures.rows(site.name)


async def measure(rounds: int, baselines: int, count: int, names: list[str]) -> list[Row]:
    rows: list[Row] = []
    with serving() as sites, tempfile.TemporaryDirectory() as folder:
        for site in sites:
            if site.name in names:
                rows += await starts(site, rounds, baselines, Path(folder))
        if count:
            rows += await cycles(sites[0], count, find_chromium())
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="warm starts of each kind")
    parser.add_argument("--baselines", type=int, default=20, help="cold and browser-up starts")
    parser.add_argument("--cycles", type=int, default=500, help="25 at least, or 0 for none")
    parser.add_argument("--sites", nargs="*", default=["shop", "heavy"], choices=REFILL_DELAY_S)
    given = parser.parse_args()
    missing: list[str] = []
    if given.cycles and not sys.platform.startswith("linux"):
        missing, given.cycles = ["pool.cycles: PSS needs Linux"], 0
    rows = asyncio.run(measure(given.rounds, given.baselines, given.cycles, given.sites))
    return 0 if report("pool", rows, missing=missing) else 1


if __name__ == "__main__":
    sys.exit(main())
