"""Teaching the tree: listwise, "none" scores 0, and the clock decides when it is over.

The rate falls with the share of the work or of the time that is done, whichever is more: a busy
machine sees fewer examples, but ends with a finished adapter all the same.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .tree_batch import Batch, Tree, batch_of, batches
from .tree_model import Tensor, TreeModel


@dataclass(frozen=True, slots=True)
class Lesson:
    """How it is taught. ``rounds`` through all trees, or ``seconds``, whichever ends first."""

    rank: int = 8
    alpha: float = 16.0
    rate: float = 5e-4
    batch: int = 16
    rounds: float = 1.0
    seconds: float = math.inf
    warm_up: float = 0.04
    threads: int = 1
    """Parts of a batch that are computed side by side: they wait for each other once in a step,
    where threads inside of each product would wait hundreds of times."""
    seed: int = 5


Tell = Callable[[int, int, float], None]
"""Told of steps done, all steps, and the mean loss of late."""


def teach(model: TreeModel, trees: Sequence[Tree], lesson: Lesson, tell: Tell) -> int:
    """Change the model's adapter in place; the number of steps done."""
    import torch

    _keep_memory()
    with ThreadPoolExecutor(lesson.threads, initializer=lambda: torch.set_num_threads(1)) as pool:
        return _Teacher(model, trees, lesson, pool).run(tell)


class _Teacher:
    def __init__(
        self, model: TreeModel, trees: Sequence[Tree], lesson: Lesson, pool: ThreadPoolExecutor
    ) -> None:
        import torch

        self._model, self._trees, self._lesson, self._pool = model, trees, lesson, pool
        self._params = model.lora.parameters
        self._optimizer = torch.optim.AdamW(self._params, lr=lesson.rate, weight_decay=0.0)

    def run(self, tell: Tell) -> int:
        lesson, rng = self._lesson, np.random.default_rng(self._lesson.seed)
        total = max(1, round(lesson.rounds * math.ceil(len(self._trees) / lesson.batch)))
        started, step, late = time.monotonic(), 0, 0.0
        while step < total:
            for places in batches(self._trees, lesson.batch, rng):
                done = max(step / total, (time.monotonic() - started) / lesson.seconds)
                if done >= 1:
                    return step
                value = self._step(places, lesson.rate * _share(done, lesson.warm_up))
                step += 1
                late = value if step == 1 else 0.97 * late + 0.03 * value
                tell(step, total, late)
        return step

    def _step(self, places: Sequence[int], rate: float) -> float:
        import torch

        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        count = self._lesson.threads
        parts = [part for part in (places[at::count] for at in range(count)) if part]
        value = sum(self._pool.map(lambda part: self._part(part, len(places)), parts))
        torch.nn.utils.clip_grad_norm_(self._params, 1.0)
        self._optimizer.step()
        return float(value)

    def _part(self, places: Sequence[int], whole: int) -> float:
        """Add the gradients of some of a batch's trees; autograd adds them one at a time."""
        batch = batch_of([self._trees[i] for i in places])
        found = loss(self._model.score(batch), batch) * (len(places) / whole)
        found.backward()
        return float(found.detach())


def loss(scores: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy over the branches and "none", whose score is 0.

    Several right branches share one probability.
    """
    import torch

    real, right = torch.from_numpy(batch.real), torch.from_numpy(batch.right)
    nothing = torch.zeros(len(scores), 1)
    every = torch.cat([scores.masked_fill(~real, float("-inf")), nothing], 1)
    wanted = torch.cat([right, ~right.any(1, keepdim=True)], 1)
    meant = every.masked_fill(~wanted, float("-inf"))
    return (every.logsumexp(1) - meant.logsumexp(1)).mean()


def _share(done: float, warm_up: float) -> float:
    """Of the full rate: up, then down to nothing along a cosine."""
    if done < warm_up:
        return (done + 1e-3) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def scored(
    model: TreeModel, trees: Sequence[Tree], size: int = 16, threads: int = 1
) -> list[list[float]]:
    """The scores of each tree's branches; ``threads`` batches are computed side by side."""
    import torch

    def rows(places: list[int]) -> list[list[float]]:
        with torch.no_grad():
            found: list[list[float]] = model.score(batch_of([trees[i] for i in places])).tolist()
        return found

    _keep_memory()
    groups = batches(trees, size)
    found: list[list[float]] = [[] for _ in trees]
    with ThreadPoolExecutor(threads, initializer=lambda: torch.set_num_threads(1)) as pool:
        for places, scores in zip(groups, pool.map(rows, groups), strict=True):
            for place, row in zip(places, scores, strict=True):
                found[place] = row[: len(trees[place].branches)]
    return found


def accuracy(trees: Sequence[Tree], scores: Sequence[Sequence[float]]) -> float:
    """Share of trees where the best branch, or "none", is right."""
    return sum(map(is_right, trees, scores)) / max(1, len(trees))


def is_right(tree: Tree, scores: Sequence[float]) -> bool:
    """Whether the best branch is a right one; "none" is, where no branch is."""
    best = max(range(len(scores)), key=lambda i: scores[i])
    return best in tree.right if scores[best] > 0 else not tree.right


_TRIM, _TOP, _MMAP = -1, -2, -3


def _keep_memory() -> None:
    """Have freed blocks stay: the same sizes come back in every step, and fresh pages are slow."""
    try:
        tune = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # no glibc
        return
    for setting, value in ((_MMAP, 1 << 30), (_TRIM, 2**31 - 1), (_TOP, 64 << 20)):
        tune(setting, value)
