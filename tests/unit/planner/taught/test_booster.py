"""The booster's trees in NumPy: the same sums as by hand, missing values, and bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abos.planner.taught.booster import Booster, load
from abos.planner.taught.matrix import COLUMNS


def write(path: Path, columns: tuple[str, ...] = COLUMNS) -> Path:
    """One tree: near <= 0.5 (missing goes right) gives -1, else none <= 0.5 gives 2, else 3."""
    near, none = COLUMNS.index("near"), COLUMNS.index("none")
    np.savez(
        path,
        columns=np.frombuffer("\n".join(columns).encode(), np.uint8),
        column=np.array([[near, 0, none, 0, 0]], np.int16),
        limit=np.array([[0.5, 0, 0.5, 0, 0]], np.float32),
        left=np.array([[1, 1, 3, 3, 4]], np.int16),
        right=np.array([[2, 1, 4, 3, 4]], np.int16),
        value=np.array([[0, -1, 0, 2, 3]], np.float32),
        missing_left=np.zeros((1, 5), np.bool_),
        head=np.array([0.25, 0.5, 2.0, 1.0], np.float32),
        depth=np.array(2),
    )
    return path


def rows(*pairs: tuple[float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    x = np.zeros((len(pairs), len(COLUMNS)), np.float32)
    for place, (near, none) in enumerate(pairs):
        x[place, COLUMNS.index("near")], x[place, COLUMNS.index("none")] = near, none
    return x


def test_scores_are_the_leaves_that_rows_end_in(tmp_path: Path) -> None:
    booster = Booster(write(tmp_path / "b.npz"))
    found = booster.scores(rows((0.4, 0), (0.6, 0), (0.6, 1), (float("nan"), 0)))
    assert found.tolist() == pytest.approx([-0.75, 2.25, 3.25, 2.25])


def test_hand_set_and_the_models_scores_have_their_share(tmp_path: Path) -> None:
    booster = Booster(write(tmp_path / "b.npz"))
    x, hand = rows((0.4, 0), (0.6, 0)), np.array([1.0, 0.0], np.float32)
    assert booster.mixed(x, hand).tolist() == pytest.approx([0.625, 1.125])
    tree = np.array([np.nan, 9.0], np.float32)
    assert booster.mixed(x, hand, tree).tolist() == pytest.approx([0.625 - 2, 1.125 + 6])


def test_unusable_files_give_none(tmp_path: Path) -> None:
    assert load("ranker", tmp_path) is None
    (tmp_path / "booster-ranker.npz").write_bytes(b"no such thing")
    assert load("ranker", tmp_path) is None
    write(tmp_path / "booster-tree.npz", COLUMNS[:-1])
    assert load("tree", tmp_path) is None
