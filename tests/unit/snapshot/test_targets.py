"""Sessions of frames in other processes, spoken to through the page's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from abos.snapshot.cdp import CdpFailed
from abos.snapshot.targets import Targets


class Page:
    """A DevTools session that knows one frame in another process, `f`."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Callable[[Any], Any]]] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        self.heard.setdefault(event, []).append(f)

    def tell(self, event: str, **said: Any) -> None:
        for f in self.heard.get(event, ()):
            f(said)

    async def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        asked = params or {}
        self.sent.append((method, asked))
        if method == "Target.attachToTarget":
            if asked["targetId"] != "f":
                raise RuntimeError("Protocol error: No target with given id found")
            return {"sessionId": "s"}
        if method == "Target.sendMessageToTarget":
            self.answer(json.loads(asked["message"]))
        return {}

    def answer(self, message: dict[str, Any]) -> None:
        match message["method"]:
            case "Fails":
                self.say({"id": message["id"], "error": {"message": "no such thing"}})
            case "Never":
                pass
            case method:
                self.say({"id": message["id"], "result": {"did": method}})

    def say(self, message: dict[str, Any]) -> None:
        self.tell("Target.receivedMessageFromTarget", sessionId="s", message=json.dumps(message))


async def test_answers_refusals_and_events() -> None:
    page = Page()
    targets = Targets(page)
    assert await targets.of("elsewhere") is None
    session = await targets.of("f")
    assert session is not None
    assert session is await targets.of("f")
    assert await session.send("Does") == {"did": "Does"}
    with pytest.raises(CdpFailed, match="no such thing"):
        await session.send("Fails")
    heard: list[Any] = []
    session.on("Event", heard.append)
    page.say({"method": "Event", "params": {"x": 1}})
    page.say({"id": 99, "result": {}})  # nobody asked
    assert heard == [{"x": 1}]


async def test_what_waits_when_a_target_goes_fails() -> None:
    page = Page()
    targets = Targets(page)
    session = await targets.of("f")
    assert session is not None
    waiting = asyncio.ensure_future(session.send("Never"))
    await asyncio.sleep(0)
    page.tell("Target.detachedFromTarget", sessionId="s")
    with pytest.raises(CdpFailed, match="Target closed"):
        await waiting
    with pytest.raises(CdpFailed, match="Target closed"):
        await session.send("Does")
    again = await targets.of("f")
    assert again is not session


async def test_new_ones_wait_until_they_are_ready() -> None:
    page = Page()
    targets = Targets(page)
    done: list[Any] = []

    async def attached(session: Any) -> None:
        done.append(session)

    await targets.hold(attached)
    page.tell("Target.attachedToTarget", sessionId="s", waitingForDebugger=True)
    for _ in range(10):
        await asyncio.sleep(0)
    said = [
        json.loads(asked["message"])["method"] for method, asked in page.sent if "message" in asked
    ]
    assert said == ["Target.setAutoAttach", "Runtime.runIfWaitingForDebugger"]
    assert len(done) == 1
    await targets.release()
    page.tell("Target.attachedToTarget", sessionId="t", waitingForDebugger=True)
    await asyncio.sleep(0)
    assert len(done) == 1
    assert "filter" not in page.sent[-1][1]  # Chromium refuses one when it is switched off
