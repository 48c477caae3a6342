"""Which Apply button belongs to a list or filter."""

from __future__ import annotations

import pytest

from abos.kernel.agent.applying import apply_button, update_button
from abos.snapshot import Element, Observation

SORT = Element("e1", "combobox", "Sort by", landmark="main")


def view(*elements: Element) -> Observation:
    return Observation("https://shop.example/", "", elements)


def test_the_nearest_one_after_the_field() -> None:
    before = Element("e0", "button", "Apply filters", landmark="main")
    near = Element("e2", "button", "Apply filters", landmark="main")
    far = Element("e3", "button", "Update cart", landmark="main")
    assert apply_button(view(before, SORT, near, far), "e1") == near


@pytest.mark.parametrize(
    "other",
    [
        Element("e2", "button", "Add to cart", landmark="main"),
        Element("e2", "button", "Go", landmark="banner"),
        Element("e2", "link", "Apply filters", landmark="main"),
        Element("e2", "button", "Apply", landmark="main"),
        Element("e2", "button", "Apply filters", states=frozenset({"disabled"}), landmark="main"),
        Element("e2", "button", "Apply for a job", landmark="main"),
    ],
)
def test_other_buttons_are_left_alone(other: Element) -> None:
    assert apply_button(view(SORT, other), "e1") is None


def test_a_field_that_is_not_there() -> None:
    assert apply_button(view(SORT), "e9") is None


def test_a_cart_s_quantity_has_its_own_update_button() -> None:
    mug = Element("e1", "spinbutton", "Quantity of Blue Mug", context="Blue Mug")
    update = Element("e2", "button", "Update", context="Blue Mug")
    other = Element("e3", "button", "Update", context="Hammock")
    assert update_button(view(mug, update, other), "e1") == update
    assert update_button(view(mug, other), "e1") is None
    name = Element("e1", "textbox", "Name", context="Blue Mug")
    assert update_button(view(name, update), "e1") is None
