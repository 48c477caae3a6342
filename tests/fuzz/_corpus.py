"""Small good snapshots that have something of everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from _markup import build

from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns, Field, Mark, Sheet

PAGE = (
    "<html><head><title>Shop</title><base href='/x'></head><body><main aria-label=All><h1>Mugs</h1>"
    "<form id=f><label for=a>Name<input id=a name=n></label><input type=checkbox class=b>"
    "<select multiple><option>S</option><option label=L>x</option></select>"
    "<fieldset disabled><legend>Who</legend><button>Go <i>on</i></button></fieldset></form>"
    "<ul><li><a href=/m title=t>mug</a> 12</li><li role=tab tabindex=0 style='cursor:pointer'>two</li></ul>"
    "<my-card><shadow-root mode=open><slot></slot><button>in</button></shadow-root><b>light</b></my-card>"
    "<iframe><frame-document url=about:blank><html><body><a href=x>f</a></body></html></frame-document></iframe>"
    "<template><inert-content><p>later</p></inert-content></template><svg:svg><svg:title>pic</svg:title></svg:svg>"
    "<div contenteditable aria-labelledby='a f'>edit</div><canvas></canvas><!-- note --></main></body></html>"
)


def corpus() -> list[bytes]:
    """Encoded, some compressed."""
    whole = _everything(build(PAGE))
    deep = build("<div>" * 60 + "x")
    wide = build("<p class=a><b id=i>text</b></p>" * 60)
    return [
        encode(whole), encode(whole, compress=False), encode(deep), encode(wide),
        encode(wide, extras={"DELTA": b"delta", "HTML": b"<p>"}), encode(build("")),
    ]  # fmt: skip


def _everything(columns: Columns) -> Columns:
    """With state, sheets, marks, scroll offsets, a focus and a selection."""
    tags = [columns.strings[i] for i in columns.label.tolist()]
    field, select, canvas = tags.index("input"), tags.index("select"), tags.index("canvas")
    strings = (*columns.strings, "typed", "p { color: red }", "data:image/png;base64,AAAA")
    known = len(columns.strings)
    return replace(
        columns,
        strings=strings,
        page=replace(columns.page, focus=field, selection_start=1, selection_end=2),
        state_node=np.array([field, select, select], "u4"),
        state_field=np.array([Field.VALUE, Field.SELECTED, Field.SELECTED], "u1"),
        state_value=np.array([known, 0, 1], "i4"),
        scroll_node=np.array([canvas], "u4"),
        scroll_xy=np.array([0, 12.5], "f4"),
        selection=np.array([select, 0, select, 0], "i4"),
        hidden=np.array([canvas], "u4"),
        sheet_node=np.array([0], "u4"),
        sheet_flags=np.array([Sheet.ADOPTED], "u1"),
        sheet_texts=np.array([known + 1, 0, 0], "u4"),
        mark_node=np.array([canvas, select], "u4"),
        mark_kind=np.array([Mark.CANVAS, Mark.LOST], "u1"),
        mark_value=np.array([known + 2, known], "u4"),
    )
