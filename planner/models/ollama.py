"""The Ollama backend, over its own HTTP API.

What it can't do: tell how likely a given text is. It lists the likeliest tokens at the place where
it writes (``logprobs``, ``top_logprobs`` of at most 20; since version 0.12.11), so an element is
chosen by letter. An older server tells the letter alone, and the answer counts little.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Any

from ..config import LocalConfig
from ..errors import ModelBusy, ModelMissing, ModelUnavailable
from . import lettered
from .base import Load, ModelInfo
from .web import Web
from .worker import Pace

DEFAULT_URL = "http://127.0.0.1:11434"
_TELLS_LIKELIHOODS = (0, 12, 11)
_TRUE_LIKELIHOODS = {"temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0, "seed": 0}
"""Nothing is cut off or sharpened before the likelihoods are told; which token was drawn then
does not matter."""


class OllamaModel:
    """A model that an Ollama server has. Asked from one event loop."""

    def __init__(self, config: LocalConfig) -> None:
        self._config = config
        self._web = Web(config.base_url or DEFAULT_URL, config.queue)
        self._info = ModelInfo(config.model)
        self._tells = False
        self._known: asyncio.Task[None] | None = None
        self._busy = 0
        self._pace = Pace()

    @property
    def info(self) -> ModelInfo:
        """Name and size; the identity is the digest that the server tells."""
        return self._info

    @property
    def load(self) -> Load:
        """Calls under way; the server takes them one after another."""
        expected = self._pace.expected(time.monotonic())
        return Load(self._busy, (self._busy + 1) * expected)

    async def warm_up(self) -> None:
        """Ask what the server is and has, and have it load the model. Raises ModelError."""
        started = time.perf_counter()
        async with _within(self._config.load_s, "was not ready"):
            await self._look()
            await self._post({"keep_alive": self._keep, "stream": False})
        self._info = ModelInfo(
            self._info.name,
            self._web.url,
            self._info.bytes,
            time.perf_counter() - started,
            0.0,
            self._info.identity,
        )

    async def weigh(self, wanted: str, options: Sequence[str], deadline_s: float) -> list[float]:
        """Log-likelihoods of the options' letters, the options asked in both orders.

        Raises ModelBusy, ModelMissing, ModelUnavailable.
        """
        if self._busy >= self._config.queue:
            raise ModelBusy(f"{self._busy} calls are waiting for the Ollama server already.")
        self._busy += 1
        started = time.monotonic()
        try:
            async with _within(deadline_s, "did not answer"):
                await self._look()
                there, back = await asyncio.gather(
                    self._ask(wanted, tuple(options)), self._ask(wanted, tuple(reversed(options)))
                )
        finally:
            self._busy -= 1
            self._pace = self._pace.after(time.monotonic() - started, time.monotonic())
        return lettered.both_ways(there, back)

    async def close(self) -> None:
        """Close the connections. The server keeps the model as long as it was told to."""
        if self._known is not None:
            self._known.cancel()
            await asyncio.gather(self._known, return_exceptions=True)
        await self._web.close()

    @property
    def _keep(self) -> str:
        """As Ollama writes durations; a negative one is for ever."""
        return f"{self._config.keep_s:.0f}s" if self._config.keep_s > 0 else "-1s"

    async def _look(self) -> None:
        """Once, what the server tells of itself; all callers wait for the same answer."""
        failed = self._known is not None and self._known.done() and bool(self._known.exception())
        if self._known is None or failed:
            self._known = asyncio.ensure_future(self._find())
            self._known.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._known)

    async def _find(self) -> None:
        async with _within(self._config.load_s, "did not answer"):
            version, tags = await asyncio.gather(
                self._web.get("/api/version"), self._web.get("/api/tags")
            )
        self._tells = _numbers(version) >= _TELLS_LIKELIHOODS
        listed = tags.get("models")
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        found = next((row for row in rows if _is(row, self._config.model)), None)
        if found is None:
            raise ModelMissing(
                f"The Ollama server at {self._web.url} has no model {self._config.model}.",
                f"Get it with: ollama pull {self._config.model}",
            )
        size = found.get("size")
        self._info = ModelInfo(
            self._config.model,
            self._web.url,
            size if isinstance(size, int) else 0,
            identity=str(found.get("digest", ""))[:64] or self._config.model,
        )

    async def _ask(self, wanted: str, options: tuple[str, ...]) -> list[float]:
        answer = await self._post(
            {
                "system": lettered.SYSTEM,
                "prompt": lettered.question(wanted, options),
                "stream": False,
                "think": False,
                "keep_alive": self._keep,
                **self._settings(),
            }
        )
        if self._tells:
            return lettered.weights(options, _first_place(answer))
        return lettered.said(options, _text(answer))

    def _settings(self) -> dict[str, Any]:
        if self._tells:
            options = {"num_predict": 1, **_TRUE_LIKELIHOODS}
            return {"logprobs": True, "top_logprobs": lettered.MOST, "options": options}
        return {"options": {"num_predict": 2, "temperature": 0, "seed": 0}}

    async def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        return await self._web.post("/api/generate", {"model": self._config.model, **body})


class _within:  # noqa: N801  reads as a word
    """A deadline whose end is a ModelBusy."""

    def __init__(self, seconds: float, what: str) -> None:
        self._limit = asyncio.timeout(max(0.0, seconds))
        self._told = f"The Ollama server {what} within {seconds:g} s."

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._limit.__aexit__(*error)
        except TimeoutError as late:
            raise ModelBusy(self._told) from late


def _is(row: dict[str, Any], model: str) -> bool:
    """A name without a tag means the latest."""
    whole = model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"
    return whole in (row.get("name"), row.get("model"))


def _numbers(version: dict[str, Any]) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", str(version.get("version", "")))
    if found is None:
        raise ModelUnavailable("What answers there is no Ollama server: it tells no version.")
    return tuple(map(int, found.groups()))


def _first_place(answer: dict[str, Any]) -> dict[str, float]:
    """Tokens and their likelihoods where the first token was written."""
    try:
        place = answer["logprobs"][0]
        rows = [place, *place.get("top_logprobs", [])]
        return {str(row["token"]): float(row["logprob"]) for row in rows}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnavailable("The Ollama server did not tell likelihoods.") from error


def _text(answer: dict[str, Any]) -> str:
    text = answer.get("response")
    if not isinstance(text, str):
        raise ModelUnavailable("The Ollama server answered without a response.")
    return text
