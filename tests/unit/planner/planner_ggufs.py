"""Small GGUF files, written byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from abos.planner.models.tensors import F16, F32, Q4_1, Q8_0, to_q8_0

Array = np.ndarray[Any, Any]


def write(
    path: Path,
    settings: Mapping[str, str | int | float | list[str]],
    tensors: Mapping[str, tuple[Array, int]],
) -> Path:
    """A file with these settings, and tensors of a kind each."""
    head, body = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(settings)), b""
    for key, value in settings.items():
        head += _text(key) + _value(value)
    for name, (numbers, kind) in tensors.items():
        shape = numbers.shape[::-1]
        head += _text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", kind, len(body))
        body += _aligned(_packed(numbers, kind))
    path.write_bytes(_aligned(head) + body)
    return path


def _value(value: str | float | list[str]) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, list):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
    return struct.pack("<Ii", 5, value) if isinstance(value, int) else struct.pack("<If", 6, value)


def _packed(numbers: Array, kind: int) -> bytes:
    if kind == Q4_1:
        return _q4_1(numbers)
    return (
        to_q8_0(numbers)
        if kind == Q8_0
        else numbers.astype({F32: "<f4", F16: "<f2"}[kind]).tobytes()
    )


def _q4_1(numbers: Array) -> bytes:
    rows = numbers.reshape(-1, 32).astype(np.float32)
    least = rows.min(1, keepdims=True)
    scale = (rows.max(1, keepdims=True) - least) / 15
    steps = np.rint((rows - least) / scale).astype(np.uint8)
    pairs = steps[:, :16] | steps[:, 16:] << 4
    sides = [each.astype("<f2").view(np.uint8) for each in (scale, least)]
    return np.hstack([*sides, pairs]).tobytes()


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _aligned(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 32)
