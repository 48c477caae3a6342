"""Layout boxes: most move together, so runs of elements share one distance. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..columns import Columns, Kind
from ..errors import BadSnapshot
from .delta import Boxes, Ints

Floats = NDArray[np.float32]
_KEEP, _MOVE, _EACH = range(3)
_COORDINATES = 4


def predicted(base: Columns, was: NDArray[np.int64], kind: NDArray[np.uint8]) -> Floats:
    """The boxes that elements of the target had in the base, zeros for new ones; rows of four."""
    elements = np.flatnonzero(kind >= Kind.ELEMENT)
    result = np.zeros((len(elements), _COORDINATES), "f4")
    if not len(base.boxes):
        return result
    known = base.kind >= Kind.ELEMENT
    row = np.cumsum(known) - 1
    before = was[elements]
    kept = np.flatnonzero((before >= 0) & known[before])
    result[kept] = base.boxes.reshape(-1, _COORDINATES)[row[before[kept]]]
    return result


def difference(before: Floats, after: Floats) -> Boxes:
    """What makes `after` of `before`, both rows of four."""
    bare = _bare(before)
    free = bare & _bare(after)
    parts = [
        _runs(before[:, i].copy(), after[:, i].copy(), free, bare & ~free)
        for i in range(_COORDINATES)
    ]
    return Boxes(
        np.concatenate([runs for runs, _ in parts]), np.concatenate([values for _, values in parts])
    )


def changed(before: Floats, boxes: Boxes) -> Floats:
    """The boxes that a delta makes, flat. Raises `BadSnapshot` when they don't fit."""
    count = len(before)
    flat = before.T.reshape(-1).copy()
    if len(boxes.runs) % 2:
        raise BadSnapshot("the boxes of the delta are cut short")
    pairs = boxes.runs.reshape(-1, 2)
    lengths, modes = pairs[:, 0], pairs[:, 1]
    if (
        (lengths < 1).any()
        or (lengths > len(flat)).any()
        or (modes < 0).any()
        or (modes > _EACH).any()
    ):
        raise BadSnapshot("the boxes of the delta are malformed")
    if len(pairs) > len(flat) or int(lengths.sum()) != len(flat):
        raise BadSnapshot("the boxes of the delta are too few or too many")
    taken = np.where(modes == _EACH, lengths, modes == _MOVE)
    if int(taken.sum()) != len(boxes.values):
        raise BadSnapshot("the lengths of the delta's boxes are too few or too many")
    mode = np.repeat(modes, lengths)
    values = np.zeros(len(flat), "f4")
    at = np.repeat(np.cumsum(taken) - taken, lengths)
    within = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = at + np.where(mode == _EACH, within, 0)
    values[mode != _KEEP] = boxes.values[at[mode != _KEEP]]
    fixed = np.tile(_bare(before), _COORDINATES)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = np.flatnonzero((mode == _MOVE) & ~fixed)
        flat[moved] = flat[moved] + values[moved]
    flat[mode == _EACH] = values[mode == _EACH]
    return np.ascontiguousarray(flat.reshape(_COORDINATES, count).T).reshape(-1)


def _runs(
    before: Floats, after: Floats, free: NDArray[np.bool_], placed: NDArray[np.bool_]
) -> tuple[Ints, Floats]:
    """Pairs and values of one coordinate. `free` elements stay at zero whatever the run says,
    `placed` ones had no box before."""
    if not len(before):
        return np.zeros(0, "i8"), np.zeros(0, "f4")
    with np.errstate(over="ignore", invalid="ignore"):
        step = after - before
        exact = _bits(before + step) == _bits(after)
    kept = _bits(before) == _bits(after)
    mode = np.where(kept, _KEEP, np.where(exact & ~placed, _MOVE, _EACH))
    key = np.where(mode == _MOVE, _bits(step).astype("i8") + (1 << 33), mode)
    named = np.where(free, 0, np.arange(len(key)))
    named = np.maximum.accumulate(named)  # a free element goes on with the run before it
    key, mode = key[named], mode[named]
    begins = np.flatnonzero(np.diff(key, prepend=key[0] - 1))
    lengths = np.diff(np.append(begins, len(key)))
    runs = np.stack((lengths, mode[begins]), axis=1).reshape(-1)
    each = mode == _EACH
    wanted = each.copy()
    wanted[begins[mode[begins] == _MOVE]] = True
    return runs.astype("i8"), np.where(each, after, step[named])[wanted].astype("f4")


def _bare(boxes: Floats) -> NDArray[np.bool_]:
    """Which elements have no box: four zeros."""
    return np.asarray(~_bits(boxes).any(axis=1), bool)


def _bits(values: Floats) -> NDArray[np.int32]:
    return np.ascontiguousarray(values).view("i4")
