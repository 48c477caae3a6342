"""A cloud model over the OpenAI protocol: any endpoint that speaks it, by its base URL."""

from __future__ import annotations

import time
from contextlib import suppress

from pydantic import BaseModel, Field, ValidationError

from ...snapshot.observe import Observation
from ..config import CloudConfig
from ..errors import BadPlan, CloudUnavailable, PlannerError
from ..prompts import prompt
from ..question import Candidate, Decision, Question
from ..steps import Plan, Usage, plan_from_json
from .base import CloudModel
from .openai_client import OpenAIClient

_PAGE_CHARS = 6000
"""About 1500 tokens of page text go into a prompt."""

_SHOWN = 200
"""Elements of a question that are sent at most."""


def cloud_from(config: CloudConfig) -> CloudModel | None:
    """The client for a configuration; None when it names no endpoint."""
    return OpenAICloud(config) if config.configured else None


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

    async def plan(self, goal: str, observation: Observation | None) -> Plan:
        """Steps for a goal; an answer that is no plan is sent back once for repair.

        Raises CloudUnavailable, CloudRefused, BadPlan.
        """
        started = time.perf_counter()
        messages = [_system("plan.v1"), _user(f"Goal: {goal}\n{_page(observation)}")]
        text, usage = await self._ask(messages)
        try:
            return plan_from_json(text, seconds=time.perf_counter() - started, usage=usage)
        except BadPlan as wrong:
            messages += [
                {"role": "assistant", "content": text[:4000]},
                _user(f"{wrong.message} Answer with the corrected JSON object only."),
            ]
        text, more = await self._ask(messages)
        return plan_from_json(text, seconds=time.perf_counter() - started, usage=usage + more)

    async def choose(self, question: Question) -> Decision:
        """The candidate that is meant. Raises CloudUnavailable, CloudRefused."""
        started = time.perf_counter()
        text, _ = await self._ask(_choice(question), max_tokens=60)
        choice = _chosen(text, question)
        seconds = time.perf_counter() - started
        return Decision(
            choice.ref, choice.probability, "cloud", seconds, (), "the cloud model chose"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(
        self, messages: list[dict[str, str]], *, max_tokens: int | None = None
    ) -> tuple[str, Usage]:
        """One call with the client's own retries. Raises CloudUnavailable, CloudRefused."""
        answer = await self._client.ask(messages, max_tokens=max_tokens or self._config.max_tokens)
        used = answer.usage
        usage = Usage(used.prompt_tokens or 0, used.completion_tokens or 0) if used else Usage()
        return answer.choices[0].message.content or "", usage


def _choice(question: Question) -> list[dict[str, str]]:
    """The messages for a choice: about elements by themselves, about a page with its text."""
    lines = "\n".join(_line(c) for c in question.candidates[:_SHOWN])
    if question.kind in ("element", "option"):
        asked = f"Instruction: {question.action} {question.instruction} {question.value}".strip()
        return [_system("choose.v1"), _user(f"{asked}\n{_fence(lines)}")]
    page, change = question.page, question.change
    told = [page.url, page.title, *page.lines]
    if question.kind == "done":
        before = set(change.before.lines) if change.before is not None else set()
        told = [page.url, page.title, *(line for line in page.lines if line not in before)]
        told.append(f"(new since {change.action} {change.value}; HTTP {change.status or 200})")
    about = "\n".join(told)[:_PAGE_CHARS]
    verb = "Did this step succeed" if question.kind == "done" else "Question"
    asked = f"{verb}: {question.instruction}"
    return [_system("answer.v1"), _user(f"{asked}\n{_fence(about)}\nAnswers:\n{_fence(lines)}")]


def _system(name: str) -> dict[str, str]:
    return {"role": "system", "content": prompt(name)}


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _fence(text: str) -> str:
    """Page text between marks that it cannot contain itself."""
    inner = text.replace("<page>", "<page >").replace("</page>", "</page >")
    return f"<page>\n{inner}\n</page>"


def _page(observation: Observation | None) -> str:
    if observation is None:
        return ""
    head = f"{observation.url}\n{observation.title}"
    return _fence(f"{head}\n{observation.text[:_PAGE_CHARS]}")


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


__all__ = ["OpenAICloud", "PlannerError", "cloud_from"]
