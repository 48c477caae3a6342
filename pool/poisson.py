"""What each further page of one key is worth. Pure arithmetic, steady for means up to 1e5."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

_SPREAD = 12.0
"""Standard deviations from the mean beyond which there is no mass worth counting (1e-32)."""


def probability(k: int, mean: float) -> float:
    """P(Poisson(mean) = k). In logarithms: exp(-mean) alone is 0 from 746 on."""
    if mean <= 0.0:
        return 1.0 if k == 0 else 0.0
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))


@dataclass(frozen=True, slots=True)
class Curve:
    """P(Poisson(mean) = k) for k = 0, 1, 2, ..., with the rise to the mode levelled.

    Below the mode each page is worth more than the one before, so that a greedy choice by single
    pages would never begin with a busy key: at a mean of 100 its first page is worth 1e-44.
    The first n values are therefore their average, with n where that average is highest: the
    concave majorant of the distribution function, on which greedy is right. For means up to 1
    nothing changes. The values never rise, and their sum is 1.
    """

    mean: float
    block: int
    """How many values are levelled."""
    level: float
    """What each of them is."""
    after: float
    """The value that follows."""

    @classmethod
    def of(cls, mean: float) -> Curve:
        """The curve of a mean, at most a few thousand steps away for a mean of 1e5."""
        k = max(0, math.floor(mean - _SPREAD * math.sqrt(mean)))
        value = probability(k, mean)
        total = 0.0
        while True:
            total += value
            k += 1
            value *= mean / k
            if value <= total / k:
                return cls(mean, k, total / k, value)

    def gains(self, start: int = 0) -> Iterator[float]:
        """The values from number `start` on, without end."""
        for _ in range(start, self.block):
            yield self.level
        k, value = self.block, self.after
        while True:
            if k >= start:
                yield value
            k += 1
            value *= self.mean / k

    def covered(self, pages: int) -> float:
        """The sum of the first `pages` values."""
        if pages > self.mean + _SPREAD * math.sqrt(self.mean) + 40.0:
            return 1.0
        total = self.level * min(pages, self.block)
        value = self.after
        for k in range(self.block, pages):
            total += value
            value *= self.mean / (k + 1)
        return min(1.0, total)
