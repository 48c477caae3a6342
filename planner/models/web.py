"""JSON over pooled keep-alive connections to a model server, bounded in size. One place for httpx.

Time is bounded by whoever calls.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from ..errors import ModelMissing, ModelUnavailable

KEEP_ALIVE_S = 300.0
"""Seconds that an idle connection is kept."""
_CONNECT_S = 2.0
_LARGEST = 4 << 20
"""Bytes of an answer."""
_SHOWN = 200


class Web:
    """One server. The client is made at the first call, in a thread: it reads certificates."""

    def __init__(self, url: str, connections: int) -> None:
        self.url = url.rstrip("/")
        self._connections = connections
        self._making: asyncio.Task[Any] | None = None

    async def get(self, path: str) -> dict[str, Any]:
        """The object at a path. Raises ModelUnavailable, ModelMissing."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the server answers to an object. Raises ModelUnavailable, ModelMissing."""
        return await self._ask("POST", path, body)

    async def close(self) -> None:
        """Close the connections."""
        if self._making is not None:
            making, self._making = self._making, None
            with suppress(ModelUnavailable):
                await (await making).aclose()

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        client = await self._client()
        import httpx2

        try:
            async with client.stream(method, path, json=body) as answer:
                status, raw = answer.status_code, await _bounded(answer, self.url)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            what = "cannot be reached" if isinstance(error, httpx2.ConnectError) else "broke off"
            raise self._down(f"{what} ({type(error).__name__})") from error
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise self._down(f"answered something that is not JSON ({status})") from error
        if not isinstance(found, dict):
            raise self._down("answered JSON that is no object")
        if status >= 400 or "error" in found:
            said = " ".join(str(found.get("error", "no reason"))[:_SHOWN].split())
            kind = ModelMissing if status == 404 else ModelUnavailable
            raise kind(f"The model server at {self.url} refused ({status}): {said}.")
        return found

    async def _client(self) -> Any:
        if self._making is None:
            self._making = asyncio.ensure_future(asyncio.to_thread(self._made))
        return await asyncio.shield(self._making)

    def _made(self) -> Any:
        import httpx2

        limits = httpx2.Limits(
            max_connections=self._connections,
            max_keepalive_connections=self._connections,
            keepalive_expiry=KEEP_ALIVE_S,
        )
        times = httpx2.Timeout(None, connect=_CONNECT_S)
        try:
            return httpx2.AsyncClient(base_url=self.url, limits=limits, timeout=times)
        except (httpx2.InvalidURL, ValueError) as error:
            raise self._down("has no address that can be asked") from error

    def _down(self, what: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"The model server at {self.url} {what}.", "Check ABOS_LOCAL_BASE_URL."
        )


async def _bounded(answer: Any, url: str) -> bytes:
    """The body, as long as it is bearable."""
    raw = bytearray()
    async for chunk in answer.aiter_bytes():
        raw += chunk
        if len(raw) > _LARGEST:
            raise ModelUnavailable(f"The model server at {url} answered without an end.")
    return bytes(raw)
