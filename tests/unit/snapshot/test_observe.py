"""From what walker.js returns to an observation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import UnknownRef
from abos.snapshot.errors import SnapshotError
from abos.snapshot.observe import STATES, Element, describe, parse

STRINGS = [
    "", "button", "Add to cart", "combobox", "Size", "Large", "select", "Small", "Your cart",
    "main", "Cart", "Two mugs.", "input", "email", "textbox", "you@example.com", "Sign in",
]  # fmt: skip
CART = [0, 12, 1, 2, 0, 0, 10, 20, 80, 30, 1, 0, 0, 0, 8, 9, 0]
SIZE = [0, 13, 3, 4, 5, 1 << 7 | 1 << 10, 1, 900, 3, 4, 6, 0, 0, [7, 5], 0, 0, 0]
MAIL = [0, 14, 14, 0, 0, 1 << 6, 0, 0, 9, 9, 12, 13, 15, 0, 0, 0, 0]


def walk(*rows: Any) -> dict[str, Any]:
    return {
        "url": "https://shop.example/cart",
        "title": "Cart",
        "rows": list(rows),
        "strings": STRINGS,
        "next": 15,
        "width": 1280,
        "height": 720,
    }


def test_rows_become_elements() -> None:
    walked = parse(walk(CART, SIZE, MAIL), 500)
    cart, size, mail = walked.observation.elements
    assert cart == Element(
        "e12", "button", "Add to cart", box=(10, 20, 80, 30), tag="button",
        context="Your cart", landmark="main",
    )  # fmt: skip
    assert size.states == {"required", "offscreen"}
    assert (size.value, size.options) == ("Large", ("Small", "Large"))
    assert (mail.type, mail.hint) == ("email", "you@example.com")
    assert mail.states == {"focused"}
    assert walked.next_ref == 15


def test_the_text_view() -> None:
    rows = ([1, 10, 5, 1], [2, 11, 50], CART, SIZE, MAIL, [3, 16, 0])
    observation = parse(walk(*rows), 500).observation
    assert observation.text.splitlines() == [
        '- heading "Cart" [level=1]',
        "- text: Two mugs.",
        '- button "Add to cart" [ref=e12]',
        '- combobox "Size" [required] [ref=e13] {Small | Large}: Large',
        "- textbox [focused] [ref=e14] (you@example.com)",
        '- dialog "Sign in"',
    ]
    assert (observation.url, observation.title) == ("https://shop.example/cart", "Cart")
    assert 0 < observation.tokens < 120


@given(st.integers(0, 60))
def test_the_budget_bounds_the_text_never_the_elements(budget: int) -> None:
    observation = parse(walk([1, 10, 5, 1], *[CART] * 30), budget).observation
    assert observation.tokens <= budget
    assert len(observation.elements) == 30
    assert observation.truncated > 0


def test_refs_are_found_with_and_without_the_sign() -> None:
    observation = parse(walk(CART), 500).observation
    assert observation.find("e12") is observation.find("@e12") is observation.elements[0]
    with pytest.raises(UnknownRef) as caught:
        observation.find("e99")
    assert caught.value.ref == "e99"
    assert "Observe the page again" in caught.value.hint
    assert isinstance(caught.value, SnapshotError)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_bit(state: str) -> None:
    row = [*CART[:5], 1 << STATES.index(state), *CART[6:]]
    (element,) = parse(walk(row), 500).observation.elements
    assert element.states == {state}
    assert (f"[{state}]" in describe(element)) == (state not in {"offscreen", "multiple"})
