"""An isolated JavaScript world inside a page, with our scripts in it.

The world shares the page's DOM but none of its JavaScript objects, so a page can neither see
our scripts nor change what they do (Chrome DevTools Protocol, `Page.createIsolatedWorld`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .cdp import Cdp
from .errors import PageHung, ScriptFailed, WorldLost
from .live.playback import Playback
from .sources import Sources
from .stage import Stage
from .targets import Targets

WORLD_NAME = "abos"
WALKER = "\n".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("view.js", "dom.js", "naming.js", "validation.js", "walker.js")
)

# What Chromium says when the document of a call is gone (V8 inspector and DevTools handlers).
_GONE = (
    "Cannot find context with specified id",
    "Execution context was destroyed",
    "Inspected target navigated or closed",
    "uniqueContextId not found",
    "No frame for given id found",
    "Target closed",
    "Target crashed",
    "Session closed",
    "has been closed",
)
_CALL = "(name, args) => globalThis.abos[name](...JSON.parse(args))"


class World:
    """Runs `abos.<function>` in a page's top frame. Make it with `World.attach`."""

    def __init__(self, cdp: Cdp, source: str, targets: Targets) -> None:
        self._cdp = cdp
        self._source = source
        self._targets = targets
        self._context: int | None = None
        self._frame = ""
        self._document = ""
        self._came = asyncio.Event()
        self._inner: dict[str, World] = {}
        self._stage: Stage | None = None
        self._playback: Playback | None = None
        self._sources: Sources | None = None

    @classmethod
    async def attach(cls, cdp: Cdp, scripts: Sequence[str] = ()) -> World:
        """Make the world of a page.

        The walker and `scripts` are put into each document at the first call there; a script
        adds functions to `abos`.
        """
        blocks = (f"{{\n{script}\n}}" for script in scripts)
        source = "\n".join(("(() => {", WALKER, *blocks, "globalThis.abos = abos; })();"))
        return await cls(cdp, source, Targets(cdp))._begun()

    async def _begun(self) -> World:
        self._cdp.on("Page.frameNavigated", self._on_navigated)
        await self._cdp.send("Page.enable")
        frame = await self._top()
        self._frame, self._document = frame["id"], frame["loaderId"]
        return self

    async def _top(self) -> dict[str, Any]:
        tree = await self._cdp.send("Page.getFrameTree")
        frame: dict[str, Any] = tree["frameTree"]["frame"]
        return frame

    @property
    def frame(self) -> str:
        """The DevTools id of the page's top frame."""
        return self._frame

    @property
    def cdp(self) -> Cdp:
        """The DevTools session of the page."""
        return self._cdp

    async def load(
        self, navigate: Callable[[str], Awaitable[None]], url: str, timeout_s: float
    ) -> None:
        """`navigate` to an address so that there is a new document, which is there when it returns.

        From a page to a fragment of itself browsers only scroll: then an empty page comes between.
        Not a reload, which would post a form again. Raises `WorldLost`, `PageHung`.
        """
        before = self._document
        await navigate(url)
        if not urlsplit(url).fragment:
            return
        with self._translated(timeout_s):
            async with asyncio.timeout(timeout_s):
                if (await self._top())["loaderId"] != before:
                    return
                self._came.clear()
                await self._cdp.send("Page.navigate", {"url": "about:blank"})
                await self._came.wait()
        await navigate(url)

    def stage(self) -> Stage:
        """The stage of the page, made when it is first asked for."""
        if self._stage is None:
            self._stage = Stage(self._cdp, lambda: self._frame, self._targets)
        return self._stage

    def playback(self) -> Playback:
        """What loads the page from a recording, made when it is first asked for."""
        if self._playback is None:
            self._playback = Playback(self._cdp, lambda: self._frame)
        return self._playback

    def sources(self) -> Sources:
        """The style sheets of the page as they were loaded."""
        if self._sources is None:
            self._sources = Sources(self._cdp)
        return self._sources

    def inside(self, frame: str) -> World:
        """The world of a frame of this page, by its DevTools id.

        It answers `WorldLost` when the frame is gone, or lives in another renderer process.
        """
        if frame not in self._inner or self._inner[frame].cdp is not self._cdp:
            world = World(self._cdp, self._source, self._targets)
            world._frame = frame
            self._inner[frame] = world
        return self._inner[frame]

    async def reach(self, frame: str, timeout_s: float = 5.0) -> World:
        """The world of a frame of this page, whichever process it lives in.

        Raises `WorldLost` when the frame is gone, `PageHung`.
        """
        world = self._inner.get(frame) or self.inside(frame)
        try:
            await world.enter(timeout_s)
        except WorldLost:
            with self._translated(timeout_s):
                async with asyncio.timeout(timeout_s):
                    world = await self._elsewhere(frame)
            await world.enter(timeout_s)
        return world

    async def _elsewhere(self, frame: str) -> World:
        cdp = await self._targets.of(frame)
        if cdp is None:
            return self.inside(frame)
        self._inner[frame] = await World(cdp, self._source, self._targets)._begun()
        return self._inner[frame]

    async def enter(self, timeout_s: float = 5.0) -> None:
        """Make the world unless there is one. Raises `WorldLost`, `PageHung`."""
        with self._translated(timeout_s):
            async with asyncio.timeout(timeout_s):
                await self.context()

    async def call(self, function: str, *args: Any, timeout_s: float = 5.0) -> Any:
        """Run `abos.<function>(*args)`; arguments and result are JSON values.

        Raises `WorldLost` when the document went away meanwhile, `PageHung` past the deadline,
        `ScriptFailed` when our script raised.
        """
        return await self._run(_CALL, [function, json.dumps(args)], timeout_s, by_value=True)

    async def context(self) -> int:
        """The DevTools id of the world, made when there is none."""
        return self._context or await self._enter()

    async def handle(self, function: str, *args: Any, timeout_s: float = 5.0) -> str:
        """As `call`, but return the DevTools object id of the DOM node that it returns."""
        result = await self._run(_CALL, [function, json.dumps(args)], timeout_s, by_value=False)
        return str(result)

    async def _run(self, code: str, args: list[Any], timeout_s: float, *, by_value: bool) -> Any:
        with self._translated(timeout_s):
            async with asyncio.timeout(timeout_s):
                context = await self.context()
                answer = await self._cdp.send(
                    "Runtime.callFunctionOn",
                    {
                        "functionDeclaration": code,
                        "executionContextId": context,
                        "arguments": [{"value": arg} for arg in args],
                        "returnByValue": by_value,
                        "awaitPromise": True,
                    },
                )
        if "exceptionDetails" in answer:
            raise _script_error(answer["exceptionDetails"])
        result = answer["result"]
        return result.get("value") if by_value else result.get("objectId", "")

    @contextmanager
    def _translated(self, timeout_s: float) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise PageHung(f"no answer from the page within {timeout_s:g} s") from error
        except Exception as error:  # Playwright's own error type; this room doesn't import it
            self._forget()
            if any(text in str(error) for text in _GONE):
                raise WorldLost("the document went away") from error
            raise

    async def _enter(self) -> int:
        made = await self._cdp.send(
            "Page.createIsolatedWorld", {"frameId": self._frame, "worldName": WORLD_NAME}
        )
        context = int(made["executionContextId"])
        loaded = await self._cdp.send(
            "Runtime.evaluate", {"expression": self._source, "contextId": context}
        )
        if "exceptionDetails" in loaded:
            raise _script_error(loaded["exceptionDetails"])
        self._context = context
        return context

    def _on_navigated(self, event: Any) -> None:
        if "parentId" not in event["frame"] or event["frame"]["id"] == self._frame:
            self._frame, self._document = event["frame"]["id"], event["frame"]["loaderId"]
            self._came.set()
            self._inner.clear()
            self._forget()
        elif event["frame"]["id"] in self._inner:
            self._inner[event["frame"]["id"]]._forget()

    def _forget(self) -> None:
        self._context = None


def _script_error(details: dict[str, Any]) -> Exception:
    text = details.get("exception", {}).get("description") or details.get("text", "")
    if any(part in text for part in _GONE):
        return WorldLost("the document went away")
    return ScriptFailed(text.splitlines()[0] if text else "unknown error in the page")
