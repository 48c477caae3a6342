"""A stage: every request of a page is answered from a snapshot, or refused.

The page is loaded under its own address, so that origin and base address are what they were, but
nothing comes from the network (DevTools `Fetch` holds each request). Documents carry a policy that
forbids scripts twice: as `script-src 'none'` (by `default-src`) and as a sandbox. A page of HTML
comes empty, so that the browser can begin before the markup is made; our own script writes it into
the page later, under the same policy. The stage stands until the page goes elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from .cdp import Cdp
from .targets import Targets

_WEB = "http: https: data: blob:"
_SHOWN = ("img-src", "font-src", "media-src")
_ASSETS = frozenset(("Image", "Font", "Media", "Stylesheet"))
_XML = ("application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml")
# What Chromium says of a request that its page has given up.
_GIVEN_UP = ("Invalid InterceptionId", "Target closed", "Session closed", "has been closed")


@dataclass(frozen=True, slots=True)
class Answer:
    """A document as the stage gives it."""

    url: str
    """The address that it has; asked for under another one, the browser is sent here."""
    body: str
    type: str = "text/html"


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a page may ask for."""

    documents: dict[str, list[Answer]]
    """By address without fragment, in the order in which they are asked for."""
    sheets: dict[str, str]
    """Style sheets by address."""
    assets: bool = False
    """Whether pictures, fonts, media and unknown style sheets may come from the network."""


def policy(*, assets: bool) -> str:
    """The Content-Security-Policy of every document on a stage."""
    shown = [f"{kind} {_WEB if assets else 'data:'}" for kind in _SHOWN]
    return "; ".join(
        [
            "sandbox allow-same-origin",
            "default-src 'none'",
            f"style-src 'unsafe-inline' {_WEB}",
            "frame-src http: https:",
            "object-src http: https:",
            "form-action 'none'",
            *shown,
        ]
    )


class Stage:
    """The stage of one page."""

    def __init__(self, cdp: Cdp, frame: Callable[[], str], targets: Targets) -> None:
        self._cdp = cdp
        self._frame = frame
        self._targets = targets
        self._scene: Scene | None = None
        self._awaited = False
        """Whether the page itself has still to be given."""
        self._loaded = asyncio.Event()
        self._tasks: set[asyncio.Future[None]] = set()
        self._listen(cdp)
        cdp.on("Page.frameNavigated", self._on_navigated)
        cdp.on("Page.loadEventFired", lambda _: self._loaded.set())

    async def show(
        self, scene: Scene, navigate: Callable[[], Awaitable[None]], timeout_s: float
    ) -> None:
        """Load the page of a scene; done when it has loaded, or has had `timeout_s` for it."""
        self._scene, self._awaited = scene, True
        # Frames of other processes, too, from their first request.
        await asyncio.gather(self._targets.hold(self._hold), self._hold(self._cdp))
        self.expect()
        await navigate()
        await self.loaded(timeout_s)

    def expect(self) -> None:
        """Forget that the page has loaded: something is put into it that loads."""
        self._loaded.clear()

    async def loaded(self, timeout_s: float) -> None:
        """Return when the page has loaded, or has had `timeout_s` for it."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._loaded.wait()
        except TimeoutError:
            return  # a picture that never comes holds nobody up

    async def clear(self) -> None:
        """Let requests through again."""
        self._scene = None
        await self._cdp.send("Fetch.disable")
        await self._cdp.send("Network.setBypassServiceWorker", {"bypass": False})
        await self._targets.release()

    def _on_navigated(self, event: Any) -> None:
        if "parentId" not in event["frame"]:
            self._loaded.clear()  # that was the page before

    async def _hold(self, cdp: Cdp) -> None:
        if cdp is not self._cdp:
            self._listen(cdp)
        await cdp.send("Network.setBypassServiceWorker", {"bypass": True})
        patterns = [{"urlPattern": "*", "requestStage": "Request"}]
        await cdp.send("Fetch.enable", {"patterns": patterns})

    def _listen(self, cdp: Cdp) -> None:
        cdp.on("Fetch.requestPaused", lambda event: self._on_paused(cdp, event))

    def _on_paused(self, cdp: Cdp, event: Any) -> None:
        task = asyncio.ensure_future(self._answer(cdp, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, cdp: Cdp, event: Any) -> None:
        try:
            if self._scene is not None:
                await self._decide(self._scene, cdp, event)
        except Exception as error:  # Playwright's own error type; this room doesn't import it
            if not any(text in str(error) for text in _GIVEN_UP):
                raise

    async def _decide(self, scene: Scene, cdp: Cdp, event: Any) -> None:
        url, kind = urldefrag(event["request"]["url"]).url, event["resourceType"]
        found = scene.documents.get(url) if kind == "Document" else None
        top = kind == "Document" and event["frameId"] == self._frame()
        if top and not self._awaited:
            await self.clear()  # the page goes elsewhere, or is loaded again
        elif found:
            self._awaited = self._awaited and not top
            # The last one stays, for a frame that is built anew.
            document = found.pop(0) if len(found) > 1 else found[0]
            await self._document(scene, cdp, event, document)
        elif kind == "Stylesheet" and url in scene.sheets:
            await _fulfill(cdp, event, scene.sheets[url], "text/css", _open(event))
        elif scene.assets and kind in _ASSETS:
            await cdp.send("Fetch.continueRequest", {"requestId": event["requestId"]})
        else:
            # A frame that the browser blocks may be taken out of the layout; one that fails isn't.
            reason = "AddressUnreachable" if kind == "Document" else "BlockedByClient"
            refused = {"requestId": event["requestId"], "errorReason": reason}
            await cdp.send("Fetch.failRequest", refused)

    async def _document(self, scene: Scene, cdp: Cdp, event: Any, document: Answer) -> None:
        other = urldefrag(document.url).url != urldefrag(event["request"]["url"]).url
        if other and document.url.startswith(("http:", "https:")):
            scene.documents.setdefault(urldefrag(document.url).url, []).append(document)
            elsewhere = [_header("Location", document.url)]
            await _fulfill(cdp, event, "", "text/html", elsewhere, 302)
            return
        headers = [_header("Content-Security-Policy", policy(assets=scene.assets))]
        await _fulfill(cdp, event, document.body, document.type, headers)


async def _fulfill(
    cdp: Cdp,
    event: Any,
    body: str,
    kind: str,
    headers: list[dict[str, str]],
    status: int = 200,
) -> None:
    # A lone surrogate has no bytes; those texts are mended later.
    data = body.encode("utf-8", "replace")
    headers = [_header("Content-Type", f"{kind}; charset=utf-8"), *headers]
    await cdp.send(
        "Fetch.fulfillRequest",
        {
            "requestId": event["requestId"],
            "responseCode": status,
            "responseHeaders": headers,
            "body": base64.b64encode(data).decode("ascii"),
        },
    )


def stage_type(kind: str) -> str:
    """The type under which a document is given: HTML for all that browsers turn into HTML."""
    return kind if kind in _XML or kind.endswith("+xml") else "text/html"


def _open(event: Any) -> list[dict[str, str]]:
    """Headers that let a page read a style sheet as before."""
    origin = event["request"]["headers"].get("Origin", "*")
    allowed = [_header("Access-Control-Allow-Origin", origin)]
    return (
        allowed
        if origin == "*"
        else [*allowed, _header("Access-Control-Allow-Credentials", "true")]
    )


def _header(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}
