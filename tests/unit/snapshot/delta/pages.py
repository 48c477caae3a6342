"""Any page, and pages that come of another by edits."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from abos.snapshot.columns import Columns, Field, Kind, Page

TEXT = st.text(st.characters(), max_size=40)  # lone surrogates are characters here
LENGTH = st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def trees(draw: st.DrawFn) -> Columns:
    """Any page: a random tree in document order, with whatever a page may say of it."""
    kinds, parents = draw(_shapes())
    strings = ("", *draw(st.lists(TEXT, max_size=8)))
    index = st.integers(0, len(strings) - 1)
    elements = [i for i, kind in enumerate(kinds) if kind >= Kind.ELEMENT]
    some = st.lists(st.sampled_from(elements), unique=True) if elements else st.just([])
    counts = [draw(st.integers(0, 3)) if kind >= Kind.ELEMENT else 0 for kind in kinds]
    controls, scrolled, styled, marked = draw(some), draw(some), draw(some), draw(some)
    boxes = draw(st.sampled_from([0, 4 * len(elements)]))
    ends = draw(st.lists(st.integers(0, len(kinds) - 1), min_size=2, max_size=2))
    return Columns(
        page=draw(_pages([-1, *elements])),
        strings=strings,
        parent=np.array(parents, "i4"),
        kind=np.array(kinds, "u1"),
        label=np.array([draw(index) for _ in kinds], "u4"),
        attr_count=np.array(counts, "u4"),
        attrs=np.array([draw(index) for _ in range(2 * sum(counts))], "u4"),
        boxes=np.array([draw(LENGTH | st.just(0.0)) for _ in range(boxes)], "f4"),
        hidden=np.array(draw(some), "u4"),
        state_node=np.array(controls, "u4"),
        state_field=np.array([draw(st.integers(0, 5)) for _ in controls], "u1"),
        state_value=np.array([draw(index) for _ in controls], "i4"),
        scroll_node=np.array(scrolled, "u4"),
        scroll_xy=np.array([draw(LENGTH) for _ in range(2 * len(scrolled))], "f4"),
        selection=np.array(draw(st.sampled_from([[], [ends[0], 3, ends[1], 0]])), "i4"),
        sheet_node=np.array(styled, "u4"),
        sheet_flags=np.array([draw(st.sampled_from([0, 2, 4, 8, 16])) for _ in styled], "u1"),
        sheet_texts=np.array([draw(index) for _ in range(3 * len(styled))], "u4"),
        mark_node=np.array(marked, "u4"),
        mark_kind=np.array([draw(st.integers(0, 6)) for _ in marked], "u1"),
        mark_value=np.array([draw(index) for _ in marked], "u4"),
        veiled=np.array(draw(some), "u4"),
        revealed=np.array(draw(some), "u4"),
        pointed=np.array(draw(some), "u4"),
    )


@st.composite
def _shapes(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    kinds, parents, path = [int(Kind.DOCUMENT)], [-1], [0]
    for node in range(1, draw(st.integers(1, 25))):
        above = draw(st.integers(0, len(path) - 1))
        while kinds[path[above]] in {Kind.TEXT, Kind.COMMENT}:
            above -= 1
        del path[above + 1 :]
        choice = [Kind.TEXT, Kind.COMMENT, Kind.ELEMENT, Kind.ELEMENT, Kind.SVG, Kind.OTHER]
        if kinds[path[-1]] >= Kind.ELEMENT:
            choice += [Kind.DOCUMENT, Kind.SHADOW, Kind.CONTENT]
        kinds.append(int(draw(st.sampled_from(choice))))
        parents.append(path[-1])
        path.append(node)
    return kinds, parents


@st.composite
def _pages(draw: st.DrawFn, focus: list[int]) -> Page:
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "str": TEXT, "float": LENGTH, "bool": st.booleans(), "int": st.integers(-1, 9)
    }  # fmt: skip
    values = {item.name: draw(kinds[str(item.type)]) for item in fields(Page)}
    return Page(**{**values, "focus": draw(st.sampled_from(focus))})


def edited(columns: Columns, choice: random.Random) -> Columns:
    """A page after a few edits: a subtree moved or removed, a text, an attribute, a field, a box."""
    for _ in range(choice.randint(1, 4)):
        columns = choice.choice([_restructured, _reworded, _restated, _replaced])(columns, choice)
    return columns


def _restructured(columns: Columns, choice: random.Random) -> Columns:
    """One subtree taken out, and half of the time put back somewhere else."""
    parents, count = columns.parent.tolist(), len(columns.kind)
    if count < 3:
        return columns
    root = choice.randrange(1, count)
    end = root + 1
    while end < count and parents[end] >= root:
        end += 1
    rest = [n for n in range(count) if not root <= n < end]
    order = list(rest)
    if choice.random() < 0.5:
        hosts = [n for n in rest if columns.kind[n] >= Kind.ELEMENT]
        if hosts:
            host = choice.choice(hosts)
            order[order.index(host) + 1 : order.index(host) + 1] = range(root, end)
            parents[root] = host
    return taken(columns, order, parents)


def taken(columns: Columns, order: list[int], parents: list[int]) -> Columns:
    """The page with these nodes only, in this order."""
    now = {node: i for i, node in enumerate(order)}
    starts = (np.cumsum(columns.attr_count) - columns.attr_count).tolist()
    attrs = [
        value
        for node in order
        for value in columns.attrs[2 * starts[node] :][: 2 * int(columns.attr_count[node])].tolist()
    ]
    row_of = {node: i for i, node in enumerate(columns.elements.tolist())}
    rows = [row_of[node] for node in order if node in row_of]

    def kept(nodes: Any) -> tuple[Any, Any]:
        place = [i for i, node in enumerate(nodes.tolist()) if node in now]
        return place, np.array([now[int(nodes[i])] for i in place], "u4")

    state, state_node = kept(columns.state_node)
    scroll, scroll_node = kept(columns.scroll_node)
    sheet, sheet_node = kept(columns.sheet_node)
    mark, mark_node = kept(columns.mark_node)
    return replace(
        columns,
        parent=np.array([now.get(parents[node], -1) for node in order], "i4"),
        kind=columns.kind[order],
        label=columns.label[order],
        attr_count=columns.attr_count[order],
        attrs=np.array(attrs, "u4"),
        boxes=columns.boxes.reshape(-1, 4)[rows].reshape(-1)
        if len(columns.boxes)
        else columns.boxes,
        hidden=kept(columns.hidden)[1],
        state_node=state_node,
        state_field=columns.state_field[state],
        state_value=columns.state_value[state],
        scroll_node=scroll_node,
        scroll_xy=columns.scroll_xy.reshape(-1, 2)[scroll].reshape(-1),
        sheet_node=sheet_node,
        sheet_flags=columns.sheet_flags[sheet],
        sheet_texts=columns.sheet_texts.reshape(-1, 3)[sheet].reshape(-1),
        mark_node=mark_node,
        mark_kind=columns.mark_kind[mark],
        mark_value=columns.mark_value[mark],
        veiled=kept(columns.veiled)[1],
        revealed=kept(columns.revealed)[1],
        pointed=kept(columns.pointed)[1],
        selection=columns.selection[:0],
        page=replace(columns.page, focus=now.get(columns.page.focus, -1)),
    )


def _reworded(columns: Columns, choice: random.Random) -> Columns:
    strings = (
        *columns.strings,
        "".join(choice.choices("ab\ud800 \U0001f642", k=choice.randint(0, 60))),
    )
    name = choice.choice(["label", "attrs", "sheet_texts", "mark_value"])
    column = getattr(columns, name).copy()
    if len(column):
        column[choice.randrange(len(column))] = len(strings) - 1
    return replace(columns, strings=strings, **{name: column})


def _restated(columns: Columns, choice: random.Random) -> Columns:
    order = list(range(len(columns.state_node)))
    choice.shuffle(order)
    return replace(
        columns,
        state_node=columns.state_node[order],
        state_field=np.where(columns.state_field[order] == 1, Field.SECRET, columns.state_field[order]).astype("u1"),
        state_value=columns.state_value[order],
        hidden=columns.hidden[::-1].copy(),
        veiled=columns.veiled[1:],
        pointed=columns.pointed[::-1].copy(),
    )  # fmt: skip


def _replaced(columns: Columns, choice: random.Random) -> Columns:
    boxes = columns.boxes.copy()
    if len(boxes):
        boxes[choice.randrange(len(boxes)) :] += np.float32(choice.choice([1.5, -3, 0.1]))
    boxes = np.where(np.isfinite(boxes), boxes, 0).astype("f4")
    return replace(columns, boxes=boxes, page=replace(columns.page, scroll_y=choice.random()))
