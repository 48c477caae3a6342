"""Where the tokens of cloud calls go."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from abos.kernel.doors.cli import app
from abos.kernel.doors.prompts_cli import PartRow, parts_of, totals_of
from abos.planner import CloudCall, Ledger, Usage

PLAN = CloudCall(1.0, "plan", "m", {"system": 400, "page": 1200}, Usage(1600, 400), 0.02, 1.0)
SECOND = CloudCall(2.0, "plan", "m", {"system": 400, "page": 800}, Usage(1200, 0), 0.01, 3.0)
CHOICE = CloudCall(3.0, "choose", "n", {"system": 100}, Usage(100, 20), 0.0, 0.2)


def test_parts_are_means_a_call() -> None:
    rows = parts_of([PLAN, SECOND])
    assert rows == [
        PartRow("plan", "system", 400.0, 800 / 3200),
        PartRow("plan", "page", 1000.0, 2000 / 3200),
        PartRow("plan", "response", 200.0, 400 / 3200),
    ]
    assert {row.purpose for row in parts_of([PLAN, CHOICE])} == {"plan", "choose"}


def test_totals_are_by_purpose_and_model() -> None:
    choose, plan = totals_of([PLAN, SECOND, CHOICE])
    assert (plan.calls, plan.tokens_in, plan.tokens_out, plan.seconds) == (2, 2800, 400, 2.0)
    assert plan.cost == pytest.approx(0.03)
    assert (choose.purpose, choose.model, choose.calls) == ("choose", "n", 1)


def test_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABOS_PLANNER_LEDGER", str(tmp_path / "l"))
    run = CliRunner()
    assert "No cloud call" in run.invoke(app, ["prompts", "report"]).output
    Ledger(tmp_path / "l").add(
        CloudCall(time.time(), "plan", "m", {"page": 10}, Usage(10, 5), 0, 1)
    )
    shown = run.invoke(app, ["prompts", "report"])
    assert shown.exit_code == 0
    assert "response" in shown.output
    told = json.loads(run.invoke(app, ["prompts", "report", "--json"]).output)
    assert told["totals"][0]["tokens_out"] == 5
