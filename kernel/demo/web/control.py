"""Levers and truth for tests: delay, failures, changes of the pages, state, reset.

These routes are unprotected. They may exist only because a site is served on the loopback
interface, holds nothing but what visitors of the demo typed, and is gone with its process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHANGES = ("renamed_button", "moved_field", "new_banner", "reordered_list")
"""How the pages of every site can be made to differ, each switched by itself."""

MAX_DELAY_MS = 10_000
MAX_RULES = 32
MAX_TIMES = 10_000
MAX_REQUESTS = 300


class Kept(Protocol):
    """What a site remembers."""

    def state(self) -> dict[str, Any]:
        """Everything that happened, as JSON-ready values."""

    def reset(self) -> None:
        """As it was when the site was started."""


@dataclass(slots=True)
class Controls:
    """How the server behaves at the moment. Delays in milliseconds."""

    delay_ms: int = 0
    failures: dict[str, tuple[int, int]] = field(default_factory=dict)
    """path -> (status, how many times still)."""
    changes: frozenset[str] = frozenset()
    """Those of `CHANGES` that are on."""
    requests: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_REQUESTS))
    """The latest requests, oldest first: `GET /search?q=mug`. Not those for static files."""

    def set_delay(self, delay_ms: int) -> None:
        """Delay of every HTML document. Raises ValueError outside 0 to `MAX_DELAY_MS`."""
        if not 0 <= delay_ms <= MAX_DELAY_MS:
            raise ValueError(f"delay_ms must lie between 0 and {MAX_DELAY_MS}")
        self.delay_ms = delay_ms

    def change(self, name: str, *, on: bool = True) -> None:
        """Let the pages differ in this way, or no longer. Raises ValueError for unknown names."""
        if name not in CHANGES:
            raise ValueError(f"name must be one of {', '.join(CHANGES)}")
        self.changes = self.changes | {name} if on else self.changes - {name}

    def fail(self, path: str, status: int = 503, times: int = 1) -> None:
        """Answer the next `times` requests to `path` with `status`; 0 takes it back.

        Raises ValueError for values that make no sense, or too many rules.
        """
        if not path.startswith("/") or path.startswith("/_"):
            raise ValueError("path must start with / and must not be a control route")
        if not (400 <= status <= 599 and 0 <= times <= MAX_TIMES):
            raise ValueError(f"status must be 400 to 599, times 0 to {MAX_TIMES}")
        self.failures.pop(path, None)
        if times == 0:
            return
        if len(self.failures) >= MAX_RULES:
            raise ValueError(f"at most {MAX_RULES} paths can fail at a time; reset the site")
        self.failures[path] = (status, times)

    def forget(self) -> None:
        """The failures that were asked for, and the requests that came."""
        self.failures.clear()
        self.requests.clear()

    def take_failure(self, path: str) -> int | None:
        """The status with which this request has to fail, counted down."""
        rule = self.failures.get(path)
        if rule is None:
            return None
        status, times = rule
        if times > 1:
            self.failures[path] = (status, times - 1)
        else:
            del self.failures[path]
        return status


class Weather:
    """ASGI middleware: the delay of documents and the injected failures."""

    def __init__(self, app: ASGIApp, controls: Controls) -> None:
        self._app = app
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def late(message: Message) -> None:
            if message["type"] == "http.response.start" and self._controls.delay_ms:
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/html"):
                    await asyncio.sleep(self._controls.delay_ms / 1000)
            await send(message)

        self._note(scope)
        status = self._controls.take_failure(scope["path"])
        if status is None:
            await self._app(scope, receive, late)
        else:
            text = f"<!doctype html><title>Error {status}</title><h1>Error {status}</h1>"
            await HTMLResponse(text, status)(scope, receive, late)

    def _note(self, scope: Scope) -> None:
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        if not path.startswith(("/static/", "/_")):
            self._controls.requests.append(f"{scope['method']} {path}{'?' * bool(query)}{query}")


def _store(request: Request) -> Kept:
    return cast("Kept", request.app.state.store)


def _controls(request: Request) -> Controls:
    return cast("Controls", request.app.state.controls)


async def _state(request: Request) -> Response:
    controls = _controls(request)
    requests = list(controls.requests)
    failures = {path: list(rule) for path, rule in controls.failures.items()}
    extra: dict[str, Any] = {
        "requests": requests,
        "delay_ms": controls.delay_ms,
        "failures": failures,
        "changes": sorted(controls.changes),
    }
    return JSONResponse({**_store(request).state(), **extra})


async def _reset(request: Request) -> Response:
    _store(request).reset()
    _controls(request).forget()
    return JSONResponse({"reset": True})


def _try(change: Callable[[], None]) -> Response:
    try:
        change()
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=422)
    return JSONResponse({"ok": True})


async def _delay(request: Request) -> Response:
    query = request.query_params
    return _try(lambda: _controls(request).set_delay(int(query.get("ms", "0"))))


async def _fail(request: Request) -> Response:
    query = request.query_params
    return _try(
        lambda: _controls(request).fail(
            query.get("path", ""), int(query.get("status", "503")), int(query.get("times", "1"))
        )
    )


async def _change(request: Request) -> Response:
    query = request.query_params
    on = query.get("on", "1") != "0"
    return _try(lambda: _controls(request).change(query.get("name", ""), on=on))


ROUTES = [
    Route("/_state", _state),
    Route("/_control/reset", _reset, methods=["POST"]),
    Route("/_control/delay", _delay, methods=["POST"]),
    Route("/_control/fail", _fail, methods=["POST"]),
    Route("/_control/change", _change, methods=["POST"]),
]
