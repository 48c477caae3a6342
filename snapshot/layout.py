"""The columns of each section, and their bytes: see `FORMAT.md`. Pure.

A section is the length of each of its columns (u32), then the columns, all padded to 8 bytes.
"""

from __future__ import annotations

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

_PADDING = bytes(8)


def pack(name: str, columns: Mapping[str, Any]) -> list[bytes]:
    """The pieces of a section; `columns` are byte strings or arrays."""
    schema = SECTIONS[name]
    lengths: list[int] = []
    pieces = [b""]
    for column, dtype in schema.items():
        values = columns[column]
        data: bytes = values if isinstance(values, bytes) else np.asarray(values, dtype).tobytes()
        lengths.append(len(data) // int(dtype[-1]))
        pieces.append(data)
        if len(data) % 8:
            pieces.append(_PADDING[: -len(data) % 8])
    if len(lengths) % 2:
        lengths.append(0)
    pieces[0] = np.array(lengths, "<u4").tobytes()
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
    whole = bool((np.abs(scaled) < 2**24).all() and (scaled == np.rint(scaled)).all())
    whole = whole and not (np.signbit(planes) & (planes == 0)).any()
    unit = PIXEL if whole else 0
    numbers = scaled.astype("<i4").view("<u4") if whole else planes.view("<u4")
    steps = numbers.copy()
    steps[:, 1:] -= numbers[:, :-1]
    return {"unit": [unit], **dict(zip(("x", "y", "width", "height"), steps, strict=True))}


def boxes_of(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """What `rects` was given, four in a row an element. Raises `BadSnapshot`."""
    planes = [columns[name] for name in ("x", "y", "width", "height")]
    unit = columns["unit"].tolist()
    if unit not in ([0], [PIXEL]) or len({len(plane) for plane in planes}) != 1:
        raise BadSnapshot("the boxes are malformed")
    numbers = np.cumsum(np.array(planes, "<u4"), axis=1, dtype="<u4")
    found: NDArray[Any]
    if unit == [PIXEL]:
        found = numbers.view("<i4").astype("<f4") / np.float32(PIXEL)
    else:
        found = numbers.view("<f4")
    flat: NDArray[np.float32] = np.ascontiguousarray(found.T, np.float32).reshape(-1)
    return flat
