"""From what walker.js returns to an observation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import UnknownRef
from abos.snapshot.errors import SnapshotError
from abos.snapshot.observe import STATES, Element, parse

STRINGS = [
    "", "button", "Add to cart", "combobox", "Size", "Large", "select", "Small", "Your cart",
    "main", "Cart", "Two mugs.", "input", "email", "textbox", "you@example.com", "Sign in",
    "link", "a", "/mugs", "https://other.example/",
]  # fmt: skip
COLUMNS = (
    "ref", "role", "name", "value", "states", "x", "y", "width", "height", "tag", "type", "hint",
    "options", "context", "landmark", "href",
)  # fmt: skip
GROWING = {"ref", "name", "y", "href"}
LISTS = [[], [7, 5]]
CART = [12, 1, 2, 0, 0, 10, 20, 80, 30, 1, 0, 0, 0, 8, 9, 0]
SIZE = [13, 3, 4, 5, 1 << 7 | 1 << 10, 1, 900, 3, 4, 6, 0, 0, 1, 0, 0, 0]
MAIL = [14, 14, 0, 0, 1 << 6, 0, 0, 9, 9, 12, 13, 15, 0, 0, 0, 0]
MUGS = [15, 17, 10, 0, 0, 0, -40, 9, 9, 18, 0, 0, 0, 0, 0, -19]
AWAY = [16, 17, 10, 0, 0, 0, 9000, 9, 9, 18, 0, 0, 0, 0, 0, 20]


def column(numbers: Sequence[int], grows: bool, runs: bool) -> dict[str, list[int]]:
    """As `packed` and `differences` of view.js write one."""
    if grows:
        numbers = [after - before for before, after in zip((0, *numbers), numbers, strict=False)]
    if not runs:
        return {"values": list(numbers)}
    lengths = [(value, len(list(run))) for value, run in groupby(numbers)]
    return {"values": [v for v, _ in lengths], "lengths": [n for _, n in lengths]}


def walk(*rows: list[int], runs: bool = False) -> dict[str, Any]:
    return {
        "url": "https://shop.example/cart",
        "title": "Cart",
        "origin": "https://shop.example",
        "text": "- text: Two mugs.",
        "tokens": 7,
        "left": 3,
        "strings": STRINGS,
        "lists": LISTS,
        "columns": {
            name: column([row[i] for row in rows], name in GROWING, runs)
            for i, name in enumerate(COLUMNS)
        },
        "next": 17,
    }


@pytest.mark.parametrize("runs", [False, True])
def test_rows_become_elements(runs: bool) -> None:
    walked = parse(walk(CART, SIZE, MAIL, runs=runs))
    cart, size, mail = walked.observation.elements
    assert cart == Element(
        "e12", "button", "Add to cart", box=(10, 20, 80, 30), tag="button",
        context="Your cart", landmark="main",
    )  # fmt: skip
    assert size.states == {"required", "offscreen"}
    assert (size.value, size.options) == ("Large", ("Small", "Large"))
    assert (size.box, mail.box) == ((1, 900, 3, 4), (0, 0, 9, 9))
    assert (mail.type, mail.hint) == ("email", "you@example.com")
    assert mail.states == {"focused"}
    assert walked.next_ref == 17


def test_addresses_on_the_pages_own_origin_and_elsewhere() -> None:
    cart, mugs, away = parse(walk(CART, MUGS, AWAY)).observation.elements
    assert [each.href for each in (cart, mugs, away)] == [
        "", "https://shop.example/mugs", "https://other.example/",
    ]  # fmt: skip


@given(st.lists(st.sampled_from([CART, SIZE, MAIL, MUGS, AWAY]), max_size=12))
def test_runs_and_whole_columns_say_the_same(rows: list[list[int]]) -> None:
    elements = parse(walk(*rows, runs=True)).observation.elements
    assert elements == parse(walk(*rows)).observation.elements
    assert [each.ref for each in elements] == [f"e{row[0]}" for row in rows]


def test_the_text_view_and_its_figures_come_as_they_are() -> None:
    observation = parse(walk()).observation
    assert (observation.url, observation.title) == ("https://shop.example/cart", "Cart")
    assert observation.text == "- text: Two mugs."
    assert (observation.tokens, observation.truncated) == (7, 3)
    assert observation.elements == ()


def test_elements_made_by_column_are_like_any_other() -> None:
    (cart,) = parse(walk(CART)).observation.elements
    with pytest.raises(AttributeError):
        cart.name = "else"  # type: ignore[misc]
    assert len({cart, parse(walk(CART)).observation.elements[0]}) == 1


def test_refs_are_found_with_and_without_the_sign() -> None:
    observation = parse(walk(CART)).observation
    assert observation.find("e12") is observation.find("@e12") is observation.elements[0]
    with pytest.raises(UnknownRef) as caught:
        observation.find("e99")
    assert caught.value.ref == "e99"
    assert "Observe the page again" in caught.value.hint
    assert isinstance(caught.value, SnapshotError)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_bit(state: str) -> None:
    row = [*CART[:4], 1 << STATES.index(state), *CART[5:]]
    (element,) = parse(walk(row)).observation.elements
    assert element.states == {state}
