"""A straight line through samples, and how sure its slope is. Pure.

The interval takes the residuals for independent. Those of memory are not quite: neighbours are
alike, which makes it narrower than it should be, so a slope that it calls real may still be none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean

LEAST = 5
"""Samples a fit needs: with fewer, the approximation of Student's t is poor."""


@dataclass(frozen=True)
class Slope:
    """Least squares slope, y per x, with the ends of its confidence interval."""

    value: float
    low: float
    high: float

    @property
    def proven(self) -> float:
        """The slope if it is surely above 0, else 0: what memory that shrinks, or is flat, has."""
        return self.value if self.low > 0 else 0.0


def fit(xs: Sequence[float], ys: Sequence[float], *, confidence: float = 0.95) -> Slope:
    """The slope of a line through the points.

    Raises ValueError for fewer than `LEAST` points, and for points above one another.
    """
    if len(xs) < LEAST:
        raise ValueError(f"a slope needs {LEAST} samples, not {len(xs)}")
    middle, height = fmean(xs), fmean(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    if spread == 0:
        raise ValueError("a slope needs more than one x")
    value = sum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / spread
    residuals = [y - height - value * (x - middle) for x, y in zip(xs, ys, strict=True)]
    freedom = len(xs) - 2
    error = sqrt(sum(residual**2 for residual in residuals) / freedom / spread)
    margin = student(0.5 + confidence / 2, freedom) * error
    return Slope(value, value - margin, value + margin)


def student(probability: float, freedom: int) -> float:
    """The quantile of Student's t, within 2 % from 3 degrees of freedom on.

    Fisher and Cornish's expansion around the normal distribution (Abramowitz and Stegun 26.7.5).
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(freedom) ** power for power, term in enumerate(terms, 1))
