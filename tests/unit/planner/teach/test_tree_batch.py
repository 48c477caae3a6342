"""Trees as arrays: who sees whom, at which position, and where the answers are read."""

from __future__ import annotations

import numpy as np

from abos.planner.teach.tree_batch import Tree, batch_of, batches

SMALL = Tree((7, 8), ((1, 2, 3), (4,)), (1,))
LARGE = Tree((7,), ((1,), (2, 2), (3, 3, 3), (4, 4)))


def test_branches_see_the_prefix_and_themselves() -> None:
    sees = batch_of([SMALL]).sees[0]
    owner = "pp0001"
    for here in range(6):
        for there in range(6):
            near = owner[there] in ("p", owner[here])
            assert sees[here, there] == (near and there <= here)


def test_positions_go_on_from_the_prefix_in_each_branch() -> None:
    batch = batch_of([SMALL])
    assert batch.tokens[0].tolist() == [7, 8, 1, 2, 3, 4]
    assert batch.positions[0].tolist() == [0, 1, 2, 3, 4, 2]
    assert batch.ends[0].tolist() == [4, 5]
    assert batch.right[0].tolist() == [False, True]


def test_shorter_trees_are_filled_up_and_nothing_looks_there() -> None:
    batch = batch_of([SMALL, LARGE])
    assert batch.real.sum(1).tolist() == [2, 4]
    assert not batch.right[1].any()
    assert not batch.sees[0, :6, 6:].any()
    assert batch.sees[0].any(1).all()  # a row that sees nothing has no softmax
    alone = batch_of([LARGE])
    assert np.array_equal(batch.ends[1], alone.ends[0])
    assert np.array_equal(batch.sees[1, :9, :9], alone.sees[0])


def test_batches_hold_every_tree_once_and_similar_ones_together() -> None:
    rng = np.random.default_rng(1)
    trees = [Tree(tuple(range(n)), ((1,),)) for n in rng.integers(4, 90, 101)]
    groups = batches(trees, 8, rng)
    assert sorted(i for group in groups for i in group) == list(range(101))
    lengths = [[trees[i].tokens for i in group] for group in groups]
    assert max(max(each) - min(each) for each in lengths) < 16
    assert groups != batches(trees, 8, rng)
    assert batches(trees, 8) == batches(trees, 8)
