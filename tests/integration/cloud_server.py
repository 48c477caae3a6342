"""A server of the OpenAI protocol that answers what it was told to, at the pace it was told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from .serving import serving

CHARS_A_TOKEN = 4
Script = Callable[[dict[str, Any]], Any]


@dataclass
class CloudServer:
    """What it is asked, and how it answers.

    An answer is text, a number (the HTTP status of a refusal), or a whole response. `answers` are
    used up in order; behind them, or without them, `script` is asked with the request.
    """

    url: str = ""
    answers: list[Any] = field(default_factory=list)
    script: Script | None = None
    first_s: float = 0.0
    """Until the first token."""
    tokens_s: float = 0.0
    """Tokens a second; 0 = all at once."""
    cut: int = 0
    """Characters after which the connection is cut; 0 = it is not."""
    streams: bool = True
    """False for a server that takes no notice of `stream`."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    finished: int = 0
    """Answers that were streamed to their end."""

    def reset(self) -> None:
        """As it was in the beginning."""
        self.answers, self.requests, self.keys, self.script = [], [], [], None
        self.first_s, self.tokens_s, self.cut, self.streams = 0.0, 0.0, 0, True
        self.finished = 0

    async def complete(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("authorization", ""))
        answer = self.answers.pop(0) if self.answers or not self.script else self.script(body)
        if isinstance(answer, int):
            return JSONResponse({"error": {"message": "no"}}, answer)
        if isinstance(answer, Response):
            return answer
        await asyncio.sleep(self.first_s)
        if body.get("stream") and self.streams:
            return StreamingResponse(self._events(answer), media_type="text/event-stream")
        return JSONResponse(_whole(answer))

    async def _events(self, text: str) -> AsyncIterator[str]:
        """Server-sent events, a token each, paced by the clock and not by how long sleeping takes."""
        loop, cut = asyncio.get_running_loop(), self.cut
        started = loop.time()
        for number, place in enumerate(range(0, len(text), CHARS_A_TOKEN)):
            if self.tokens_s:
                await asyncio.sleep(max(0.0, started + number / self.tokens_s - loop.time()))
            if cut and place >= cut:
                raise ConnectionResetError("cut on purpose")
            yield _event({"content": text[place : place + CHARS_A_TOKEN]})
        yield _event({}, finish="stop")
        yield f"data: {json.dumps({**_HEAD, 'choices': [], 'usage': _usage(text)})}\n\n"
        self.finished += 1
        yield "data: [DONE]\n\n"


_HEAD = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}


def _usage(text: str) -> dict[str, int]:
    out = -(-len(text) // CHARS_A_TOKEN)
    return {"prompt_tokens": 100, "completion_tokens": out, "total_tokens": 100 + out}


def _event(delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({**_HEAD, 'choices': [choice]})}\n\n"


def _whole(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _usage(text)}


@contextmanager
def cloud_server() -> Iterator[CloudServer]:
    """One that is served on loopback while the block runs."""
    server = CloudServer()
    routes = [Route("/v1/chat/completions", server.complete, methods=["POST"])]
    with serving(Starlette(routes=routes)) as url:
        server.url = f"{url}/v1"
        yield server
