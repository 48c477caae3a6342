from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.demo.shop.cart import (
    MAX_LINES,
    PROMOS,
    Cart,
    Line,
    add,
    choose,
    read_quantity,
    set_quantity,
    totals,
)
from abos.kernel.demo.shop.catalogue import by_slug, products

MUG = Line("blue-mug", (("Size", "300 ml"),), 1)
BIG_MUG = Line("blue-mug", (("Size", "400 ml"),), 1)


def test_the_same_choice_is_one_line_another_choice_is_another() -> None:
    cart = add(add(add(Cart(), MUG), MUG), BIG_MUG)
    assert [(line.key, line.quantity) for line in cart.lines] == [
        ("blue-mug-300-ml", 2),
        ("blue-mug-400-ml", 1),
    ]
    assert cart.count == 3


def test_a_line_never_holds_more_than_there_is() -> None:
    scarf = Line("cashmere-scarf", (("Colour", "Grey"),), 4)
    assert add(add(Cart(), scarf), scarf).lines[0].quantity == 5
    assert add(Cart(), Line("glass-latte-mug", (), 1)) == Cart()


def test_a_cart_is_bounded() -> None:
    cart = Cart()
    for product in products():
        cart = add(cart, Line(product.slug, (), 1))
    assert len(cart.lines) == MAX_LINES


def test_quantities_change_and_zero_removes() -> None:
    cart = add(add(Cart(), MUG), BIG_MUG)
    assert set_quantity(cart, MUG.key, 4).lines[0].quantity == 4
    assert set_quantity(cart, MUG.key, 0).lines == (BIG_MUG,)
    assert set_quantity(cart, "unknown", 3) == cart


@pytest.mark.parametrize(
    ("cart", "delivery", "sums"),
    [
        (Cart(), "standard", (0, 0, 0, 0)),
        (Cart((MUG,)), "standard", (1450, 0, 395, 1845)),
        (Cart((MUG,)), "express", (1450, 0, 995, 2445)),
        (Cart((MUG,)), "pickup", (1450, 0, 0, 1450)),
        (Cart((MUG,), promo="WELCOME10"), "standard", (1450, 145, 395, 1700)),
        (Cart((MUG,), promo="FREESHIP"), "standard", (1450, 0, 0, 1450)),
        (Cart((MUG,), promo="FREESHIP"), "express", (1450, 0, 995, 2445)),
        (Cart((Line("blue-mug", (), 5),)), "standard", (7250, 0, 0, 7250)),
    ],
)
def test_totals(cart: Cart, delivery: str, sums: tuple[int, int, int, int]) -> None:
    got = totals(cart, delivery)
    assert (got.subtotal, got.discount, got.delivery, got.total) == sums


@given(
    st.lists(st.tuples(st.sampled_from(products()), st.integers(1, 10)), max_size=8),
    st.sampled_from(["", *PROMOS]),
)
def test_totals_are_never_negative_and_add_up(picked: list[tuple[object, int]], promo: str) -> None:
    cart = Cart(promo=promo)
    for product, quantity in picked:
        cart = add(cart, Line(getattr(product, "slug", ""), (), quantity))
    got = totals(cart)
    assert got.subtotal == sum(line.product.price * line.quantity for line in cart.lines)
    assert 0 <= got.discount <= got.subtotal
    assert got.total >= 0


def test_options_default_where_that_is_harmless() -> None:
    assert choose(by_slug()["blue-mug"], {}) == ((("Size", "300 ml"),), {})
    assert choose(by_slug()["blue-mug"], {"size": "400 ml"}) == ((("Size", "400 ml"),), {})


def test_clothes_need_a_size_and_unknown_options_are_refused() -> None:
    _, errors = choose(by_slug()["merino-sweater"], {"colour": "Grey"})
    assert errors == {"size": "Please choose a size."}
    _, errors = choose(by_slug()["merino-sweater"], {"colour": "Pink", "size": "M"})
    assert set(errors) == {"colour"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (" 7 ", 7), ("0", None), ("8", None), ("-1", None), ("²", None), ("", None)],
)
def test_quantities_as_people_type_them(text: str, value: int | None) -> None:
    assert read_quantity(text, 7) == value
