"""Teaching a booster on the matrix of every question; the same code for tier 1 and tier 2.

``trees`` are the local model's log-odds for tier 2, a line of ``{"id", "instruction", "places",
"scores"}`` for each record that it was asked about. Without them the tree's columns are missing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import ranker
from ..question import Candidate, Question
from ..taught.booster import UNASKED, Booster
from ..taught.encoder import Encoder
from ..taught.matrix import COLUMNS
from ..vectors import SHARED
from .encoder import for_booster
from .records import Record, read

MOST, HELD = 5000, 1200
"""Records that the booster is taught on, and those that its sharpness is fitted on."""

_RISING = frozenset({
    "same", "cover_name", "cover_said", "hint", "context", "letters", "meaning", "role", "noun",
    "only", "type", "submits", "hand", "near", "near_odds", "tree",
})  # fmt: skip
_FALLING = frozenset({
    "misfit", "off", "undone", "hand_rank", "hand_gap", "near_rank", "near_gap", "tree_rank",
    "tree_gap",
})  # fmt: skip
"""What can only speak for a candidate, and only against it: keeps the trees from odd exceptions."""

_UNUSED = ("place", "from_end", "before", "after", "letters_left")
"""Columns that tell made-up pages apart rather than what is meant."""

Array = NDArray[np.float32]
Trees = Mapping[tuple[str, str], Mapping[str, float]]


def question(record: Record) -> Question:
    """A record as a question; the candidates' refs are their places."""
    return Question(
        record["instruction"], record["action"],
        tuple(
            Candidate(
                str(i), c["role"], c["name"], c.get("context", ""), c.get("hint", ""),
                type=c.get("type", ""), landmark=c.get("landmark", ""),
            )
            for i, c in enumerate(record["candidates"])
        ),
    )  # fmt: skip


def matrices(rows: Sequence[Record], encoder: Encoder, trees: Trees | None = None) -> list[Array]:
    """One matrix a record, its last row being "none"."""
    SHARED.load()
    found = []
    for record in rows:
        tree = None if trees is None else trees.get(_key(record))
        found.append(ranker.matrix(question(record), SHARED, encoder, tree))
    return found


def right_rows(record: Record) -> list[int]:
    """Rows of the matrix that are right: the answers, or the last."""
    return record["answer"] or [len(record["candidates"])]


def teach(
    data: Path,
    encoder: Encoder,
    out: Path,
    *,
    trees: Path | None = None,
    seed: int = 5,
    rounds: int = 160,
) -> None:
    """Teach on a part of train.jsonl, fit the sharpness on calibrate.jsonl, write ``out``."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    started = time.perf_counter()
    opinions = None if trees is None else read_trees(trees)
    rows = [r for r in read(data / "train.jsonl") if for_booster(r["group"])]
    if opinions is not None:
        rows = [r for r in rows if _key(r) in opinions]
    rows = sorted(rows[:MOST], key=lambda r: r["group"])  # a page's names are computed once
    blocks = matrices(rows, encoder, opinions)
    print(f"matrices: {len(rows)} records, {time.perf_counter() - started:.0f} s", flush=True)
    x = np.concatenate(blocks)
    x[:, np.isnan(x).all(axis=0)] = 0  # nothing is known of the tree: nothing to split at
    y = np.concatenate([_marks(r, len(b)) for r, b in zip(rows, blocks, strict=True)])
    weight = np.concatenate([np.full(len(b), 1.0 + 4.0 / len(b)) for b in blocks])
    x[:, [COLUMNS.index(name) for name in _UNUSED]] = 0
    model = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.07, max_leaf_nodes=16, max_depth=6, min_samples_leaf=50,
        l2_regularization=5.0, random_state=seed, early_stopping=False, categorical_features=None,
        monotonic_cst=[1 if c in _RISING else -1 if c in _FALLING else 0 for c in COLUMNS],
    )  # fmt: skip
    model.fit(x, y, sample_weight=weight)
    save(model, out, (1.0, 0.0, 0.0))
    held = read(data / "calibrate.jsonl")
    if opinions is not None:
        held = [r for r in held if _key(r) in opinions]
    held = sorted(held[:HELD], key=lambda r: r["group"])
    heads = fit_heads(Booster(out), held, matrices(held, encoder, opinions))
    save(model, out, heads)
    print(
        f"booster {out.name}: sharpness, share of hand, of tree {heads},"
        f" {out.stat().st_size // 1024} KiB, {time.perf_counter() - started:.0f} s"
    )


def read_trees(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """The local model's opinions, by record: candidate's place -> log-odds."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {
        (line["id"], line["instruction"]): {
            str(place): score for place, score in zip(line["places"], line["scores"], strict=True)
        }
        for line in lines
    }


