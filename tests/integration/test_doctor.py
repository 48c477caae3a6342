"""The doctor on the machine the tests run on: set-up has been, so all that is needed is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from abos.kernel.doctor import examine


def doctor(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "abos.kernel.doctor", *words),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **env},
    )


def test_everything_needed_is_there_and_the_browser_shows_a_page() -> None:
    checks = {check.name: check for check in examine(deep=True)}
    assert {name for name, check in checks.items() if check.ok is False} == set()
    assert "showed a page" in checks["Chromium"].found
    assert Path(checks["Chromium"].path).is_file()


def test_a_look_is_quick() -> None:
    """In the best of some rounds: a machine that is busy with something else is none of its own."""

    def seconds() -> float:
        began = time.monotonic()
        examine()
        return time.monotonic() - began

    assert any(seconds() < 2.0 for _ in range(10))


def test_the_command_prints_one_document() -> None:
    ended = doctor("--json")
    assert ended.returncode == 0
    found = json.loads(ended.stdout)
    assert found["ok"] is True
    assert {"Python", "Chromium", "sandbox", "model file"} <= {
        check["name"] for check in found["checks"]
    }


def test_a_wrong_choice_of_browser_fails_with_one_remedy_and_gets_nothing(tmp_path: Path) -> None:
    ended = doctor("--fix", "--stamp", str(tmp_path / "stamp"), ABOS_CHROMIUM="/nope/chrome")
    assert ended.returncode == 1
    assert "/nope/chrome" in ended.stdout
    assert "unset it" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not (tmp_path / "stamp").exists()
