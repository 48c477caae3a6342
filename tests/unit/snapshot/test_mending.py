"""What is to be mended when a parser made another tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot.checks import check
from abos.snapshot.columns import Columns, Kind, Mark, depths
from abos.snapshot.graft import graft, lost
from abos.snapshot.mending import odd_texts, repairs
from abos.snapshot.sanitize import DEAD, harmless
from abos.snapshot.shape import Shape, shape

Build = Callable[..., Columns]


def shape_of(columns: Columns) -> Shape:
    return shape(columns, depths(columns), harmless(columns, staged=True))


def mended(columns: Columns, found: Columns) -> list[object]:
    attributes = harmless(columns, staged=True)
    wanted = shape_of(columns)
    result = repairs(columns, depths(columns), attributes, wanted, shape_of(found).rows)
    return [result.builds, result.attributes, result.elements]


def test_equal_trees_have_equal_shapes(columns_of: Build) -> None:
    one = columns_of("<p id=a class=b>x</p><svg:svg><svg:g></svg:g></svg:svg>")
    two = columns_of("<p class=b id=a>other</p><svg:svg><svg:g></svg:g></svg:svg>")
    assert shape_of(one).digest == shape_of(two).digest
    assert mended(one, two) == [[], [], 0]


@pytest.mark.parametrize(
    "markup",
    ["<p id=b class=b></p>", "<p id=a></p>", "<b id=a class=b></b>", "<i><p id=a class=b></p></i>",
     "<svg:p id=a class=b></svg:p>", "<p id=a class=b></p><p></p>"],
)  # fmt: skip
def test_any_other_tree_has_another(columns_of: Build, markup: str) -> None:
    assert (
        shape_of(columns_of("<p id=a class=b></p>")).digest != shape_of(columns_of(markup)).digest
    )


def test_only_what_differs_is_built(columns_of: Build) -> None:
    wanted = columns_of("<main><p>a<p>b</p></p><i></i></main><footer><b></b></footer>")
    found = columns_of("<main><p>a</p><p>b</p><i></i></main><footer><b></b></footer>")
    builds, attributes, count = mended(wanted, found)
    assert attributes == []
    assert count == 3
    assert isinstance(builds, list)
    ((at, rows),) = builds
    assert at == 0
    assert [row[:3] for row in rows] == [
        [1, Kind.ELEMENT, "p"], [2, Kind.TEXT, "a"], [2, Kind.ELEMENT, "p"], [3, Kind.TEXT, "b"],
        [1, Kind.ELEMENT, "i"],
    ]  # fmt: skip


def test_attributes_are_told_where_the_tree_is_right(columns_of: Build) -> None:
    wanted = columns_of("<p><b title=x lang=de></b></p>")
    assert mended(wanted, columns_of("<p><b title=y></b></p>")) == [
        [], [[1, [("title", "x"), ("lang", "de")]]], 0,
    ]  # fmt: skip


def test_texts_that_no_markup_gives(columns_of: Build) -> None:
    columns = columns_of("<p>a<b></b>c<!--d--></p><noscript>n</noscript><q>fine</q>")
    strings = tuple("\ud800" if text == "a" else text for text in columns.strings)
    odd = replace(columns, strings=strings)
    assert odd_texts(odd, shape_of(odd)) == [
        [0, "", ["\ud800", None, "c", ["d"]]], [2, "", ["n"]],
    ]  # fmt: skip


def test_text_in_a_table_is_mended_there_and_around(columns_of: Build) -> None:
    columns = columns_of("<div><table><tbody><tr>loose</tr></tbody></table></div>")
    places = [at for at, _, _ in odd_texts(columns, shape_of(columns))]
    assert sorted(places) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ('<a href="javascript:x">y</a>', [("href", DEAD)]),
        ('<form action="javascript:x"></form>', []),
        ('<iframe src="/a" srcdoc="b" name="c"></iframe>', [("src", "/a"), ("name", "c")]),
        ('<iframe src="data:text/html,x"></iframe>', []),
        ('<link rel="x preconnect" href="/a">', [("rel", "x preconnect")]),
        ('<link rel="stylesheet" href="/a">', [("rel", "stylesheet"), ("href", "/a")]),
        ('<meta http-equiv="Refresh" content="0">', []),
        ('<meta http-equiv="content-language" content="de">', [("http-equiv", "content-language"), ("content", "de")]),
        ('<script src="/a" id="b" type="module"></script>', [("id", "b")]),
        ('<p onclick="x" title="on">y</p>', [("title", "on")]),
    ],
)  # fmt: skip
def test_what_may_stay(columns_of: Build, markup: str, left: list[tuple[str, str]]) -> None:
    assert harmless(columns_of(markup), staged=True).of(1) == left


def test_a_frame_is_grafted_under_its_element(columns_of: Build) -> None:
    host = columns_of("<p>x</p><iframe>f</iframe><input>", state=[(5, 0, "typed")], focus=3)
    inner = columns_of("<b>in</b><input>", state=[(3, 0, "inner")], scroll=[(1, 2, 3)], focus=3)
    one, five, three = (np.array([node], "u4") for node in (1, 5, 3))
    host = replace(host, veiled=three, revealed=five, pointed=one)
    inner = replace(inner, veiled=one, revealed=three, pointed=three)
    both = graft(host, 3, inner, 10, 20)
    check(both)
    depths(both)
    labels = [both.strings[i] for i in both.label.tolist()]
    assert labels == ["", "p", "x", "iframe", "", "b", "in", "input", "f", "input"]
    assert both.parent.tolist() == [-1, 0, 1, 0, 3, 4, 5, 4, 3, 0]
    said = [both.strings[i] for i in both.state_value.tolist()]
    assert list(zip(both.state_node.tolist(), said, strict=True)) == [(9, "typed"), (7, "inner")]
    assert (both.page.focus, both.scroll_node.tolist()) == (7, [5])
    look = [column.tolist() for column in (both.veiled, both.revealed, both.pointed)]
    assert look == [[3, 5], [9, 7], [1, 7]]
    assert both.boxes.tolist()[8:16] == [10, 21, 2, 3, 14, 25, 6, 7]
    assert len(set(both.strings)) == len(both.strings)


def test_what_was_lost_is_noted(columns_of: Build) -> None:
    columns = lost(columns_of("<iframe></iframe>"), 1, "its inside")
    check(columns)
    assert columns.mark_kind.tolist() == [Mark.LOST]
    assert columns.strings[columns.mark_value[0]] == "its inside"


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_the_digest_is_the_polynomial_that_the_script_computes(values: list[int]) -> None:
    rows = np.array(values + [0] * (-len(values) % 3), "u4").reshape(-1, 3)
    one = two = 0
    for value in rows.reshape(-1).tolist():
        one, two = (one * 0x01000193 + value) % 2**32, (two * 0x85EBCA6B + value) % 2**32
    assert Shape(np.arange(len(rows)), (0,), (), lambda: rows).digest == [one, two]
