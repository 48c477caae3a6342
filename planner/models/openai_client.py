"""The OpenAI protocol: one client with pooled connections, its errors in our words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import Any

from ..config import CloudConfig
from ..errors import CloudError, CloudRefused, CloudUnavailable
from ..steps import Usage


class OpenAIClient:
    """Asks an endpoint for chat completions. The SDK is loaded once it is needed, in a thread:
    that takes up to a second, and reads certificates."""

    def __init__(self, config: CloudConfig, connections: int = 20) -> None:
        self._config = config
        self._connections = connections
        self._making: asyncio.Task[Any] | None = None

    async def warm_up(self) -> None:
        """Make the client before it is needed. Raises CloudUnavailable for a wrong address."""
        await self._client()

    async def ask(
        self, messages: list[dict[str, str]], *, max_tokens: int, **settings: object
    ) -> Any:
        """One call with the SDK's own retries; the answer has a choice.

        Raises CloudUnavailable, CloudRefused.
        """
        client = await self._client()
        import openai

        try:
            answer = await client.chat.completions.create(
                model=self._config.model,
                messages=messages,
                temperature=0,
                max_tokens=max_tokens,
                **settings,
            )
        except openai.OpenAIError as error:
            raise self._translated(error) from error
        except json.JSONDecodeError as error:
            raise self.down("answered something that is not JSON") from error
        if not getattr(answer, "choices", None) or not answer.choices[0].message:
            raise self.down("answered without a choice")
        return answer

    async def stream(
        self, messages: list[dict[str, str]], *, max_tokens: int, **settings: object
    ) -> AsyncGenerator[str | Usage, None]:
        """The answer's text as it comes, then what it cost. Raises CloudUnavailable, CloudRefused.

        A server that takes no notice of ``stream`` gives nothing, and is asked again without.
        """
        client = await self._client()
        import httpx2
        import openai

        nothing = True
        try:
            answer = await client.chat.completions.create(
                model=self._config.model,
                messages=messages,
                temperature=0,
                max_tokens=max_tokens,
                stream=True,
                stream_options={"include_usage": True},
                **settings,
            )
            async with answer:
                async for chunk in answer:
                    nothing = False
                    for piece in _pieces(chunk):
                        yield piece
        except openai.OpenAIError as error:
            raise self._translated(error) from error
        except (json.JSONDecodeError, httpx2.HTTPError) as error:
            raise self.down("broke off in the middle of its answer") from error
        if nothing:
            whole = await self.ask(messages, max_tokens=max_tokens, **settings)
            yield whole.choices[0].message.content or ""
            yield usage_of(whole)

    async def close(self) -> None:
        """Close the connections."""
        if self._making is not None:
            making, self._making = self._making, None
            with suppress(CloudError):
                await (await making).close()

    def down(self, what: str) -> CloudUnavailable:
        """The error for an endpoint that is of no use now."""
        return CloudUnavailable(
            f"The cloud model at {self._config.base_url} {what}.",
            "Check ABOS_CLOUD_BASE_URL, or spell out the steps.",
        )

    async def _client(self) -> Any:
        if self._making is None:
            self._making = asyncio.ensure_future(asyncio.to_thread(self._made))
        return await asyncio.shield(self._making)

    def _made(self) -> Any:
        import httpx2
        import openai

        try:
            return self._new()
        except (httpx2.InvalidURL, openai.OpenAIError, ValueError) as error:
            raise self.down("has no address that can be asked") from error

    def _new(self) -> Any:
        """The SDK's client. Its read time-out is 600 s unless it is set, and it closes idle
        connections after 5 s: a new one to a far server costs more than many an answer."""
        import httpx2
        import openai

        config = self._config
        times = openai.Timeout(config.timeout_s, connect=config.connect_s)
        pool = httpx2.Limits(
            max_connections=self._connections,
            max_keepalive_connections=self._connections,
            keepalive_expiry=config.keep_alive_s,
        )
        return openai.AsyncOpenAI(
            base_url=config.base_url,
            api_key=config.api_key or "none",
            timeout=times,
            max_retries=config.retries,
            http_client=openai.DefaultAsyncHttpxClient(
                base_url=config.base_url, limits=pool, timeout=times
            ),
        )

    def _translated(self, error: Exception) -> CloudError:
        """The SDK's errors in our words; nothing of the request (and its key) is repeated."""
        import openai

        if isinstance(error, openai.APITimeoutError):
            return self.down(f"did not answer within {self._config.timeout_s:g} s")
        if isinstance(error, openai.APIConnectionError):
            return self.down("cannot be reached")
        status = getattr(error, "status_code", None)
        if isinstance(error, openai.APIStatusError) and status in (400, 401, 403, 404, 422):
            return CloudRefused(
                f"The cloud model at {self._config.base_url} refused the request ({status}).",
                "Check ABOS_CLOUD_API_KEY and ABOS_CLOUD_MODEL.",
            )
        return CloudUnavailable(
            self.down(f"failed ({status or type(error).__name__})").message,
            "Check ABOS_CLOUD_BASE_URL, or spell out the steps.",
            retry_after_s=_retry_after(error),
        )


def usage_of(answer: Any) -> Usage:
    """What an answer, or the last piece of one, says that it cost."""
    used = getattr(answer, "usage", None)
    return Usage(used.prompt_tokens or 0, used.completion_tokens or 0) if used else Usage()


def _retry_after(error: Exception) -> float | None:
    """Seconds that a refusal asks to wait (RFC 9110, section 10.2.3; dates are not read)."""
    answer = getattr(error, "response", None)
    said = answer.headers.get("retry-after", "") if answer is not None else ""
    return float(said) if said.isascii() and said.isdigit() else None


def _pieces(chunk: Any) -> Iterator[str | Usage]:
    for choice in chunk.choices or ():
        if choice.delta is not None and choice.delta.content:
            yield choice.delta.content
    if getattr(chunk, "usage", None):
        yield usage_of(chunk)
