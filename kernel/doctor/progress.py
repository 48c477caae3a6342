"""How far a long step is: bars on a terminal, plain lines elsewhere, nothing for programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Update = Callable[[float, float | None], None]
"""Called with what is done and the whole, in bytes or parts; the whole is None when unknown."""


class Reporter(Protocol):
    """Where the doctor says what it is doing."""

    def step(self, title: str) -> AbstractContextManager[Update]:
        """Announce a step; what it yields is told how far it is."""

    def note(self, text: str) -> None:
        """Say one line."""


class Silent:
    """Says nothing: for ``--json`` and for tests."""

    @contextmanager
    def step(self, title: str) -> Iterator[Update]:
        """Yield an update that goes nowhere."""
        del title
        yield lambda _done, _total: None

    def note(self, text: str) -> None:
        """Say nothing."""


class Plain:
    """One line when a step begins and one at each quarter: for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str) -> Iterator[Update]:
        """Yield an update that prints a line for each quarter done."""
        self.note(f"{title} ...")
        shown = 0

        def update(done: float, total: float | None) -> None:
            nonlocal shown
            quarter = int(4 * done / total) if total else 0
            if quarter > shown:
                shown = quarter
                self.note(f"{title}: {25 * quarter} %")

        yield update

    def note(self, text: str) -> None:
        """Print one line."""
        self._console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)


class Bars(Plain):
    """A bar where the whole is known, a spinner where it is not: for terminals."""

    @contextmanager
    def step(self, title: str) -> Iterator[Update]:
        """Yield an update that moves the bar, which leaves one line with its time behind."""
        began = time.monotonic()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(title, total=None, amount="")

            def update(done: float, total: float | None) -> None:
                progress.update(task, completed=done, total=total, amount=amount(done, total))

            yield update
        self.note(f"{title} ({time.monotonic() - began:.0f} s)")


def amount(done: float, total: float | None) -> str:
    """What is done, for people: megabytes of bytes, else a percentage."""
    if total is not None and 0 < total < 100_000:
        return f"{100 * done / total:.0f} %"
    whole = f" of {total / 1e6:.0f}" if total else ""
    return f"{done / 1e6:.0f}{whole} MB" if done else ""


def reporter(console: Console) -> Reporter:
    """The reporter that suits this console."""
    return Bars(console) if console.is_terminal else Plain(console)
