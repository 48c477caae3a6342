"""Finding the browser, in a folder that stands for the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from abos.pool import BrowserNotFound, discover, find_chromium


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "package"
    package.mkdir()
    listing = {
        "browsers": [
            {"name": "chromium", "revision": "7"},
            {"name": "chromium-headless-shell", "revision": "7"},
        ]
    }
    (package / "browsers.json").write_text(json.dumps(listing))
    monkeypatch.setattr(discover, "_playwright_package", lambda: package)
    return tmp_path


def binary(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def find(machine: Path, explicit: str = "", **environment: str) -> Path:
    env = {"HOME": str(machine / "home"), "PATH": str(machine / "bin")} | environment
    return find_chromium(explicit, env, root=machine)


def test_nothing_found_says_what_to_do(machine: Path) -> None:
    with pytest.raises(BrowserNotFound, match="ABOS_CHROMIUM"):
        find(machine)


def test_the_order(machine: Path) -> None:
    found = []
    for path in (
        "bin/chromium",
        "bin/google-chrome",
        "usr/lib/chromium/chromium",
        "opt/google/chrome/chrome",
        "usr/lib/chromium/chromium-headless-shell",
        "home/.cache/ms-playwright/chromium-7/chrome-linux64/chrome",
        "home/.cache/ms-playwright/chromium_headless_shell-7/x/chrome-headless-shell",
    ):
        better = binary(machine / path)
        assert find(machine) == better
        found.append(better)
    named = binary(machine / "mine")
    assert find(machine, ABOS_CHROMIUM=str(named)) == named
    assert find(machine, str(found[0]), ABOS_CHROMIUM=str(named)) == found[0]


def test_playwrights_folder_can_be_moved(machine: Path) -> None:
    elsewhere = binary(machine / "pw/chromium-7/chrome-linux64/chrome")
    assert find(machine, PLAYWRIGHT_BROWSERS_PATH=str(machine / "pw")) == elsewhere
    inside = binary(machine / "package/.local-browsers/chromium-7/chrome-linux64/chrome")
    assert find(machine, PLAYWRIGHT_BROWSERS_PATH="0") == inside
    cached = binary(machine / "cache/ms-playwright/chromium-7/chrome-linux64/chrome")
    assert find(machine, XDG_CACHE_HOME=str(machine / "cache")) == cached


def test_a_browser_of_another_revision_is_not_playwrights_own(machine: Path) -> None:
    binary(machine / "home/.cache/ms-playwright/chromium-6/chrome-linux64/chrome")
    with pytest.raises(BrowserNotFound):
        find(machine)


def test_a_named_browser_that_is_missing_is_an_error_not_a_reason_to_take_another(
    machine: Path,
) -> None:
    binary(machine / "bin/chromium")
    with pytest.raises(BrowserNotFound, match="ABOS_CHROMIUM names"):
        find(machine, ABOS_CHROMIUM=str(machine / "gone"))
    with pytest.raises(BrowserNotFound, match="not an executable"):
        find(machine, str(machine))


def test_a_command_name_is_looked_up_in_the_path(machine: Path) -> None:
    command = binary(machine / "bin/my-chromium")
    assert find(machine, "my-chromium") == command


def test_a_file_that_is_not_executable_is_passed_over(machine: Path) -> None:
    binary(machine / "usr/lib/chromium/chromium-headless-shell").chmod(0o644)
    other = binary(machine / "bin/chromium")
    assert find(machine) == other
