"""What is left of a benchmark is found by its folder, and found only while it runs."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest
from _cycles import Memory, own_folder, processes_of, pss_kb


def test_a_process_of_the_folder_is_counted_until_it_ends() -> None:
    given = os.environ.get("TMPDIR")
    with own_folder() as folder:
        assert not processes_of(folder)
        command = [sys.executable, "-c", "input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as left:
            assert [process.pid for process in processes_of(folder)] == [left.pid]
            left.kill()
            left.wait()
        assert not processes_of(folder)
    assert os.environ.get("TMPDIR") == given


def test_growth_is_missed_and_noise_is_not() -> None:
    xs = list(range(100, 501, 25))
    memory = Memory(
        cycles=xs,
        tree=[200_000.0 + 4 * x + x % 50 for x in xs],
        driver=[90_000.0 + 100 * (x % 50) for x in xs],
        python=[150_000.0 - x for x in xs],
    )
    grown, noisy, shrunk = memory.rows()
    assert 3.5 < grown.extra["growth_kb"] < 4.5
    assert noisy.extra["growth_kb"] == shrunk.extra["growth_kb"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="PSS needs Linux")
def test_memory_that_is_taken_shows_in_full() -> None:
    this = psutil.Process()
    before = pss_kb(this)
    taken = bytearray(os.urandom(1 << 20)) * 32
    assert pss_kb(this) - before > 0.9 * len(taken) / 1024
