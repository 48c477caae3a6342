"""Commands end when they should, whatever they do."""

from __future__ import annotations

import sys
import time

import psutil

from abos.kernel.doctor.run import MISSING, STUCK, run


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_code_output_and_lines_come_back() -> None:
    lines: list[str] = []
    code = "import sys; print('one\\rtwo'); print('\\x1b[31mred\\x1b[0m', file=sys.stderr); exit(3)"
    outcome = run(python(code), timeout_s=20, on_line=lines.append)
    assert outcome.code == 3
    assert sorted(lines) == ["one", "red", "two"]
    assert "red" in outcome.output


def test_the_last_line_needs_no_newline() -> None:
    assert run(python("print('end', end='')"), timeout_s=20).output == "end"


def test_a_command_that_is_not_there_is_an_outcome() -> None:
    outcome = run(("abos-no-such-command",), timeout_s=1)
    assert outcome.code == MISSING
    assert "abos-no-such-command" in outcome.output


def test_the_deadline_takes_the_whole_family() -> None:
    child = f"[{sys.executable!r}, '-c', 'import time; time.sleep(60)']"
    code = f"import subprocess; p = subprocess.Popen({child}); print(p.pid, flush=True); p.wait()"
    began = time.monotonic()
    pids: list[int] = []
    outcome = run(python(code), timeout_s=1.0, on_line=lambda line: pids.append(int(line)))
    assert outcome.code == STUCK
    assert time.monotonic() - began < 50
    gone, alive = psutil.wait_procs(
        [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=5
    )
    assert [process.pid for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    del gone


def test_silence_counts_as_stuck() -> None:
    outcome = run(python("import time; time.sleep(60)"), timeout_s=30, stall_s=0.2)
    assert outcome.code == STUCK
    assert "stuck" in outcome.output


def test_the_environment_is_added_to() -> None:
    code = "import os; print(os.environ['ABOS_X'], 'PATH' in os.environ)"
    assert run(python(code), timeout_s=20, env=(("ABOS_X", "1"),)).output == "1 True"
