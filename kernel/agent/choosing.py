"""Finding the element that words mean, with patience for pages that are still filling up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...planner import Decision
from ...snapshot import Observation
from ..errors import CannotDecide
from ..task import By

if TYPE_CHECKING:
    from .agent import Agent

_TRIES = 3
_PATIENCE_S = 2.0
"""How long a page may take to show what was not there at first, each time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An element to act on, in words, and who chose it."""

    ref: str = ""
    what: str = ""
    """`button "Add to cart"`."""
    tag: str = ""
    by: By = ""
    probability: float = 1.0
    seconds: float = 0.0


async def choose(agent: Agent, target: str, kind: str, *, irreversible: bool = False) -> Choice:
    """Let the kernel decide; when no tier is sure, wait for the page to change and ask again."""
    for attempt in range(_TRIES):
        try:
            decision = await agent.sys.decide(target, kind, irreversible=irreversible)
            return _choice(decision, await agent.sys.observe(1))
        except CannotDecide:
            if attempt + 1 == _TRIES or not await agent.changes(_PATIENCE_S):
                raise
    raise AssertionError("unreachable")


def chosen(view: Observation, ref: str, by: By) -> Choice:
    """A choice that needed no decision, such as a field whose label is the datum's name."""
    return _described(view, ref, by)


def _choice(decision: Decision, view: Observation) -> Choice:
    ref = decision.ref or ""
    return _described(view, ref, decision.by, decision.probability, decision.seconds)


def _described(
    view: Observation, ref: str, by: By, probability: float = 1.0, seconds: float = 0.0
) -> Choice:
    for element in view.elements:
        if element.ref == ref:
            what = f'{element.role} "{element.name or element.hint}"'
            return Choice(ref, what, element.tag, by, probability, seconds)
    return Choice(ref, ref, "", by, probability, seconds)
