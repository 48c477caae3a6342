"""Stated probabilities made true: curves, thresholds, and the file that they are kept in."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abos.planner import Candidate, Decider, Decision, LocalConfig, PlannerConfig, Question
from abos.planner.calibration import (
    FILE,
    NOTHING_KNOWN,
    TAUGHT,
    Calibration,
    Curve,
    identity,
    load,
    shipped,
)
from abos.planner.calibration_fit import UNREACHED, Answers, Judged, fitted, isotonic, threshold
from abos.planner.config import BUILT_IN, Thresholds
from abos.planner.measures import calibration_error


def judged(stated: float, right: bool, by: str = "ranker", ref: str | None = "e1") -> Judged:
    return Judged(Decision(ref, stated, by), right)  # type: ignore[arg-type]


def rows(count: int, seed: int, bend: float = 2.0) -> list[Answers]:
    """A ranker that states p and is right in p**bend of the cases."""
    dice = random.Random(seed)
    stated = [dice.random() for _ in range(count)]
    return [[judged(p, dice.random() < p**bend)] for p in stated]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80))
def test_a_curve_rises_and_claims_neither_nothing_nor_everything(
    points: list[tuple[float, bool]],
) -> None:
    curve = isotonic(points)
    assert list(curve.observed) == sorted(curve.observed)
    assert list(curve.stated) == sorted(set(curve.stated))
    values = [curve.of(x / 20) for x in range(-2, 24)]
    assert values == sorted(values)
    assert all(0 < value < 1 for value in values)


def test_a_curve_between_its_points() -> None:
    curve = Curve((0.2, 0.6), (0.1, 0.5))
    assert [curve.of(x) for x in (0.0, 0.2, 0.4, 0.6, 1.0)] == pytest.approx(
        [0.1, 0.1, 0.3, 0.5, 0.5]
    )


def test_what_is_fitted_holds_for_other_questions() -> None:
    """Overconfident before, honest after; and the thresholds keep what they promise."""
    known = fitted({"element": rows(4000, 1)})
    others = [row[0] for row in rows(4000, 2)]
    before = calibration_error([(j.decision.probability, j.right) for j in others])
    said = [(known.calibrated("element", j.decision).probability, j.right) for j in others]
    after = calibration_error(said)
    assert before is not None
    assert after is not None
    assert after < 0.03 < before
    accept, risky = known.needed["element"]
    taken = [right for p, right in said if p >= accept]
    assert len(taken) > 100
    assert sum(taken) / len(taken) > 0.93
    assert accept < risky


def test_a_threshold_that_nothing_reaches_lets_nothing_through() -> None:
    hopeless = [[judged(p / 100, p % 2 == 0)] for p in range(100)]
    known = fitted({"element": hopeless})
    assert known.needed["element"] == (UNREACHED, UNREACHED)
    assert all(known.calibrated("element", row[0].decision).probability < 1 for row in hopeless)


def test_the_first_sure_tier_counts() -> None:
    """A cheap tier that is sure and wrong is not saved by a dear one that is right."""
    both = [[judged(0.99, False, "exact"), judged(0.9, True)] for _ in range(50)]
    known = Calibration(
        {"element/exact": Curve((0.0,), (0.9,)), "element/ranker": Curve((0.0,), (0.8,))}
    )
    assert threshold("element", both, known, 0.95) == UNREACHED


def test_none_has_a_curve_of_its_own() -> None:
    said_none = [[judged(0.9, n % 3 == 0, ref=None)] for n in range(90)]
    known = fitted({"element": [*rows(300, 3), *said_none]})
    assert known.calibrated("element", Decision(None, 0.9, "ranker")).probability == pytest.approx(
        1 / 3, abs=0.05
    )


def test_tiers_that_nobody_measured_are_taken_at_their_word_and_need_more() -> None:
    known = Calibration({}, {"element": (0.6, 0.8)})
    cloud = known.calibrated("element", Decision("e1", 0.7, "cloud"))
    assert not cloud.measured
    found = known.thresholds("element", Thresholds())
    assert (found.accept, found.irreversible) == (0.6, 0.8)
    assert (found.stated_accept, found.stated_irreversible) == (0.75, 0.9)


def test_what_the_user_says_wins() -> None:
    known = Calibration({}, {"element": (0.6, 0.8)})
    found = known.thresholds("element", Thresholds(accept=0.5))
    assert (found.accept, found.irreversible, found.stated_accept) == (0.5, 0.8, 0.5)
    assert known.thresholds("value", Thresholds()).accept == BUILT_IN.accept


# ---- the file ------------------------------------------------------------------------------


def written(folder: Path, **changes: object) -> Path:
    document = {
        "version": 1,
        "models": identity(folder),
        "curves": {"element/ranker": [[0.1, 0.2], [0.9, 0.95]]},
        "needed": {"element": {"95": 0.7, "99": 0.9}},
    }
    (folder / FILE).write_text(json.dumps(document | changes))
    return folder


def test_a_file_is_read(tmp_path: Path) -> None:
    known = load(written(tmp_path))
    assert known.needed == {"element": (0.7, 0.9)}
    assert known.calibrated("element", Decision("e1", 0.5, "ranker")).measured


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"models": "other"},
        {"curves": {"x": []}},
        {"curves": {"x": [[0.5, 0.1], [0.4, 0.2]]}},
        {"curves": {"x": [[0.1, 0.9], [0.4, 0.2]]}},
        {"curves": {"x": [[0.1, float("nan")]]}},
        {"curves": [1]},
        {"needed": {"element": {"95": "x", "99": 1}}},
        {"needed": {"element": {"95": -1, "99": 1}}},
    ],
)
def test_a_file_that_is_wrong_or_for_other_models_is_not_gone_by(
    tmp_path: Path, changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert load(written(tmp_path, **changes)) == NOTHING_KNOWN
    assert len(caplog.records) == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"[" * 9999])
def test_neither_is_one_that_is_damaged(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / FILE).write_bytes(raw)
    assert load(tmp_path) == NOTHING_KNOWN
    assert load(tmp_path / "nowhere") == NOTHING_KNOWN


def test_another_model_makes_it_another_identity(tmp_path: Path) -> None:
    before = identity(tmp_path)
    (tmp_path / "README.md").write_text("x")
    assert identity(tmp_path) == before
    (tmp_path / "booster.npz").write_bytes(b"x")
    assert identity(tmp_path) != before


def test_the_shipped_one_belongs_to_the_shipped_models() -> None:
    """Else: make calibrate."""
    assert "element/ranker" in shipped().curves
    assert set(shipped().needed) >= {"element", "yesno", "done", "value"}
    assert json.loads((TAUGHT / FILE).read_text())["ece"] < 0.05


async def test_without_word_vectors_it_is_another_ranker(monkeypatch: pytest.MonkeyPatch) -> None:
    from abos.planner.vectors import Vectors

    class Missing(Vectors):
        def load(self) -> bool:
            return False

    known = Calibration({"element/ranker": Curve((0.0,), (0.99,))}, {"element": (0.1, 0.1)})
    config = PlannerConfig(local=LocalConfig(enabled=False))
    decider = Decider(config, vectors=Missing(), calibration=known)
    question = Question(
        "frob", "click", (Candidate("e1", "link", "A"), Candidate("e2", "link", "B"))
    )
    walk = await decider.consult(question)
    assert not any(d.measured for d in walk.decisions)
    assert walk.thresholds.accept == BUILT_IN.accept
