"""Killed at any point, a store has everything it acknowledged, and nothing is left lying about.

`CRASH_ROUNDS=300` tries 300 random kills, and a kill before every line instead of before some.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import abos

WRITER = Path(__file__).with_name("crash_writer.py")
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "0"))


def killed(*args: object) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(WRITER), *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(abos.__file__).parents[1])},
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.timeout(0 if ROUNDS else 120)
def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    results = killed("random", tmp_path / "s", ROUNDS or 8, 1)
    assert len(results) == (ROUNDS or 8)
    assert results[-1]["acknowledged"] >= len(results)


@pytest.mark.timeout(0 if ROUNDS else 120)
def test_kills_before_any_line_lose_nothing(tmp_path: Path) -> None:
    results = killed("lines", tmp_path, 7, 1 if ROUNDS else 29)
    assert len(results) > 10
    assert len({result["checked"] for result in results}) > 2, "all were killed at the same place"
