"""A page served from a table, captured, and restored inert into another page."""

from __future__ import annotations

import http.server
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Page, Route

from abos.snapshot import CAPTURE_JS, RestoreReport, Snapshot, World, capture, restore

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from _look import Difference, compare, look


class Site:
    """A real server on this machine that answers from a table and writes down who asked."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.hits: list[str] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.hits.append(self.path)
                body = site.files.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", kind_of(self.path) + "; charset=utf-8")
                self.end_headers()
                self.wfile.write((body or "").encode())

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


SITE = "https://shop.test/"


@dataclass
class Staged:
    """Both pages, and whatever ran in the second."""

    before: Page
    after: Page
    snapshot: Snapshot
    report: RestoreReport
    world: World
    ran: list[str] = field(default_factory=list)

    async def difference(self) -> Difference:
        """By a comparator that knows nothing of snapshots."""
        before = await look(self.before, await session(self.before), 1)
        return compare(before, await look(self.after, await session(self.after), 1, before))


async def session(page: Page) -> CDPSession:
    return await page.context.new_cdp_session(page)


def kind_of(path: str) -> str:
    kinds = {"css": "text/css", "svg": "image/svg+xml", "xhtml": "application/xhtml+xml",
             "xml": "application/xml", "js": "text/javascript", "png": "image/png"}  # fmt: skip
    return kinds.get(path.rpartition(".")[2], "text/html")


async def open_page(context: BrowserContext, files: Mapping[str, str], url: str = SITE) -> Page:
    """A page whose network is a table; keys are paths of the site, or whole addresses."""

    async def answer(route: Route) -> None:
        asked = route.request.url
        body = files.get(asked, files.get("/" + asked.removeprefix(SITE)))
        if body is None:
            await route.abort()
            return
        headers = {"Content-Type": f"{kind_of(asked)}; charset=utf-8"}
        await route.fulfill(body=body.encode("utf-8"), headers=headers)

    await context.route("**/*", answer)
    page = await context.new_page()
    await page.goto(url, wait_until="load")
    return page


async def staged(
    context: BrowserContext,
    files: str | Mapping[str, str],
    *,
    use: str = "",
    url: str = SITE,
    **options: Any,
) -> Staged:
    """Load, `use` (a function in the page), capture, restore in another page of the context."""
    table = {"/": files} if isinstance(files, str) else files
    before = await open_page(context, table, url)
    if use:
        await before.evaluate(use)
    world = await World.attach(await session(before), (CAPTURE_JS,))
    snapshot = await capture(world, taken_at=1.0, **options)
    return await back(context, before, snapshot)


async def back(context: BrowserContext, before: Page, snapshot: Snapshot) -> Staged:
    """Restore a snapshot inert into a new page."""
    again = Snapshot.from_bytes(snapshot.data)
    ran: list[str] = []
    after = await context.new_page()
    await after.expose_binding("ran", lambda _, what="": ran.append(str(what)))
    after.on("pageerror", lambda error: ran.append(str(error)))
    context.on("serviceworker", lambda worker: ran.append(worker.url))
    after.on("dialog", lambda dialog: ran.append(dialog.type))
    after.on("popup", lambda page: ran.append(page.url))
    world = await World.attach(await session(after), (CAPTURE_JS,))

    async def navigate(url: str) -> None:
        await after.goto(url, wait_until="commit")

    report = await restore(world, navigate, again, clock=time.monotonic, inert=True)
    return Staged(before, after, snapshot, report, world, ran)
