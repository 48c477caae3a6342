"""Frames that live in other renderer processes: each has a DevTools target of its own.

Its session is spoken to through the page's (`Target.sendMessageToTarget`), so that whoever gives us
a page need not know of its frames.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from .cdp import Cdp, CdpFailed

Attached = Callable[[Cdp], Awaitable[None]]

_GONE = "Target closed"


class Targets:
    """The sessions of a page's frames in other processes, made when they are first asked for."""

    def __init__(self, cdp: Cdp) -> None:
        self._cdp = cdp
        self._sessions: dict[str, _Session] = {}
        self._of_frame: dict[str, _Session] = {}
        self._waiting: Attached | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self.listen(cdp)

    def listen(self, cdp: Cdp) -> None:
        """Hear what the children of a session say."""
        cdp.on("Target.receivedMessageFromTarget", self._on_message)
        cdp.on("Target.detachedFromTarget", self._on_detached)
        cdp.on("Target.attachedToTarget", lambda event: self._on_attached(cdp, event))

    async def of(self, frame: str) -> Cdp | None:
        """The session of a frame by its DevTools id; None when it is not in another process."""
        if frame not in self._of_frame:
            asked = {"targetId": frame, "flatten": False}
            try:
                made = await self._cdp.send("Target.attachToTarget", asked)
            except Exception as error:  # Playwright's own error type; this room doesn't import it
                if "No target with given id" in str(error):
                    return None
                raise
            session = self._session(self._cdp, str(made["sessionId"]))
            session.frame = frame
            self._of_frame[frame] = session
        return self._of_frame[frame]

    async def hold(self, attached: Attached) -> None:
        """From now on each new one waits, before it loads anything, until `attached` is done."""
        self._waiting = attached
        await self._watch(self._cdp, on=True)

    async def release(self) -> None:
        """Let new ones start by themselves again."""
        self._waiting = None
        await self._watch(self._cdp, on=False)

    async def _watch(self, cdp: Cdp, *, on: bool) -> None:
        asked: dict[str, Any] = {"autoAttach": on, "waitForDebuggerOnStart": on, "flatten": False}
        if on:
            asked["filter"] = [{"type": "iframe"}]
        await cdp.send("Target.setAutoAttach", asked)

    def _session(self, parent: Cdp, id_: str) -> _Session:
        return self._sessions.setdefault(id_, _Session(parent, id_))

    def _on_attached(self, parent: Cdp, event: Any) -> None:
        if not event["waitingForDebugger"] or self._waiting is None:
            return
        session = self._session(parent, str(event["sessionId"]))
        task = asyncio.ensure_future(self._begin(session, self._waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, session: _Session, attached: Attached) -> None:
        try:
            self.listen(session)
            await self._watch(session, on=True)
            await attached(session)
            await session.send("Runtime.runIfWaitingForDebugger")
        except CdpFailed as error:
            if _GONE not in str(error):
                raise

    def _on_message(self, event: Any) -> None:
        session = self._sessions.get(event["sessionId"])
        if session is not None:
            session.hear(json.loads(event["message"]))

    def _on_detached(self, event: Any) -> None:
        session = self._sessions.pop(event["sessionId"], None)
        if session is not None:
            session.end()
            self._of_frame.pop(session.frame, None)


class _Session:
    """A DevTools session inside another one."""

    def __init__(self, parent: Cdp, id_: str) -> None:
        self._parent = parent
        self._id = id_
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._count = 0
        self._heard: dict[str, list[Callable[[Any], Any]]] = {}
        self._ended = False
        self.frame = ""

    async def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Raises `CdpFailed`, and what the page's own session raises."""
        if self._ended:
            raise CdpFailed(f"{method}: {_GONE}")
        self._count += 1
        number = self._count
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        try:
            asked = {"sessionId": self._id, "message": message}
            await self._parent.send("Target.sendMessageToTarget", asked)
            return await answer
        finally:
            self._asked.pop(number, None)

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        self._heard.setdefault(event, []).append(f)

    def hear(self, message: dict[str, Any]) -> None:
        """One message of the target: an answer or an event."""
        if "id" not in message:
            for f in self._heard.get(message["method"], ()):
                f(message.get("params", {}))
            return
        answer = self._asked.get(message["id"])
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(CdpFailed(str(message["error"].get("message"))))
        else:
            answer.set_result(message.get("result", {}))

    def end(self) -> None:
        """The target is gone; what still waits fails."""
        self._ended = True
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(CdpFailed(_GONE))
