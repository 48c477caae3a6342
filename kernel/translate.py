"""Errors of other rooms and libraries, as the errors that ABOS's users know. One table, one place.

Order matters: the first row that matches wins, so special classes stand above general ones.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import planner as p
from .. import pool as o
from .. import snapshot as s
from .errors import (
    AbosError,
    BadConfig,
    BadSnapshot,
    BrowserError,
    BudgetSpent,
    CannotDecide,
    CannotPlan,
    CannotRestore,
    DeadlinePassed,
    GoalRefused,
    Interrupted,
    ModelFailed,
    NavigationFailed,
    NoSuchSnapshot,
    PageError,
    PageLost,
    ProfileError,
    SnapshotLocked,
    StoreFailed,
    TooBusy,
    UnsafeGoal,
)


def _locked(message: str, **_: str) -> AbosError:
    """The room below doesn't know where keys come from, so its hint is not the one to show."""
    return SnapshotLocked(message)


_ROWS: tuple[tuple[type[Exception], Callable[..., AbosError]], ...] = (
    (o.NavigationFailed, NavigationFailed),
    (o.PageCrashed, PageLost),
    (o.PageUnresponsive, PageLost),
    (o.AcquireTimeout, TooBusy),
    (o.BadSite, BadConfig),
    (o.PoolClosed, Interrupted),
    (o.ProfileError, ProfileError),
    (o.BadOptions, BadConfig),
    (o.PoolError, BrowserError),
    (s.SnapshotLocked, _locked),
    (s.BadSnapshot, BadSnapshot),
    (s.NotLive, CannotRestore),
    (s.WorldLost, PageLost),
    (s.AmbiguousId, NoSuchSnapshot),
    (s.UnknownSnapshot, NoSuchSnapshot),
    (s.StoreBusy, TooBusy),
    (s.StoreError, StoreFailed),
    (s.SnapshotError, PageError),
    (p.PlanRefused, GoalRefused),
    (p.CostReached, BudgetSpent),
    (p.UnsafeGoal, UnsafeGoal),
    (p.NoPlan, CannotPlan),
    (p.BadPlan, CannotPlan),
    (p.Undecided, CannotDecide),
    (p.PlannerError, ModelFailed),
    (TimeoutError, DeadlinePassed),
)


def translate(error: Exception) -> AbosError:
    """The ABOS error for any exception that a system call met."""
    if isinstance(error, AbosError):
        return error
    if type(error).__module__.startswith("playwright."):
        return _of_playwright(error)
    for kind, make in _ROWS:
        if isinstance(error, kind):
            message = getattr(error, "message", "") or str(error) or "it took too long"
            return make(message, hint=getattr(error, "hint", ""))
    return AbosError(
        f"{type(error).__name__}: {error}", hint="This is a defect in ABOS, please report it."
    )


# What Playwright says when its target is gone (its `TargetClosedError` and protocol errors).
_LOST = ("has been closed", "Target closed", "Target crashed", "Page crashed", "Connection closed")


def _of_playwright(error: Exception) -> AbosError:
    text = str(error)
    if any(phrase in text for phrase in _LOST):
        return PageLost("the page or its browser is gone")
    if type(error).__name__ == "TimeoutError":
        return DeadlinePassed(_first_line(text))
    return PageError(_first_line(text))


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else "no reason was given"
    return line.split(": ", 1)[-1]
