"""The lines for people and the document for programs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from abos.kernel.doctor import command
from abos.kernel.doctor.check import Check
from abos.kernel.doctor.command import run_doctor
from abos.kernel.doctor.mend import Attempt
from abos.kernel.doctor.progress import Bars, Plain, amount, reporter
from abos.kernel.doctor.report import document, show, verdict

FINE = Check("Python", True, "3.11.7 in [venv]", path="/py")
LACKING = Check("model file", None, "not fetched yet", "abos doctor --fix", fixable=True)
WRONG = Check("Chromium", False, "none was found", "install one", fixable=True)


def console(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=40), out


def test_one_line_each_and_the_remedy_beneath() -> None:
    target, out = console()
    show((FINE, LACKING, WRONG), target)
    lines = out.getvalue().splitlines()
    assert [line.split()[1] for line in lines[:2]] == ["Python", "model"]
    assert "3.11.7 in [venv]" in lines[0]
    assert lines[2].strip() == "abos doctor --fix"
    assert lines[4].strip() == "install one"
    assert lines[5].strip() == "ABOS cannot run yet: see Chromium."


def test_the_verdict() -> None:
    assert verdict((FINE,)) == "ABOS has all it needs."
    assert "model file" in verdict((FINE, LACKING))


def test_the_document_is_json_whatever_is_in_it() -> None:
    tried = Attempt("Chromium", "apt", False, 'E: "quoted"')
    found = json.loads(document((FINE, WRONG), (tried,)))
    assert (found["ok"], found["exit_code"]) == (False, 1)
    assert found["checks"][1] == {
        "name": "Chromium",
        "ok": False,
        "found": "none was found",
        "remedy": "install one",
        "fixable": True,
    }
    assert found["attempts"][0]["why"] == 'E: "quoted"'


@pytest.mark.parametrize(
    ("checks", "code", "stamped"),
    [
        ((FINE,), 0, True),
        ((FINE, LACKING), 0, False),
        ((FINE, WRONG), 1, False),
    ],
)
def test_exit_code_and_stamp(
    checks: tuple[Check, ...],
    code: int,
    stamped: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "examine", lambda _env, deep: checks)
    target, out = console()
    stamp = tmp_path / "doctor"
    assert run_doctor(False, True, target, stamp=stamp, env={}) == code
    assert json.loads(out.getvalue())["exit_code"] == code
    assert stamp.exists() is stamped
    if stamped:
        assert stamp.read_text() == "/py\n"


def test_a_fix_is_followed_by_a_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter(((FINE, WRONG), (FINE,)))
    tried = (Attempt("Chromium", "apt", True),)
    monkeypatch.setattr(command, "examine", lambda _env, deep: next(seen))
    monkeypatch.setattr(command, "mend", lambda _checks, _reporter, env: tried)
    assert run_doctor(True, False, console()[0], env={}) == 0


def test_plain_progress_prints_quarters() -> None:
    target, out = console()
    with Plain(target).step("model") as update:
        for done in range(0, 101, 5):
            update(done, 100)
    assert out.getvalue().split("\n") == [
        "  model ...",
        *(f"  model: {quarter} %" for quarter in (25, 50, 75, 100)),
        "",
    ]


def test_bars_leave_one_line() -> None:
    target, out = console(terminal=True)
    assert isinstance(reporter(target), Bars)
    with reporter(target).step("model") as update:
        update(5e6, None)
        update(50e6, 93e6)
    assert "model (0 s)" in out.getvalue()


def test_amounts_for_people() -> None:
    assert amount(30, 100) == "30 %"
    assert amount(2, 3) == "67 %"
    assert amount(41e6, 93e6) == "41 of 93 MB"
    assert amount(41e6, None) == "41 MB"
    assert amount(0, None) == ""
