"""One page through every way of taking it and bringing it back, round after round."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _rrweb import LAY_OUT, REBUILD, SNAPSHOT
from playwright.async_api import BrowserContext, Page, Route
from zstandard import ZstdCompressor

from abos.snapshot import CAPTURE_JS, Snapshot, World, capture, restore

SITE = "https://site.test/"
WAIT_MS = 120_000
ELEMENTS = "document.querySelectorAll('*').length"
HEIGHT = "document.body.offsetHeight"


@dataclass
class Subject:
    """A page that is measured, and what was found."""

    name: str
    html: str
    rounds: int
    asked: int = 0
    """Nodes of a page that was made; 0 for one of somebody else."""
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
    order: random.Random = field(default_factory=lambda: random.Random(3))

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
        ways: list[Callable[[Page], Awaitable[None]]] = [
            lambda page: self._tree(page, snapshot),
            lambda page: self._limit(page, inert, elements),
            lambda page: self._laid_out(page, snapshot),
            lambda page: self._loaded(page, inert),
            lambda page: self._archived(page, mhtml),
        ]
        if recorded:
            ways.append(lambda page: self._rebuilt(page, recorded, elements))
        # In another order each time: whoever comes first finds the browser busy with the capture.
        self.order.shuffle(ways)
        for way in ways:
            await self._in_fresh_page(way)

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
        if not self.subject.asked:
            return
        if page.url == "about:blank":
            await page.goto(f"{self.site}?nodes={self.subject.asked}", timeout=WAIT_MS)

        async def work() -> None:
            await page.reload(timeout=WAIT_MS)
            await page.evaluate(HEIGHT)

        await self.subject.timed("reload", work)
