"""A cloud model over the OpenAI protocol: any endpoint that speaks it, by its base URL."""

from __future__ import annotations

import time
from contextlib import aclosing, suppress

from pydantic import BaseModel, Field, ValidationError

from ..config import CloudConfig
from ..errors import CloudUnavailable
from ..prompting import Message, PlanRequest, fenced, plan_messages
from ..prompts import prompt
from ..question import Candidate, Decision, Question
from ..stream import Pieces
from .base import CloudModel
from .chain import CloudChain
from .openai_client import OpenAIClient

_SHOWN = 200
"""Elements of a question that are sent at most."""


def cloud_from(config: CloudConfig) -> CloudModel | None:
    """The model of a configuration; None when it names no endpoint."""
    if not config.configured:
        return None
    models = [OpenAICloud(each) for each in config.endpoints]
    return CloudChain(models, first_s=config.first_token_s)


class _Choice(BaseModel):
    ref: str | None = None
    probability: float = Field(default=0.7, ge=0, le=1)


class OpenAICloud:
    """Plans and chooses through ``chat.completions``. The client is made at the first call."""

    def __init__(self, config: CloudConfig) -> None:
        self._config = config
        self._client = OpenAIClient(config)

    def __repr__(self) -> str:
        return f"OpenAICloud({self._config.base_url!r}, {self._config.model!r})"

    @property
    def identity(self) -> str:
        """Its address and name; the protocol tells nothing else."""
        return f"{self._config.base_url} {self._config.model}"

    async def warm_up(self) -> None:
        """Load the SDK before it is needed. A wrong address is told when it is."""
        with suppress(CloudUnavailable):
            await self._client.warm_up()

    async def stream(self, request: PlanRequest) -> Pieces:
        """The text of a plan as it comes, and what it cost.

        Raises CloudUnavailable, CloudRefused.
        """
        pieces = self._client.stream(plan_messages(request), max_tokens=self._config.max_tokens)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def choose(self, question: Question) -> Decision:
        """The element that is meant. Raises CloudUnavailable, CloudRefused."""
        started = time.perf_counter()
        lines = "\n".join(_line(c) for c in question.candidates[:_SHOWN])
        asked = f"Instruction: {question.action} {question.instruction} {question.value}".strip()
        text = await self._ask(
            [_system("choose.v1"), _user(f"{asked}\n{fenced(lines)}")], max_tokens=60
        )
        choice = _chosen(text, question)
        seconds = time.perf_counter() - started
        return Decision(
            choice.ref, choice.probability, "cloud", seconds, (), "the cloud model chose"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, messages: list[Message], *, max_tokens: int) -> str:
        """One call with the client's own retries. Raises CloudUnavailable, CloudRefused."""
        answer = await self._client.ask(messages, max_tokens=max_tokens)
        return answer.choices[0].message.content or ""


def _system(name: str) -> Message:
    return {"role": "system", "content": prompt(name)}


def _user(text: str) -> Message:
    return {"role": "user", "content": text}


def _line(candidate: Candidate) -> str:
    more = " | ".join(p for p in (candidate.hint, candidate.context, *candidate.options[:8]) if p)
    return f'{candidate.ref} {candidate.role} "{candidate.name[:80]}" {more[:80]}'.rstrip()


def _chosen(text: str, question: Question) -> _Choice:
    """The choice in an answer; what names no element of the page is no answer."""
    start, end = text.find("{"), text.rfind("}")
    try:
        choice = _Choice.model_validate_json(text[start : end + 1])
    except ValidationError as error:
        raise CloudUnavailable("The cloud model did not answer with a choice.") from error
    refs = {c.ref for c in question.candidates}
    if choice.ref is not None and choice.ref not in refs:
        raise CloudUnavailable("The cloud model chose an element that is not on the page.")
    return choice
