"""The local tier: the small model says which of two elements the words rather mean.

Untaught, the model is right in about 60 % of such cases, and the probability it may state is
bounded accordingly: whatever a page says to it can't make an answer surer than that.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence

from .question import Candidate, Decision, Question

_TRUST = 0.75
"""Upper bound of what an untaught model's preference is worth."""


Weigh = Callable[[str, Sequence[str]], Awaitable[Sequence[float]]]
"""Asks a model what is wanted, and how well each option is that: as ``LocalModel.weigh``."""


async def break_tie(
    question: Question, pair: tuple[str, str], ranked: Decision, weigh: Weigh
) -> Decision:
    """A decision between the two candidates that the ranker could not tell apart.

    Raises what ``weigh`` raises.
    """
    two = [c for ref in pair for c in question.candidates if c.ref == ref]
    gains = await weigh(_brief(question), [_describe(c) for c in two])
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
    return f'{candidate.role} "{(candidate.name or candidate.hint)[:60]}"{around[:40]}'


def _weigh(gains: Sequence[float]) -> tuple[int, float]:
    """(winner, how much to trust it): a logistic of the difference, bounded."""
    winner = 0 if gains[0] >= gains[1] else 1
    share = 1 / (1 + math.exp(-min(20.0, abs(gains[0] - gains[1]))))
    return winner, min(_TRUST, share)
