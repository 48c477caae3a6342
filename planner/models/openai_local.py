"""The local tier over any server that speaks the OpenAI protocol, chosen by letter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from ..config import CloudConfig, LocalConfig
from ..errors import CloudError, ModelBusy, ModelUnavailable
from . import lettered
from .base import Load, ModelInfo
from .openai_client import OpenAIClient
from .worker import Pace


class OpenAILocal:
    """A model near by: the client is the cloud's, with other limits and no second attempts."""

    def __init__(self, config: LocalConfig) -> None:
        self._config = config
        limits = CloudConfig(
            config.base_url, config.model, config.api_key, timeout_s=config.load_s, retries=0
        )
        self._client = OpenAIClient(limits, config.queue)
        self._busy = 0
        self._pace = Pace()

    @property
    def info(self) -> ModelInfo:
        """Its name and address; the protocol tells nothing else."""
        identity = f"{self._config.base_url} {self._config.model}"
        return ModelInfo(self._config.model, self._config.base_url, identity=identity)

    @property
    def load(self) -> Load:
        """Calls under way, and when a further one may be answered."""
        return Load(self._busy, self._pace.expected(time.monotonic()))

    async def warm_up(self) -> None:
        """Make the client; the protocol knows no loading. Raises ModelUnavailable."""
        try:
            await self._client.warm_up()
        except CloudError as error:
            raise ModelUnavailable(error.message, "Check ABOS_LOCAL_BASE_URL.") from error

    async def weigh(self, wanted: str, options: Sequence[str], deadline_s: float) -> list[float]:
        """Log-likelihoods of the options' letters, the options asked in both orders.

        Raises ModelBusy, ModelUnavailable.
        """
        if self._busy >= self._config.queue:
            raise ModelBusy(f"{self._busy} calls are waiting for the local model already.")
        self._busy += 1
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, deadline_s)):
                there, back = await asyncio.gather(
                    self._ask(wanted, tuple(options)), self._ask(wanted, tuple(reversed(options)))
                )
        except TimeoutError as error:
            raise ModelBusy(f"The local model did not answer within {deadline_s:g} s.") from error
        except CloudError as error:
            raise ModelUnavailable(error.message, "Check ABOS_LOCAL_BASE_URL.") from error
        finally:
            self._busy -= 1
            self._pace = self._pace.after(time.monotonic() - started, time.monotonic())
        return lettered.both_ways(there, back)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, wanted: str, options: tuple[str, ...]) -> list[float]:
        messages = [
            {"role": "system", "content": lettered.SYSTEM},
            {"role": "user", "content": lettered.question(wanted, options)},
        ]
        answer = await self._client.ask(
            messages, max_tokens=1, logprobs=True, top_logprobs=lettered.MOST
        )
        choice = answer.choices[0]
        listed = _first_place(choice)
        if listed:
            return lettered.weights(options, listed)
        return lettered.said(options, choice.message.content or "")


def _first_place(choice: Any) -> dict[str, float]:
    """Tokens and likelihoods at the first place; empty when the server tells none."""
    try:
        place = choice.logprobs.content[0]
        return {str(each.token): float(each.logprob) for each in (place, *place.top_logprobs)}
    except (AttributeError, IndexError, TypeError, ValueError):
        return {}
