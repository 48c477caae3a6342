"""When an endpoint that fails is asked again: a circuit breaker, as a value. Pure.

    CLOSED     asked; a failure counts
    OPEN       not asked until `open_until`
    HALF OPEN  that time has passed: asked once more, and one failure opens it again

After M. Nygard, "Release It!". Time is monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import CloudError, CloudRefused, CloudUnavailable

FAILURES = 3
"""In a row, until it opens."""
FIRST_S = 5.0
LONGEST_S = 60.0
REFUSED_S = 60.0
"""A wrong key does not get right by itself soon."""
MOST_ASKED_S = 600.0
"""The longest pause that an endpoint may ask for."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """One endpoint's."""

    failures: int = 0
    """In a row."""
    open_until: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether it may be asked."""
        return now >= self.open_until

    def failed(self, error: CloudError, now: float) -> Breaker:
        """After a call that failed."""
        failures = self.failures + 1
        return Breaker(failures, now + _pause(error, failures))

    def succeeded(self) -> Breaker:
        """After a call that was answered."""
        return Breaker()


def _pause(error: CloudError, failures: int) -> float:
    if isinstance(error, CloudRefused):
        return REFUSED_S
    if isinstance(error, CloudUnavailable) and error.retry_after_s is not None:
        return min(MOST_ASKED_S, error.retry_after_s)
    if failures < FAILURES:
        return 0.0
    return min(LONGEST_S, FIRST_S * 2.0 ** min(failures - FAILURES, 10))
