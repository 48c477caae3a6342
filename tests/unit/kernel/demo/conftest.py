"""A visitor of a demo site without a browser and without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from abos.kernel.demo.web.control import Controls


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visitor:
    """Calls the application directly; keeps cookies as a browser would."""

    app: Starlette
    cookies: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        path, _, query = url.partition("?")
        sent = {"host": "shop.test", **(headers or {})}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("shop.test", 80),
        }
        got: list[dict[str, Any]] = []
        sent_body = False

        async def receive() -> dict[str, Any]:
            nonlocal sent_body
            if sent_body:
                return {"type": "http.disconnect"}
            sent_body = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            got.append(message)

        await self.app(scope, receive, send)
        raw = [(k.decode(), v.decode()) for k, v in got[0]["headers"]]
        self._keep([v for k, v in raw if k == "set-cookie"])
        data = b"".join(m.get("body", b"") for m in got[1:])
        return Answer(got[0]["status"], dict(raw), data)

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    async def get(self, url: str) -> Answer:
        return await self.ask("GET", url)

    async def post(self, url: str, **form: str) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return await self.ask("POST", url, urlencode(form).encode(), kind)

    async def put(self, url: str, value: Any) -> Answer:
        return await self.ask(
            "PUT", url, json.dumps(value).encode(), {"content-type": "application/json"}
        )

    async def send(self, method: str, url: str, value: Any = None) -> Any:
        """A call of a JSON API: the answer's value."""
        kind = {"content-type": "application/json"}
        return (await self.ask(method, url, json.dumps(value).encode(), kind)).json


@pytest.fixture
def browse() -> Callable[[Starlette], Visitor]:
    """Makes visitors of an application, each with cookies of its own."""
    return Visitor


@pytest.fixture
def controls() -> Controls:
    return Controls()
