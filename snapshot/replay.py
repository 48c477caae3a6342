"""What replay.js is told: each piece of state, and how to find its element again. Pure."""

from __future__ import annotations

from typing import Any

from .columns import Field, Kind
from .reader import Snapshot


def replay_state(snapshot: Snapshot) -> dict[str, Any]:
    """The argument of `abos.replay`: fields, scroll and focus, each with its element."""
    columns, page = snapshot.columns, snapshot.page
    scrolls = zip(
        columns.scroll_node.tolist(), columns.scroll_xy.reshape(-1, 2).tolist(), strict=True
    )
    focus = None
    if page.focus >= 0:
        selection = [page.selection_start, page.selection_end]
        focus = {"where": _locator(snapshot, page.focus), "selection": selection}
    return {
        "fields": _fields(snapshot),
        "scrolls": [
            {"where": _locator(snapshot, node), "x": x, "y": y} for node, (x, y) in scrolls
        ],
        "scroll": [page.scroll_x, page.scroll_y],
        "focus": focus,
    }


def left_out(snapshot: Snapshot) -> tuple[str, ...]:
    """Names of fields that hold something a snapshot doesn't keep."""
    words = {Field.SECRET: "left out as a secret", Field.FILES: "chosen files"}
    rows = zip(
        snapshot.columns.state_node.tolist(), snapshot.columns.state_field.tolist(), strict=True
    )
    return tuple(
        f"{snapshot.where(node)} ({words[Field(kind)]})" for node, kind in rows if kind in words
    )


def _fields(snapshot: Snapshot) -> list[dict[str, Any]]:
    columns = snapshot.columns
    rows = zip(
        columns.state_node.tolist(),
        columns.state_field.tolist(),
        columns.state_value.tolist(),
        strict=True,
    )
    fields: dict[int, dict[str, Any]] = {}
    for node, kind, value in rows:
        if kind in {Field.SECRET, Field.FILES}:
            continue
        entry = fields.setdefault(
            node, {"said": snapshot.where(node), "where": _locator(snapshot, node), "want": []}
        )
        _want(snapshot, entry, node, Field(kind), value)
    return list(fields.values())


def _want(snapshot: Snapshot, entry: dict[str, Any], node: int, kind: Field, value: int) -> None:
    entry["kind"] = kind.name.lower()
    match kind:
        case Field.CHECKED:
            entry["want"] = {"checked": bool(value & 1), "mixed": bool(value & 2)}
        case Field.SELECTED:
            options = snapshot.options(node)
            if 0 <= value < len(options):
                entry["want"].append([value, options[value][0]])
        case Field.EDITABLE:
            text = snapshot.columns.strings[value]
            entry["want"] = {"text": text, "html": snapshot.inner_html(node)}
        case _:
            entry["want"] = snapshot.columns.strings[value]


def _locator(snapshot: Snapshot, index: int) -> dict[str, Any]:
    node = snapshot.node(index)
    steps = snapshot.path(index)
    inside = max((i + 1 for i, (tag, _) in enumerate(steps) if tag.startswith("#")), default=0)
    kind = node.attributes.get("type", "").lower()
    return {
        "root": steps[:inside],
        "path": steps[inside:],
        "tag": node.tag,
        "html": bool(snapshot.columns.kind[index] == Kind.ELEMENT),
        "id": node.attributes.get("id", ""),
        "name": node.attributes.get("name", ""),
        "type": kind,
        "value": node.attributes.get("value", "") if kind in {"radio", "checkbox"} else None,
        "form": _form(snapshot, index, node.attributes.get("form", "")),
    }


def _form(snapshot: Snapshot, index: int, named: str) -> str:
    """The id or name of the form an element belongs to."""
    if named:
        return named
    while index > 0:
        index = int(snapshot.columns.parent[index])
        if snapshot.columns.kind[index] < Kind.ELEMENT:
            return ""
        if snapshot.label(index) == "form":
            attributes = snapshot.node(index).attributes
            return attributes.get("id") or attributes.get("name", "")
    return ""
