"""The tree's model in PyTorch: a Llama out of a GGUF file, low-rank changes, scores of branches.

Everything lies as in the GGUF file, also the interleaved pairs of the rotary embedding: what is
taught here fits the file as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .tree_batch import Array, Batch

Tensor = Any
"""torch's tensor: the library is not there when types are checked."""

GROUPS = {
    "qkv": ("attn_q", "attn_k", "attn_v"),
    "out": ("attn_output",),
    "gate_up": ("ffn_gate", "ffn_up"),
    "down": ("ffn_down",),
}
"""Matrices that are multiplied with the same input, as one."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a model."""

    layers: int
    heads: int
    kv_heads: int
    width: int
    rope_base: float
    epsilon: float


class Base:
    """The weights that stay: bf16 on the CPU. ``layers`` of the file's are used, 0 for all."""

    def __init__(self, path: Path, layers: int = 0) -> None:
        import gguf
        import torch

        reader = gguf.GGUFReader(path)
        told = {name: field.contents() for name, field in _numbers(reader).items()}
        count = int(told["llama.block_count"])
        self.shape = Shape(
            min(layers or count, count),
            int(told["llama.attention.head_count"]),
            int(told["llama.attention.head_count_kv"]),
            int(told["llama.embedding_length"]),
            float(told["llama.rope.freq_base"]),
            float(told["llama.attention.layer_norm_rms_epsilon"]),
        )
        found = {t.name: t for t in reader.tensors}

        def weight(name: str) -> Tensor:
            tensor = found[f"{name}.weight"]
            return torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).copy())

        self.embedding = weight("token_embd").bfloat16()
        self.last_norm = weight("output_norm")
        self.norms = [
            (weight(f"blk.{i}.attn_norm"), weight(f"blk.{i}.ffn_norm"))
            for i in range(self.shape.layers)
        ]
        self.parts = [
            {key: [weight(f"blk.{i}.{n}") for n in names] for key, names in GROUPS.items()}
            for i in range(self.shape.layers)
        ]
        self.weights = [
            {key: torch.cat(parts).bfloat16() for key, parts in layer.items()}
            for layer in self.parts
        ]
        self.sizes = {key: [len(p) for p in parts] for key, parts in self.parts[0].items()}
        del self.parts


def _numbers(reader: Any) -> dict[str, Any]:
    return {name: f for name, f in reader.fields.items() if name.startswith("llama.")}


class Lora:
    """The change that is taught: ``scale`` x B x A beside every matrix, A random and B zero."""

    def __init__(self, base: Base, rank: int, alpha: float, seed: int) -> None:
        import torch

        made = torch.Generator().manual_seed(seed)
        self.rank, self.alpha, self.scale = rank, alpha, alpha / rank
        self.layers: list[dict[str, tuple[Tensor, Tensor]]] = []
        self.blocks = {key: _blocks(sizes, rank) for key, sizes in base.sizes.items()}
        for weights in base.weights:
            layer = {}
            for key, weight in weights.items():
                inner = rank * len(base.sizes[key])
                a = torch.randn(inner, weight.shape[1], generator=made) / weight.shape[1] ** 0.5
                layer[key] = (
                    a.requires_grad_(True),
                    torch.zeros(weight.shape[0], inner, requires_grad=True),
                )
            self.layers.append(layer)

    @property
    def parameters(self) -> list[Tensor]:
        """All that is taught."""
        return [p for layer in self.layers for pair in layer.values() for p in pair]

    def matrices(self, base: Base) -> dict[str, tuple[Tensor, Tensor]]:
        """(A, B) of each of the file's matrices, by its name there."""
        found = {}
        for number, layer in enumerate(self.layers):
            for key, (a, b) in layer.items():
                row = 0
                for place, (name, size) in enumerate(
                    zip(GROUPS[key], base.sizes[key], strict=True)
                ):
                    inner = slice(place * self.rank, (place + 1) * self.rank)
                    pair = (a[inner].detach(), b[row : row + size, inner].detach())
                    found[f"blk.{number}.{name}.weight"] = pair
                    row += size
        return found

    def take(self, base: Base, matrices: Mapping[str, tuple[Array, Array]]) -> None:
        """Go on with what was taught before; the counterpart of ``matrices``."""
        import torch

        with torch.no_grad():
            for name, pair in self.matrices(base).items():
                for mine, other in zip(pair, matrices[name], strict=True):
                    mine.copy_(torch.from_numpy(other))


def _blocks(sizes: list[int], rank: int) -> Tensor:
    """1 where B may be other than 0: matrices that are multiplied as one share nothing."""
    import torch

    return torch.block_diag(*(torch.ones(size, rank) for size in sizes))


