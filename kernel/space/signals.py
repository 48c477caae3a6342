"""What a page says about itself while it works: navigation, requests, new tabs, dialogs.

Fed by DevTools events; every wait here is for an event, bounded by a deadline, never for a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_ANSWERS_TO_ACTIONS = frozenset({"Fetch", "XHR"})


@dataclass
class Signals:
    """The events of one page, folded into a few counters.

    Not slotted: Playwright keeps its wrapper of a bound method on the method's object.
    """

    main_frame: str
    navigations: int = 0
    """Documents committed, or addresses changed within the document."""
    windows: int = 0
    """Windows that the page asked to open."""
    downloads: list[str] = field(default_factory=list)
    """Suggested names of the downloads so far; the newest 100."""
    answered: int = 0
    """Requests of scripts that were answered, or failed, since `watch_requests`."""
    _requested: bool = False
    _parsing: bool = False
    _requests: set[str] = field(default_factory=set)
    _pulse: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def navigating(self) -> bool:
        """A navigation of the main frame is under way, or its document is still being parsed."""
        return self._requested or self._parsing

    @property
    def busy(self) -> bool:
        """Requests begun by scripts since `watch_requests` have no answer yet."""
        return bool(self._requests)

    def watch_requests(self) -> None:
        """Forget the requests of earlier actions."""
        self._requests.clear()
        self.answered = 0

    def handlers(self) -> Mapping[str, Callable[[dict[str, Any]], None]]:
        """DevTools event name to the function that takes its parameters."""
        return {
            "Page.frameRequestedNavigation": self._on_requested,
            "Page.frameNavigated": self._on_committed,
            "Page.navigatedWithinDocument": self._on_within,
            "Page.domContentEventFired": self._on_parsed,
            "Page.frameStoppedLoading": self._on_stopped,
            "Page.windowOpen": self._on_window,
            "Network.requestWillBeSent": self._on_request,
            "Network.loadingFinished": self._on_answered,
            "Network.loadingFailed": self._on_answered,
        }

    def on_download(self, name: str) -> None:
        """A download began; a navigation that turned into one is over."""
        self.downloads = [*self.downloads[-99:], name]
        self._requested = False
        self.pulse()

    def pulse(self) -> None:
        """Wake whoever waits, to look again."""
        self._pulse.set()

    async def until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `done()`; False when the deadline passed first."""
        try:
            async with asyncio.timeout(timeout_s):
                while not done():
                    self._pulse.clear()
                    await self._pulse.wait()
        except TimeoutError:
            return done()
        return True

    def _is_main(self, event: dict[str, Any]) -> bool:
        return bool(event.get("frameId") == self.main_frame)

    def _on_requested(self, event: dict[str, Any]) -> None:
        if self._is_main(event) and event.get("disposition", "currentTab") == "currentTab":
            self._requested = True
            self.pulse()

    def _on_committed(self, event: dict[str, Any]) -> None:
        frame = event["frame"]
        if "parentId" in frame:
            return
        self.main_frame = frame["id"]
        self.navigations += 1
        self._requested, self._parsing = False, True
        self._requests.clear()
        self.pulse()

    def _on_within(self, event: dict[str, Any]) -> None:
        if self._is_main(event):
            self.navigations += 1
            self._requested = False
            self.pulse()

    def _on_parsed(self, _: dict[str, Any]) -> None:
        self._parsing = False
        self.pulse()

    def _on_stopped(self, event: dict[str, Any]) -> None:
        if self._is_main(event):
            self._requested = self._parsing = False
            self.pulse()

    def _on_window(self, _: dict[str, Any]) -> None:
        self.windows += 1
        self.pulse()

    def _on_request(self, event: dict[str, Any]) -> None:
        if event.get("type") in _ANSWERS_TO_ACTIONS:
            self._requests.add(event["requestId"])
            self.pulse()

    def _on_answered(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._requests:
            self._requests.discard(event["requestId"])
            self.answered += 1
            self.pulse()
