"""The page that a delta leads to. Pure; a delta from anywhere is checked throughout."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check
from ..columns import MAX_NODES, Columns, Page
from ..errors import BadSnapshot
from . import boxes, tables
from .content import content_hash
from .delta import Delta, Ints, Rows
from .make import moved_focus
from .numbering import TEXT_FIELDS, compact
from .reading import read_nodes, whole_texts
from .tree import attribute_starts, depths_of, flat_ranges, parents_of

MAX_ATTRIBUTES = 16_000_000
"""Attributes that a page may have once a delta is applied."""


def apply(base: Columns, delta: Delta) -> Columns:
    """The target of a delta, checked, its strings in the order of their use.

    Raises `BadSnapshot` when the delta is of another page, malformed, or leads elsewhere than it
    says. Memory stays within a small multiple of `MAX_NODES`, `MAX_ATTRIBUTES` and `MAX_TEXT`.
    """
    if content_hash(base) != delta.base:
        raise BadSnapshot("the delta is of another page")
    target = applied(base, delta)
    if content_hash(target) != delta.target:
        raise BadSnapshot("the delta leads to another page than it says")
    return compact(target)


def applied(base: Columns, delta: Delta) -> Columns:
    """As `apply`, without asking either hash; new strings come after those of the base."""
    if not 0 < delta.count <= MAX_NODES:
        raise BadSnapshot("the number of nodes is out of bounds")
    strings = (*base.strings, *whole_texts(base, delta.texts))
    nodes = _assembled(base, delta)
    rows = {}
    now = tables.renames(nodes.was, len(base.kind))
    for table in tables.TABLES:
        old, _ = tables.renamed(tables.rows_of(base, table), now)
        patch = delta.tables.get(table.name)
        new = old if patch is None else _patched(old, patch, table, base, delta)
        rows.update(tables.columns_of(new, table))
    selection = tables.moved_selection(base.selection, now)
    if delta.selection is not None:
        selection = delta.selection
    _fits(selection, 2**31)
    target = Columns(
        page=_page(base.page, delta.page, now),
        strings=strings,
        parent=parents_of(nodes.depth),
        kind=nodes.kind,
        label=nodes.label,
        attr_count=nodes.attr_count,
        attrs=nodes.attrs,
        boxes=_boxes(base, delta, nodes),
        selection=selection.astype("i4"),
        **rows,
    )
    check(target)
    return target


@dataclass(frozen=True, slots=True)
class _Nodes:
    was: NDArray[np.int64]
    depth: NDArray[np.int64]
    kind: NDArray[np.uint8]
    label: NDArray[np.uint32]
    attr_count: NDArray[np.uint32]
    attrs: NDArray[np.uint32]


def _assembled(base: Columns, delta: Delta) -> _Nodes:
    was, copied, shift = _sources(base, delta)
    fresh = np.flatnonzero(~copied)
    new = read_nodes(base, delta, len(fresh))
    was[fresh] = new.like
    depth = depths_of(base.parent)[was] + shift
    depth[fresh] = new.depth
    kind, label = base.kind[was], base.label[was].astype("u4")
    kind[fresh] = np.array(new.kind, "u1")
    label[fresh] = np.array(new.label, "u4")
    counts = base.attr_count[was].astype("i8")
    own = np.array(new.count, "i8")
    counts[fresh] = np.where(own >= 0, own, counts[fresh])
    attrs = _gathered(base, was, fresh[own >= 0], counts, new.attrs)
    return _Nodes(was, depth, kind, label, counts.astype("u4"), attrs)


def _sources(
    base: Columns, delta: Delta
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """For each node of the target: the copied node, whether it is copied, the change of depth."""
    if len(delta.runs) % 3:
        raise BadSnapshot("the runs of the delta are cut short")
    starts, lengths, steps = (delta.runs[i::3] for i in range(3))
    if (
        (lengths < 1).any()
        or len(lengths) > delta.count
        or (lengths > delta.count).any()
        or int(lengths.sum()) != delta.count
        or (starts < -1).any()
        or (starts > len(base.kind)).any()
        or (np.where(starts >= 0, starts + lengths, 0) > len(base.kind)).any()
        or (steps > MAX_NODES).any()
        or (steps < -MAX_NODES).any()
    ):
        raise BadSnapshot("the runs of the delta are malformed")
    copied = np.repeat(starts >= 0, lengths)
    was = flat_ranges(np.where(starts >= 0, starts, 0), lengths)
    was[~copied] = -1
    return was, copied, np.repeat(steps, lengths)


def _gathered(
    base: Columns,
    was: NDArray[np.int64],
    own: NDArray[np.int64],
    counts: NDArray[np.int64],
    attrs: list[int],
) -> NDArray[np.uint32]:
    """All attributes; those of `own` nodes are in `attrs`, the others as they were."""
    if int(counts.sum()) > MAX_ATTRIBUTES:
        raise BadSnapshot("the delta makes too many attributes")
    starts = np.cumsum(counts) - counts
    theirs = np.ones(len(counts), bool)
    theirs[own] = False
    theirs &= was >= 0
    old = np.flatnonzero(theirs)
    result = np.zeros((int(counts.sum()), 2), "u4")
    source = flat_ranges(attribute_starts(base)[was[old]], counts[old])
    result[flat_ranges(starts[old], counts[old])] = base.attrs.reshape(-1, 2)[source]
    result[flat_ranges(starts[own], counts[own])] = np.array(attrs, "u4").reshape(-1, 2)
    return result.reshape(-1)


def _patched(old: Ints, patch: Rows, table: tables.Table, base: Columns, delta: Delta) -> Ints:
    if len(patch.runs) % 2 or len(patch.new) % table.width:
        raise BadSnapshot(f"the {table.name} rows of the delta are cut short")
    starts, lengths = patch.runs[::2], patch.runs[1::2]
    new = _new_rows(patch.new.reshape(-1, table.width), table, len(base.strings), len(delta.texts))
    fresh = starts < 0
    if (
        (lengths < 1).any()
        or (lengths > MAX_NODES).any()
        or (starts < -1).any()
        or (starts > len(old)).any()
        or int(lengths.sum()) > MAX_NODES
        or int(lengths[fresh].sum()) != len(new)
        or (np.where(fresh, 0, starts + lengths) > len(old)).any()
    ):
        raise BadSnapshot(f"the {table.name} rows of the delta are malformed")
    begins = np.cumsum(lengths[fresh]) - lengths[fresh] + len(old)
    first = starts.copy()
    first[fresh] = begins
    return np.concatenate((old, new))[flat_ranges(first, lengths)]


def _new_rows(rows: Ints, table: tables.Table, known: int, texts: int) -> Ints:
    result = rows.copy()
    _fits(result, 2**31)
    for place in table.texts:
        told = np.ones(len(rows), bool)
        if table is tables.STATE:
            told = np.isin(rows[:, 1], TEXT_FIELDS)
        refs = rows[told, place]
        if (refs < 0).any() or (refs >= texts).any():
            raise BadSnapshot("a text of the delta is missing")
        result[told, place] = refs + known
    for place in range(2 if table.width > 2 and table is not tables.SCROLL else 1):
        limit = 256 if place else MAX_NODES
        if (rows[:, place] < 0).any() or (rows[:, place] >= limit).any():
            raise BadSnapshot(f"the {table.name} rows of the delta are malformed")
    return result


def _fits(values: Ints, limit: int) -> None:
    if (values >= limit).any() or (values < -limit).any():
        raise BadSnapshot("a number of the delta is out of bounds")


def _boxes(base: Columns, delta: Delta, nodes: _Nodes) -> NDArray[np.float32]:
    if delta.boxes is None:
        return np.zeros(0, "f4")
    return boxes.changed(boxes.predicted(base, nodes.was, nodes.kind), delta.boxes)


def _page(base: Page, changes: dict[str, Any], now: NDArray[np.int64]) -> Page:
    wanted = {item.name: type(getattr(base, item.name)) for item in fields(Page)}
    if any(type(value) is not wanted.get(name) for name, value in changes.items()):
        raise BadSnapshot("the page of the delta is malformed")
    return replace(base, **{"focus": moved_focus(base.focus, now), **changes})