@cache
def _changed() -> Any:
    """A matrix and its change as one step, which keeps no more than the input for the way back."""
    import torch

    class Changed(torch.autograd.Function):  # type: ignore[misc]  # Any, where torch is missing
        @staticmethod
        def forward(ctx: Any, x: Tensor, weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
            inner = x @ a.T
            ctx.save_for_backward(x, weight, a, b, inner)
            return torch.nn.functional.linear(x, weight).addmm_(inner, b.T)

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, None, Tensor, Tensor]:
            x, weight, a, b, inner = ctx.saved_tensors
            grad = grad.contiguous()
            down = grad @ b
            back = (grad @ weight).addmm_(down, a) if ctx.needs_input_grad[0] else None
            return back, None, down.T @ x, grad.T @ inner

    return Changed


class TreeModel:
    """Base and change together; ``score`` is all it does."""

    def __init__(self, base: Base, lora: Lora, answers: tuple[int, int]) -> None:
        yes, no = answers
        self.base, self.lora = base, lora
        self._direction = base.embedding[yes].float() - base.embedding[no].float()

    def score(self, batch: Batch) -> Tensor:
        """logit(Yes) - logit(No) at each branch's end: [trees, branches]."""
        import torch

        shape = self.base.shape
        tokens = torch.from_numpy(batch.tokens)
        count, length = tokens.shape
        turns = _turns(torch.from_numpy(batch.positions), shape)
        hidden_from = torch.zeros(count, 1, 1, length, length).masked_fill(
            ~torch.from_numpy(batch.sees)[:, None, None], float("-inf")
        )
        x = self.base.embedding[tokens].float().view(count * length, -1)
        for layer in range(shape.layers):
            x = self._layer(layer, x, turns, hidden_from)
        ends = torch.from_numpy(batch.ends) + torch.arange(count)[:, None] * length
        last = _norm(x[ends.view(-1)], self.base.last_norm, shape.epsilon)
        return (last @ self._direction).view(count, -1)

    def _layer(self, number: int, x: Tensor, turns: Any, hidden_from: Tensor) -> Tensor:
        import torch

        epsilon = self.base.shape.epsilon
        before, between = self.base.norms[number]
        seen = self._attention(number, _norm(x, before, epsilon).bfloat16(), turns, hidden_from)
        x = x + self._times(number, "out", seen)
        gate, up = self._times(number, "gate_up", _norm(x, between, epsilon).bfloat16()).chunk(
            2, -1
        )
        return x + self._times(number, "down", torch.nn.functional.silu(gate) * up)

    def _times(self, number: int, key: str, x: Tensor) -> Tensor:
        a, b = self.lora.layers[number][key]
        b = b * self.lora.blocks[key] * self.lora.scale
        weight = self.base.weights[number][key]
        return _changed().apply(x, weight, a.bfloat16(), b.bfloat16())

    def _attention(self, number: int, x: Tensor, turns: Any, hidden_from: Tensor) -> Tensor:
        """Grouped: the heads that share keys are rows of the same product."""
        shape = self.base.shape
        count, length = hidden_from.shape[0], hidden_from.shape[-1]
        wide = shape.width // shape.heads
        group = shape.heads // shape.kv_heads
        q, k, v = self._times(number, "qkv", x).split(self.base.sizes["qkv"], -1)
        q = _turned(q.view(count, length, shape.heads, wide), turns).transpose(1, 2)
        k = _turned(k.view(count, length, shape.kv_heads, wide), turns).transpose(1, 2)
        v = v.view(count, length, shape.kv_heads, wide).transpose(1, 2)
        rows = q.reshape(count, shape.kv_heads, group * length, wide)
        near = (rows @ k.transpose(-1, -2)).float() * wide**-0.5
        near = near.view(count, shape.kv_heads, group, length, length) + hidden_from
        share = near.softmax(-1).bfloat16().view(count, shape.kv_heads, group * length, length)
        seen = (share @ v).view(count, shape.heads, length, wide)
        return seen.transpose(1, 2).reshape(count * length, -1)


def _norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return x * (x.pow(2).mean(-1, keepdim=True) + epsilon).rsqrt() * weight


def _turns(positions: Tensor, shape: Shape) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotary embedding: [trees, length, 1, pairs]."""
    import torch

    wide = shape.width // shape.heads
    speeds = shape.rope_base ** (-torch.arange(0, wide, 2).float() / wide)
    angles = positions[..., None, None].float() * speeds
    return angles.cos(), angles.sin()


def _turned(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Pairs of neighbours turned by the angle of their place, as llama.cpp has them."""
    import torch

    cosines, sines = turns
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    pairs = (even * cosines - odd * sines, even * sines + odd * cosines)
    return torch.stack(pairs, -1).flatten(-2).to(x.dtype)
