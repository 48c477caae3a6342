"""The columns of each section, and their bytes: see `FORMAT.md`. Pure.

A section is the length of each of its columns (u32), then the columns, all padded to 8 bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadSnapshot

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "STR": {"start": "<u4", "text": "u1"},
    "NODE": {"up": "<u4", "label": "<u4", "hidden": "<u4", "kind": "u1"},
    "ATTR": {"count": "<u4", "name": "<u4", "value": "<u4"},
    "RECT": {"unit": "<u4", "x": "<u4", "y": "<u4", "width": "<u4", "height": "<u4"},
    "STATE": {
        "state_node": "<u4", "state_value": "<i4", "scroll_node": "<u4", "scroll_xy": "<f4",
        "selection": "<i4", "state_field": "u1",
    },
    "LOOK": {"veiled": "<u4", "revealed": "<u4", "pointed": "<u4"},
    "CSS": {"sheet_node": "<u4", "sheet_texts": "<u4", "sheet_flags": "u1"},
    "MARK": {"mark_node": "<u4", "mark_value": "<u4", "mark_kind": "u1"},
    "FRAME": {"document": "<u4", "cross": "u1"},
    "CANVAS": {"string": "<u4", "start": "<u4", "text": "u1"},
}  # fmt: skip

Piece = bytes | memoryview

_PADDING = bytes(8)
_LENGTHS = {count: struct.Struct(f"<{count}I") for count in (2, 4, 6, 8)}


def pack(name: str, columns: Mapping[str, Any]) -> list[Piece]:
    """The pieces of a section; `columns` are byte strings or arrays."""
    schema = SECTIONS[name]
    lengths: list[int] = []
    pieces: list[Piece] = [b""]
    for column, dtype in schema.items():
        values = columns[column]
        if not isinstance(values, bytes):
            values = np.ascontiguousarray(values, dtype).data
        size = values.nbytes if isinstance(values, memoryview) else len(values)
        lengths.append(size // int(dtype[-1]))
        pieces.append(values)
        if size % 8:
            pieces.append(_PADDING[: -size % 8])
    if len(lengths) % 2:
        lengths.append(0)
    pieces[0] = _LENGTHS[len(lengths)].pack(*lengths)
    return pieces


def unpack(name: str, data: memoryview) -> dict[str, NDArray[Any]]:
    """The columns of a section, as views. Raises `BadSnapshot` unless they fill it exactly."""
    schema = SECTIONS[name]
    place = (len(schema) + 1) // 2 * 8
    if len(data) < place:
        raise BadSnapshot(f"section {name} is cut short")
    lengths = np.frombuffer(data, "<u4", place // 4).tolist()
    columns: dict[str, NDArray[Any]] = {}
    for (column, dtype), length in zip(schema.items(), lengths, strict=False):
        size = length * int(dtype[-1])
        if place + size > len(data):
            raise BadSnapshot(f"column {column} of section {name} is cut short")
        columns[column] = np.frombuffer(data, dtype, length, place)
        place += size + -size % 8
    if place != len(data) or any(lengths[len(schema) :]):
        raise BadSnapshot(f"section {name} is longer than its columns")
    return columns


def texts(strings: Sequence[str]) -> dict[str, Any]:
    """Columns `start` and `text`: UTF-8, lone surrogates as three bytes, a zero after each."""
    if not strings:
        return {"start": b"", "text": b""}
    text = ("\0".join(strings) + "\0").encode("utf-8", "surrogatepass")
    zeros = np.flatnonzero(np.frombuffer(text, "u1") == 0)
    if len(zeros) != len(strings):  # some string has a zero in it
        sizes = [len(string.encode("utf-8", "surrogatepass")) + 1 for string in strings]
        zeros = np.cumsum(sizes) - 1
    start = np.empty(len(strings), "<u4")
    start[0] = 0
    np.add(zeros[:-1], 1, out=start[1:], casting="unsafe")
    return {"start": start, "text": text}


PIXEL = 64
"""Browsers lay out in 64ths of a CSS pixel."""


def rects(boxes: NDArray[np.float32]) -> dict[str, Any]:
    """Four columns, each as differences from one element to the next, modulo 2 to the 32.

    Of 64ths of a pixel where all are whole (`unit` is 64), else of the bits of the float. Raises
    `BadSnapshot` for a number of boxes that is not whole.
    """
    if len(boxes) % 4:
        raise BadSnapshot("a box has four numbers")
    planes = np.ascontiguousarray(boxes.astype("<f4", copy=False).reshape(-1, 4).T)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = planes * np.float32(PIXEL)
        units = scaled.astype("<i4")
    # By their bits, so that a negative zero is no zero, and what doesn't fit is no whole number.
    whole = bool((units.astype("<f4").view("<u4") == scaled.view("<u4")).all())
    unit = PIXEL if whole else 0
    numbers = units.view("<u4") if whole else planes.view("<u4")
    steps = np.empty_like(numbers)
    steps[:, :1] = numbers[:, :1]
    np.subtract(numbers[:, 1:], numbers[:, :-1], out=steps[:, 1:])
    return {"unit": [unit], **dict(zip(("x", "y", "width", "height"), steps, strict=True))}


def boxes_of(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """What `rects` was given, four in a row an element. Raises `BadSnapshot`."""
    planes = [columns[name] for name in ("x", "y", "width", "height")]
    unit = columns["unit"].tolist()
    if unit not in ([0], [PIXEL]) or len({len(plane) for plane in planes}) != 1:
        raise BadSnapshot("the boxes are malformed")
    found = np.empty((len(planes[0]), 4), "<f4")
    for at, plane in enumerate(planes):
        numbers = np.cumsum(plane, dtype="<u4")
        if unit == [PIXEL]:
            np.multiply(numbers.view("<i4").astype("<f4"), np.float32(1 / PIXEL), out=found[:, at])
        else:
            found[:, at] = numbers.view("<f4")
    flat: NDArray[np.float32] = found.reshape(-1)
    return flat
