"""What is read off the machine; commands and folders are pretended."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from abos.kernel.doctor.facts import BrowserFacts
from abos.kernel.doctor.probe import (
    gist,
    look_for_browser,
    missing_libraries,
    sandbox_limit,
    try_browser,
)
from abos.kernel.doctor.run import Outcome


def answering(**answers: Outcome) -> Callable[..., Outcome]:
    def run(argv: Sequence[str], **_options: object) -> Outcome:
        return next((answers[key] for key in answers if key in " ".join(argv)), Outcome(0))

    return run


def test_libraries_that_ldd_did_not_find() -> None:
    output = (
        "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibnss3.so => not found\n\tliba.so => not found"
    )
    assert missing_libraries(output) == ("liba.so", "libnss3.so")
    assert missing_libraries("statically linked") == ()


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("", ""),
        ("Reading lists\nE: Unable to locate package x\n", "E: Unable to locate package x"),
        ("Error: one\n    at place\nError: two\n}\n", "Error: one"),
        ("plain\nlast\n\n", "last"),
    ],
)
def test_the_line_that_says_most(output: str, line: str) -> None:
    assert gist(output) == line


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    browser = tmp_path / "headless_shell"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    return browser


def test_a_chosen_browser_with_its_version(chosen: Path) -> None:
    run = answering(version=Outcome(0, "Chromium 156.0.8078.79 "))
    found = look_for_browser({"ABOS_CHROMIUM": str(chosen)}, run)
    assert found == BrowserFacts(str(chosen), "chosen", True, "156.0.8078.79")


def test_a_browser_that_does_not_start(chosen: Path) -> None:
    run = answering(version=Outcome(127, "cannot execute binary file"))
    found = look_for_browser({"ABOS_CHROMIUM": str(chosen)}, run)
    assert found.problem == "cannot execute binary file"


def test_a_browser_without_its_libraries_is_not_even_started(chosen: Path) -> None:
    run = answering(ldd=Outcome(0, "\tlibnss3.so => not found"), version=Outcome(1, "no"))
    found = look_for_browser({"ABOS_CHROMIUM": str(chosen)}, run)
    assert found.missing_libraries == ("libnss3.so",)
    assert found.problem == ""


def test_a_chosen_browser_that_is_not_there() -> None:
    found = look_for_browser({"ABOS_CHROMIUM": "/nope/chrome"}, answering())
    assert (found.path, found.origin) == ("", "chosen")
    assert "/nope/chrome" in found.problem


def test_a_start_that_shows_the_page_and_one_that_does_not() -> None:
    browser = BrowserFacts("/x/headless_shell", "system", True)
    shown = try_browser(browser, answering(dump=Outcome(0, "<body><p>ABOS</p></body>")))
    assert (shown.launched, shown.problem) == (True, "")
    crashed = try_browser(browser, answering(dump=Outcome(133, "Trace/breakpoint trap")))
    assert (crashed.launched, crashed.problem) == (False, "Trace/breakpoint trap")
    silent = try_browser(browser, answering(dump=Outcome(139, "")))
    assert silent.problem == "exit code 139"


def _proc(folder: Path, **numbers: int) -> Path:
    for name, number in numbers.items():
        (folder / name.replace("__", "/")).parent.mkdir(parents=True, exist_ok=True)
        (folder / name.replace("__", "/")).write_text(f"{number}\n")
    return folder


def test_what_limits_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert sandbox_limit(answering(), tmp_path / "none") == ""
    refused = answering(unshare=Outcome(1, "unshare: unshare failed"))
    assert sandbox_limit(refused, tmp_path / "none") == "container"
    clone = _proc(tmp_path / "a", kernel__unprivileged_userns_clone=0)
    assert sandbox_limit(answering(), clone) == "clone"
    count = _proc(tmp_path / "b", user__max_user_namespaces=0)
    assert sandbox_limit(answering(), count) == "count"
    armor = _proc(tmp_path / "c", kernel__apparmor_restrict_unprivileged_userns=1)
    assert sandbox_limit(answering(), armor) == "apparmor"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert sandbox_limit(refused, armor) == "root"
