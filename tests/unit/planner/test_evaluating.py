"""`abos eval decisions`: labelled files in, figures out; and the records it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from planner_minds import NO_LOCAL

from abos.planner import Decider
from abos.planner.evaluating import report, run
from abos.planner.measures import (
    Outcome,
    calibration_error,
    figures,
    met,
    percentile,
    reliability,
)
from abos.planner.records import BadRecord, read

GOOD: dict[str, Any] = {
    "id": 1, "source": "s", "kind": "form", "paraphrase": False, "instruction": "Email",
    "action": "type", "answer": [1],
    "candidates": [{"role": "link", "name": "Help"}, {"role": "textbox", "name": "Email"}],
}  # fmt: skip
NONE = GOOD | {"id": 2, "instruction": "Delete my account", "action": "click", "answer": []}
FOREIGN = GOOD | {
    "id": 3, "lang": "de", "paraphrase": True, "instruction": "Passwort",
    "candidates": [{"role": "textbox", "name": "Kennwort", "type": "password"},
                   {"role": "textbox", "name": "Name"}], "answer": [0],
}  # fmt: skip
ASKED = {
    "id": 4, "source": "s", "kind": "yesno", "ask": "yesno", "instruction": "is the cart empty?",
    "page": {"lines": ["Your cart is empty"]}, "answer": ["yes"],
}  # fmt: skip


def written(path: Path, *records: object) -> Path:
    path.write_text("\n".join(json.dumps(each) for each in records) + "\n\n")
    return path


async def test_a_file_becomes_figures(tmp_path: Path) -> None:
    records = read(written(tmp_path / "a.jsonl", GOOD, NONE, FOREIGN, ASKED))
    outcomes = await run(records, Decider(NO_LOCAL))
    rows = {row["id"]: row for row in report(outcomes)}
    assert rows["all"]["n"] == 4
    assert rows["ask=yesno"]["accuracy"] == 1.0
    assert rows["kind=form"]["n"] == 3
    assert rows["paraphrase=true"]["n"] == rows["lang=other"]["n"] == 1
    assert rows["none=true"]["none_recall"] in (0.0, 1.0)
    assert rows["tier.exact"]["unit"] == "ms"
    assert rows["all"]["met"] in (True, False)
    assert {"accuracy", "coverage95", "accuracy95", "coverage99", "accuracy99", "ece"} <= set(
        rows["all"]
    )


@pytest.mark.parametrize(
    "broken",
    [
        "{", "[]", "1", "{}",
        GOOD | {"answer": [9]}, GOOD | {"answer": ["x"]}, GOOD | {"candidates": [{}]},
        GOOD | {"candidates": "x"}, GOOD | {"ask": "frob"},
        {key: value for key, value in ASKED.items() if key != "page"},
        ASKED | {"page": {"lines": 3}},
    ],
)  # fmt: skip
def test_a_broken_record_is_named_by_its_line(tmp_path: Path, broken: object) -> None:
    path = tmp_path / "b.jsonl"
    line = broken if isinstance(broken, str) else json.dumps(broken)
    path.write_text(f"{json.dumps(GOOD)}\n{line}\n")
    with pytest.raises(BadRecord, match="line 2"):
        read(path)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="cannot be read"):
        read(tmp_path / "none.jsonl")
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadRecord, match="UTF-8"):
        read(tmp_path / "x.jsonl")


# ---- the figures -----------------------------------------------------------------------------


def outcome(
    probability: float, right: bool, *, none: bool = False, said: str | None = "e1"
) -> Outcome:
    needed = (0.7, 0.9)
    return Outcome(
        "1", "element", "", False, "en", none, said, "ranker", probability, right, needed
    )


def test_coverage_goes_by_the_thresholds_and_tells_what_they_reached() -> None:
    found = figures(
        [outcome(0.95, True), outcome(0.8, False), outcome(0.75, True), outcome(0.2, True)]
    )
    assert found["accuracy"] == 0.75
    assert found["coverage95"] == 0.75
    assert found["accuracy95"] == pytest.approx(2 / 3)
    assert (found["coverage99"], found["accuracy99"]) == (0.25, 1.0)


def test_none_is_counted_both_ways() -> None:
    some = [outcome(0.9, True, none=True, said=None), outcome(0.9, False, none=True)]
    others = [outcome(0.9, False, said=None), outcome(0.9, True), outcome(0.9, True)]
    found = figures([*some, *others])
    assert found["none_recall"] == 0.5
    assert found["false_none"] == pytest.approx(1 / 3)
    assert figures(others)["none_recall"] is None


def test_the_calibration_error() -> None:
    assert calibration_error([(0.75, True)] * 3 + [(0.75, False)]) == pytest.approx(0)
    assert calibration_error([(0.95, False)] * 10) == pytest.approx(0.95)
    assert calibration_error([]) is None
    (row,) = reliability([(1.0, True), (0.91, False)])
    assert (row.low, row.high, row.n, row.right) == (0.9, 1.0, 2, 0.5)


def test_nothing_measured_meets_no_target() -> None:
    assert met("accuracy >= 0.5 and ece <= 0.1", {"accuracy": 0.5, "ece": 0.1})
    assert not met("accuracy >= 0.5", {"accuracy": None})
    with pytest.raises(ValueError, match="not a target"):
        met("accuracy > 0.5", {"accuracy": 1.0})
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([], 0.5) == 0
