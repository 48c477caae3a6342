"""Fitting a calibration: pure functions from answers and labels to curves and thresholds.

A curve is an isotonic regression (pool adjacent violators) of "was right" on the stated
probability. Each pooled block counts two answers more than it has, one right and one wrong: few
answers prove little. The thresholds are for all tiers together: the lowest probability from which
the answers taken, with one more counted as wrong, are right 95 (99) times of 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .calibration import Calibration, Curve, curve_name
from .question import Decision, Kind

LEVELS = (0.95, 0.99)
UNREACHED = 1.01
"""A threshold that no probability reaches."""

_CUTS = 500
"""Thresholds are looked for in steps of a five hundredth."""

_BLOCK = 10
"""Answers below which a block is joined with its neighbour."""

_LEAST = 15
"""Answers below which no curve is fitted."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A tier's answer, as stated, and whether it was right."""

    decision: Decision
    right: bool


Answers = Sequence[Judged]
"""What the tiers say to one question, cheapest first, whether or not all would have been asked."""


def fitted(questions: Mapping[Kind, Sequence[Answers]]) -> Calibration:
    """Curves and thresholds from the answers to questions that nothing was taught on.

    The curve of a tier is of the questions that a cheaper one was not sure of; what "sure" is
    hangs on the curves, so both are fitted by turns, tier after tier.
    """
    curves: dict[str, Curve] = {}
    needed: dict[Kind, tuple[float, float]] = {}
    for kind, rows in questions.items():
        curves |= _curves(kind, rows)
        final = Calibration(curves)
        ordinary, risky = (threshold(kind, rows, final, level) for level in LEVELS)
        needed[kind] = (ordinary, risky)
    return Calibration(curves, needed)


def _curves(kind: Kind, rows: Sequence[Answers]) -> dict[str, Curve]:
    """One curve for the elements that a tier chooses, and one for its "none of these"."""
    found: dict[str, Curve] = {}
    reached = list(rows)
    for tier in ("exact", "ranker", "local"):
        of_tier = [j for row in reached for j in row if j.decision.by == tier]
        for none in (False, True):
            some = [j for j in of_tier if (j.decision.ref is None) == none]
            if len(some) >= _LEAST:
                points = [(j.decision.probability, j.right) for j in some]
                found[curve_name(kind, tier, none=none)] = isotonic(points)
        accept = threshold(kind, rows, Calibration(found), LEVELS[0])
        known = Calibration(found)
        reached = [row for row in reached if not _sure(kind, row, tier, known, accept)]
    return found


def _sure(kind: Kind, row: Answers, tier: str, known: Calibration, accept: float) -> bool:
    of_tier = [j for j in row if j.decision.by == tier]
    return any(probability >= accept for probability, _ in _measured(kind, of_tier, known))


def isotonic(points: Iterable[tuple[float, bool]]) -> Curve:
    """The rising curve nearest to the points, smoothed: blocks joined by lines at their means."""
    blocks: list[tuple[float, float, int]] = []  # sum of stated, right ones, size
    for stated, right in sorted(points, key=lambda point: point[0]):
        block = (stated, float(right), 1)
        while blocks and _share(blocks[-1]) >= _share(block):
            block = _joined(blocks.pop(), block)
        blocks.append(block)
    merged: list[tuple[float, float, int]] = []
    for block in blocks:  # counting two more may undo the order, and small blocks prove little
        while merged and (merged[-1][2] < _BLOCK or _smoothed(merged[-1]) >= _smoothed(block)):
            block = _joined(merged.pop(), block)  # noqa: PLW2901
        merged.append(block)
    if len(merged) > 1 and merged[-1][2] < _BLOCK:
        merged[-2:] = [_joined(*merged[-2:])]
    # Equal stated probabilities are in one block but for a last one of the same mean.
    by_mean = {
        round(total / size, 6): _smoothed((total, right, size)) for total, right, size in merged
    }
    rising = sorted(by_mean.items())
    return Curve(tuple(x for x, _ in rising), tuple(round(y, 4) for _, y in rising))


def _joined(
    one: tuple[float, float, int], two: tuple[float, float, int]
) -> tuple[float, float, int]:
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def _share(block: tuple[float, float, int]) -> float:
    return block[1] / block[2]


def _smoothed(block: tuple[float, float, int]) -> float:
    return (block[1] + 1) / (block[2] + 2)


def threshold(kind: Kind, rows: Sequence[Answers], known: Calibration, level: float) -> float:
    """The lowest probability at which the tiers together are right this often."""
    calibrated = [_measured(kind, row, known) for row in rows]
    best = UNREACHED
    for step in range(_CUTS, -1, -1):
        cut = step / _CUTS
        taken = [right for row in calibrated if (right := _taken(row, cut)) is not None]
        wrong = len(taken) - sum(taken)
        if taken and (wrong + 1) / (len(taken) + 1) <= 1 - level:
            best = cut
    return best


def _measured(kind: Kind, row: Answers, known: Calibration) -> list[tuple[float, bool]]:
    """Calibrated probabilities, of the tiers that have a curve, and whether they were right."""
    said = [(known.calibrated(kind, j.decision), j.right) for j in row]
    return [(decision.probability, right) for decision, right in said if decision.measured]


def _taken(row: Sequence[tuple[float, bool]], cut: float) -> bool | None:
    """Whether the first sure enough answer is right; None when no tier is sure enough."""
    return next((right for probability, right in row if probability >= cut), None)
