"""What lies in a GGUF file, and the kinds of numbers that the small model has.

llama.cpp reads such files itself; this is for making one out of others. Pure, apart from reading.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelCorrupt

Array = np.ndarray[Any, Any]
Value = int | float | bool | str

F32, F16, Q4_1, Q8_0, BF16 = 0, 1, 3, 8, 30

_BLOCK = 32
_SIZES = {F32: (1, 4), F16: (1, 2), Q4_1: (_BLOCK, 20), Q8_0: (_BLOCK, 34), BF16: (1, 2)}
"""Values and bytes of one block."""
_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_ALIGNED = 32


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: ``shape`` is columns first, as in the file; ``start`` counts from its data."""

    name: str
    shape: tuple[int, ...]
    kind: int
    start: int

    @property
    def size(self) -> int:
        """Bytes. Raises ModelCorrupt for a kind that is not known here."""
        return size_of(self.shape, self.kind)


@dataclass(frozen=True, slots=True)
class Layout:
    """A file taken apart: settings, where in the file each one's value is, tensors, data."""

    settings: dict[str, Value]
    places: dict[str, int]
    first: int
    """Where the settings begin."""
    last: int
    """Where they end, and the list of tensors begins."""
    tensors: tuple[Tensor, ...]
    data: int
    """Where the tensors begin."""


def size_of(shape: tuple[int, ...], kind: int) -> int:
    """Bytes of a tensor. Raises ModelCorrupt for a kind that is not known here."""
    if kind not in _SIZES:
        raise ModelCorrupt(f"A tensor of the model is of the kind {kind}, which is not known here.")
    values, width = _SIZES[kind]
    return int(np.prod(shape, dtype=np.int64)) // values * width


def padded(size: int) -> int:
    """Bytes up to where the next tensor may begin."""
    return -(-size // _ALIGNED) * _ALIGNED


def layout(raw: Array, path: Path) -> Layout:
    """Take a file's bytes apart. Raises ModelCorrupt when they are no GGUF."""
    try:
        return _layout(_Cursor(raw.data))
    except (struct.error, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise ModelCorrupt(f"{path} is not a GGUF file: {error}.") from error


class _Cursor:
    """Reads on from where it is."""

    def __init__(self, raw: memoryview) -> None:
        self.raw, self.at = raw, 0

    def number(self, form: str) -> Any:
        found = struct.unpack_from(form, self.raw, self.at)[0]
        self.at += struct.calcsize(form)
        return found

    def text(self) -> str:
        length = self.number("<Q")
        self.at += length
        if self.at > len(self.raw):
            raise ValueError("it is cut off")
        return bytes(self.raw[self.at - length : self.at]).decode()

    def value(self, kind: int) -> Value | None:
        """A setting's value; of a list, None."""
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY:
            found: Value = self.number(_SCALARS[kind])
            return found
        inner, count = self.number("<I"), self.number("<Q")
        if inner in _SCALARS:
            self.at += struct.calcsize(_SCALARS[inner]) * count
        else:
            for _ in range(count):
                self.value(inner)
        return None


def _layout(cursor: _Cursor) -> Layout:
    magic, _version, count, keys = (cursor.number(form) for form in ("4s", "<I", "<Q", "<Q"))
    if magic != b"GGUF":
        raise ValueError("it does not begin like one")
    settings: dict[str, Value] = {}
    places: dict[str, int] = {}
    first = cursor.at
    for _ in range(keys):
        key, kind = cursor.text(), cursor.number("<I")
        places[key] = cursor.at
        value = cursor.value(kind)
        if value is not None:
            settings[key] = value
    last = cursor.at
    tensors = tuple(_tensor(cursor) for _ in range(count))
    return Layout(settings, places, first, last, tensors, padded(cursor.at))


def _tensor(cursor: _Cursor) -> Tensor:
    name = cursor.text()
    shape = tuple(cursor.number("<Q") for _ in range(cursor.number("<I")))
    return Tensor(name, shape, cursor.number("<I"), cursor.number("<Q"))


def values(raw: Array, found: Layout, tensor: Tensor) -> Array:
    """A tensor's numbers, rows first. Raises ModelCorrupt when the file ends before them."""
    start = found.data + tensor.start
    if start + tensor.size > len(raw):
        raise ModelCorrupt("The model's file ends before its tensors do.")
    numbers = _READ[tensor.kind](raw[start : start + tensor.size])
    return numbers.reshape(tensor.shape[::-1])


def _from_q4_1(raw: Array) -> Array:
    blocks = raw.reshape(-1, 20)
    scale, least = (blocks[:, at : at + 2].copy().view("<f2").astype(np.float32) for at in (0, 2))
    pairs = blocks[:, 4:]
    return np.hstack([pairs & 15, pairs >> 4]) * scale + least


def _from_q8_0(raw: Array) -> Array:
    blocks = raw.reshape(-1, 34)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    return blocks[:, 2:].view(np.int8) * scale


_READ: dict[int, Callable[[Array], Array]] = {
    F32: lambda raw: raw.view("<f4"),
    F16: lambda raw: raw.view("<f2").astype(np.float32),
    Q4_1: _from_q4_1,
    Q8_0: _from_q8_0,
    BF16: lambda raw: (raw.view("<u2").astype(np.uint32) << 16).view(np.float32),
}


def to_q8_0(numbers: Array, steps: int = 127) -> bytes:
    """Numbers in blocks of 32 with one scale: 34 bytes for each block.

    ``steps`` is what the largest of a block becomes, at most 127.
    """
    rows = np.ascontiguousarray(numbers, np.float32).reshape(-1, _BLOCK)
    scale = np.abs(rows).max(1, keepdims=True) / steps
    whole = np.divide(rows, scale, out=np.zeros_like(rows), where=scale > 0)
    blocks = np.empty((len(rows), 34), np.uint8)
    blocks[:, :2] = scale.astype("<f2").view(np.uint8)
    blocks[:, 2:] = np.rint(whole, out=whole).astype(np.int8).view(np.uint8)
    return blocks.tobytes()


def to_bf16(numbers: Array) -> bytes:
    """The upper halves of the numbers, rounded: two bytes each."""
    whole = np.ascontiguousarray(numbers, "<f4").view("<u4")
    return bytes(((whole + 0x7FFF + (whole >> 16 & 1)) >> 16).astype("<u2").data)
