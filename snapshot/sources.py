"""The text of style sheets as they were loaded, from DevTools.

Scripts can't read sheets of other origins, and browsers write some rules down with a loss.
"""

from __future__ import annotations

from typing import Any

from .cdp import Cdp


class Sources:
    """The style sheets of one page."""

    def __init__(self, cdp: Cdp) -> None:
        self._cdp = cdp
        self._found: list[tuple[str, str]] = []
        cdp.on("CSS.styleSheetAdded", self._on_added)

    async def texts(self, wanted: set[str]) -> dict[str, str]:
        """The source of each sheet of these addresses that the page has."""
        self._found.clear()
        await self._cdp.send("CSS.disable")  # what is on already tells nothing again
        await self._cdp.send("DOM.enable")
        await self._cdp.send("CSS.enable")  # it tells all sheets, then answers
        texts: dict[str, str] = {}
        for sheet, url in list(self._found):
            if url in wanted and url not in texts:
                found = await self._cdp.send("CSS.getStyleSheetText", {"styleSheetId": sheet})
                texts[url] = str(found["text"])
        await self._cdp.send("CSS.disable")
        await self._cdp.send("DOM.disable")
        return texts

    def _on_added(self, event: Any) -> None:
        header = event["header"]
        self._found.append((header["styleSheetId"], header["sourceURL"]))
