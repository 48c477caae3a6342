"""Which ways are tried, in which order, and when it is enough. No command is really run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from abos.kernel.doctor.check import Check
from abos.kernel.doctor.facts import BrowserFacts, DriverFacts, Host
from abos.kernel.doctor.mend import fix, fix_browser, fix_driver, tell
from abos.kernel.doctor.progress import Silent
from abos.kernel.doctor.run import Outcome
from abos.kernel.doctor.ways import browser_ways, driver_ways, library_ways

NONE = BrowserFacts(problem="No Chromium")
GOOD = BrowserFacts("/lib/chromium-headless-shell", "system", True, "156")
ROOT = Host(root=True, apt=True, python="py")
SHOWN = Outcome(0, "<html><p>ABOS</p></html>")


class Commands:
    """A runner that answers by the words of a command and keeps what it was asked."""

    def __init__(self, **answers: Outcome) -> None:
        self.answers = {"dump-dom": SHOWN, **answers}
        self.asked: list[str] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stall_s: float | None = None,
        env: Sequence[tuple[str, str]] = (),
        on_line: Callable[[str], None] | None = None,
    ) -> Outcome:
        assert timeout_s > 0
        line = " ".join(argv)
        self.asked.append(line)
        outcome = next((self.answers[key] for key in self.answers if key in line), Outcome(0))
        if on_line is not None:
            for text in outcome.output.splitlines():
                on_line(text)
        return outcome

    def heads(self) -> list[str]:
        """What was asked, without the browser's start and the words that never change."""
        found = (line for line in self.asked if "dump-dom" not in line)
        words = ("env DEBIAN_FRONTEND=noninteractive ", " -o DPkg::Lock::Timeout=120")
        return [line.replace(words[0], "").replace(words[1], "") for line in found]


def looks(*seen: BrowserFacts) -> Callable[[], BrowserFacts]:
    """Each look sees the next browser; the last one stays."""
    rest: Iterator[BrowserFacts] = iter((*seen, *[seen[-1]] * 9))
    return lambda: next(rest)


PLAYWRIGHT = "py -m playwright install chromium-headless-shell"
DEPS = "py -m playwright install-deps chromium-headless-shell"
APT = "apt-get install -y --no-install-recommends chromium-headless-shell"


def test_playwrights_own_browser_comes_first() -> None:
    run = Commands()
    attempts = fix_browser(looks(GOOD), ROOT, Silent(), run)
    assert run.heads() == [PLAYWRIGHT]
    assert [attempt.ok for attempt in attempts] == [True]


def test_no_download_then_the_package_then_new_lists() -> None:
    unknown = Outcome(100, "E: Unable to locate package")
    run = Commands(playwright=Outcome(1, "Error: no route"), recommends=unknown)
    attempts = fix_browser(looks(NONE), ROOT, Silent(), run)
    assert run.heads() == [PLAYWRIGHT, APT, "apt-get update", APT]
    assert [attempt.why for attempt in attempts] == [
        "Error: no route",
        "E: Unable to locate package",
        "E: Unable to locate package",
    ]


def test_the_first_package_install_that_works_ends_it() -> None:
    run = Commands(playwright=Outcome(1, "Error: no route"))
    attempts = fix_browser(looks(GOOD), ROOT, Silent(), run)
    assert run.heads() == [PLAYWRIGHT, APT]
    assert attempts[-1].ok


def test_the_driver_gets_the_packages_of_its_libraries() -> None:
    lacking = DriverFacts("/driver/node", ("libatomic.so.1", "libodd.so"))
    run = Commands(install=Outcome(100, "E: Unable to locate package libatomic1"))
    attempts = fix_driver(lambda: lacking, ROOT, Silent(), run)
    install = "apt-get install -y --no-install-recommends libatomic1"
    assert run.heads() == [install, "apt-get update", install]
    assert {attempt.name for attempt in attempts} == {"Playwright driver"}
    assert driver_ways(ROOT, ("libodd.so",)) == ()
    assert driver_ways(Host(apt=True), ("libatomic.so.1",)) == ()


def test_missing_libraries_are_installed_by_root() -> None:
    lacking = replace(GOOD, missing_libraries=("libnss3.so",))
    run = Commands()
    fix_browser(looks(lacking, GOOD), ROOT, Silent(), run)
    assert run.heads() == [PLAYWRIGHT, DEPS]


def test_missing_libraries_without_root_are_reported() -> None:
    lacking = replace(GOOD, missing_libraries=("libnss3.so",))
    attempts = fix_browser(looks(lacking), Host(apt=True, python="py"), Silent(), Commands())
    assert attempts[-1].ok is False
    assert "libnss3.so" in attempts[-1].why


def test_a_browser_that_shows_no_page_is_not_enough() -> None:
    run = Commands(**{"dump-dom": Outcome(1, "Trace/breakpoint trap")})
    attempts = fix_browser(looks(GOOD), ROOT, Silent(), run)
    assert run.heads() == [PLAYWRIGHT, APT, "apt-get update", APT]
    assert attempts[-1].why == "Trace/breakpoint trap"


def test_sudo_is_used_only_where_it_asks_for_no_password() -> None:
    plain = browser_ways(Host(apt=True, python="py"), found=False)
    assert [way.title for way in plain] == ["Playwright's headless shell"]
    sudo = browser_ways(Host(sudo=True, apt=True, python="py"), found=False)
    assert [step.argv[:2] for way in sudo[1:] for step in way.steps] == [("sudo", "-n")] * 3
    assert library_ways(Host()) == ()
    assert library_ways(Host(sudo=True, python="py"))[0].steps[0].argv[:3] == ("sudo", "-n", "py")


def test_a_full_browser_is_bettered_by_a_download_and_never_by_a_package() -> None:
    ways = browser_ways(ROOT, found=True)
    assert [way.title for way in ways] == ["Playwright's headless shell"]


def test_no_command_is_without_a_deadline() -> None:
    steps = [step for way in browser_ways(ROOT, found=False) for step in way.steps]
    assert all(0 < step.stall_s <= step.timeout_s <= 1800 for step in steps)


def test_progress_comes_from_what_playwright_prints() -> None:
    seen: list[float] = []
    tell("|■■■     |  30% of 104.3 MiB", lambda done, total: seen.append(done / (total or 1)))
    tell("Downloading Chrome Headless Shell 159.0", lambda done, _total: seen.append(done))
    assert seen == [pytest.approx(0.3)]


def test_nothing_to_mend_runs_nothing() -> None:
    run = Commands()
    there = (Check("Chromium", True, "there"), Check("llama.cpp", None, "not built"))
    assert fix(there, Silent(), env={}, runner=run) == ()
    assert run.asked == []
