"""What performing an action told us itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rest of an effect is seen from outside: in the page, and in the browser's events."""

    value: str = ""
    press: str = ""
    """The ref that a press was aimed at, to be checked against the event that arrived."""
    changed: int = 0
    """Field values changed, which no observer of the document sees."""
