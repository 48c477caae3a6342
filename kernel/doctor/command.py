"""``abos doctor``: examine, with ``--fix`` get what is missing, and say how it stands."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from .check import Check, exit_code, to_mend
from .mend import Attempt
from .mend import fix as mend
from .probe import examine
from .progress import Silent, reporter
from .report import document, show


def run_doctor(
    fix: bool,
    json: bool,
    console: Console,
    *,
    deep: bool = False,
    stamp: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Examine this machine and print how each need stands; returns the exit code.

    ``fix`` gets what is missing first, ``json`` prints one document instead of lines, ``deep``
    also starts the browser. ``stamp`` names a file that is written when nothing is left to
    get; it lists the files relied on, one a line. The exit code is 1 when ABOS cannot run.
    """
    env = os.environ if env is None else env
    checks = examine(env, deep=deep)
    attempts: tuple[Attempt, ...] = ()
    if fix:
        checks, attempts = _fixed(checks, env, console, quiet=json, deep=deep)
    if json:
        console.print(document(checks, attempts), markup=False, highlight=False, soft_wrap=True)
    else:
        show(checks, console)
    code = exit_code(checks)
    if stamp is not None and code == 0 and not _open(checks):
        stamp.write_text("".join(f"{check.path}\n" for check in checks if check.path))
    return code


def _fixed(
    checks: tuple[Check, ...], env: Mapping[str, str], console: Console, *, quiet: bool, deep: bool
) -> tuple[tuple[Check, ...], tuple[Attempt, ...]]:
    """Fix and examine again. A doubt about the sandbox is settled by starting the browser."""
    attempts = mend(checks, Silent() if quiet else reporter(console), env=env)
    doubtful = any(check.name == "sandbox" and check.ok is None for check in checks)
    if not attempts and not doubtful:
        return checks, attempts
    return examine(env, deep=deep or doubtful), attempts


def _open(checks: Sequence[Check]) -> bool:
    """Whether something that can be got is still missing (and not merely could be better)."""
    return any(check.ok is not True for check in to_mend(checks))
