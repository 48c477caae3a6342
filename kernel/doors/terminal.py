"""The events of a run as lines on a terminal, or as JSON lines."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.markup import escape

from ..task import (
    Event,
    Move,
    Moved,
    Planned,
    RunFinished,
    RunStarted,
    StepStarted,
    TaskResult,
)

_COLOURS = {"exact": "green", "form": "green", "plan": "green", "ranker": "cyan", "local": "yellow"}


def milliseconds(seconds: float) -> str:
    """`12 ms`, `1.2 s`."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def plural(count: int, thing: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def size(count: int) -> str:
    """`812 B`, `12.3 KiB`, `1.5 MiB`."""
    if count < 1024:
        return f"{count} B"
    power = min(int(math.log(count, 1024)), 3)
    return f"{count / 1024**power:.1f} {' KMG'[power]}iB"


def age(seconds: float) -> str:
    """`5 s`, `12 min`, `3 h`, `2 d`."""
    for name, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {name}"
    return f"{max(int(seconds), 0)} s"


def visible(text: str, allowed: str = "") -> str:
    """Text without control characters, so that it can't steer the terminal."""
    return "".join(char if char.isprintable() or char in allowed else " " for char in text)


def printer(console: Console, *, as_json: bool) -> Callable[[Event], None]:
    """A function that shows one event."""
    if as_json:
        return lambda event: print(to_json(event), flush=True)
    return lambda event: _show(console, event)


def to_json(event: Event) -> str:
    """One event as a line of JSON, its kind under `event`."""
    fields: dict[str, Any] = dataclasses.asdict(event)
    return json.dumps({"event": type(event).__name__, **fields})


def _show(console: Console, event: Event) -> None:
    match event:
        case RunStarted(pid, how, startup_s):
            console.print(
                f"[dim]process {pid}, {how} start in[/dim] [bold]{milliseconds(startup_s)}[/bold]"
            )
        case Planned(by, steps, seconds, complete):
            what = f"{len(steps)} steps planned" if complete else "first step planned"
            console.print(f"[dim]{what} by {by} in {milliseconds(seconds)}[/dim]")
        case StepStarted(index, what):
            console.print(f"[bold]{index + 1}. {_plain(what)}[/bold]")
        case Moved(move):
            console.print(_line(move), soft_wrap=True)
        case RunFinished(result):
            _show_result(console, result)


def _plain(text: str) -> str:
    """Text of a page can't steer the terminal: no control characters, no markup, no emoji codes."""
    return escape(visible(text, "\n"))


def _line(move: Move) -> str:
    mark = "[green]✓[/green]" if move.ok else "[red]✗[/red]"
    colour = _COLOURS.get(move.by, "magenta")
    who = f"[{colour}]{move.by}[/{colour}]" if move.by else ""
    if who and move.probability < 1:
        who += f" {move.probability:.0%}"
    if move.decide_s:
        who += f" {milliseconds(move.decide_s)}"
    who += f" [dim]{move.decision}[/dim]" if move.decision else ""
    note = f"  [dim]{_plain(move.note)}[/dim]" if move.note else ""
    return f"   {mark} {_plain(move.what)}  {who}  {milliseconds(move.act_s)}{note}"


def _show_result(console: Console, result: TaskResult) -> None:
    if result.ok:
        console.print(f"[green]done[/green] in {milliseconds(result.seconds)}  {result.url}")
        if result.answer:
            console.print(_plain(result.answer))
        return
    console.print(f"[red]failed[/red]: {_plain(result.error)}", soft_wrap=True)
    if result.hint:
        console.print(f"[dim]{_plain(result.hint)}[/dim]", soft_wrap=True)
