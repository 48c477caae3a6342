"""A delta from two pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from ..columns import Columns, Page
from . import boxes, tables
from .align import align
from .content import content_hash
from .delta import Boxes, Delta, Ints, Rows
from .numbering import number
from .texts import Texts
from .tree import attribute_starts, depths_of, flat_ranges

Indexes = NDArray[np.int64]


def diff(base: Columns, target: Columns) -> Delta:
    """Operations that make `target` of `base`; nodes are matched as `align` says."""
    index: dict[str, int] = {"": 0, "id": 1}
    one, other = number(base, index), number(target, index)
    was = align(one, other, 1)
    return make(one, other, was, tuple(index), (content_hash(base), content_hash(target)))


def make(
    base: Columns,
    target: Columns,
    was: NDArray[np.int32],
    strings: Sequence[str],
    hashes: tuple[bytes, bytes],
) -> Delta:
    """A delta of pages whose strings are numbered by one table, from the base node of each node of
    the target (-1 for none)."""
    origin = was.astype("i8")
    texts = Texts(base, strings)
    depth = depths_of(target.parent)
    shift = depth - depths_of(base.parent)[origin]
    copied = _unchanged(base, target, origin)
    now = tables.renames(np.where(origin >= 0, origin, -1), len(base.kind))
    moved = tables.moved_selection(base.selection, now)
    selection = target.selection.astype("i8")
    return Delta(
        base=hashes[0],
        target=hashes[1],
        count=len(target.kind),
        runs=_runs(origin, copied, shift),
        nodes=_nodes(base, target, origin, depth, np.flatnonzero(~copied).tolist(), texts),
        page=_page(base.page, target.page, now),
        boxes=_boxes(base, target, origin),
        tables=_tables(base, target, now, texts),
        selection=None if np.array_equal(selection, moved) else selection,
        texts=texts.result(),
    )


def _unchanged(base: Columns, target: Columns, was: Indexes) -> NDArray[np.bool_]:
    """Which nodes are what they were, attributes and all."""
    same: NDArray[np.bool_] = (
        (was >= 0)
        & (base.kind[was] == target.kind)
        & (base.label[was] == target.label)
        & (base.attr_count[was] == target.attr_count)
    )
    nodes = np.flatnonzero(same)
    counts = target.attr_count[nodes].astype("i8")
    ours = flat_ranges(attribute_starts(target)[nodes], counts)
    theirs = flat_ranges(attribute_starts(base)[was[nodes]], counts)
    differ = (target.attrs.reshape(-1, 2)[ours] != base.attrs.reshape(-1, 2)[theirs]).any(axis=1)
    same[np.repeat(nodes, counts)[differ]] = False
    return same


def _runs(was: Indexes, copied: NDArray[np.bool_], shift: Indexes) -> Ints:
    start = np.where(copied, was, -1)
    step = np.where(copied, shift, 0)
    joined = (copied[1:] == copied[:-1]) & (step[1:] == step[:-1])
    joined &= ~copied[1:] | (start[1:] == start[:-1] + 1)
    begins = np.concatenate(([0], np.flatnonzero(~joined) + 1))
    lengths = np.diff(np.append(begins, len(was)))
    return np.stack((start[begins], lengths, step[begins]), axis=1).reshape(-1).astype("i8")


def _nodes(
    base: Columns, target: Columns, was: Indexes, depth: Indexes, nodes: list[int], texts: Texts
) -> Ints:
    starts, base_starts = attribute_starts(target), attribute_starts(base)
    stream: list[int] = []
    for node in nodes:
        like = int(was[node])
        kind, label = int(target.kind[node]), int(target.label[node])
        stream += (int(depth[node]), like + 1, kind)
        if like >= 0 and int(base.label[like]) == label:
            stream.append(0)
        else:
            stream.append(1 + texts.ref(label, "label", like))
        first, count = int(starts[node]), int(target.attr_count[node])
        flat = target.attrs[2 * first : 2 * (first + count)].tolist()
        if like < 0:
            stream.append(count + 1)
            stream += (texts.ref(each) for each in flat)
            continue
        at, size = int(base_starts[like]), int(base.attr_count[like])
        known = base.attrs[2 * at : 2 * (at + size)].tolist()
        stream += _attributes(flat, known, at, texts)
    return np.array(stream, "i8")


def _attributes(flat: list[int], known: list[int], at: int, texts: Texts) -> list[int]:
    """The attributes of a changed node: 0 when they are as before."""
    if flat == known:
        return [0]
    place = {pair: i for i, pair in enumerate(zip(known[::2], known[1::2], strict=True))}
    named = {name: i for i, name in enumerate(known[::2])}
    stream = [len(flat) // 2 + 1]
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        if (name, value) in place:
            stream.append(-1 - place[name, value])
            continue
        old = named.get(name, -1)
        row = 2 * (at + old) + 1 if old >= 0 else -1
        stream += (texts.ref(name), texts.ref(value, "attrs", row))
    return stream


def _page(base: Page, target: Page, now: Indexes) -> dict[str, str | float | int | bool]:
    """Fields that differ; the focus differs when it is not where its old node went."""
    values = {item.name: (getattr(base, item.name), getattr(target, item.name))
              for item in fields(Page)}  # fmt: skip
    found = {name: new for name, (old, new) in values.items() if _bits(old) != _bits(new)}
    found.pop("focus", None)
    if target.focus != moved_focus(base.focus, now):
        found["focus"] = target.focus
    return found


def _bits(value: object) -> object:
    return value.hex() if isinstance(value, float) else value


def moved_focus(focus: int, now: Indexes) -> int:
    """The focused node after its renaming, -1 when it is gone."""
    return int(now[focus]) if focus >= 0 else -1


def _boxes(base: Columns, target: Columns, was: Indexes) -> Boxes | None:
    if not len(target.boxes):
        return None
    before = boxes.predicted(base, was, target.kind)
    return boxes.difference(before, np.ascontiguousarray(target.boxes, "f4").reshape(-1, 4))


def _tables(base: Columns, target: Columns, now: Indexes, texts: Texts) -> dict[str, Rows]:
    found = {}
    for table in tables.TABLES:
        old, stood = tables.renamed(tables.rows_of(base, table), now)
        new = tables.rows_of(target, table)
        if not np.array_equal(old, new):
            found[table.name] = _rows(old.tolist(), stood, new.tolist(), table, texts)
    return found


def _rows(
    old: list[list[int]], stood: Indexes, new: list[list[int]], table: tables.Table, texts: Texts
) -> Rows:
    """Runs of rows that stay, and the others; each row is looked at once or twice."""
    where = {tuple(row): i for i, row in reversed(list(enumerate(old)))}
    on_node = {row[0]: i for i, row in reversed(list(enumerate(old)))}
    runs: list[int] = []
    stream: list[int] = []
    following = -1
    for row in new:
        at = following
        if not (0 <= at < len(old) and old[at] == row):
            at = where.get(tuple(row), -1)
        if runs and ((at >= 0 and at == following) or (at < 0 and runs[-2] < 0)):
            runs[-1] += 1
        else:
            runs += (at, 1)
        following = at + 1 if at >= 0 else -1
        if at < 0:
            before = on_node.get(row[0], -1)
            place = int(stood[before]) if before >= 0 else -1
            stream += _row(row, old[before] if before >= 0 else None, place, table, texts)
    return Rows(np.array(runs, "i8"), np.array(stream, "i8"))


def _row(
    row: list[int], like: list[int] | None, place: int, table: tables.Table, texts: Texts
) -> list[int]:
    """A new row, its texts as places in the delta; `like` is the old row at `place` of the base."""
    result = list(row)
    name, width = table.columns[-1]
    for i in range(len(row)):
        if tables.is_text(row, i, table):
            known = like is not None and tables.is_text(like, i, table)
            at = place * width + i - (table.width - width) if known else -1
            result[i] = texts.ref(row[i], name, at)
    return result
