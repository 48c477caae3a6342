"""Shows something once, or again and again until Ctrl-C: in place on a terminal, else in a row."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, RenderableType
from rich.live import Live

_WIDE = 400
"""Columns in a pipe or a file: there, names are not cut."""


def show(console: Console, what: RenderableType) -> None:
    """Print it."""
    if not console.is_terminal:
        console.width = _WIDE
    console.print(what)


def repeat(once: Callable[[], None], every_s: float = 1.0) -> None:
    """Do it each `every_s` seconds. Ctrl-C ends it, and is no failure."""
    with suppress(KeyboardInterrupt):
        while True:
            once()
            time.sleep(every_s)


def watch(console: Console, look: Callable[[], RenderableType]) -> None:
    """Show what `look` returns, each second, until Ctrl-C."""
    if not console.is_terminal:
        repeat(lambda: show(console, look()))
        return
    with suppress(KeyboardInterrupt), Live(look(), console=console, auto_refresh=False) as live:
        repeat(lambda: live.update(look(), refresh=True))
