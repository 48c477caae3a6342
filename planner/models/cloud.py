"""A cloud model over the OpenAI protocol: any endpoint that speaks it, by its base URL."""

from __future__ import annotations

import json
import time
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from ...snapshot.observe import Observation
from ..config import CloudConfig
from ..errors import BadPlan, CloudError, CloudRefused, CloudUnavailable, PlannerError
from ..prompts import prompt
from ..question import Candidate, Decision, Question
from ..steps import Plan, Usage, plan_from_json
from .base import CloudModel

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
        self._made: Any = None

    def __repr__(self) -> str:
        return f"OpenAICloud({self._config.base_url!r}, {self._config.model!r})"

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
        """The element that is meant. Raises CloudUnavailable, CloudRefused."""
        started = time.perf_counter()
        lines = "\n".join(_line(c) for c in question.candidates[:_SHOWN])
        asked = f"Instruction: {question.action} {question.instruction} {question.value}".strip()
        text, _ = await self._ask(
            [_system("choose.v1"), _user(f"{asked}\n{_fence(lines)}")], max_tokens=60
        )
        choice = _chosen(text, question)
        seconds = time.perf_counter() - started
        return Decision(
            choice.ref, choice.probability, "cloud", seconds, (), "the cloud model chose"
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def _ask(
        self, messages: list[dict[str, str]], *, max_tokens: int | None = None
    ) -> tuple[str, Usage]:
        """One call with the client's own retries. Raises CloudUnavailable, CloudRefused."""
        import openai

        try:
            answer = await self._client().chat.completions.create(
                model=self._config.model,
                messages=messages,
                temperature=0,
                max_tokens=max_tokens or self._config.max_tokens,
            )
        except openai.OpenAIError as error:
            raise self._translated(error) from error
        except json.JSONDecodeError as error:
            raise self._down("answered something that is not JSON") from error
        return self._text(answer)

    def _client(self) -> Any:
        """The SDK's client. Its read time-out is 600 s unless it is set."""
        if self._made is None:
            import openai

            limits = openai.Timeout(self._config.timeout_s, connect=self._config.connect_s)
            self._made = openai.AsyncOpenAI(
                base_url=self._config.base_url,
                api_key=self._config.api_key or "none",
                timeout=limits,
                max_retries=self._config.retries,
            )
        return self._made

    def _text(self, answer: Any) -> tuple[str, Usage]:
        choices = getattr(answer, "choices", None)
        if not choices:
            raise self._down("answered without a choice")
        used = answer.usage
        usage = Usage(used.prompt_tokens or 0, used.completion_tokens or 0) if used else Usage()
        return choices[0].message.content or "", usage

    def _down(self, what: str) -> CloudUnavailable:
        return CloudUnavailable(
            f"The cloud model at {self._config.base_url} {what}.",
            "Check ABOS_CLOUD_BASE_URL, or spell out the steps.",
        )

    def _translated(self, error: Exception) -> CloudError:
        """The SDK's errors in our words; nothing of the request (and its key) is repeated."""
        import openai

        if isinstance(error, openai.APITimeoutError):
            return self._down(f"did not answer within {self._config.timeout_s:g} s")
        if isinstance(error, openai.APIConnectionError):
            return self._down("cannot be reached")
        status = getattr(error, "status_code", None)
        if isinstance(error, openai.APIStatusError) and status in (400, 401, 403, 404, 422):
            return CloudRefused(
                f"The cloud model at {self._config.base_url} refused the request ({status}).",
                "Check ABOS_CLOUD_API_KEY and ABOS_CLOUD_MODEL.",
            )
        return self._down(f"failed ({status or type(error).__name__})")


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
