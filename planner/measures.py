"""How right, how sure and how fast decisions are: pure figures over judged answers."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .question import Kind, Tier

BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one decision against its label.

    ``needed`` holds what it would have had to reach to be acted on, for an ordinary action and
    for one that cannot be undone. ``tiers`` is what each tier asked took, in seconds.
    """

    id: str
    ask: Kind
    kind: str
    paraphrase: bool
    lang: str
    none: bool
    """ "None of these" was right."""
    said: str | None
    by: Tier | None
    probability: float
    right: bool
    needed: tuple[float, float]
    tiers: Mapping[Tier, float] = field(default_factory=dict)


Figures = dict[str, float | None]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Shares between 0 and 1; None where there is nothing to take a share of."""
    found: Figures = {"accuracy": share(o.right for o in outcomes)}
    for name, risk in (("95", 0), ("99", 1)):
        taken = [o for o in outcomes if o.probability >= o.needed[risk]]
        found[f"coverage{name}"] = len(taken) / len(outcomes) if outcomes else None
        found[f"accuracy{name}"] = share(o.right for o in taken)
    found["ece"] = calibration_error([(o.probability, o.right) for o in outcomes])
    found["none_recall"] = share(o.said is None for o in outcomes if o.none)
    found["false_none"] = share(o.said is None for o in outcomes if not o.none)
    return found


def share(values: Iterable[bool]) -> float | None:
    """Of how many it is so; None of none."""
    every = list(values)
    return sum(every) / len(every) if every else None


def calibration_error(answers: Sequence[tuple[float, bool]]) -> float | None:
    """Expected calibration error of (probability, right) over ten bins of equal width."""
    table = reliability(answers)
    if not answers:
        return None
    return sum(abs(row.stated - row.right) * row.n for row in table) / len(answers)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose probabilities lie between two bounds: the mean stated, and the share right."""

    low: float
    high: float
    n: int
    stated: float
    right: float


def reliability(answers: Sequence[tuple[float, bool]]) -> list[Bin]:
    """The bins that hold any answer, from unsure to sure."""
    found = []
    for low in range(BINS):
        inside = [(p, right) for p, right in answers if min(BINS - 1, int(p * BINS)) == low]
        if inside:
            stated = sum(p for p, _ in inside) / len(inside)
            right = sum(right for _, right in inside) / len(inside)
            found.append(Bin(low / BINS, (low + 1) / BINS, len(inside), stated, right))
    return found


def percentile(values: Iterable[float], part: float) -> float:
    """The value that this part of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0


_OPERATORS: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}
_CONDITION = re.compile(r"(\w+) (<=|>=) ([\d.]+)")


def met(target: str, found: Mapping[str, float | None]) -> bool:
    """Whether ``accuracy >= 0.88 and ece <= 0.05`` holds. Raises ValueError for no target."""
    for condition in target.split(" and "):
        match = _CONDITION.fullmatch(condition)
        if match is None:
            raise ValueError(f"not a target: {condition!r}")
        value = found[match[1]]
        if value is None or not _OPERATORS[match[2]](value, float(match[3])):
            return False
    return True
