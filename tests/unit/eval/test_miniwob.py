"""The evaluation on the package's pages: what counts, and what is said without the package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "eval" / "miniwob.py"


@pytest.fixture(scope="module")
def miniwob() -> ModuleType:
    spec = importlib.util.spec_from_file_location("eval_miniwob", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_without_the_package_it_says_what_to_install(
    miniwob: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [str(SCRIPT.parent)])
    assert miniwob.main([]) == 2
    assert "abos[eval]" in capsys.readouterr().err


def test_rewards_above_nothing_are_successes_and_failures_are_counted(miniwob: ModuleType) -> None:
    def played(reward: float, error: str = "", done: bool = True) -> object:
        return miniwob.Episode("t", 0, "g", reward, done, 2, 0.5, error)

    row = miniwob.row("t", "t", [played(1), played(0.4), played(-1), played(0, "CannotPlan: x"),
                                 played(0, done=False)])  # fmt: skip
    assert (row["n"], row["success"], row["steps"], row["ms_per_step"]) == (5, 0.4, 2, 250)
    assert row["failures"] == {"wrong": 1, "CannotPlan": 1, "never submitted": 1}


def test_pages_that_load_from_elsewhere_are_left_out(miniwob: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "miniwob").mkdir()
    for name, source in (("near", "../core/core.js"), ("far", "https://cdn.example/x.js")):
        page = f'<script src="{source}"></script>'
        (tmp_path / "miniwob" / f"{name}.html").write_text(page)
    assert miniwob.tasks_of(tmp_path) == ("far", "near")
    assert [miniwob.needs_network(tmp_path, name) for name in ("near", "far")] == [False, True]
