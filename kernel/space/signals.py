"""What a page says about itself while it works: navigation, requests, new tabs, dialogs.

Fed by DevTools events; every wait here is for an event, bounded by a deadline, never for a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .pulse import Pulse

_ANSWERS_TO_ACTIONS = frozenset({"Fetch", "XHR"})
_WITHIN_DOCUMENT = frozenset({"sameDocument", "historySameDocument"})
_KEPT_DOWNLOADS = 100


@dataclass
class Signals:
    """The events of one page, folded into a few counters.

    Not slotted: Playwright keeps its wrapper of a bound method on the method's object.
    """

    main_frame: str
    navigations: int = 0
    """Documents committed, or addresses changed within the document."""
    documents: int = 0
    """Documents committed alone: the ones with which a page's scripts begin anew."""
    windows: int = 0
    """Windows that the page asked to open."""
    downloads: list[str] = field(default_factory=list)
    """Suggested names of the downloads so far; the newest 100."""
    downloaded: int = 0
    """How many downloads began."""
    choosers: list[int] = field(default_factory=list)
    """File choosers that wait for files: the DevTools ids of their fields."""
    on_window: Callable[[str], None] | None = None
    """Told the address of each window that the page asks to open."""
    cut_short: bool = False
    """The document went on streaming for so long that it was taken as it was."""
    pulse: Pulse = field(default_factory=Pulse)
    status: int = 0
    """HTTP status of the document that came since `watch_requests`; 0 for none."""
    answered: int = 0
    """Requests of scripts that were answered, or failed, since `watch_requests`."""
    _requested: bool = False
    _parsing: bool = False
    _requests: set[str] = field(default_factory=set)

    @property
    def pending(self) -> bool:
        """A navigation of the main frame is under way and its document has not come yet.

        Chromium passes no call on to the page until then.
        """
        return self._requested

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
        self.status = 0

    def newest(self, since: int) -> tuple[str, ...]:
        """Names of the downloads after the first `since`, as far as they are kept."""
        count = min(self.downloaded - since, len(self.downloads))
        return tuple(self.downloads[len(self.downloads) - count :])

    def parsed_enough(self) -> None:
        """A document that goes on streaming counts as parsed from now on."""
        self._parsing = False
        self.cut_short = True

    def still_there(self) -> None:
        """The page answered, so a navigation that was thought to be under way is not."""
        self._requested = False

    def handlers(self) -> Mapping[str, Callable[[dict[str, Any]], None]]:
        """DevTools event name to the function that takes its parameters."""
        return {
            "Page.frameRequestedNavigation": self._on_requested,
            "Page.frameStartedNavigating": self._on_started,
            "Page.frameNavigated": self._on_committed,
            "Page.navigatedWithinDocument": self._on_within,
            "Page.domContentEventFired": self._on_parsed,
            "Page.frameStoppedLoading": self._on_stopped,
            "Page.windowOpen": self._on_window,
            "Page.fileChooserOpened": self._on_chooser,
            "Network.requestWillBeSent": self._on_request,
            "Network.responseReceived": self._on_response,
            "Network.loadingFinished": self._on_answered,
            "Network.loadingFailed": self._on_answered,
        }

    def on_download(self, name: str) -> None:
        """A download began; a navigation that turned into one is over."""
        self.downloads = [*self.downloads[1 - _KEPT_DOWNLOADS :], name]
        self.downloaded += 1
        self._requested = False
        self.pulse.ring()

    async def until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `done()`; False when the deadline passed first."""
        return await self.pulse.until(done, timeout_s)

    def _is_main(self, event: dict[str, Any]) -> bool:
        return bool(event.get("frameId") == self.main_frame)

    def _on_requested(self, event: dict[str, Any]) -> None:
        if self._is_main(event) and event.get("disposition", "currentTab") == "currentTab":
            self._requested = True
            self.pulse.ring()

    def _on_started(self, event: dict[str, Any]) -> None:
        if self._is_main(event) and event.get("navigationType") not in _WITHIN_DOCUMENT:
            self._requested = True
            self.pulse.ring()

    def _on_committed(self, event: dict[str, Any]) -> None:
        frame = event["frame"]
        if "parentId" in frame:
            return
        self.main_frame = frame["id"]
        self.navigations += 1
        self.documents += 1
        self._requested, self._parsing, self.cut_short = False, True, False
        self._requests.clear()
        self.pulse.ring()

    def _on_within(self, event: dict[str, Any]) -> None:
        if self._is_main(event):
            self.navigations += 1
            self._requested = False
            self.pulse.ring()

    def _on_parsed(self, _: dict[str, Any]) -> None:
        self._parsing = False
        self.pulse.ring()

    def _on_stopped(self, event: dict[str, Any]) -> None:
        if self._is_main(event):
            self._requested = self._parsing = False
            self.pulse.ring()

    def _on_chooser(self, event: dict[str, Any]) -> None:
        self.choosers = [event["backendNodeId"]] if "backendNodeId" in event else []
        self.pulse.ring()

    def _on_window(self, event: dict[str, Any]) -> None:
        self.windows += 1
        if self.on_window:
            self.on_window(event.get("url", ""))
        self.pulse.ring()

    def _on_request(self, event: dict[str, Any]) -> None:
        if event.get("type") in _ANSWERS_TO_ACTIONS:
            self._requests.add(event["requestId"])
            self.pulse.ring()

    def _on_response(self, event: dict[str, Any]) -> None:
        if event.get("type") == "Document" and self._is_main(event):
            self.status = int(event["response"]["status"])

    def _on_answered(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._requests:
            self._requests.discard(event["requestId"])
            self.answered += 1
            self.pulse.ring()
