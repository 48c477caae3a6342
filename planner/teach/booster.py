"""Teaching a booster on the matrix of every question; the same code for tier 1 and tier 2.

``trees`` are the local model's log-odds by record id and candidate place, for tier 2:
``{"id": …, "tree": {"3": 1.2}}`` a line. Without them the columns of the tree are missing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import ranker
from ..question import Candidate, Question
from ..taught.booster import Booster
from ..taught.encoder import Encoder
from ..taught.matrix import COLUMNS
from ..vectors import SHARED
from .encoder import for_booster
from .records import Record, read

MOST = 5000
"""Records that the booster is taught on."""

Array = NDArray[np.float32]
Trees = Mapping[str, Mapping[str, float]]


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
        tree = None if trees is None else trees.get(record["id"])
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
    rounds: int = 200,
) -> None:
    """Teach on a part of train.jsonl, fit the sharpness on calibrate.jsonl, write ``out``."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    started = time.perf_counter()
    opinions = None if trees is None else read_trees(trees)
    rows = [r for r in read(data / "train.jsonl") if for_booster(r["group"])][:MOST]
    if opinions is not None:
        rows = [r for r in rows if r["id"] in opinions]
    blocks = matrices(rows, encoder, opinions)
    print(f"matrices: {len(rows)} records, {time.perf_counter() - started:.0f} s", flush=True)
    x = np.concatenate(blocks)
    y = np.concatenate([_marks(r, len(b)) for r, b in zip(rows, blocks, strict=True)])
    weight = np.concatenate([np.full(len(b), 1.0 + 4.0 / len(b)) for b in blocks])
    model = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.06, max_leaf_nodes=24, min_samples_leaf=30,
        l2_regularization=1.0, random_state=seed, categorical_features=None,
    )  # fmt: skip
    model.fit(x, y, sample_weight=weight)
    save(model, out, 1.0)
    held = read(data / "calibrate.jsonl")[:1500]
    if opinions is not None:
        held = [r for r in held if r["id"] in opinions]
    heat = _sharpness(Booster(out), held, matrices(held, encoder, opinions))
    save(model, out, heat)
    print(
        f"booster {out.name}: sharpness {heat:.2f}, {out.stat().st_size // 1024} KiB,"
        f" {time.perf_counter() - started:.0f} s"
    )


def read_trees(path: Path) -> dict[str, dict[str, float]]:
    """The local model's opinions by record id."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {line["id"]: line["tree"] for line in lines}


def _marks(record: Record, count: int) -> Array:
    marks = np.zeros(count, np.float32)
    marks[right_rows(record)] = 1
    return marks


def _sharpness(booster: Booster, rows: Sequence[Record], blocks: Sequence[Array]) -> float:
    """The factor of the scores at which the right rows are likeliest."""
    scores = [booster.scores(b) for b in blocks]
    best, chosen = np.inf, 1.0
    for heat in np.arange(0.4, 2.01, 0.05):
        loss = 0.0
        for record, s in zip(rows, scores, strict=True):
            odds = np.exp(heat * (s - s.max()))
            loss -= float(np.log(max(1e-9, odds[right_rows(record)].sum() / odds.sum())))
        if loss < best:
            best, chosen = loss, float(heat)
    return chosen


def save(model: Any, out: Path, heat: float) -> None:
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
    arrays["head"] = np.array([float(np.ravel(model._baseline_prediction)[0]), heat], np.float32)
    arrays["depth"] = np.array(max(int(t["depth"].max()) for t in trees))
    arrays["columns"] = np.frombuffer("\n".join(COLUMNS).encode(), np.uint8)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
