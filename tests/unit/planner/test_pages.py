"""Obstacles, options and words: small questions to a page."""

from __future__ import annotations

import pytest
from planner_pages import FOOTER, HEADER, element, page

from abos.planner import Found, best_option, dismissal, find_option
from abos.planner.words import dice, fold, ordinal, similarity, stem, tokens

BANNER = (
    element("link", "Cookie policy", context="We use cookies"),
    element("button", "Accept all", context="We use cookies"),
    element("button", "Reject all", context="We use cookies"),
)


@pytest.mark.parametrize(
    ("buttons", "prefer", "ref"),
    [
        (BANNER, "", "button:Reject all"),
        (BANNER, "accept", "button:Accept all"),
        (BANNER[:2], "", "button:Accept all"),
        (
            (element("button", "Only necessary cookies"), element("button", "OK")),
            "",
            "button:Only necessary cookies",
        ),
        (
            (
                element("button", "×", landmark="dialog"),
                element("button", "Sign up", landmark="dialog"),
            ),
            "",
            "button:×",
        ),
        ((element("button", "Close", context="Newsletter popup"),), "", "button:Close"),
        ((element("button", "", "x", hint="Close dialog", landmark="dialog"),), "", "x"),
        ((element("button", "Add to cart"),), "", None),
        ((), "", None),
    ],
)
def test_dismissal(buttons: tuple[object, ...], prefer: str, ref: str | None) -> None:
    view = page(*HEADER, element("button", "Buy"), *buttons, *FOOTER)  # type: ignore[arg-type]
    assert dismissal(view, prefer=prefer) == ref


def test_what_covers_is_dismissed_first() -> None:
    view = page(
        element("button", "Close", "other", context="Chat with us"),
        element("button", "Close", "right", context="Summer sale"),
    )
    assert dismissal(view, "div Summer sale: everything must go") == "right"


SORT = element(
    "combobox",
    "Sort by",
    "sort",
    options=("Relevance", "Price: low to high", "Price: high to low", "Name A-Z"),
)


@pytest.mark.parametrize(
    ("value", "target", "found"),
    [
        ("price from low to high", "sort by", Found("sort", "Price: low to high")),
        ("price from high to low", "sort by", Found("sort", "Price: high to low")),
        ("name", "sort by", Found("sort", "Name A-Z")),
        ("Large", "size", Found("large", "", True)),
        ("L", "size", Found("large", "", True)),
        ("Blue", "colour", Found("blue-radio", "", True)),
        ("Kitchen", "", Found("link:Kitchen")),
        ("Purple", "colour", None),
    ],
)
def test_find_option(value: str, target: str, found: Found | None) -> None:
    view = page(
        element("link", "Kitchen"),
        SORT,
        element("radio", "Small", "small", context="Size"),
        element("radio", "Large", "large", context="Size"),
        element("radio", "Blue", "blue-radio", context="Colour"),
        element("checkbox", "Gift wrap"),
    )
    assert find_option(view, value, target) == found


def test_best_option() -> None:
    assert best_option(("S", "M", "L"), "Medium") == "M"
    assert best_option(("Germany", "France"), "germany") == "Germany"
    assert best_option(("Yes", "No"), "Perhaps") is None
    assert best_option((), "x") is None


def test_words() -> None:
    assert fold("  Zürich — “Größe” & Co.  ") == "zurich grosse and co"
    assert tokens("Log in e-mail userName") == ("signin", "email", "username")
    assert stem("results") == stem("result")
    assert ordinal("the 3rd link") == (3, "link")
    assert ordinal("result number 2") == (2, "result")
    assert ordinal("blue mug") is None
    assert dice("cart", "cart") == 1
    assert similarity("basket", "Cart") > 0.3 > similarity("basket", "Help")
