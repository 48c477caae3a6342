"""LoRA adapters for the small model, written as GGUF: zeros, or something that changes it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_STRING, _FLOAT = 8, 6
_F32 = 0
_ALIGNED = 32
_WIDTH = 576
"""Of SmolLM2-135M's layers."""


def adapter(path: Path, strength: float, rank: int = 4) -> Path:
    """An adapter over the first layer's queries; of strength 0 it changes nothing."""
    generator = np.random.default_rng(7)
    down = generator.normal(size=(rank, _WIDTH)).astype(np.float32)
    up = (strength * generator.normal(size=(_WIDTH, rank))).astype(np.float32)
    tensors = {"blk.0.attn_q.weight.lora_a": down, "blk.0.attn_q.weight.lora_b": up}
    words = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora"}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(words) + 1)
    for key, value in words.items():
        head += _text(key) + struct.pack("<I", _STRING) + _text(value)
    head += _text("adapter.lora.alpha") + struct.pack("<If", _FLOAT, float(rank))
    body = b""
    for name, values in tensors.items():
        head += _text(name) + struct.pack("<IQQIQ", 2, *values.shape[::-1], _F32, len(body))
        body += _padded(values)
    path.write_bytes(head + b"\0" * (-len(head) % _ALIGNED) + body)
    return path


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _padded(values: NDArray[np.float32]) -> bytes:
    raw = values.tobytes()
    return raw + b"\0" * (-len(raw) % _ALIGNED)
