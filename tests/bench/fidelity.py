"""How much of a page an inert restore brings back, page by page. `make bench-fidelity DIR=...`

Each page of the folder is loaded from a local server, captured, and restored into a fresh page
with the same viewport. An independent comparator (`_look.py`) holds the two against each other:
element preorder (tag, namespace, attributes, shadow mode), form state with scroll and focus,
styles of a seeded sample, boxes, and the picture. Pictures and style sheets come from the local
server on both sides; no name is resolved, so that nothing else is reached.

What an inert page lacks on purpose (handlers, `javascript:` addresses, what scripts are made of)
does not count as a difference; `acts` in `_look.py` is the whole list.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import http.server
import os
import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from _harness import ROOT, Row, report
from _look import HALT, Difference, Look, compare, look, pixels, save
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from abos.pool import find_chromium
from abos.snapshot import CAPTURE_JS, Snapshot, World, capture, restore

SHARED = ROOT.parent / "shared/data/pages"
DOCUMENTATION = Path("/usr/share/doc")
KINDS = (".html", ".htm", ".xhtml", ".svg")
VIEWPORT = {"width": 1280, "height": 720}
PIXELS_MAX = 0.005
LOAD_MS = 20_000
SETTLE_S = 0.3
KEY = os.urandom(32)
"""Passwords are captured, too, so that all fields can be compared; they are in no file."""
PAGE_S = 20.0


def folder_of(given: str) -> Path:
    """The folder of pages. Raises `SystemExit` with what is missing."""
    if given:
        found = Path(given).resolve()
        if not found.is_dir():
            raise SystemExit(f"no such folder: {given}")
        return found
    for folder in (SHARED, DOCUMENTATION):
        if folder.is_dir() and next(pages_of(folder), None):
            return folder.resolve()
    raise SystemExit("no pages here: give a folder of HTML files, make bench-fidelity DIR=...")


def pages_of(folder: Path) -> Iterator[Path]:
    """All pages below a folder."""
    return (each for each in folder.rglob("*") if each.suffix.lower() in KINDS and each.is_file())


def chosen(folder: Path, limit: int, seed: int) -> list[Path]:
    """At most `limit` pages, drawn with a seed, in the order of their names."""
    pages = sorted(pages_of(folder))
    if 0 < limit < len(pages):
        pages = sorted(random.Random(seed).sample(pages, limit))
    return pages


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A server for the folder on a free port of this machine."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Trial:
    """One page after the other through capture, restore and comparison."""

    def __init__(self, browser: Browser, judge: Page, seed: int, keep: Path | None) -> None:
        self._browser = browser
        self._judge = judge
        self._seed = seed
        self._keep = keep

    async def run(self, url: str, name: str) -> Difference:
        """How the page differs after its restore. Raises what the browser or we raise."""
        before, snapshot = await self._in_fresh_page(lambda p, c: self._taken(p, c, url))
        after = await self._in_fresh_page(lambda p, c: self._restored(p, c, snapshot, before))
        result = compare(before, after)
        result.pixels = await pixels(self._judge, before, after)
        if self._keep and result.pixels >= PIXELS_MAX:
            stem = name.replace("/", "_")[-120:]
            (self._keep / f"{stem}.before.png").write_bytes(save(before.picture))
            (self._keep / f"{stem}.after.png").write_bytes(save(after.picture))
        return result

    async def _in_fresh_page(self, work: Callable[[Page, CDPSession], Awaitable[Any]]) -> Any:
        context = await self._browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
        try:
            page = await context.new_page()
            return await work(page, await context.new_cdp_session(page))
        finally:
            await context.close()

    async def _taken(self, page: Page, cdp: CDPSession, url: str) -> tuple[Look, Snapshot]:
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))
        world = await World.attach(cdp, (CAPTURE_JS,))
        await page.goto(url, wait_until="load", timeout=LOAD_MS)
        await asyncio.sleep(SETTLE_S)
        await page.evaluate(HALT)  # so that capture and look see the same
        snapshot = await capture(world, taken_at=time.time(), secrets=True, key=KEY)
        return await look(page, cdp, self._seed), snapshot

    async def _restored(self, page: Page, cdp: CDPSession, snapshot: Snapshot, was: Look) -> Look:
        world = await World.attach(cdp, (CAPTURE_JS,))

        async def navigate(url: str) -> None:
            await page.goto(url, wait_until="commit", timeout=LOAD_MS)

        again = Snapshot.from_bytes(snapshot.data, KEY)
        await restore(world, navigate, again, clock=time.monotonic, inert=True, assets=True)
        await asyncio.sleep(SETTLE_S)
        return await look(page, cdp, self._seed, was)


def line(name: str, result: Difference) -> str:
    """One row for people."""
    tree = "tree ok " if not result.tree else "TREE    "
    form = "form ok " if not result.form else "FORM    "
    boxes = result.boxes / result.boxed if result.boxed else 1.0
    mark = " " if result.pixels < PIXELS_MAX else "!"
    return (
        f"{tree}{form}styles {result.styles:7.2%}  boxes {boxes:7.2%}  "
        f"pixels {result.pixels:8.4%}{mark} {result.elements:6d}  {name}"
    )


def summary(results: Sequence[Difference], failed: int) -> list[Row]:
    """The targets, over all pages."""
    count = len(results) + failed
    boxed = sum(each.boxed for each in results)

    def share(good: int) -> list[float]:
        return [100 * good / count]

    return [
        Row("fidelity.tree", f"pages with the same element tree, of {count}",
            share(sum(not each.tree for each in results)), "%", target="p50 >= 100"),
        Row("fidelity.form", "pages with the same form state",
            share(sum(not each.form for each in results)), "%", target="p50 >= 100"),
        Row("fidelity.boxes", f"elements within 1 pixel, of {boxed}",
            [100 * sum(each.boxes for each in results) / max(boxed, 1)], "%", target="p50 >= 99"),
        Row("fidelity.pixels", "pages with less than 0.5 % of pixels changed",
            share(sum(each.pixels < PIXELS_MAX for each in results)), "%", target="p50 >= 95"),
        Row("fidelity.styles", f"equal styles of {len(results)} samples",
            [100 * each.styles for each in results] or [0.0], "%"),
    ]  # fmt: skip


async def measure(folder: Path, pages: Sequence[Path], seed: int, keep: Path | None) -> int:
    results: list[Difference] = []
    notes: list[dict[str, Any]] = []
    with served(folder) as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=str(find_chromium()),
                chromium_sandbox=os.geteuid() != 0,
                args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            )
            trial = Trial(browser, await browser.new_page(), seed, keep)
            for path in pages:
                name = path.relative_to(folder).as_posix()
                try:
                    async with asyncio.timeout(PAGE_S):
                        result = await trial.run(f"{server}/{quote(name)}", name)
                except Exception as error:  # noqa: BLE001 - a page that fails is a result
                    print(f"FAILED  {type(error).__name__}: {str(error)[:200]}  {name}", flush=True)
                    notes.append({"page": name, "failed": f"{type(error).__name__}: {error}"})
                    continue
                results.append(result)
                print(line(name, result), flush=True)
                if result.tree or result.form or result.pixels >= PIXELS_MAX or result.notes:
                    notes.append({"page": name, **asdict(result)})
                    for why in (*result.tree[:4], *result.form[:4], *result.notes[:4]):
                        print(f"        {why[:180]}", flush=True)
            await browser.close()
    failed = len(pages) - len(results)
    return 0 if report("fidelity", summary(results, failed), missing=notes) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", default=os.environ.get("DIR", ""), help="folder of pages")
    parser.add_argument("--limit", type=int, default=int(os.environ.get("LIMIT", "200")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for pictures that differ")
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    folder = folder_of(given.dir)
    pages = chosen(folder, given.limit, given.seed)
    if not pages:
        raise SystemExit(f"no HTML files in {folder}")
    return asyncio.run(measure(folder, pages, given.seed, given.keep))


if __name__ == "__main__":
    sys.exit(main())
