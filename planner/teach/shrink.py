"""The taught encoder in eight bits, as the run time reads it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def shrink(raw: Path, out: Path) -> int:
    """Write ``raw`` (float32) as int8 with one size a row; returns the file's bytes."""
    from safetensors import safe_open

    with safe_open(raw, "numpy") as file:
        words = json.loads(file.metadata()["words"])
        p = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 -- not a dict
    kept: dict[str, NDArray[np.generic]] = {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "none": p["none"],
        "head": np.array([p["none.bias"][0], np.exp(p["scale"][0])], np.float32),
        "place": p["embeddings.position_embeddings.weight"],
        "start.norm": p["embeddings.LayerNorm.weight"],
        "start.norm.bias": p["embeddings.LayerNorm.bias"],
    }
    kept["table"], kept["table.size"] = _eight(p["embeddings.word_embeddings.weight"])
    for layer in range(1 + max(int(k.split(".")[2]) for k in p if k.startswith("encoder"))):
        name = f"encoder.layer.{layer}"
        own = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        pairs = {
            "qkv": (
                np.concatenate([p[n + ".weight"] for n in own]),
                np.concatenate([p[n + ".bias"] for n in own]),
            ),
            "out": _both(p, f"{name}.attention.output.dense"),
            "up": _both(p, f"{name}.intermediate.dense"),
            "down": _both(p, f"{name}.output.dense"),
        }
        for short, (weight, bias) in pairs.items():
            kept[f"{layer}.{short}"], kept[f"{layer}.{short}.size"] = _eight(weight)
            kept[f"{layer}.{short}.bias"] = bias
        for short, long in (("norm1", "attention.output"), ("norm2", "output")):
            weight, bias = _both(p, f"{name}.{long}.LayerNorm")
            kept[f"{layer}.{short}"], kept[f"{layer}.{short}.bias"] = weight, bias
    np.savez_compressed(out, **kept)  # type: ignore[arg-type]
    return out.stat().st_size


def _both(
    p: dict[str, NDArray[np.float32]], name: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return p[name + ".weight"], p[name + ".bias"]


def _eight(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    size = np.maximum(np.abs(weight).max(1), 1e-8) / 127
    return np.round(weight / size[:, None]).astype(np.int8), size.astype(np.float32)
