"""What taking a page and bringing it back costs, against rrweb, MHTML, a reload and Chromium itself.

`make bench-snapshot`. Pages of mixed content with 1 k, 10 k, 38 k and 100 k nodes; with `DIR=...`
the pages of a folder as well. In each round every way takes its turn, and every restore goes into a
page that was opened for it. Times are those of the caller, until the answer to a query about the
page has come back; "laid out" asks for the height of the body, "DOM" counts the elements.

The limit is what Chromium needs to parse and lay out the same markup when it is handed over in one
command (`Page.setDocumentContent`): no navigation, no check, nothing else put back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import _mixed
from _harness import Row, report
from _reload import assets_site
from _rrweb import LAY_OUT, REBUILD, SNAPSHOT, rrweb
from playwright.async_api import BrowserContext, Page, Route, async_playwright
from zstandard import ZstdCompressor

from abos.pool import find_chromium
from abos.snapshot import CAPTURE_JS, Snapshot, World, capture, restore

SIZES = {"1k": 1_000, "10k": 10_000, "38k": 38_000, "100k": 100_000}
TARGETS: Mapping[str, Mapping[str, str]] = {
    "1k": {"tree": "p95 <= 15", "laid": "p95 <= 40 and reload >= 3 and rrweb >= 2", "size": "best <= 1.1"},
    "10k": {
        "plain": "ratio >= 3", "boxes": "ratio >= 2", "tree": "p95 <= 50",
        "laid": "limit <= 1.25 and reload >= 3 and rrweb >= 2", "size": "best <= 1.1",
    },
    "38k": {"laid": "rrweb >= 2", "size": "best <= 1.1"},
    "100k": {"laid": "rrweb >= 2", "size": "best <= 1.1"},
}  # fmt: skip
SITE = "https://site.test/"
WAIT_MS = 120_000
ELEMENTS = "document.querySelectorAll('*').length"
HEIGHT = "document.body.offsetHeight"
VIEWPORT: Any = {"width": 1280, "height": 720}


@dataclass
class Subject:
    """A page that is measured, and what was found."""

    name: str
    html: str
    rounds: int
    nodes: int = 0
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, int] = field(default_factory=dict)

    async def timed(self, key: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run, and note the milliseconds under `key`."""
        started = time.perf_counter()
        result = await work()
        self.times[key].append((time.perf_counter() - started) * 1000)
        return result


