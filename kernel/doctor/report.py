"""Showing checks: one line each for people, one document for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from .check import Check, exit_code
from .mend import Attempt

_MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "yellow")}
_ASCII = {True: "+", False: "x", None: "-"}


def show(checks: Sequence[Check], console: Console) -> None:
    """Print every check with its mark, and its remedy beneath when there is one to take."""
    width = max(len(check.name) for check in checks)
    fancy = console.encoding.lower().startswith("utf")
    for check in checks:
        mark, style = _MARKS[check.ok]
        line = Text("  ").append(mark if fancy else _ASCII[check.ok], style)
        line.append(f" {check.name:<{width}}  ", "bold").append(check.found)
        console.print(line, highlight=False, soft_wrap=True)
        if check.remedy and check.ok is not True:
            remedy = Text(f"    {'':<{width}}  {check.remedy}", "cyan")
            console.print(remedy, highlight=False, soft_wrap=True)
    console.print(f"  {verdict(checks)}", markup=False, highlight=False, soft_wrap=True)


def verdict(checks: Sequence[Check]) -> str:
    """The whole in one sentence."""
    wrong = [check.name for check in checks if check.ok is False]
    lacking = [check.name for check in checks if check.ok is None]
    if wrong:
        return f"ABOS cannot run yet: see {', '.join(wrong)}."
    if lacking:
        return f"ABOS can run. It could do with more: {', '.join(lacking)}."
    return "ABOS has all it needs."


def document(checks: Sequence[Check], attempts: Sequence[Attempt]) -> str:
    """The same as JSON: ``ok``, ``exit_code``, ``checks`` and, after a fix, ``attempts``."""
    code = exit_code(checks)
    named = [
        {
            "name": check.name,
            "ok": check.ok,
            "found": check.found,
            "remedy": check.remedy,
            "fixable": check.fixable,
        }
        for check in checks
    ]
    tried = [
        {"name": tried.name, "way": tried.way, "ok": tried.ok, "why": tried.why}
        for tried in attempts
    ]
    return json.dumps(
        {"ok": code == 0, "exit_code": code, "checks": named, "attempts": tried},
        ensure_ascii=False,
    )
