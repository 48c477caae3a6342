"""Labelled decisions through the tiers as they are shipped, and the report of how that went.

Nothing is fitted here: probabilities and thresholds are those of the shipped calibration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from .config import CacheConfig, CloudConfig, PlannerConfig
from .decide import Decider
from .measures import Outcome, figures, met, percentile, reliability
from .question import TIERS, Decision
from .records import Record
from .router import needed
from .walk import Walk

TARGETS = {
    "all": "accuracy >= 0.88 and coverage95 >= 0.85 and accuracy95 >= 0.95"
    " and coverage99 >= 0.60 and accuracy99 >= 0.99 and ece <= 0.05",
    "paraphrase=true": "accuracy >= 0.78",
    "none=true": "none_recall >= 0.70",
    "none=false": "false_none <= 0.10",
    "lang=other": "accuracy >= 0.75",
    "tier.exact": "p95 <= 20",
    "tier.ranker": "p95 <= 20",
    "tier.local": "p95 <= 100",
}


def local_only(config: PlannerConfig) -> PlannerConfig:
    """The same tiers without the cloud, and without memory."""
    return replace(config, cloud=CloudConfig(), cache=CacheConfig(enabled=False), redis_url="")


async def run(records: Iterable[Record], decider: Decider) -> list[Outcome]:
    """Every record through the tiers, one after another. ``decider`` is warm."""
    return [_outcome(each, await decider.consult(each.question)) for each in records]


def _outcome(each: Record, walk: Walk) -> Outcome:
    last = walk.last
    said = None if last is None else last.ref
    return Outcome(
        each.id,
        each.ask,
        each.kind,
        each.paraphrase,
        each.lang,
        not each.right,
        said,
        last.by if last else None,
        last.probability if last else 0.0,
        each.is_right(said),
        (_needed(walk, last, irreversible=False), _needed(walk, last, irreversible=True)),
        {d.by: d.seconds for d in walk.decisions},
    )


def _needed(walk: Walk, last: Decision | None, *, irreversible: bool) -> float:
    return needed(replace(walk.question, irreversible=irreversible), walk.thresholds, last)


def report(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Rows for the whole, by kind, paraphrase, language, "none" and tier, and times by tier."""
    groups: list[tuple[str, Callable[[Outcome], str]]] = [
        ("ask", lambda o: o.ask),
        ("kind", lambda o: o.kind),
        ("paraphrase", lambda o: str(o.paraphrase).lower()),
        ("lang", lambda o: o.lang),
        ("none", lambda o: str(o.none).lower()),
        ("tier", lambda o: o.by or "no"),
    ]
    rows = [_row("all", "all decisions", outcomes)]
    for label, key in groups:
        values = sorted({key(o) for o in outcomes})
        rows += [
            _row(f"{label}={value}", f"{label} {value}", [o for o in outcomes if key(o) == value])
            for value in values
        ]
    foreign = [o for o in outcomes if o.lang != "en"]
    rows += [_row("lang=other", "not English", foreign)] if foreign else []
    return rows + _times(outcomes)


def _row(name: str, what: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    found = figures(outcomes)
    row: dict[str, Any] = {"id": name, "what": what, "unit": "share", "n": len(outcomes)}
    row |= {key: None if v is None else round(v, 4) for key, v in found.items()}
    return row | _judged(name, found)


def _times(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    rows = []
    for tier in TIERS:
        took = [1000 * o.tiers[tier] for o in outcomes if tier in o.tiers]
        if took:
            name = f"tier.{tier}"
            found = {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95)}
            row = {"id": name, "what": f"time of tier {tier}", "unit": "ms", "n": len(took)}
            row |= {key: round(value, 3) for key, value in found.items()}
            rows.append(row | _judged(name, found))
    return rows


def _judged(name: str, found: dict[str, float | None] | dict[str, float]) -> dict[str, Any]:
    target = TARGETS.get(name)
    return {"target": target, "met": met(target, found)} if target else {}


def reliability_rows(outcomes: Sequence[Outcome]) -> list[dict[str, float]]:
    """The reliability table: what was stated, and what came true."""
    table = reliability([(o.probability, o.right) for o in outcomes])
    return [
        {
            "from": b.low,
            "to": b.high,
            "n": b.n,
            "stated": round(b.stated, 4),
            "right": round(b.right, 4),
        }
        for b in table
    ]
