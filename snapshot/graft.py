"""One page's columns put into another's: the document of a frame under its frame element. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .columns import Columns, Field, Kind, Mark


def graft(host: Columns, at: int, inner: Columns, x: float, y: float) -> Columns:
    """`host` with `inner` as the first child of element `at`; its boxes are moved by (x, y)."""
    strings, where = _joined(host.strings, inner.strings)
    count, place = len(inner.kind), at + 1
    shift = _Shift(place, count)
    parent = inner.parent + np.int32(place)
    parent[0] = at
    attrs_at = 2 * int(host.attr_count[:place].sum(dtype=np.uint64))
    return replace(
        host,
        strings=strings,
        parent=_spliced(shift.over(host.parent), place, parent),
        kind=_spliced(host.kind, place, inner.kind),
        label=_spliced(host.label, place, where[inner.label]),
        attr_count=_spliced(host.attr_count, place, inner.attr_count),
        attrs=_spliced(host.attrs, attrs_at, where[inner.attrs]),
        boxes=_boxes(host, place, inner, x, y),
        hidden=np.concatenate((shift.over(host.hidden), inner.hidden + np.uint32(place))),
        state_node=np.concatenate((shift.over(host.state_node), inner.state_node + place)),
        state_field=np.concatenate((host.state_field, inner.state_field)),
        state_value=np.concatenate((host.state_value, _values(inner, where))),
        scroll_node=np.concatenate((shift.over(host.scroll_node), inner.scroll_node + place)),
        scroll_xy=np.concatenate((host.scroll_xy, inner.scroll_xy)),
        selection=shift.selection(host.selection),
        sheet_node=np.concatenate((shift.over(host.sheet_node), inner.sheet_node + place)),
        sheet_flags=np.concatenate((host.sheet_flags, inner.sheet_flags)),
        sheet_texts=np.concatenate((host.sheet_texts, where[inner.sheet_texts])),
        mark_node=np.concatenate((shift.over(host.mark_node), inner.mark_node + place)),
        mark_kind=np.concatenate((host.mark_kind, inner.mark_kind)),
        mark_value=np.concatenate((host.mark_value, where[inner.mark_value])),
        veiled=np.concatenate((shift.over(host.veiled), inner.veiled + np.uint32(place))),
        revealed=np.concatenate((shift.over(host.revealed), inner.revealed + np.uint32(place))),
        pointed=np.concatenate((shift.over(host.pointed), inner.pointed + np.uint32(place))),
        page=_page(host, at, inner, shift),
    )


def lost(columns: Columns, at: int, words: str) -> Columns:
    """`columns` with the note that something of element `at` could not be read."""
    strings, where = _joined(columns.strings, (words,))
    return replace(
        columns,
        strings=strings,
        mark_node=np.append(columns.mark_node, np.uint32(at)),
        mark_kind=np.append(columns.mark_kind, np.uint8(Mark.LOST)),
        mark_value=np.append(columns.mark_value, where[0]),
    )


class _Shift:
    """Makes room for `count` nodes at `place`."""

    def __init__(self, place: int, count: int) -> None:
        self._place, self._count = place, count

    def over(self, nodes: Any) -> Any:
        return np.where(nodes >= self._place, nodes + self._count, nodes).astype(nodes.dtype)

    def selection(self, selection: Any) -> Any:
        moved = selection.copy()
        moved[::2] = self.over(selection[::2])
        return moved


def _joined(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[tuple[str, ...], Any]:
    """Both string tables as one, and where each of `theirs` is in it."""
    index = {text: i for i, text in enumerate(ours)}
    where = [index.setdefault(text, len(index)) for text in theirs]
    return tuple(index), np.array(where, "<u4")


def _spliced(column: Any, at: int, inner: Any) -> Any:
    return np.concatenate((column[:at], inner, column[at:])).astype(column.dtype)


def _boxes(host: Columns, place: int, inner: Columns, x: float, y: float) -> Any:
    boxes = inner.boxes.reshape(-1, 4).copy()
    seen = boxes.any(axis=1)
    boxes[seen, :2] += np.array((x, y), "<f4")
    if not len(host.boxes):
        return host.boxes
    rank = int((host.kind[:place] >= Kind.ELEMENT).sum())
    return _spliced(host.boxes, rank * 4, boxes.reshape(-1))


def _values(inner: Columns, where: Any) -> Any:
    texts = np.isin(inner.state_field, (Field.VALUE, Field.EDITABLE, Field.FILES))
    values = inner.state_value.copy()
    values[texts] = where[values[texts]]
    return values


def _page(host: Columns, at: int, inner: Columns, shift: _Shift) -> Any:
    focus = host.page.focus
    if focus == at and inner.page.focus >= 0:
        start, end = inner.page.selection_start, inner.page.selection_end
        return replace(
            host.page,
            focus=at + 1 + inner.page.focus,
            selection_start=start,
            selection_end=end,
        )
    return replace(host.page, focus=int(shift.over(np.array(focus))))
