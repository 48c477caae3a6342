"""A page is loaded again, and its recording answers (DevTools `Fetch` holds each request).

Service workers are passed by. Workers, web sockets and frames in other renderer processes go their
own way: their requests don't come by here.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from ..cdp import Cdp
from .playing import BLANK, Asked, Given, Network, given
from .recording import Recording, Response

__all__ = ["Network", "Playback"]

_SHOWN = 50
# What Chromium says of a request that its page has given up.
_GIVEN_UP = ("Invalid InterceptionId", "Target closed", "Session closed", "has been closed")


class Phase(StrEnum):
    """How requests are answered."""

    OFF = "off"
    BLANK = "blank"
    """With an empty page, and nothing else."""
    FIRST = "first"
    """From the recording; the page itself has still to be given."""
    ON = "on"
    """From the recording."""


class Playback:
    """The playback of one page; off until it is started."""

    def __init__(self, cdp: Cdp, frame: Callable[[], str]) -> None:
        self._cdp = cdp
        self._frame = frame
        self._phase = Phase.OFF
        self._recording = Recording()
        self._network: Network = "live"
        self._tasks: set[asyncio.Future[None]] = set()
        self.emptied = False
        """Whether the tab was given the empty page since `start`."""
        self.answered = 0
        """Requests that the recording answered since `start`."""
        self.missing: list[str] = []
        """Requests since `start` that it had no answer to, at most 50."""
        cdp.on("Fetch.requestPaused", self._on_paused)

    async def start(self, recording: Recording, network: Network) -> None:
        """Hold all requests; until `play` they are given an empty page."""
        self._recording, self._network, self._phase = recording, network, Phase.BLANK
        self.emptied, self.answered, self.missing = False, 0, []
        await self._cdp.send("Network.setBypassServiceWorker", {"bypass": True})
        patterns = [{"urlPattern": "*", "requestStage": "Request"}]
        await self._cdp.send("Fetch.enable", {"patterns": patterns})

    def play(self) -> None:
        """Answer from the recording from now on."""
        self._phase = Phase.FIRST

    async def stop(self) -> None:
        """Let requests through again. Fine to call twice."""
        if self._phase is Phase.OFF:
            return
        self._phase = Phase.OFF
        await self._cdp.send("Fetch.disable")
        await self._cdp.send("Network.setBypassServiceWorker", {"bypass": False})

    def _on_paused(self, event: Any) -> None:
        task = asyncio.ensure_future(self._answer(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, event: Any) -> None:
        try:
            if self._phase is not Phase.OFF:
                await self._do(event["requestId"], self._decided(event))
        except Exception as error:  # Playwright's own error type; this room doesn't import it
            if not any(text in str(error) for text in _GIVEN_UP):
                raise

    def _decided(self, event: Any) -> Given:
        asked = _asked(event, self._frame())
        if self._phase is Phase.BLANK:
            self.emptied = self.emptied or asked.page
            return Given(BLANK) if asked.page else Given(refused=True)
        first = asked.page and self._phase is Phase.FIRST
        if asked.page:
            self._phase = Phase.ON
        found = given(asked, self._recording, self._network, first=first)
        self.answered += found.response is not None
        if found.missing and len(self.missing) < _SHOWN:
            self.missing.append(f"{asked.method} {asked.url}")
        return found

    async def _do(self, request: str, decided: Given) -> None:
        if decided.response is not None:
            await self._cdp.send("Fetch.fulfillRequest", _fulfilled(request, decided.response))
        elif decided.refused:
            refused = {"requestId": request, "errorReason": "AddressUnreachable"}
            await self._cdp.send("Fetch.failRequest", refused)
        else:
            await self._cdp.send("Fetch.continueRequest", {"requestId": request})


def _asked(event: Any, frame: str) -> Asked:
    request = event["request"]
    page = event["resourceType"] == "Document" and event["frameId"] == frame
    headers = tuple((str(name), str(value)) for name, value in request["headers"].items())
    return Asked(request["url"], request["method"], page, headers)


def _fulfilled(request: str, response: Response) -> dict[str, Any]:
    return {
        "requestId": request,
        "responseCode": response.status,
        "responseHeaders": [{"name": name, "value": value} for name, value in response.headers],
        "body": base64.b64encode(response.body).decode("ascii"),
    }
