"""What a goal is, before anything is done about it: the router's first question. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .instructions import NotExplicit, parse
from .safety import refusal
from .slips import mended
from .steps import Step, Verb

GoalKind = Literal["unsafe", "trivial", "instructions", "question", "open"]

_ONE_STEP = frozenset(
    {
        *(Verb.OPEN, Verb.CLICK, Verb.FILL, Verb.BACK, Verb.FORWARD, Verb.PRESS),
        *(Verb.SCROLL, Verb.HOVER, Verb.DISMISS, Verb.CHECK, Verb.UNCHECK),
    }
)
_ASKS = re.compile(
    r"(?:.*[,.:;] *|.*\b(?:tell me|find out|to know|know|wonder(?:ing)?|wonder if|telling me) )?"
    r"(?:and |so |but )?(?:on |in |at |since |for |to |from )?"
    r"(?:what|wh?at|waht|wat|which|who|whom|whose|where|when|why|how)(?:\W?s|\W?re)?\b(?! about).*",
    re.IGNORECASE | re.DOTALL,
)
_NOUN_ASKED = re.compile(
    r"(?:(?:the|my|your) )?(?:price|cost|total|phone(?: number)?|telephone(?: number)?|e?-?mail"
    r"(?: address)?|address|status|stock|opening (?:hours|times)|rating|number)"
    r" (?:of|for|from|at) .+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GoalRoute:
    """What a goal is, why, and its steps if it spells them out."""

    kind: GoalKind
    why: str
    steps: tuple[Step, ...] = ()


def goal_route(goal: str, *, url: str = "") -> GoalRoute:
    """Take a goal for what it is. Never raises; linear in its length.

    `unsafe` is refused. `trivial` is one step, `instructions` are several, both without a model.
    A `question` is answered from a page, from the one in view if that says it. Everything else is
    `open` and needs a plan. Slips in command words are mended first.
    """
    harm = refusal(goal)
    if harm:
        return GoalRoute("unsafe", harm)
    steps = parse(mended(goal), url=url)
    if isinstance(steps, NotExplicit):
        kind: GoalKind = "question" if _asks(goal) else "open"
        return GoalRoute(kind, f"at '{steps.at}': {steps.reason}")
    if all(step.verb is Verb.READ for step in steps):
        return GoalRoute("question", "it wants to know something", steps)
    if len(steps) == 1 and steps[0].verb in _ONE_STEP:
        return GoalRoute("trivial", "it is one step", steps)
    return GoalRoute("instructions", "it spells out its steps", steps)


def _asks(goal: str) -> bool:
    text = " ".join(goal.split()).strip()
    ends = text.rstrip(" !.").endswith("?")
    plain = text.rstrip(" ?!.")
    if _DEED.search(plain):
        return False
    return bool(_NOUN_ASKED.fullmatch(plain)) or (
        bool(_ASKS.fullmatch(plain)) and (ends or not _DOES.search(plain))
    )


_DEED = re.compile(
    r"\b(?:could|can|would|will) you (?:please |kindly )?(?!tell|say|find out|let|explain|show|mind"
    r"|be )\w+",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"\b(?:add|buy|order|open|click|put|write|send|delete|assign|set|change|book|register|sign|go"
    r"|get rid|reject|accept|search)\b",
    re.IGNORECASE,
)
