"""A server that speaks Ollama's HTTP API as its documentation has it, with a mind of word overlap.

Of the API: version, tags, generate with streaming, keep_alive, raw, logprobs (from 0.12.11 on),
loading by an empty prompt, its errors. ``mood`` makes it behave as broken servers do.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "mistral:7b-instruct-q4_K_M"
_MADE = "2026-11-20T10:00:00.000000Z"


class OllamaServer:
    """Answers with the letter of the option that shares most words with what is wanted."""

    def __init__(self, version: str = "0.12.11") -> None:
        self.version = version
        self.mood = ""
        self.prefers = "Yorick"
        """A word that counts more than those that are shared."""
        self.requests: list[dict[str, Any]] = []
        self.connections: set[int] = set()
        self.app = Starlette(
            routes=[
                Route("/api/version", self._version),
                Route("/api/tags", self._tags),
                Route("/api/generate", self._generate, methods=["POST"]),
            ]
        )

    def asked(self) -> list[dict[str, Any]]:
        """The requests that wanted an answer."""
        return [request for request in self.requests if request.get("prompt")]

    async def _version(self, request: Request) -> Response:
        self._note(request)
        return await self._moody() or JSONResponse({"version": self.version})

    async def _tags(self, request: Request) -> Response:
        self._note(request)
        details = {"family": "llama", "parameter_size": "7.2B", "quantization_level": "Q4_K_M"}
        row = {
            "name": MODEL,
            "model": MODEL,
            "modified_at": _MADE,
            "size": 4_372_824_384,
            "digest": "f974a74358d62a017b37c6f424fcdf2744ca02926c4f952513ddf474b2fa5091",
            "details": details,
        }
        return await self._moody() or JSONResponse({"models": [row]})

    async def _generate(self, request: Request) -> Response:
        self._note(request)
        body = json.loads(await request.body())
        self.requests.append(body)
        if (moody := await self._moody()) is not None:
            return moody
        if body["model"] != MODEL:
            return JSONResponse({"error": f"model '{body['model']}' not found"}, 404)
        if not 0 <= body.get("top_logprobs", 0) <= 20:
            return JSONResponse({"error": "top_logprobs must be between 0 and 20"}, 400)
        if not body.get("prompt"):
            return JSONResponse({**_base(), "response": "", "done": True, "done_reason": "load"})
        answer = self._answer(body)
        if body.get("stream", True):
            return StreamingResponse(_lines(answer), media_type="application/x-ndjson")
        return JSONResponse(answer)

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        places = _thought(body["prompt"], self.prefers)
        best = max(places, key=lambda letter: places[letter])
        answer = {
            **_base(),
            "response": best if self.mood != "chatty" else "I would rather talk about cats",
            "done": True,
            "done_reason": "length",
            "total_duration": 9_000_000,
            "load_duration": 1_000_000,
            "prompt_eval_count": 40,
            "prompt_eval_duration": 7_000_000,
            "eval_count": 1,
            "eval_duration": 1_000_000,
        }
        if body.get("logprobs") and self._tells():
            answer["logprobs"] = [_place(places, best, body.get("top_logprobs", 0), self.mood)]
        return answer

    def _tells(self) -> bool:
        return tuple(map(int, self.version.split("."))) >= (0, 12, 11)

    def _note(self, request: Request) -> None:
        assert request.client is not None
        self.connections.add(request.client.port)

    async def _moody(self) -> Response | None:
        match self.mood:
            case "hangs":
                await asyncio.sleep(3600)
            case "garbage":
                return PlainTextResponse("\x00\xff<html>bad gateway</html>")
            case "list":
                return JSONResponse([1, 2, 3])
            case "empty":
                return JSONResponse({})
            case "broken":
                return JSONResponse({"error": "llama runner process has terminated"}, 500)
            case "endless":
                return StreamingResponse(_endless(), media_type="application/json")
            case "nonsense":
                numbers = [{"token": "A", "logprob": "NaN"}]
                return JSONResponse({"version": "1.0.0", "models": 7, "logprobs": numbers})
        return None


def _base() -> dict[str, Any]:
    return {"model": MODEL, "created_at": _MADE}


def _thought(prompt: str, prefers: str) -> dict[str, float]:
    """Log-likelihoods of the letters: those of options with more shared words are higher."""
    wanted = set(re.findall(r"\w+", prompt.split("\n", maxsplit=1)[0].lower()))
    found = re.findall(r"^([A-Z]): (.*)$", prompt, re.MULTILINE)
    shared = {k: 2.0 * len(wanted & set(re.findall(r"\w+", o.lower()))) for k, o in found}
    shared |= {k: shared[k] + 3.0 for k, o in found if prefers in o}
    whole = math.log(sum(math.exp(v) for v in shared.values()))
    return {letter: value - whole for letter, value in shared.items()}


def _place(places: dict[str, float], best: str, count: int, mood: str) -> dict[str, Any]:
    if mood == "chatty":
        places, best = {"I": -0.1, "Well": -2.5}, "I"
    rows = sorted(places.items(), key=lambda row: -row[1])[:count]
    listed = [{"token": f" {k}", "logprob": v, "bytes": [32, ord(k[0])]} for k, v in rows]
    return {"token": best, "logprob": places[best], "bytes": [ord(best)], "top_logprobs": listed}


async def _lines(answer: dict[str, Any]) -> AsyncIterator[str]:
    part = {**_base(), "response": answer["response"], "done": False}
    yield json.dumps(part) + "\n"
    yield json.dumps({**answer, "response": ""}) + "\n"


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"[" * 65536
        await asyncio.sleep(0)
