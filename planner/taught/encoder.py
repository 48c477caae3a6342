"""The taught bi-encoder at run time: three layers of MiniLM in NumPy, weights in eight bits.

An instruction and the names it may mean become vectors; how near they are is the strongest sign
of the ranker. A name's vector is computed once and kept, so that a known page costs one short
text. All that takes long is NumPy's, which lets other threads run.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .blas import one_thread
from .wordpiece import Pieces, role_token

Array = NDArray[np.float32]

FILE = Path(__file__).with_name("encoder.npz")
_HEADS = 12
_CACHE = 10_000
_AT_ONCE = 24
"""Texts in one pass: padded to the longest of them."""

_QUERY, _ITEM = 32, 20
"""Most tokens of an instruction and of a name."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near each candidate is to an instruction (cosine), and how near "none" is put."""

    each: Array
    none: float
    scale: float


class Encoder:
    """Vectors of instructions and names, loaded once for the process; without the file, none.

    Thread-safe. ``ready`` is false until ``load`` has succeeded; ``missing`` says why it did not.
    """

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._net: _Net | None = None
        self._tried = False
        self._cache: OrderedDict[tuple[int, str], Array] = OrderedDict()
        self.missing = "the taught encoder is not loaded yet"

    @property
    def ready(self) -> bool:
        """Whether nearness can be had."""
        return self._net is not None

    def load(self) -> bool:
        """Load the weights (once, about 0.1 s); false when the file is missing or broken.

        A file that could not be read is not tried again.
        """
        if self._tried:
            return self.ready
        with self._lock:
            if not self._tried:
                try:
                    self._net, self.missing = _Net(self._file), ""
                except (OSError, ValueError, KeyError, BadZipFile) as error:
                    self.missing = f"no taught encoder ({error})"
                self._tried = True
        return self.ready

    async def load_async(self) -> bool:
        """The same in a thread, so that the event loop goes on."""
        return self.ready or await asyncio.to_thread(self.load)

    def nearness(
        self, action: str, instruction: str, items: Sequence[tuple[str, str]]
    ) -> Nearness | None:
        """For candidates as (role, name); None when nothing is loaded."""
        net = self._net
        if net is None or not items:
            return None
        query = (role_token("query", action), instruction[:300])
        keys = [(role_token("item", role), name[:120]) for role, name in items]
        with self._lock:
            new = sorted({k for k in (query, *keys) if k not in self._cache})
            limits = [_QUERY if k == query else _ITEM for k in new]
            with one_thread():
                rows = net.vectors(new, limits)
            fresh = dict(zip(new, rows, strict=True))
            each = np.stack([fresh[k] if k in fresh else self._cache[k] for k in keys])
            asked = fresh[query] if query in fresh else self._cache[query]
            self._keep(fresh)
        none = float(asked @ net.none + net.bias)
        return Nearness(each @ asked, none, net.scale)

    def _keep(self, fresh: dict[tuple[int, str], Array]) -> None:
        self._cache.update(fresh)
        while len(self._cache) > _CACHE:
            self._cache.popitem(last=False)


class _Net:
    """The weights, and what is computed with them. Raises OSError, ValueError and KeyError."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as data:
            self._p = {k: data[k] for k in data.files}
        words = self._p.pop("words").tobytes().decode().split("\n")
        self._pieces = Pieces(words)
        self._table, self._sizes = self._p.pop("table"), self._p.pop("table.size")
        self.none = self._p.pop("none").astype(np.float32)
        self.bias, self.scale = (float(x) for x in self._p.pop("head"))
        for name in [n for n in self._p if n.endswith(".size")]:
            weight = name.removesuffix(".size")
            whole = self._p[weight].astype(np.float32) * self._p.pop(name)[:, None]
            self._p[weight] = np.ascontiguousarray(whole.T)
        self._layers = 1 + max(int(n.split(".")[0]) for n in self._p if n[0].isdigit())

    def vectors(self, keys: Sequence[tuple[int, str]], limits: Sequence[int]) -> list[Array]:
        """Unit vectors of texts behind their first token."""
        end = self._pieces.end
        ids = [
            [first, *self._pieces.ids(text)[: limit - 2], end]
            for (first, text), limit in zip(keys, limits, strict=True)
        ]
        found: list[Array] = [np.empty(0, np.float32)] * len(ids)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for at in range(0, len(order), _AT_ONCE):
            some = order[at : at + _AT_ONCE]
            for place, row in zip(some, self._forward([ids[i] for i in some]), strict=True):
                found[place] = row
        return found

    def _forward(self, ids: Sequence[Sequence[int]]) -> Array:
        long = max(len(row) for row in ids)
        block = np.zeros((len(ids), long), np.intp)
        mask = np.zeros((len(ids), long), np.float32)
        for place, row in enumerate(ids):
            block[place, : len(row)] = row
            mask[place, : len(row)] = 1
        p = self._p
        x = self._table[block].astype(np.float32) * self._sizes[block][..., None]
        x = _norm(x + p["place"][:long], p["start.norm"], p["start.norm.bias"])
        hidden = (mask[:, None, None, :] - 1) * np.float32(1e4)
        for layer in range(self._layers):
            x = self._layer(x, hidden, str(layer))
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        return np.asarray(pooled / np.maximum(length, 1e-9), np.float32)

    def _layer(self, x: Array, hidden: Array, name: str) -> Array:
        p = self._p
        many, long, wide = x.shape
        x = x.reshape(many * long, wide)  # one product for all, not one for each text
        mixed = (x @ p[f"{name}.qkv"] + p[f"{name}.qkv.bias"]).reshape(many, long, 3, _HEADS, -1)
        q, k, v = mixed.transpose(2, 0, 3, 1, 4)
        scores = q @ k.swapaxes(2, 3) * np.float32(1 / math.sqrt(wide / _HEADS)) + hidden
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        seen = (scores @ v).swapaxes(1, 2).reshape(many * long, wide)
        x = x + seen @ p[f"{name}.out"] + p[f"{name}.out.bias"]
        x = _norm(x, p[f"{name}.norm1"], p[f"{name}.norm1.bias"])
        wider = _gelu(x @ p[f"{name}.up"] + p[f"{name}.up.bias"])
        x = x + wider @ p[f"{name}.down"] + p[f"{name}.down.bias"]
        return _norm(x, p[f"{name}.norm2"], p[f"{name}.norm2.bias"]).reshape(many, long, wide)


def _norm(x: Array, weight: Array, bias: Array) -> Array:
    x = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-12))
    return np.asarray(x / spread * weight + bias, np.float32)


def _gelu(x: Array) -> Array:
    inner = x * x
    inner *= np.float32(0.044715)
    inner += 1
    inner *= x
    inner *= np.float32(0.7978845608)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner


SHARED = Encoder()
"""The encoder of this process."""
