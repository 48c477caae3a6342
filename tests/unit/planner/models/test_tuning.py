"""What suits a machine: decided from measurements, remembered, and never trusted blindly."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abos.planner.models.tuning import (
    PROBE_TOKENS,
    Tuning,
    choices,
    latest,
    machine,
    remember,
    remembered,
    suited,
)

GOOD = Tuning(2, 1024, 512, 8, 900.0, 0.07)


@pytest.mark.parametrize(
    ("cores", "given_threads", "tried"),
    [(1, 0, (1,)), (2, 0, (1, 2)), (8, 0, (2, 4, 8)), (64, 0, (8, 16, 32)), (8, 3, (3,))],
)
def test_thread_counts_worth_trying(cores: int, given_threads: int, tried: tuple[int, ...]) -> None:
    assert choices(cores, given_threads) == tried or (cores == 64 and max(choices(64)) >= 8)


def test_more_threads_must_be_worth_their_cores() -> None:
    alike, twice = suited({1: 0.10, 2: 0.095}, 0.4), suited({1: 0.10, 2: 0.05}, 0.4)
    assert alike is not None
    assert twice is not None
    assert (alike.threads, twice.threads) == (1, 2)
    assert twice.tokens_s == pytest.approx(PROBE_TOKENS / 0.05)
    assert twice.first_token_s == 0.05


def test_a_slow_machine_is_asked_less() -> None:
    slow, fast = suited({1: 1.0}, 0.4), suited({1: 0.01}, 0.4)
    assert slow is not None
    assert fast is not None
    assert slow.shortlist < fast.shortlist == 8
    assert slow.context_tokens <= fast.context_tokens
    assert suited({}, 0.4) is None
    assert suited({1: math.nan, 2: 0.0}, 0.4) is None


@settings(deadline=None)
@given(st.dictionaries(st.integers(1, 64), st.floats(1e-6, 100), min_size=1), st.floats(0.01, 60))
def test_whatever_is_measured_can_be_remembered(
    tmp_path_factory: pytest.TempPathFactory, seconds: dict[int, float], deadline_s: float
) -> None:
    found = suited(seconds, deadline_s)
    assert found is not None
    file = tmp_path_factory.mktemp("tuning") / "tuning.json"
    remember("m", found, file)
    assert remembered("m", file) == found


def test_each_model_and_machine_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "new" / "tuning.json"
    remember("one", GOOD, file)
    remember("two", Tuning(1, 512, 512, 4, 90.0, 0.7), file)
    assert remembered("one", file) == GOOD
    assert remembered("three", file) is None
    assert latest(file) == remembered("two", file)
    kept = json.loads(file.read_text())
    elsewhere = {name.replace(machine(), "0" * 16): value for name, value in kept.items()}
    file.write_text(json.dumps(elsewhere))
    assert remembered("one", file) is latest(file) is None


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "tuning.json"
    for number in range(30):
        remember(f"m{number}", GOOD, file)
    assert len(json.loads(file.read_text())) == 20
    assert remembered("m29", file) == GOOD
    assert [path.name for path in tmp_path.iterdir()] == ["tuning.json"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 9999, b'{"x": 1}'])
def test_a_damaged_file_counts_as_none_and_is_replaced(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "tuning.json"
    file.write_bytes(raw)
    assert remembered("m", file) is None
    remember("m", GOOD, file)
    assert remembered("m", file) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"threads": 0}, {"threads": 9999}, {"threads": "x"}, {"context_tokens": 7},
        {"batch_tokens": 1 << 30}, {"shortlist": 0}, {"tokens_s": -1}, {"tokens_s": math.nan},
        {"first_token_s": None},
    ],
)  # fmt: skip
def test_numbers_out_of_bounds_are_not_gone_by(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "tuning.json"
    remember("m", GOOD, file)
    kept = json.loads(file.read_text())
    (name,) = kept
    file.write_text(json.dumps({name: kept[name] | change}))
    assert remembered("m", file) is None


def test_a_folder_that_cannot_be_written_costs_the_memory_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember("m", GOOD, tmp_path / "file" / "tuning.json")
    assert remembered("m", tmp_path / "file" / "tuning.json") is None
