"""What revive.js is told to put back once the tree is right. Pure.

Elements are named by their number in the shape, scopes (documents and shadow roots) by theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .columns import Columns, Field, Kind, Mark
from .reader import Snapshot
from .shape import Shape

_KEPT_BACK = frozenset((Field.SECRET, Field.FILES))


@dataclass(frozen=True, slots=True)
class State:
    """State of the elements of one shape."""

    told: dict[str, Any]
    """As the script wants it."""
    nodes: tuple[int, ...]
    """The node of each field in it."""


def state_of(snapshot: Snapshot, wanted: Shape) -> State:
    """The state of all that is in `wanted`."""
    columns = snapshot.columns
    number = {int(node): i for i, node in enumerate(wanted.nodes.tolist())}
    fields = _fields(columns, number)
    marks = _marks(columns, number)
    page = columns.page
    inner = wanted.scopes[0] != 0
    told: dict[str, Any] = {
        "fields": list(fields.values()),
        "scrolls": _scrolls(columns, number),
        "scroll": [0, 0] if inner else [page.scroll_x, page.scroll_y],
        "focus": _focus(columns, number),
        "selection": _selection(columns, number),
        "sheets": _sheets(columns, wanted, number),
        "raised": [[at, kind] for at, kind, _ in marks if kind in {Mark.MODAL, Mark.POPOVER}],
        "canvases": [[at, text] for at, kind, text in marks if kind == Mark.CANVAS],
        "undefinedNames": sorted({text for _, kind, text in marks if kind == Mark.UNDEFINED}),
        "asksScripts": any(":defined" in each or "scripting" in each for each in columns.strings),
    }
    if inner:
        told["scroll"] = next(
            ([each["x"], each["y"]] for each in told["scrolls"] if each["at"] == 0), [0, 0]
        )
    return State(told, tuple(fields))


def _fields(columns: Columns, number: dict[int, int]) -> dict[int, dict[str, Any]]:
    fields: dict[int, dict[str, Any]] = {}
    rows = zip(
        columns.state_node.tolist(),
        columns.state_field.tolist(),
        columns.state_value.tolist(),
        strict=True,
    )
    for node, field, value in rows:
        if node not in number or field in _KEPT_BACK:
            continue
        kind = Field(field)
        entry = fields.setdefault(node, {"at": number[node], "kind": kind.name.lower(), "want": []})
        if kind == Field.SELECTED:
            entry["want"] += [value] if value >= 0 else []
        elif kind == Field.CHECKED:
            entry["want"] = {"checked": bool(value & 1), "mixed": bool(value & 2)}
        else:
            entry["want"] = columns.strings[value]
    return fields


def _scrolls(columns: Columns, number: dict[int, int]) -> list[dict[str, Any]]:
    places = columns.scroll_xy.reshape(-1, 2).tolist()
    rows = zip(columns.scroll_node.tolist(), places, strict=True)
    return [{"at": number[node], "x": x, "y": y} for node, (x, y) in rows if node in number]


def _marks(columns: Columns, number: dict[int, int]) -> list[tuple[int, int, str]]:
    rows = zip(
        columns.mark_node.tolist(),
        columns.mark_kind.tolist(),
        columns.mark_value.tolist(),
        strict=True,
    )
    return [(number[n], kind, columns.strings[v]) for n, kind, v in rows if n in number]


def _focus(columns: Columns, number: dict[int, int]) -> dict[str, Any] | None:
    page = columns.page
    if page.focus not in number:
        return None
    selection = [page.selection_start, page.selection_end]
    return {"at": number[page.focus], "selection": selection}


def _sheets(columns: Columns, wanted: Shape, number: dict[int, int]) -> list[list[dict[str, Any]]]:
    """The sheets of each scope, in their order."""
    scope_of = {node: i for i, node in enumerate(wanted.scopes)}
    sheets: list[list[dict[str, Any]]] = [[] for _ in wanted.scopes]
    texts = columns.sheet_texts.reshape(-1, 3).tolist()
    rows = zip(columns.sheet_node.tolist(), columns.sheet_flags.tolist(), texts, strict=True)
    for node, flags, (text, media, base) in rows:
        scope = _scope(columns, node)
        if scope in scope_of:
            strings = columns.strings
            sheet = {"text": strings[text], "media": strings[media], "base": strings[base]}
            sheets[scope_of[scope]].append({"at": number.get(node, -1), "flags": flags, **sheet})
    return sheets


def _scope(columns: Columns, node: int) -> int:
    """The document or shadow root that a node is in, or is."""
    while columns.kind[node] not in {Kind.DOCUMENT, Kind.SHADOW}:
        node = int(columns.parent[node])
    return node


def _selection(columns: Columns, number: dict[int, int]) -> list[dict[str, int]] | None:
    if not len(columns.selection):
        return None
    anchor, start, focus, end = columns.selection.tolist()
    ends = [_place(columns, number, anchor, start), _place(columns, number, focus, end)]
    return ends if all(end["at"] >= 0 for end in ends) else None


def _place(columns: Columns, number: dict[int, int], node: int, offset: int) -> dict[str, int]:
    """A place that stays the same when a parser joins texts that stand side by side."""
    if columns.kind[node] != Kind.TEXT:
        return {"at": number.get(node, -1), "run": -1, "offset": offset}
    parent = int(columns.parent[node])
    run, before, joined = -1, 0, False
    for child in np.flatnonzero(columns.parent == parent).tolist():
        text = columns.kind[child] == Kind.TEXT
        if text and not joined:
            run, before = run + 1, 0
        joined = bool(text)
        if child == node:
            break
        if text:
            before += (
                len(columns.strings[columns.label[child]].encode("utf-16-le", "surrogatepass")) // 2
            )
    return {"at": number.get(parent, -1), "run": run, "offset": before + offset}
