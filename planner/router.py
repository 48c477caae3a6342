"""Which tier answers next: a pure function of what was answered, what is there, and the risk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .config import Thresholds
from .question import TIERS, Decision, Question, Tier
from .ranker import harms_unasked
from .steps import IRREVERSIBLE


@dataclass(frozen=True, slots=True)
class Use:
    """Ask this tier."""

    tier: Tier
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    """Act on this decision."""

    decision: Decision
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No tier is left that could answer."""

    reason: str


Route = Use | Accept | GiveUp

CLOUD_COST = 100.0
"""What a call to the cloud is charged to a process, in the units of its budget."""

SHORTLIST = 8
"""Candidates that the local model chooses from."""

_CLOUD_LEAST_S = 0.2
"""Below this a call to the cloud cannot end in time, and is not begun."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a choice of tier hangs on besides the question and the answers so far.

    ``left_s``: seconds until the deadline. ``budget``: what the process may still spend.
    ``local_s``: when the local model may have answered, by its queue and what calls took lately;
    ``local_limit_s``: how long it is waited for; ``taught``: it was taught to choose elements.
    """

    left_s: float = math.inf
    budget: float = math.inf
    local_s: float = 0.0
    local_limit_s: float = math.inf
    taught: bool = False


CALM = Conditions()


def needed(question: Question, thresholds: Thresholds, decision: Decision | None = None) -> float:
    """The least probability for acting: more where the step or the element can't be undone."""
    harms = decision is not None and _harms(question, decision)
    accept, irreversible = thresholds.accept, thresholds.irreversible
    if decision is not None and not decision.measured:
        accept, irreversible = thresholds.stated_accept, thresholds.stated_irreversible
    least = irreversible if question.irreversible else accept
    return max(least, irreversible if harms else 0.0)


def route(
    question: Question,
    decisions: Sequence[Decision],
    asked: frozenset[Tier],
    available: frozenset[Tier],
    thresholds: Thresholds,
    conditions: Conditions = CALM,
) -> Route:
    """What to do next.

    ``decisions`` are the answers so far, ``asked`` the tiers already tried (with or without an
    answer), ``available`` those that can be asked at all.
    """
    for decision in reversed(decisions):
        least = needed(question, thresholds, decision)
        if _answers(question, decision) and decision.probability >= least:
            return Accept(decision, f"{decision.probability:.2f} reaches {least:.2f}")
    for tier in TIERS:
        if tier in available and tier not in asked:
            skip = skipped(tier, question, decisions, thresholds, conditions)
            if not skip:
                return Use(tier, _why(decisions, needed(question, thresholds)))
    return _last_resort(question, decisions, thresholds)


def _answers(question: Question, decision: Decision) -> bool:
    """Whether a decision is an answer at all: "none of these" must be one that is taken, and a
    local tier may not choose harm that nobody asked for, however sure it is."""
    if decision.ref is None:
        return question.or_none
    return decision.by == "cloud" or not _unasked_harm(question, decision)


def _unasked_harm(question: Question, decision: Decision) -> bool:
    chosen = (c for c in question.candidates if c.ref == decision.ref)
    return _presses(question) and any(harms_unasked(c, question) for c in chosen)


def _harms(question: Question, decision: Decision) -> bool:
    """Whether the element says that it cannot be undone: pressing it needs more certainty."""
    names = (c.name for c in question.candidates if c.ref == decision.ref)
    return _presses(question) and any(IRREVERSIBLE.search(name) for name in names)


def _presses(question: Question) -> bool:
    return question.kind == "element" and question.action in ("click", "")


def skipped(
    tier: Tier,
    question: Question,
    decisions: Sequence[Decision],
    thresholds: Thresholds,
    conditions: Conditions = CALM,
) -> str:
    """Why a tier that is there is not asked now; "" when it is to be.

    A local model that was taught to choose is asked whenever the ranker is unsure; any other one
    breaks ties of the ranker, and is not asked anything else, nor for risk.
    """
    if tier == "local":
        return _skipped_local(question, decisions, thresholds, conditions)
    if tier == "cloud":
        return _skipped_cloud(conditions)
    return ""


def _skipped_local(
    question: Question, decisions: Sequence[Decision], thresholds: Thresholds, now: Conditions
) -> str:
    unfit = _unfit_for_taught(question, decisions) if now.taught else ""
    if not now.taught and question.irreversible:
        unfit = "it is not trusted with what can't be undone"
    elif not now.taught and tie(decisions, thresholds) is None:
        unfit = "the ranker left no tie to break"
    if unfit:
        return unfit
    limit = min(now.local_limit_s, now.left_s)
    if now.local_s > limit:
        return f"busy: an answer is expected after {now.local_s:.2f} s, {limit:.2f} s are given"
    return ""


def _unfit_for_taught(question: Question, decisions: Sequence[Decision]) -> str:
    if question.kind != "element":
        return "it was taught to choose elements alone"
    return "" if shortlist(decisions) else "the ranker left nothing to choose from"


def shortlist(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """The refs that the ranker found likeliest, best first."""
    ranked = [d for d in decisions if d.by == "ranker"]
    return tuple(ref for ref, _ in ranked[-1].evidence[:SHORTLIST]) if ranked else ()


def _skipped_cloud(now: Conditions) -> str:
    if now.left_s < _CLOUD_LEAST_S:
        return f"{max(0.0, now.left_s):.2f} s are left, too little for a call"
    if now.budget < CLOUD_COST:
        return f"the process has {now.budget:.0f} left of its budget, a call costs {CLOUD_COST:.0f}"
    return ""


def tie(decisions: Sequence[Decision], thresholds: Thresholds) -> tuple[str, str] | None:
    """The two refs between which the ranker could not tell; None when it could."""
    ranked = [d for d in decisions if d.by == "ranker"]
    if not ranked or len(ranked[-1].evidence) < 2 or ranked[-1].ref is None:
        return None
    (one, first), (two, second), *_ = ranked[-1].evidence
    return (one, two) if first - second < thresholds.tie_margin else None


def _why(decisions: Sequence[Decision], least: float) -> str:
    if not decisions:
        return "cheapest tier first"
    last = decisions[-1]
    return f"{last.by} is at {last.probability:.2f}, {least:.2f} is needed"


def _last_resort(question: Question, decisions: Sequence[Decision], t: Thresholds) -> Route:
    """With no tier left: the latest likely answer, but never for what cannot be undone."""
    likely = [
        d
        for d in decisions
        if _answers(question, d) and d.probability >= t.floor and not _harms(question, d)
    ]
    if likely and not question.irreversible:
        best = likely[-1]
        return Accept(best, f"no better tier is left, and {best.probability:.2f} is likely enough")
    best_so_far = max((d.probability for d in decisions if d.ref is not None), default=0.0)
    return GiveUp(f"the best answer has a probability of {best_so_far:.2f}")


def explain(question: Question, decisions: Sequence[Decision], end: Route) -> str:
    """One line for people: what each tier said, and why the last word was the last."""
    said = [
        f"{d.by}: {d.ref or 'none'} at {d.probability:.2f} in {d.seconds * 1000:.1f} ms"
        for d in decisions
    ]
    verdict = f"ask {end.tier}" if isinstance(end, Use) else type(end).__name__.lower()
    risk = " (irreversible)" if question.irreversible else ""
    tiers = "; ".join(said) or "nothing asked"
    return f"'{question.instruction}'{risk}: {tiers} -> {verdict}, {end.reason}"
