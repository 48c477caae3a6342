"""Teach the tree and write its adapter: ``python -m abos.planner.teach.tree DATA.jsonl``.

Ends by the clock: ``--minutes`` bounds the teaching itself. Nothing but progress is printed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..models.artifact import MEMBER_SHA256, default_model_path
from ..taught import phrases
from ..vectors import SHARED
from . import tree_adapter
from .hostile import with_hostile
from .tree_data import Example, Tokenizer, examples, narrowed, records, trees
from .tree_model import Base, Lora, TreeModel
from .tree_train import Lesson, is_right, scored, teach

_FOLDER = Path(phrases.__file__).parent
_EVERY = 20
"""Steps between two lines of progress."""


def main() -> None:
    """Read, teach, look, write."""
    told = _arguments()
    SHARED.load()
    model_path = told.base or default_model_path()
    tokens = Tokenizer(model_path)
    lessons = trees(_lessons(told), tokens)
    model = _model(told, model_path, tokens)
    lesson = Lesson(
        rate=told.rate,
        rounds=told.rounds,
        seconds=60 * told.minutes,
        threads=told.threads,
        seed=told.seed,
    )
    print(f"{len(lessons)} trees, {sum(t.tokens for t in lessons)} tokens", flush=True)
    steps = teach(model, lessons, lesson, _progress(lambda: _write(told.out, model)))
    _write(told.out, model)
    print(f"{steps} steps; written to {told.out}", flush=True)
    for path in told.test:
        found = list(examples(records([path], told.look, 1), SHARED))
        print(f"{path}: {_look(model, found, tokens)}", flush=True)


def _lessons(told: argparse.Namespace) -> list[Example]:
    """What is taught: shortlists, made harder by hostile names and cheaper by being narrowed."""
    found = examples(records(told.data, told.examples, told.seed, spare=True), SHARED, help_in=True)
    rng = np.random.default_rng(told.seed)
    return [narrowed(each, told.branches, rng) for each in with_hostile(list(found), told.seed)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="JSON lines in the shared format")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="files to look at after")
    parser.add_argument("--out", type=Path, default=_FOLDER / "smollm2-decider.gguf")
    parser.add_argument("--base", type=Path, help="the GGUF file; else the one that ABOS uses")
    parser.add_argument("--layers", type=int, default=0, help="how many to use; 0 for all")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--rounds", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--examples", type=int, default=12_000, help="at most so many are taught")
    parser.add_argument("--branches", type=int, default=8, help="at most so many of each")
    parser.add_argument("--look", type=int, default=400, help="at most so many of each test file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", type=Path, help="an adapter to go on with")
    parser.add_argument("--seed", type=int, default=5)
    return parser.parse_args()


def _model(told: argparse.Namespace, path: Path, tokens: Tokenizer) -> TreeModel:
    import torch

    torch.set_num_threads(told.threads)
    base = Base(path, told.layers)
    lora = Lora(base, told.rank, 2.0 * told.rank, told.seed)
    if told.resume:
        lora.take(base, tree_adapter.read(told.resume))
    return TreeModel(base, lora, (tokens(phrases.YES)[0], tokens(phrases.NO)[0]))


def _write(path: Path, model: TreeModel) -> None:
    matrices = {
        name: (a.numpy(), b.numpy()) for name, (a, b) in model.lora.matrices(model.base).items()
    }
    layers = model.base.shape.layers
    tree_adapter.write(path, matrices, model.lora.alpha, layers, MEMBER_SHA256)


def _progress(keep: Callable[[], None]) -> Callable[[int, int, float], None]:
    """Tells how far it is, and keeps what is taught so far."""
    started = time.monotonic()

    def tell(step: int, total: int, late: float) -> None:
        if step % _EVERY == 0:
            seconds = time.monotonic() - started
            print(f"step {step}/{total} loss {late:.3f} {seconds:.0f} s", flush=True)
            keep()

    return tell


def _look(model: TreeModel, found: list[Example], tokens: Tokenizer) -> str:
    """Accuracy for all, and for questions that nothing on the page answers.

    Right answers outside of the shortlist cannot be found, and "none" is wrong there.
    """
    looked = trees(found, tokens)
    hits = [
        is_right(tree, scores) and bool(tree.right) == bool(each.right)
        for each, tree, scores in zip(found, looked, scored(model, looked), strict=True)
    ]
    none = [hit for hit, each in zip(hits, found, strict=True) if not each.right]
    said = {
        "n": len(hits),
        "accuracy": round(sum(hits) / max(1, len(hits)), 3),
        "none_n": len(none),
        "none_recall": round(sum(none) / max(1, len(none)), 3),
    }
    return json.dumps(said)


if __name__ == "__main__":
    main()