@dataclass
class Trial:
    """One subject, round after round."""

    context: BrowserContext
    subject: Subject
    site: str
    rrweb: str
    """The bundle, "" when there is none."""
    folder: Path

    async def run(self) -> None:
        source = await self.context.new_page()
        await source.route("**/*", self._answer)
        await source.goto(SITE, timeout=WAIT_MS)
        if self.rrweb:
            await source.evaluate(self.rrweb)
        world = await World.attach(await self.context.new_cdp_session(source), (CAPTURE_JS,))
        again = await self.context.new_page()
        for left in reversed(range(self.subject.rounds + 1)):
            taken = await self._take(source, world)
            await self._bring_back(*taken)
            await self._reload(again)
            if left == self.subject.rounds:
                self.subject.times.clear()  # the first of each warms up
        await again.close()
        await source.close()

    async def _answer(self, route: Route) -> None:
        if route.request.url == SITE:
            await route.fulfill(body=self.subject.html, content_type="text/html; charset=utf-8")
        else:
            await route.abort()

    async def _take(self, source: Page, world: World) -> tuple[Snapshot, str, str]:
        timed, sizes = self.subject.timed, self.subject.sizes
        asked: dict[str, Any] = {"taken_at": 0.0, "timeout_s": 120}
        recorded = await timed("rrweb", lambda: source.evaluate(SNAPSHOT)) if self.rrweb else ""
        plain = await timed("plain", lambda: capture(world, boxes=False, look=False, **asked))
        mhtml = await timed("mhtml", lambda: world.cdp.send("Page.captureSnapshot"))
        whole = await timed("boxes", lambda: capture(world, **asked))
        self.subject.nodes = whole.node_count
        if not sizes:
            pack = ZstdCompressor().compress
            sizes |= {"plain": plain.size, "boxes": whole.size,
                      "mhtml": len(pack(mhtml["data"].encode()))}  # fmt: skip
            if recorded:
                sizes["rrweb"] = len(pack(recorded.encode("utf-8", "surrogatepass")))
        return whole, mhtml["data"], recorded

    async def _bring_back(self, snapshot: Snapshot, mhtml: str, recorded: str) -> None:
        inert, elements = snapshot.html, snapshot.element_count
        await self._in_fresh_page(lambda page: self._tree(page, snapshot))
        await self._in_fresh_page(lambda page: self._limit(page, inert, elements))
        await self._in_fresh_page(lambda page: self._laid_out(page, snapshot))
        await self._in_fresh_page(lambda page: self._loaded(page, inert))
        if recorded:
            await self._in_fresh_page(lambda page: self._rebuilt(page, recorded, elements))
        await self._in_fresh_page(lambda page: self._archived(page, mhtml))

    async def _in_fresh_page(self, work: Callable[[Page], Awaitable[None]]) -> None:
        page = await self.context.new_page()
        try:
            await work(page)
        finally:
            await page.close()

    async def _tree(self, page: Page, snapshot: Snapshot) -> None:
        """Until the DOM answers."""
        world = await World.attach(await self.context.new_cdp_session(page), (CAPTURE_JS,))
        started = time.perf_counter()

        async def ask() -> None:
            await world.cdp.send("Runtime.evaluate", {"expression": ELEMENTS})
            self.subject.times["tree"].append((time.perf_counter() - started) * 1000)

        await self._restored(page, world, snapshot, ask)

    async def _laid_out(self, page: Page, snapshot: Snapshot) -> None:
        world = await World.attach(await self.context.new_cdp_session(page), (CAPTURE_JS,))

        async def work() -> None:
            await self._restored(page, world, snapshot, None)
            await world.cdp.send("Runtime.evaluate", {"expression": HEIGHT})

        await self.subject.timed("laid", work)

    async def _restored(self, page: Page, world: World, snapshot: Snapshot, on_tree: Any) -> None:
        async def navigate(url: str) -> None:
            await page.goto(url, wait_until="commit", timeout=WAIT_MS)

        found = await restore(
            world, navigate, Snapshot.from_bytes(snapshot.data), clock=time.monotonic, inert=True,
            on_tree=on_tree, timeout_s=120,
        )  # fmt: skip
        assert not found.elements_differ, found

    async def _limit(self, page: Page, html: str, elements: int) -> None:
        cdp = await self.context.new_cdp_session(page)
        tree = await cdp.send("Page.getFrameTree")
        asked = {"frameId": tree["frameTree"]["frame"]["id"], "html": html}

        async def work() -> None:
            await cdp.send("Page.setDocumentContent", asked)
            await cdp.send("Runtime.evaluate", {"expression": HEIGHT})

        await self.subject.timed("limit", work)
        assert await page.evaluate(ELEMENTS) >= 0.5 * elements

    async def _loaded(self, page: Page, html: str) -> None:
        """The same markup as an answer to a navigation, until it has loaded."""
        await page.route(
            "**/*",
            lambda route: (
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
                if route.request.url == SITE
                else route.abort()
            ),
        )

        async def work() -> None:
            await page.goto(SITE, timeout=WAIT_MS)
            await page.evaluate(HEIGHT)

        await self.subject.timed("load", work)

    async def _rebuilt(self, page: Page, recorded: str, elements: int) -> None:
        await page.evaluate(self.rrweb)
        started = time.perf_counter()
        found = await page.evaluate(REBUILD, recorded)
        self.subject.times["rrweb.tree"].append((time.perf_counter() - started) * 1000)
        await page.evaluate(LAY_OUT)
        self.subject.times["rrweb.laid"].append((time.perf_counter() - started) * 1000)
        assert found >= 0.5 * elements, (found, elements)

    async def _archived(self, page: Page, mhtml: str) -> None:
        path = self.folder / "page.mhtml"
        path.write_text(mhtml, encoding="utf-8", newline="")

        async def work() -> None:
            await page.goto(path.as_uri(), timeout=WAIT_MS)
            await page.evaluate(HEIGHT)

        await self.subject.timed("mhtml.load", work)

    async def _reload(self, page: Page) -> None:
        size = SIZES.get(self.subject.name)
        if size is None:
            return
        if page.url == "about:blank":
            await page.goto(f"{self.site}?nodes={size}", timeout=WAIT_MS)

        async def work() -> None:
            await page.reload(timeout=WAIT_MS)
            await page.evaluate(HEIGHT)

        await self.subject.timed("reload", work)


