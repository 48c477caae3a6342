"""What changed, as a person would say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from abos.snapshot.columns import Columns, Field
from abos.snapshot.delta import tell

from .pages import trees

Build = Callable[..., Columns]
SHOP = (
    "<h1>Shop</h1><span id=cart-count>0</span><label for=m>Email</label><input id=m>"
    "<ul><li>Mug <button class=buy>Add to cart</button></li></ul><p>Text</p>"
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("<button class=buy>Add to cart</button>", ""), ["button 'Add to cart' removed"]),
        (("<p>Text</p>", "<p>Text</p><button>Pay</button>"), ["button 'Pay' added"]),
        ((">0<", ">1<"), ["cart count changed from '0' to '1'"]),
        (
            ("<button class=buy>", "<button class=buy disabled>"),
            ["button 'Add to cart' now disabled"],
        ),
        (
            ("class=buy", "class=bought"),
            ["button 'Add to cart' class changed from 'buy' to 'bought'"],
        ),
        (("<p>Text</p>", "<p>Other words</p>"), ["paragraph changed from 'Text' to 'Other words'"]),
        (("<ul><li>Mug", "<ul><li>Cup</li><li>Mug"), ["list item 'Cup' added"]),
    ],
)
def test_what_is_said(columns_of: Build, change: tuple[str, str], words: list[str]) -> None:
    assert list(tell(columns_of(SHOP), columns_of(SHOP.replace(*change))).lines()) == words


def test_a_field_is_called_by_its_label(columns_of: Build) -> None:
    node = 7
    base = columns_of(SHOP, state=[(node, Field.VALUE, "")])
    target = columns_of(SHOP, state=[(node, Field.VALUE, "ada@example.com")])
    assert tell(base, target).lines() == ("text field 'Email' now 'ada@example.com'",)
    assert tell(target, base).lines() == ("text field 'Email' now empty",)


@pytest.mark.parametrize(
    "markup", ["<input type=password name=pw {}>", "<input autocomplete=cc-number name=pw {}>"]
)
def test_secrets_are_never_said(columns_of: Build, markup: str) -> None:
    def page(secret: str) -> Columns:
        return columns_of(markup.format(f"value={secret}"), state=[(1, Field.VALUE, secret)])

    for telling in (tell(page("hunter2"), page("correct")), tell(page("correct"), page("hunter2"))):
        said = repr(telling)
        assert telling.changes
        assert "•" in said
        assert "hunter2" not in said
        assert "correct" not in said
    left_out = columns_of(markup.format(""), state=[(1, Field.SECRET, 0)])
    assert "now ••••" in tell(columns_of(markup.format(""), state=[]), left_out).lines()[0]


def test_the_page_itself(columns_of: Build) -> None:
    base = columns_of(SHOP)
    other: dict[str, Any] = {
        "url": "https://shop.example/x",
        "title": "Cart",
        "scroll_y": 300.0,
        "focus": 7,
    }
    lines = tell(base, replace(base, page=replace(base.page, **other))).lines()
    assert lines == (
        "address changed from 'https://shop.example/' to 'https://shop.example/x'",
        "title changed from 'Shop' to 'Cart'",
        "page scrolled to 0, 300",
        "focus moved to text field 'Email'",
    )


@given(trees(), trees())
def test_any_two_pages_can_be_told(base: Columns, target: Columns) -> None:
    assert all(isinstance(line, str) for line in tell(base, target).lines())
    assert tell(base, base).changes == ()


def test_no_more_than_changed(columns_of: Build) -> None:
    rows = [f"<tr><td>{i}</td><td>name {i}</td></tr>" for i in range(50)]
    pages: list[Any] = [
        columns_of("<table>" + "".join(r) + "</table>") for r in (rows, rows[:20] + rows[21:])
    ]
    assert tell(*pages).lines() == ("row '20 name 20' removed",)
    assert tell(*reversed(pages)).lines() == ("row '20 name 20' added",)


def look(columns: Columns, **rows: list[int]) -> Columns:
    given: dict[str, Any] = {name: np.array(nodes, "u4") for name, nodes in rows.items()}
    return replace(columns, **given)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"veiled": []}, {"veiled": [1]}, ["list 'Mug Add' now invisible"]),
        ({"veiled": [1]}, {"veiled": []}, ["list 'Mug Add' now visible"]),
        ({"veiled": [1]}, {"veiled": [1], "revealed": [4]}, ["button 'Add' now visible"]),
        ({"veiled": [1]}, {"veiled": [2]}, ["list 'Mug Add' now visible"]),
        ({"pointed": [2]}, {"pointed": [2, 6]}, ["paragraph 'Text' now looks pressable"]),
        ({"pointed": [1]}, {"pointed": [4]}, ["list 'Mug Add' no longer looks pressable"]),
        ({"pointed": [2, 6]}, {"pointed": [2, 6]}, []),
        ({}, {"pointed": [2, 4]}, []),
        ({"veiled": [6], "pointed": [2]}, {}, []),
    ],
)
def test_how_elements_look(
    columns_of: Build, before: dict[str, list[int]], after: dict[str, list[int]], words: list[str]
) -> None:
    page = columns_of("<ul><li>Mug <button>Add</button></li></ul><p>Text</p>")
    assert list(tell(look(page, **before), look(page, **after)).lines()) == words


def test_what_is_not_displayed_has_no_look(columns_of: Build) -> None:
    markup = "<ul><li>Mug <button>Add</button></li></ul><p>Text</p>"
    page, hidden = columns_of(markup), columns_of(markup, hidden=[1])
    lines = tell(look(hidden, pointed=[6]), look(page, pointed=[6], veiled=[4])).lines()
    assert [line for line in lines if "visible" in line] == []
    assert any("now shown" in line for line in lines)
