"""A cloud model over the OpenAI protocol: any endpoint that speaks it, by its base URL."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress

from pydantic import BaseModel, Field, ValidationError

from ...snapshot.lines import estimate_tokens
from ..config import CloudConfig
from ..errors import CloudUnavailable
from ..ledger import CloudCall
from ..prompting import Message, Part, PlanRequest, fenced, messages_of, plan_parts
from ..prompts import prompt
from ..question import Candidate, Decision, Question
from ..spending import Spending, price
from ..steps import Usage
from ..stream import Piece, Pieces
from .base import CloudModel
from .chain import CloudChain
from .openai_client import OpenAIClient, usage_of

_CHOICE_TOKENS = 60
_PAGE_CHARS = 6000
"""About 1500 tokens of page text go into a question about it."""
_SHOWN = 200
"""Elements of a question that are sent at most."""


def cloud_from(config: CloudConfig, spending: Spending | None = None) -> CloudModel | None:
    """The model of a configuration; None when it names no endpoint."""
    if not config.configured:
        return None
    models = [OpenAICloud(each, spending) for each in config.endpoints]
    return CloudChain(models, first_s=config.first_token_s)


class _Choice(BaseModel):
    ref: str | None = None
    probability: float = Field(default=0.7, ge=0, le=1)


class OpenAICloud:
    """Plans and chooses through ``chat.completions``. The client is made at the first call."""

    def __init__(self, config: CloudConfig, spending: Spending | None = None) -> None:
        self._config = config
        self._client = OpenAIClient(config)
        self._spending = spending or Spending(config)

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

        Raises CloudUnavailable, CloudRefused, CostReached.
        """
        if request.elsewhere:
            raise CloudUnavailable("There is no other cloud endpoint.")
        parts, most = plan_parts(request), self._config.max_tokens
        async with self._metered("plan", parts, most) as meter:
            pieces = self._client.stream(messages_of(parts), max_tokens=most)
            async with aclosing(pieces):
                async for piece in pieces:
                    meter.add(piece)
                    yield piece

    async def choose(self, question: Question) -> Decision:
        """The candidate that is meant. Raises CloudUnavailable, CloudRefused, CostReached."""
        started = time.perf_counter()
        parts = _choice_parts(question)
        async with self._metered("choose", parts, _CHOICE_TOKENS) as meter:
            text = await self._ask(messages_of(parts), meter)
        choice = _chosen(text, question)
        seconds = time.perf_counter() - started
        return Decision(
            choice.ref, choice.probability, "cloud", seconds, (), "the cloud model chose"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, messages: list[Message], meter: Meter) -> str:
        """One call with the client's own retries. Raises CloudUnavailable, CloudRefused."""
        answer = await self._client.ask(messages, max_tokens=_CHOICE_TOKENS)
        text = answer.choices[0].message.content or ""
        meter.add(text)
        meter.add(usage_of(answer))
        return text

    @asynccontextmanager
    async def _metered(
        self, purpose: str, parts: Sequence[Part], most: int
    ) -> AsyncGenerator[Meter, None]:
        """Around a call: it is checked before, charged and written down after."""
        meter = Meter(parts)
        await self._spending.check(price(self._config, Usage(meter.asked, most)))
        at, started = self._spending.now(), time.perf_counter()
        try:
            yield meter
        finally:
            usage = meter.usage
            if usage != Usage():
                cost = price(self._config, usage)
                seconds = time.perf_counter() - started
                call = CloudCall(at, purpose, self._config.model, meter.parts, usage, cost, seconds)
                self._spending.charge(call)
                await self._spending.write(call)


class Meter:
    """Counts what one call costs. What is broken off is paid for all the same: it is estimated."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts: dict[str, int] = {}
        for part in parts:
            tokens = estimate_tokens(part.text)
            self.parts[part.name] = self.parts.get(part.name, 0) + tokens
        self._told = Usage()
        self._said = 0

    @property
    def asked(self) -> int:
        """Estimated tokens of the prompt."""
        return sum(self.parts.values())

    def add(self, piece: Piece) -> None:
        """A piece of the answer."""
        if isinstance(piece, Usage):
            self._told += piece
        else:
            self._said += estimate_tokens(piece)

    @property
    def usage(self) -> Usage:
        """What the endpoint says, or an estimate; nothing where nothing was answered."""
        if self._told != Usage() or not self._said:
            return self._told
        return Usage(self.asked, self._said)


def _choice_parts(question: Question) -> tuple[Part, ...]:
    """The parts of a choice: about elements by themselves, about a page with its text."""
    lines = "\n".join(_line(c) for c in question.candidates[:_SHOWN])
    if question.kind in ("element", "option"):
        asked = f"Instruction: {question.action} {question.instruction} {question.value}".strip()
        system = Part("system", prompt("choose.v1"))
        return (system, Part("goal", asked), Part("page", fenced(lines)))
    page, change = question.page, question.change
    told = [page.url, page.title, *page.lines]
    if question.kind == "done":
        before = set(change.before.lines) if change.before is not None else set()
        told = [page.url, page.title, *(line for line in page.lines if line not in before)]
        told.append(f"(new since {change.action} {change.value}; HTTP {change.status or 200})")
    about = "\n".join(told)[:_PAGE_CHARS]
    verb = "Did this step succeed" if question.kind == "done" else "Question"
    return (
        Part("system", prompt("answer.v1")),
        Part("goal", f"{verb}: {question.instruction}"),
        Part("page", fenced(about)),
        Part("answers", f"Answers:\n{fenced(lines)}"),
    )


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
