"""Two pages make a delta, a page and a delta the other page: for any pages, also as bytes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import Snapshot
from abos.snapshot.checks import check
from abos.snapshot.codec import encode as to_bytes
from abos.snapshot.columns import Columns, Sheet
from abos.snapshot.delta import apply, content_hash, decode, diff, encode, same
from abos.snapshot.delta.numbering import compact

from .pages import edited, trees

Build = Callable[..., Columns]


def hash_of(columns: Columns) -> str:
    return Snapshot.from_bytes(to_bytes(columns)).tree_hash


@given(trees(), trees())
def test_applied_to_the_base_it_is_the_target(base: Columns, target: Columns) -> None:
    delta = diff(base, target)
    for each in (delta, decode(encode(delta))):
        result = apply(base, each)
        check(result)
        assert same(result, target)
        assert hash_of(result) == hash_of(target)
    assert encode(decode(encode(delta))) == encode(delta)


@given(trees(), st.randoms(use_true_random=False))
def test_related_pages_too(base: Columns, choice: random.Random) -> None:
    target = edited(base, choice)
    delta = decode(encode(diff(base, target)))
    assert same(apply(base, delta), target)


@given(trees())
def test_a_page_does_not_differ_from_itself(columns: Columns) -> None:
    delta = diff(columns, compact(columns))
    assert delta.empty
    assert delta.changed_nodes == 0
    assert (delta.page, delta.tables) == ({}, {})
    assert same(apply(columns, delta), columns)


@given(trees())
def test_the_numbers_of_strings_do_not_matter(columns: Columns) -> None:
    tidy = compact(columns)
    check(tidy)
    assert content_hash(tidy) == content_hash(columns)
    assert compact(tidy).strings == tidy.strings
    other = replace(columns, page=replace(columns.page, title=columns.page.title + "x"))
    assert content_hash(other) != content_hash(columns)


PAGE = (
    "<html><head><style>p{}</style></head><body><h1 class='big title'>Shop</h1><ul>"
    + "".join(
        f"<li class='item card' id=i{i}><a href='/p/{i}'>Product {i}</a></li>" for i in range(50)
    )
    + "</ul><form><input name=email value=''><textarea></textarea></form></body></html>"
)
CHANGES = {
    "text": PAGE.replace("Product 7<", "Product seven<"),
    "attribute": PAGE.replace("id=i9", "id=i9 aria-selected=true"),
    "class": PAGE.replace("big title", "big title open"),
    "insert": PAGE.replace("<li class='item card' id=i20", "<li>new <b>one</b></li><li class='item card' id=i20"),
    "remove": PAGE.replace("<li class='item card' id=i20><a href='/p/20'>Product 20</a></li>", ""),
    "move": PAGE.replace("<h1 class='big title'>Shop</h1>", "").replace("</form>", "</form><h1 class='big title'>Shop</h1>"),
    "move deeper": PAGE.replace("<form>", "<div><form>").replace("</form>", "</form></div>"),
    "shadow": PAGE.replace("<h1 class='big title'>", "<h1 class='big title'><shadow-root mode=open><b>in</b></shadow-root>"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_small_change_is_a_small_delta(columns_of: Build, name: str) -> None:
    base, target = columns_of(PAGE), columns_of(CHANGES[name])
    base, target = replace(base, boxes=base.boxes[:0]), replace(target, boxes=target.boxes[:0])
    delta = diff(base, target)
    assert same(apply(base, delta), target)
    assert 0 < len(encode(delta)) < 300
    assert delta.changed_nodes <= 4


def test_boxes_that_move_together_cost_one_distance(columns_of: Build) -> None:
    base = columns_of(PAGE)
    boxes = base.boxes.copy()
    boxes[1 + 4 * 20 :: 4] += np.float32(17.5)
    target = replace(base, boxes=boxes)
    delta = diff(base, target)
    assert same(apply(base, delta), target)
    assert len(encode(delta)) < 200


def test_a_rule_added_to_a_long_sheet_costs_the_rule(columns_of: Build) -> None:
    plain = columns_of(PAGE)
    text = "\n".join(f".c{i} {{ color: rgb({i % 255}, {i % 7}, 0); }}" for i in range(2000))
    strings = (*plain.strings, text, text + "\n.new { color: red; }")
    base = replace(
        plain,
        strings=strings,
        sheet_node=np.array([3], "u4"),
        sheet_flags=np.array([Sheet.DISABLED], "u1"),
        sheet_texts=np.array([len(strings) - 2, 0, 0], "u4"),
    )
    target = replace(base, sheet_texts=np.array([len(strings) - 1, 0, 0], "u4"))
    delta = diff(base, target)
    assert same(apply(base, delta), target)
    assert len(encode(delta)) < 300


def test_the_work_grows_with_the_pages(columns_of: Build) -> None:
    """A chain, a fan and rows of the same, eight times as large: never anything like 64 times."""

    def seconds(base: Columns, target: Columns) -> float:
        begin = time.thread_time()
        delta = diff(base, target)
        spent = time.thread_time() - begin
        assert same(apply(base, delta), target)
        return spent

    def chain(n: int, tag: str) -> Columns:
        return tree(list(range(-1, n)), tag)

    def fan(n: int, tag: str) -> Columns:
        return tree([-1, 0, *[1] * n], tag)

    def tree(parents: list[int], tag: str) -> Columns:
        some = columns_of(f"<{tag}>")
        count = len(parents)
        kind = np.full(count, some.kind[1], "u1")
        kind[0] = 0
        return replace(
            some,
            parent=np.array(parents, "i4"),
            kind=kind,
            label=np.where(np.arange(count) % 3, 1, 0).astype("u4"),
            attr_count=np.zeros(count, "u4"),
            boxes=some.boxes[:0],
        )

    for shape in (chain, fan):
        small = min(seconds(shape(4000, "a"), shape(3999, "b")) for _ in range(3))
        large = min(seconds(shape(32000, "a"), shape(31999, "b")) for _ in range(3))
        assert large < 30 * small
