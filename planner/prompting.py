"""What a planning model is told: parts in an order that keeps the beginning the same. Pure.

The system text never changes within a version, the page stands before what changes from try to try:
so a provider's prompt cache, and llama.cpp's, find a common prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..snapshot.observe import Observation
from .prompts import prompt

PLAN_PROMPT = "plan.v2"
_PAGE_CHARS = 6000
"""About 1500 tokens of page text go into a prompt."""
_MOST_DONE = 40
_MOST_SAID = 300

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A goal, and all that may help to plan it."""

    goal: str
    observation: Observation | None = None
    done: tuple[str, ...] = ()
    """Steps that were carried out already, in words."""
    failed: str = ""
    """The step after them, and why it could not be done."""
    context: tuple[tuple[str, str], ...] = ()
    """More, by the name of where it comes from."""
    wrong: str = ""
    """What was wrong with the answer before."""

    elsewhere: bool = False
    """Not to be asked of the model that answered last."""

    def corrected(self, wrong: str) -> PlanRequest:
        """The same, asked again."""
        return replace(self, wrong=wrong)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a prompt, and what it is for."""

    name: str
    text: str


def plan_parts(request: PlanRequest) -> tuple[Part, ...]:
    """The parts of a prompt, the steadiest first. The first one is the system message."""
    return (Part("system", prompt(PLAN_PROMPT)), *_asked(request))


def messages_of(parts: Sequence[Part]) -> list[Message]:
    """The parts of a prompt as messages: the first is the system's, the rest one."""
    system, *rest = parts
    return [
        {"role": "system", "content": system.text},
        {"role": "user", "content": "\n".join(part.text for part in rest)},
    ]


def fenced(text: str) -> str:
    """Page text between marks that it cannot contain itself."""
    inner = text.replace("<page>", "<page >").replace("</page>", "</page >")
    return f"<page>\n{inner}\n</page>"


def _asked(request: PlanRequest) -> Iterator[Part]:
    for name, text in request.context:
        yield Part(name, f"{name}: {text}")
    if request.observation is not None:
        view = request.observation
        yield Part("page", fenced(f"{view.url}\n{view.title}\n{view.text[:_PAGE_CHARS]}"))
    yield Part("goal", f"Goal: {request.goal}")
    if request.done:
        yield Part("history", f"Done already: {'; '.join(request.done[-_MOST_DONE:])}")
    if request.failed:
        yield Part("history", f"Then failed: {request.failed[:_MOST_SAID]}. Plan the rest anew.")
    if request.wrong:
        yield Part("history", f"Your last answer was wrong: {request.wrong[:_MOST_SAID]}")
