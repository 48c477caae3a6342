"""The tree in PyTorch, on a tiny model of random numbers. Needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import planner_ggufs as ggufs
import pytest

from abos.planner.models.tensors import F32
from abos.planner.teach import tree_adapter
from abos.planner.teach.tree_batch import Tree, batch_of
from abos.planner.teach.tree_model import Base, Lora, TreeModel, _changed
from abos.planner.teach.tree_train import Lesson, accuracy, loss, scored, teach

torch: Any = pytest.importorskip("torch")
pytest.importorskip("gguf")

WIDE, WIDER, HEADS, KEYS, WORDS = 32, 64, 4, 2, 50
RNG = np.random.default_rng(2)
TREES = [
    Tree(tuple(RNG.integers(10, 50, 4)), ((1, int(a)), (2, 3, int(b)), (int(a), 5)), (int(a > b),))
    for a, b in RNG.integers(10, 50, (32, 2))
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sizes = {
        "attn_q": (WIDE, WIDE), "attn_k": (WIDE // 2, WIDE), "attn_v": (WIDE // 2, WIDE),
        "attn_output": (WIDE, WIDE), "ffn_gate": (WIDER, WIDE), "ffn_up": (WIDER, WIDE),
        "ffn_down": (WIDE, WIDER), "attn_norm": (WIDE,), "ffn_norm": (WIDE,),
    }  # fmt: skip
    shapes = {f"blk.{i}.{name}": size for i in range(3) for name, size in sizes.items()}
    shapes |= {"token_embd": (WORDS, WIDE), "output_norm": (WIDE,)}
    settings: dict[str, str | int | float | list[str]] = {
        "general.architecture": "llama",
        "llama.block_count": 3,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KEYS,
        "llama.embedding_length": WIDE,
        "llama.rope.freq_base": 1e4,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
    }
    tensors = {
        f"{name}.weight": (RNG.normal(size=size).astype(np.float32) / 4, F32)
        for name, size in shapes.items()
    }
    return ggufs.write(tmp_path_factory.mktemp("tiny") / "tiny.gguf", settings, tensors)


def fresh(path: Path, layers: int = 0) -> TreeModel:
    base = Base(path, layers)
    return TreeModel(base, Lora(base, 2, 4.0, 1), (7, 8))


def test_a_branch_scores_as_if_it_were_alone(path: Path) -> None:
    model = fresh(path)
    together = scored(model, TREES)
    alone = [scored(model, [Tree(t.prefix, (b,)) for b in t.branches]) for t in TREES[:8]]
    for many, each in zip(together, alone, strict=False):
        assert many == pytest.approx([score for (score,) in each], abs=0.03)


def test_fewer_layers_are_another_model(path: Path) -> None:
    whole, part = (scored(fresh(path, layers), TREES[:1])[0] for layers in (3, 2))
    assert whole != pytest.approx(part, abs=0.01)


def test_the_way_back_is_the_derivative() -> None:
    made = torch.Generator().manual_seed(1)
    x, weight, a, b = (
        torch.randn(*size, generator=made, dtype=torch.float64, requires_grad=True)
        for size in ((5, 4), (6, 4), (2, 4), (6, 2))
    )
    one = _changed().apply(x, weight, a, b)
    other = x @ weight.T + x @ a.T @ b.T
    assert torch.allclose(one, other)
    weights = torch.randn(5, 6, generator=made, dtype=torch.float64)
    for mine, plain in zip(
        torch.autograd.grad((one * weights).sum(), (x, a, b), retain_graph=True),
        torch.autograd.grad((other * weights).sum(), (x, a, b)),
        strict=True,
    ):
        assert torch.allclose(mine, plain)


def test_nothing_scores_zero_and_several_may_be_right() -> None:
    batch = batch_of([Tree((1,), ((2,), (3,)), (0, 1)), Tree((1,), ((2,),))])
    scores = torch.tensor([[0.0, 0.0], [0.0, 0.0]])
    # Two of three equal ones are right; then one of two.
    wanted = -(np.log(2 / 3) + np.log(1 / 2)) / 2
    assert float(loss(scores, batch)) == pytest.approx(wanted)


@pytest.mark.parametrize("threads", [1, 2])
def test_it_learns_and_the_adapter_keeps_what(path: Path, tmp_path: Path, threads: int) -> None:
    model, told = fresh(path, 2), []
    before = scored(model, TREES)
    lesson = Lesson(rank=2, rate=5e-3, batch=8, rounds=30, threads=threads)
    assert teach(model, TREES, lesson, lambda step, _, late: told.append((step, late))) == 120
    assert told[-1][0] == 120
    after = scored(model, TREES)
    assert accuracy(TREES, after) > accuracy(TREES, before) + 0.3

    kept, again = tmp_path / "kept.gguf", fresh(path, 2)
    matrices = model.lora.matrices(model.base)
    pairs = {name: (a.numpy(), b.numpy()) for name, (a, b) in matrices.items()}
    tree_adapter.write(kept, pairs, 4.0, 2, "0" * 64)
    assert list(tmp_path.iterdir()) == [kept]
    again.lora.take(again.base, tree_adapter.read(kept))
    for mine, other in zip(scored(again, TREES), after, strict=True):
        assert mine == pytest.approx(other, abs=0.1)


def test_the_clock_ends_it(path: Path) -> None:
    assert teach(fresh(path), TREES, Lesson(seconds=0.0001, rounds=1000), lambda *_: None) <= 1
