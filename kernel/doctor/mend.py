"""Getting what is missing. What to try, and in which order, is decided in ``ways``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .check import Check, to_mend
from .facts import BrowserFacts, DriverFacts, Host
from .probe import gist, look_at_host, look_for_browser, look_for_driver, try_browser
from .progress import Reporter, Update
from .run import Outcome, Runner, run
from .ways import Way, browser_ways, driver_ways, library_ways

_PERCENT = re.compile(r"\b(\d{1,3})% of ")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that was tried."""

    name: str
    """The name of the check it was for."""
    way: str
    ok: bool
    why: str = ""
    """Why it did not help, in one line."""


def fix(
    checks: Sequence[Check],
    reporter: Reporter,
    *,
    env: Mapping[str, str],
    runner: Runner = run,
) -> tuple[Attempt, ...]:
    """Get what ``checks`` says is missing and can be got; returns what was tried.

    Never raises for what did not work: examine again to see how things stand.
    """
    attempts: list[Attempt] = []
    for check in to_mend(checks):
        if check.name == "Playwright driver":
            attempts += fix_driver(
                lambda: look_for_driver(env, runner), look_at_host(runner), reporter, runner
            )
        elif check.name == "Chromium":
            attempts += fix_browser(
                lambda: look_for_browser(env, runner),
                look_at_host(runner),
                reporter,
                runner,
                found=check.ok is True,
            )
        elif check.name == "model file":
            attempts.append(fix_model(reporter))
    return tuple(attempts)


def fix_driver(
    look: Callable[[], DriverFacts], host: Host, reporter: Reporter, runner: Runner
) -> list[Attempt]:
    """Install the libraries that Playwright's driver lacks; ``look`` sees how it stands now."""
    attempts: list[Attempt] = []
    for way in driver_ways(host, look().missing_libraries):
        attempts.append(_attempt("Playwright driver", way, reporter, runner))
        if attempts[-1].ok:
            break
    return attempts


def fix_browser(
    look: Callable[[], BrowserFacts],
    host: Host,
    reporter: Reporter,
    runner: Runner,
    *,
    found: bool = False,
) -> list[Attempt]:
    """Try the ways to a browser until one shows a page.

    ``look`` finds the browser that would be started now; ``found`` says that there is one
    already, which a way may only better.
    """
    attempts: list[Attempt] = []
    for way in browser_ways(host, found=found):
        attempts.append(_attempt("Chromium", way, reporter, runner))
        if not attempts[-1].ok:
            continue
        browser = look()
        if browser.missing_libraries:
            attempts += [
                _attempt("Chromium", more, reporter, runner) for more in library_ways(host)
            ]
            browser = look()
        why = _unusable(browser, runner)
        if not why:
            break
        attempts.append(Attempt("Chromium", way.title, False, why))
    return attempts


def _unusable(browser: BrowserFacts, runner: Runner) -> str:
    """Why this browser is of no use; empty when it showed a page."""
    if browser.missing_libraries:
        return f"it lacks {', '.join(browser.missing_libraries)}"
    if browser.path and not browser.problem:
        browser = try_browser(browser, runner)
    return browser.problem


def _attempt(name: str, way: Way, reporter: Reporter, runner: Runner) -> Attempt:
    outcome = Outcome(0)
    with reporter.step(f"{name}: {way.title}") as update:
        for step in way.steps:
            outcome = runner(
                step.argv,
                timeout_s=step.timeout_s,
                stall_s=step.stall_s,
                env=step.env,
                on_line=lambda line: tell(line, update),
            )
            if outcome.code != 0:
                break
    if outcome.code == 0:
        return Attempt(name, way.title, True)
    why = gist(outcome.output) or f"exit code {outcome.code}"
    reporter.note(f"that did not work: {why}")
    return Attempt(name, way.title, False, why)


def tell(line: str, update: Update) -> None:
    """Pass on the percentage that Playwright prints while it downloads."""
    if match := _PERCENT.search(line):
        update(float(match[1]), 100.0)


def fix_model(reporter: Reporter) -> Attempt:
    """Download the model into the user's cache folder; one that is there was found damaged."""
    from ...planner.errors import PlannerError
    from ...planner.models.artifact import default_model_path, fetch

    way = "fetching the local model (98 MB)"
    path: Path = default_model_path()
    try:
        path.unlink(missing_ok=True)
        with reporter.step(f"model file: {way}") as update:
            fetch(path.parent, update)
    except (PlannerError, OSError) as error:
        reporter.note(f"that did not work: {error}")
        return Attempt("model file", way, False, str(error))
    return Attempt("model file", way, True)
