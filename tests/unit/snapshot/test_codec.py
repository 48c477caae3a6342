"""Bytes of a page: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abos.snapshot import BadSnapshot, PageTooLarge, Snapshot, container
from abos.snapshot.codec import decode, encode, opened
from abos.snapshot.columns import Columns, Field, Kind, Mark, Page

TEXT = st.text(st.characters(), max_size=12)  # lone surrogates are characters here
LENGTH = st.floats(allow_nan=False, allow_infinity=False, width=32)
Build = Callable[..., Columns]


@st.composite
def trees(draw: st.DrawFn) -> Columns:
    """Any page: a random tree in document order, with whatever a page may say of it."""
    kinds, parents, path = [int(Kind.DOCUMENT)], [-1], [0]
    for node in range(1, draw(st.integers(1, 25))):
        above = draw(st.integers(0, len(path) - 1))
        while kinds[path[above]] in {Kind.TEXT, Kind.COMMENT}:
            above -= 1
        del path[above + 1 :]
        inner = (
            [Kind.DOCUMENT, Kind.SHADOW, Kind.CONTENT] if kinds[path[-1]] >= Kind.ELEMENT else []
        )
        choice = [
            Kind.TEXT,
            Kind.COMMENT,
            Kind.ELEMENT,
            Kind.ELEMENT,
            Kind.SVG,
            Kind.MATHML,
            Kind.OTHER,
            *inner,
        ]
        kinds.append(int(draw(st.sampled_from(choice))))
        parents.append(path[-1])
        path.append(node)
    strings = ("", *draw(st.lists(TEXT, max_size=8)))
    index = st.integers(0, len(strings) - 1)
    elements = [i for i, kind in enumerate(kinds) if kind >= Kind.ELEMENT]
    some = st.lists(st.sampled_from(elements), unique=True) if elements else st.just([])
    counts = [draw(st.integers(0, 3)) if kind >= Kind.ELEMENT else 0 for kind in kinds]
    controls, scrolled = draw(some), draw(some)
    styled, marked = draw(some), draw(some)
    pages: dict[str, st.SearchStrategy[Any]] = {
        hint.name: {"str": TEXT, "float": LENGTH, "bool": st.booleans(), "int": st.just(-1)}[
            str(hint.type)
        ]
        for hint in fields(Page)
    }
    return Columns(
        page=Page(**draw(st.fixed_dictionaries(pages))),
        strings=strings,
        parent=np.array(parents, "i4"),
        kind=np.array(kinds, "u1"),
        label=np.array([draw(index) for _ in kinds], "u4"),
        attr_count=np.array(counts, "u4"),
        attrs=np.array([draw(index) for _ in range(2 * sum(counts))], "u4"),
        boxes=np.array([draw(LENGTH) for _ in range(4 * len(elements))], "f4"),
        hidden=np.array(draw(some), "u4"),
        state_node=np.array(controls, "u4"),
        state_field=np.array([draw(st.integers(0, 5)) for _ in controls], "u1"),
        state_value=np.array([draw(index) for _ in controls], "i4"),
        scroll_node=np.array(scrolled, "u4"),
        scroll_xy=np.array([draw(LENGTH) for _ in range(2 * len(scrolled))], "f4"),
        selection=np.array([], "i4"),
        sheet_node=np.array(styled, "u4"),
        sheet_flags=np.array([draw(st.sampled_from([0, 2, 4, 8, 16])) for _ in styled], "u1"),
        sheet_texts=np.array([draw(index) for _ in range(3 * len(styled))], "u4"),
        mark_node=np.array(marked, "u4"),
        mark_kind=np.array([draw(st.integers(0, 6)) for _ in marked], "u1"),
        mark_value=np.array([draw(index) for _ in marked], "u4"),
        veiled=np.array(draw(some), "u4"),
        pointed=np.array(draw(some), "u4"),
    )


def equal(one: Columns, other: Columns) -> bool:
    same = (
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(Columns)
        if field.name not in {"page", "strings"}
    )
    return one.page == other.page and one.strings == other.strings and all(same)


def big(columns_of: Build) -> Columns:
    return columns_of("<html><body>" + "".join(f"<p id=p{i}>Item {i}</p>" for i in range(200)))


@given(trees())
def test_round_trip(columns: Columns) -> None:
    data = encode(columns)
    assert equal(decode(data), columns)
    assert encode(decode(data)) == data


@given(trees())
def test_whatever_decodes_can_be_read(columns: Columns) -> None:
    snapshot = Snapshot.from_bytes(encode(columns))
    assert snapshot.element_count == len(snapshot.find())
    assert len(snapshot.tree_hash) == 16
    assert isinstance(snapshot.html + snapshot.text(), str)
    assert len(snapshot.form_state()) == len(columns.state_node)


@given(st.data())
@settings(max_examples=300)
def test_any_cut_or_flip_is_a_bad_snapshot(columns_of: Build, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([encode(columns_of("<p>x</p>")), encode(big(columns_of))]))
    at = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    flipped = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
    for broken in (whole[:at], flipped, whole + whole[:at] + b"\0"):
        with pytest.raises(BadSnapshot):
            decode(broken)


@given(trees())
def test_parts_say_what_the_whole_says(columns: Columns) -> None:
    parts = opened(encode(columns))
    assert tuple(parts.strings) == columns.strings
    assert [parts.strings[i] for i in range(len(columns.strings))] == list(columns.strings)
    assert np.array_equal(parts.nodes.parent, columns.parent)
    assert np.array_equal(parts.boxes, columns.boxes)


@pytest.mark.parametrize(
    "change",
    [
        {"parent": np.array([-1, 0, 7], "i4")},
        {"parent": np.array([-1, 2, 1], "i4")},
        {"parent": np.array([0, 0, 1], "i4")},
        {"parent": np.array([-1, 0], "i4")},
        {"kind": np.array([0, 5, 9], "u1")},
        {"kind": np.array([5, 5, 1], "u1")},
        {"kind": np.array([0, 4, 1], "u1")},
        {"kind": np.array([0, 1, 1], "u1")},
        {"kind": np.array([0, 2, 1], "u1")},
        {"label": np.array([0, 1, 99], "u4")},
        {"attr_count": np.array([0, 1, 0], "u4")},
        {"attr_count": np.array([0, 0, 0], "u4"), "attrs": np.array([0, 0], "u4")},
        {"boxes": np.array([1.0], "f4")},
        {"boxes": np.array([1, 2, 3, np.nan], "f4")},
        {"hidden": np.array([2], "u4")},
        {"state_node": np.array([9], "u4")},
        {"state_node": np.array([1], "u4"), "state_field": np.array([0], "u1"),
         "state_value": np.array([-4], "i4")},
        {"state_node": np.array([1, 1], "u4"), "state_field": np.array([0, 2], "u1"),
         "state_value": np.array([0, 0], "i4")},
        {"scroll_node": np.array([1], "u4")},
        {"selection": np.array([1, 0, 99, 0], "i4")},
        {"sheet_node": np.array([1], "u4")},
        {"sheet_node": np.array([2], "u4"), "sheet_flags": np.array([0], "u1"),
         "sheet_texts": np.array([0, 0, 0], "u4")},
        {"sheet_node": np.array([1], "u4"), "sheet_flags": np.array([1], "u1"),
         "sheet_texts": np.array([0, 0, 0], "u4")},
        {"sheet_node": np.array([1], "u4"), "sheet_flags": np.array([0], "u1"),
         "sheet_texts": np.array([0, 0, 99], "u4")},
        {"veiled": np.array([2], "u4")}, {"pointed": np.array([9], "u4")},
        {"mark_node": np.array([2], "u4"), "mark_kind": np.array([0], "u1"),
         "mark_value": np.array([0], "u4")},
        {"mark_node": np.array([1], "u4"), "mark_kind": np.array([7], "u1"),
         "mark_value": np.array([0], "u4")},
    ],
)  # fmt: skip
def test_indexes_that_point_nowhere(columns_of: Build, change: dict[str, Any]) -> None:
    with pytest.raises(BadSnapshot):
        decode(encode(replace(columns_of("<p>x</p>"), **change)))


def test_out_of_document_order(columns_of: Build) -> None:
    siblings = columns_of("<a></a><b></b><c></c>")
    wrong = encode(replace(siblings, parent=np.array([-1, 0, 0, 1], "i4")))
    with pytest.raises(BadSnapshot, match="document order"):
        decode(wrong)


def test_too_large_to_write(columns_of: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_RAW", 10)
    with pytest.raises(PageTooLarge):
        encode(columns_of("<p>x</p>"))


def test_lone_surrogates_and_emoji_are_kept(columns_of: Build) -> None:
    columns = columns_of("<p>x</p>", state=[(1, Field.VALUE, "a\ud83d \U0001f642 \udc00")])
    assert decode(encode(columns)).strings == columns.strings


def test_texts_with_zeros_in_them_are_kept(columns_of: Build) -> None:
    columns = columns_of("<p>x</p>", state=[(1, Field.VALUE, "a\0b\0")])
    assert decode(encode(columns)).strings == columns.strings


def test_boxes_that_are_no_64ths_are_kept_to_the_bit(columns_of: Build) -> None:
    columns = columns_of("<p>x</p><b></b>")
    for boxes in ([0.1, -0.0, 1e30, 3.25] * 2, [0.5, -7.015625, 0, 1] * 2):
        changed = replace(columns, boxes=np.array(boxes, "f4"))
        assert decode(encode(changed)).boxes.tobytes() == changed.boxes.tobytes()


def test_pixels_of_canvases_lie_apart(columns_of: Build) -> None:
    pixels = "data:image/png;base64," + "A" * 50
    columns = columns_of(f"<canvas title='{pixels}'></canvas>")
    columns = replace(
        columns,
        mark_node=np.array([1], "u4"),
        mark_kind=np.array([Mark.CANVAS], "u1"),
        mark_value=np.array([columns.strings.index(pixels)], "u4"),
    )
    data = encode(columns)
    assert b"base64" not in bytes(opened(data).container["STR"])
    assert decode(data).strings == columns.strings


def test_sections_for_others(columns_of: Build) -> None:
    data = encode(columns_of("<p>x</p>"), extras={"DELTA": b"opaque", "HTML": b"<p>"})
    snapshot = Snapshot.from_bytes(data)
    assert (snapshot.section("DELTA"), snapshot.section("HTML")) == (b"opaque", b"<p>")
    assert Snapshot.from_bytes(encode(columns_of("<p>x</p>"))).section("DELTA") is None
    with pytest.raises(ValueError, match="DELTA, HTML"):
        encode(columns_of("<p>x</p>"), extras={"NODE": b""})


def test_large_sections_are_compressed(columns_of: Build) -> None:
    columns = big(columns_of)
    assert len(encode(columns)) < len(encode(columns, compress=False)) / 2
