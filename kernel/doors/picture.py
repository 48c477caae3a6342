"""A picture of a snapshot: it is restored inert in a browser of its own.

Taken over DevTools: nothing runs in an inert page, no timer and no animation frame, for which other
ways to take a picture wait.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from ...pool import BrowserConfig, ChromiumLauncher, SessionOptions
from ...snapshot import RestoreReport, Snapshot
from ..space import AddressSpace
from ..syscalls import Restore

if TYPE_CHECKING:
    from ...snapshot import Cdp

_CLOSE_S = 5.0
_MAX_PIXELS = 16_384
"""Chromium paints no picture that is higher or wider."""


async def picture(
    config: BrowserConfig,
    snapshot: Snapshot,
    data: bytes,
    key: bytes | None,
    *,
    full: bool,
    assets: bool,
) -> tuple[bytes, RestoreReport]:
    """A PNG of the window as it was, or of the whole page, and how the page came back."""
    launcher = ChromiumLauncher(config)
    try:
        browser = await launcher.launch()
        page = snapshot.page
        window = (max(1, round(page.width)), max(1, round(page.height)))
        session = await browser.new_session(SessionOptions(viewport=window))
        space = await AddressSpace.attach(session.page)
        await _size(space.tab.cdp, window, page.ratio)
        report = await space.restore(Restore(data, "inert", assets), key)
        shot = await _shot(space.tab.cdp, full=full)
        await space.close()
        await session.close(_CLOSE_S)
        return shot, report
    finally:
        await launcher.close()


async def _size(cdp: Cdp, window: tuple[int, int], ratio: float) -> None:
    metrics = {"width": window[0], "height": window[1], "mobile": False}
    await cdp.send(
        "Emulation.setDeviceMetricsOverride", {**metrics, "deviceScaleFactor": ratio or 1}
    )


async def _shot(cdp: Cdp, *, full: bool) -> bytes:
    asked: dict[str, Any] = {"format": "png"}
    if full:
        size = (await cdp.send("Page.getLayoutMetrics"))["cssContentSize"]
        width, height = (min(size[side], _MAX_PIXELS) for side in ("width", "height"))
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        asked |= {"captureBeyondViewport": True, "clip": clip}
    return base64.b64decode((await cdp.send("Page.captureScreenshot", asked))["data"])
