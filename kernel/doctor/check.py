"""One need of ABOS and how it stands, as a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """How one need stands on this machine."""

    name: str
    ok: bool | None
    """True: there. False: missing, and nothing runs without it. None: ABOS runs without it."""
    found: str
    """What was found, or what is wrong, in one line."""
    remedy: str = ""
    """What a person types or changes; empty when there is nothing to do."""
    fixable: bool = False
    """``fix`` can get it, or (when ``ok``) get a better one."""
    path: str = ""
    """The file this rests on; a set-up stamp is stale when it is gone."""


def exit_code(checks: Iterable[Check]) -> int:
    """1 when something that nothing runs without is missing, else 0."""
    return int(any(check.ok is False for check in checks))


def to_mend(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that ``fix`` has something to do for, in order."""
    return tuple(check for check in checks if check.fixable)