def rows(subject: Subject) -> list[Row]:
    """What was found, under the ids of one page."""
    name, times, words = subject.name, subject.times, f"{subject.name}: {subject.nodes} nodes"
    wanted = {"size": "best <= 1.1"} | dict(TARGETS.get(name, {}))
    found: list[Row] = []

    def row(key: str, what: str, base: str = "", extra: Mapping[str, float] | None = None) -> None:
        if key in times:
            target = wanted.get(key, "")
            if base and base not in times:
                base, target = "", ""
            given = extra or {}
            target = " and ".join(
                each for each in target.split(" and ")
                if each.split(" ")[0] in {"p50", "p95", "ratio", *given}
            )  # fmt: skip
            base = f"{base}.{name}" if base else ""
            found.append(
                Row(f"{key}.{name}", what, times[key], baseline=base, target=target, extra=given)
            )

    against = {"rrweb": "rrweb.laid", "reload": "reload"}
    laid = median(times["laid"])
    extra = {key: median(times[by]) / laid for key, by in against.items() if by in times}
    extra["limit"] = laid / median(times["limit"])
    row("rrweb", f"rrweb: capture, {words}")
    row("plain", "capture without boxes", "rrweb")
    row("boxes", "capture with boxes and look", "rrweb")
    row("mhtml", "MHTML: capture", "rrweb")
    row("limit", "Chromium: parse and lay out, one command")
    row("load", "Chromium: load the same markup, laid out", "limit")
    row("rrweb.tree", "rrweb: rebuild, DOM")
    row("rrweb.laid", "rrweb: rebuild, laid out")
    row("mhtml.load", "MHTML: load, laid out", "limit")
    row("reload", "reload with 30 assets at 20 ms, laid out")
    row("tree", "restore, DOM", "rrweb.tree")
    row("laid", "restore, laid out", "limit", extra)
    return [*found, *sizes(subject, wanted["size"])]


def sizes(subject: Subject, target: str) -> list[Row]:
    """Bytes at rest; `best` is ours against the smaller of the others."""
    name, known = subject.name, subject.sizes
    best = min(known[peer] for peer in ("rrweb", "mhtml") if peer in known)
    words = {
        "rrweb": "rrweb + zstd",
        "mhtml": "MHTML + zstd",
        "plain": "snapshot",
        "boxes": "snapshot with boxes and look",
    }
    return [
        Row(f"size.{key}.{name}", f"{words[key]}, bytes", [float(known[key])], unit="B",
            target=target if key == "plain" else "",
            extra={"best": known[key] / best} if key in {"plain", "boxes"} else {})
        for key in words if key in known
    ]  # fmt: skip


def subjects(given: argparse.Namespace) -> list[Subject]:
    """Made pages, then those of a folder."""
    found = [
        Subject(name, _mixed.page(SIZES[name]), max(2, given.rounds * 1_000 // max(1_000, SIZES[name] // 3)))
        for name in given.sizes
    ]  # fmt: skip
    if given.dir:
        paths = sorted(Path(given.dir).glob("*.html"))
        found += [
            Subject(path.stem, path.read_text(encoding="utf-8", errors="replace"), max(2, given.rounds // 4))
            for path in paths
        ]  # fmt: skip
    return found


async def measure(given: argparse.Namespace) -> tuple[list[Row], list[str]]:
    missing: list[str] = []
    try:
        bundle = rrweb()
    except LookupError as error:
        bundle = ""
        missing.append(f"rrweb-snapshot: {error}")
    found: list[Row] = []
    with assets_site() as site, tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=str(find_chromium()),
                chromium_sandbox=os.geteuid() != 0,
                args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            )
            for subject in subjects(given):
                context = await browser.new_context(viewport=VIEWPORT)
                await Trial(context, subject, site, bundle, Path(folder)).run()
                await context.close()
                found += rows(subject)
            await browser.close()
    return found, missing


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help="of the smallest page; larger ones get fewer"
    )
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--dir", default=os.environ.get("DIR", ""), help="a folder of more pages")
    found, missing = asyncio.run(measure(parser.parse_args(arguments)))
    return 0 if report("snapshot", found, missing=missing) else 1


if __name__ == "__main__":
    sys.exit(main())