def _key(record: Record) -> tuple[str, str]:
    return record["id"], record["instruction"]


def _marks(record: Record, count: int) -> Array:
    marks = np.zeros(count, np.float32)
    marks[right_rows(record)] = 1
    return marks


def fit_heads(
    booster: Booster, rows: Sequence[Record], blocks: Sequence[Array]
) -> tuple[float, float, float]:
    """Sharpness and share of the hand-set score at which the right is likeliest; no tree yet."""
    cases = [_case(booster, r, b, None) for r, b in zip(rows, blocks, strict=True)]
    grid = product(np.arange(0.3, 1.51, 0.05), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (0.0,))
    heat, hand, gain = min(grid, key=lambda heads: _loss(cases, heads))
    return round(float(heat), 3), hand, gain


def fit_tree(data: Path, encoder: Encoder, file: Path, trees: Path) -> None:
    """Fit the share of the local model's opinion on calibrate.jsonl and write it into ``file``."""
    opinions = read_trees(trees)
    held = [r for r in read(data / "calibrate.jsonl") if _key(r) in opinions][:HELD]
    booster = Booster(file)
    blocks = matrices(held, encoder)
    cases = [_case(booster, r, b, opinions) for r, b in zip(held, blocks, strict=True)]
    kept = booster.heat, booster.hand
    gain = min((x / 10 for x in range(9)), key=lambda gain: _loss(cases, (*kept, gain)))
    add_tree(file, (*kept, gain))
    print(f"booster {file.name}: share of the tree {gain}")


Case = tuple[Array, Array, Array, list[int]]


def _case(booster: Booster, record: Record, block: Array, trees: Trees | None) -> Case:
    hand = np.append(block[:-1, COLUMNS.index("hand")], np.float32(ranker.NONE_SCORE))
    tree = np.zeros(len(block), np.float32)
    if trees is not None:
        said = trees.get(_key(record), {})
        tree[:-1] = [said.get(str(i), UNASKED) for i in range(len(block) - 1)]
    return booster.scores(block), hand, np.clip(tree, -6, 6), right_rows(record)


def _loss(cases: Sequence[Case], heads: tuple[float, float, float]) -> float:
    heat, share, gain = heads
    total = 0.0
    for scores, hand, tree, right in cases:
        z = heat * (scores + share * hand) + gain * tree
        odds = np.exp(z - z.max())
        total -= float(np.log(max(1e-9, odds[right].sum() / odds.sum())))
    return total


def add_tree(file: Path, heads: tuple[float, float, float]) -> None:
    """Write sharpness, share of the hand-set score and of the tree's into a booster's file."""
    with np.load(file, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    arrays["head"] = np.array([arrays["head"][0], *heads], np.float32)
    np.savez_compressed(file, **arrays)


def save(model: Any, out: Path, heads: tuple[float, float, float]) -> None:
    """Write scikit-learn's trees as plain arrays."""
    trees = [t[0].nodes for t in model._predictors]
    size = max(len(t) for t in trees)
    shape = (len(trees), size)
    arrays: dict[str, NDArray[np.generic]] = {
        "column": np.zeros(shape, np.int16), "limit": np.zeros(shape, np.float32),
        "left": np.zeros(shape, np.int16), "right": np.zeros(shape, np.int16),
        "value": np.zeros(shape, np.float32), "missing_left": np.zeros(shape, np.bool_),
    }  # fmt: skip
    for number, nodes in enumerate(trees):
        count, itself = len(nodes), np.arange(len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        arrays["column"][number, :count] = np.where(leaf, 0, nodes["feature_idx"])
        arrays["limit"][number, :count] = nodes["num_threshold"]
        arrays["left"][number, :count] = np.where(leaf, itself, nodes["left"])
        arrays["right"][number, :count] = np.where(leaf, itself, nodes["right"])
        arrays["value"][number, :count] = np.where(leaf, nodes["value"], 0)
        arrays["missing_left"][number, :count] = nodes["missing_go_to_left"]
    base = float(np.ravel(model._baseline_prediction)[0])
    arrays["head"] = np.array([base, *heads], np.float32)
    arrays["depth"] = np.array(max(int(t["depth"].max()) for t in trees))
    arrays["columns"] = np.frombuffer("\n".join(COLUMNS).encode(), np.uint8)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
