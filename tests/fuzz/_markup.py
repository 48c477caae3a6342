"""Columns from a piece of markup, so that tests read as pages."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np

from abos.snapshot.columns import Columns, Kind, Page

VOID = {"br", "img", "input", "meta", "base", "link", "hr"}
INNER = {"shadow-root": Kind.SHADOW, "frame-document": Kind.DOCUMENT, "inert-content": Kind.CONTENT}
PAGE: dict[str, Any] = {
    "url": "https://shop.example/",
    "title": "Shop",
    "taken_at": 12.5,
    "standards": True,
    "width": 1280.0,
    "height": 720.0,
    "ratio": 1.0,
    "scroll_x": 0.0,
    "scroll_y": 0.0,
    "focus": -1,
    "selection_start": -1,
    "selection_end": -1,
}


class Builder(HTMLParser):
    """Markup to columns; `<shadow-root>`, `<frame-document>`, `<svg:path>` mean what they say."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.strings: list[str] = [""]
        self.rows: list[tuple[int, int, int, int]] = [(-1, Kind.DOCUMENT, 0, 0)]
        self.attrs: list[int] = []
        self.open = [0]

    def intern(self, text: str) -> int:
        if text not in self.strings:
            self.strings.append(text)
        return self.strings.index(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = INNER.get(tag, Kind.SVG if tag.startswith("svg:") else Kind.ELEMENT)
        label = 0 if tag in INNER else self.intern(tag.removeprefix("svg:"))
        self.rows.append((self.open[-1], kind, label, len(attrs)))
        for name, value in attrs:
            self.attrs += [self.intern(name), self.intern(value or "")]
        if tag not in VOID:
            self.open.append(len(self.rows) - 1)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.rows.append((self.open[-1], Kind.TEXT, self.intern(data), 0))

    def handle_comment(self, data: str) -> None:
        self.rows.append((self.open[-1], Kind.COMMENT, self.intern(data), 0))


def build(
    markup: str, *, state: Any = (), scroll: Any = (), hidden: Any = (), **page: Any
) -> Columns:
    """`state` is rows of (node, field, number or text), `scroll` rows of (node, left, top)."""
    builder = Builder()
    builder.feed(markup)
    builder.close()
    rows = [(n, f, builder.intern(v) if isinstance(v, str) else v) for n, f, v in state]
    parent, kind, label, count = (np.array(column) for column in zip(*builder.rows, strict=True))
    nodes, fields, values = (np.array(c) for c in zip(*rows, strict=True)) if rows else ([], [], [])
    elements = int((kind >= Kind.ELEMENT).sum())
    return Columns(
        page=Page(**{**PAGE, **page}),
        strings=tuple(builder.strings),
        parent=parent.astype("i4"),
        kind=kind.astype("u1"),
        label=label.astype("u4"),
        attr_count=count.astype("u4"),
        attrs=np.array(builder.attrs, "u4"),
        boxes=np.arange(elements * 4, dtype="f4"),
        hidden=np.array(hidden, "u4"),
        state_node=np.array(nodes, "u4"),
        state_field=np.array(fields, "u1"),
        state_value=np.array(values, "i4"),
        scroll_node=np.array([row[0] for row in scroll], "u4"),
        scroll_xy=np.array([row[1:] for row in scroll], "f4").reshape(-1),
        selection=np.array([], "i4"),
        sheet_node=np.array([], "u4"),
        sheet_flags=np.array([], "u1"),
        sheet_texts=np.array([], "u4"),
        mark_node=np.array([], "u4"),
        mark_kind=np.array([], "u1"),
        mark_value=np.array([], "u4"),
    )
