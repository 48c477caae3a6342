"""What a probe is: something to plant in one lease, and a way to look for it in any."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Page, Response

from abos.pool import ChromiumSession, SessionOptions

from .site import Site


@dataclass(frozen=True, slots=True)
class Scene:
    """One lease, as a probe sees it."""

    session: ChromiumSession
    site: Site
    mark: str
    """A word of this probe's own, fit for a host name, a path, a header and a script."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What planting left on the test's side; the same for all looks of a probe."""

    @property
    def page(self) -> Page:
        """The page of the lease."""
        return self.session.page

    @property
    def context(self) -> BrowserContext:
        """The context of the lease."""
        return self.session.context

    async def visit(self, path: str = "/") -> Response:
        """Go to a path of the shop, or to a whole address."""
        return await goto(self.page, self.site.url(path))

    async def another_tab(self) -> Page:
        """A second page of the same lease, at the shop."""
        page = await self.context.new_page()
        await goto(page, self.site.url("/"))
        return page

    async def echoed(self) -> dict[str, str]:
        """The headers, names in lower case, that the shop gets with a fetch from the page."""
        await self.visit()
        return dict(await self.page.evaluate("fetch('/echo').then(r => r.json())"))


Plant = Callable[[Scene], Awaitable[None]]
Look = Callable[[Scene], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of state. `look` must find it in the very lease it was planted in."""

    name: str
    plant: Plant
    look: Look
    """True = found. It raises rather than says False when it could not look."""
    options: Callable[[str], SessionOptions] | None = None
    """Options of the planting lease, made from the mark; None = the pool's own."""
    beside: bool = True
    """Whether a lease next to the planting one, still open, must not find it either."""
    leak: str = ""
    """Why this is known to leak; the test then fails as soon as it does not."""


async def goto(page: Page, url: str) -> Response:
    """Navigate, to the loaded DOM."""
    response = await page.goto(url, wait_until="domcontentloaded", timeout=30_000)
    assert response is not None
    return response
