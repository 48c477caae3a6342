"""The local tier: the small model says which of two elements the words rather mean.

The score is the likelihood of the candidate after the instruction, minus the same after an empty
one: else the commoner name would win. Untaught, the model is right in about 60 % of such cases,
and the probability it may state is bounded accordingly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .models.base import LocalModel
from .question import Candidate, Decision, Question

_TRUST = 0.75
"""Upper bound of what an untaught model's preference is worth."""

_PROMPT = "A web page has these parts. To {words}, one uses the"
_NULL = "A web page has these parts. One uses the"


async def break_tie(
    question: Question,
    pair: tuple[str, str],
    ranked: Decision,
    model: LocalModel,
    deadline_s: float,
) -> Decision:
    """A decision between the two candidates that the ranker could not tell apart.

    Raises ModelError when the model cannot answer before ``deadline_s``.
    """
    two = [c for ref in pair for c in question.candidates if c.ref == ref]
    names = [_describe(c) for c in two]
    told = await model.score(_PROMPT.format(words=_brief(question)), names, deadline_s)
    blind = await model.score(_NULL, names, deadline_s)
    gains = [t - b for t, b in zip(told, blind, strict=True)]
    winner, share = _weigh(gains)
    mass = sum(p for _, p in ranked.evidence[:2])
    evidence = tuple((c.ref, round(g, 3)) for c, g in zip(two, gains, strict=True))
    reason = "the local model broke a tie"
    return Decision(two[winner].ref, mass * share, "local", 0.0, evidence, reason)


def _brief(question: Question) -> str:
    words = question.instruction or question.value
    return f"{question.action or 'use'} {words}"[:200]


def _describe(candidate: Candidate) -> str:
    around = f" in {candidate.context}" if candidate.context else ""
    return f' {candidate.role} "{(candidate.name or candidate.hint)[:60]}"{around[:40]}'


def _weigh(gains: Sequence[float]) -> tuple[int, float]:
    """(winner, how much to trust it): a logistic of the difference, bounded."""
    winner = 0 if gains[0] >= gains[1] else 1
    share = 1 / (1 + math.exp(-min(20.0, abs(gains[0] - gains[1]))))
    return winner, min(_TRUST, share)
