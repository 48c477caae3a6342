from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.demo.shop.accounts import DEMO_ADDRESS
from abos.kernel.demo.shop.checkout import (
    luhn,
    read_address,
    read_message,
    read_payment,
    read_registration,
    working_days,
)

GOOD = asdict(DEMO_ADDRESS)


def test_a_complete_address_is_accepted() -> None:
    assert read_address(GOOD) == (DEMO_ADDRESS, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", " "),
        ("email", "ada"),
        ("email", "ada@example"),
        ("address", "12"),
        ("city", ""),
        ("postcode", "?"),
        ("country", "Atlantis"),
    ],
)
def test_each_field_has_a_message_of_its_own(field: str, value: str) -> None:
    _, errors = read_address({**GOOD, field: value})
    assert list(errors) == [field]


def test_an_empty_form_is_answered_field_by_field() -> None:
    address, errors = read_address({})
    assert set(errors) == set(GOOD)
    assert address.country == ""


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.text(max_size=300)))
def test_no_input_breaks_the_address_form(form: dict[str, str]) -> None:
    address, errors = read_address(form)
    assert all(len(value) <= 200 for value in asdict(address).values())
    assert all(errors.values())


@pytest.mark.parametrize(
    ("form", "kept", "wrong"),
    [
        ({}, "", {"payment"}),
        ({"payment": "shells"}, "", {"payment"}),
        ({"payment": "invoice"}, "invoice", set()),
        ({"payment": "card"}, "card", {"card_number", "card_expiry", "card_code"}),
        (
            {
                "payment": "card",
                "card_number": "4242 4242 4242 4242",
                "card_expiry": "04/30",
                "card_code": "123",
            },
            "card ending 4242",
            set(),
        ),
    ],
)
def test_payment(form: dict[str, str], kept: str, wrong: set[str]) -> None:
    payment, errors = read_payment(form)
    assert (payment, set(errors)) == (kept, wrong)


def test_card_numbers_carry_a_check_digit() -> None:
    assert luhn("4242424242424242")
    assert not luhn("4242424242424241")
    assert not luhn("")


def test_registration_and_messages() -> None:
    assert set(read_registration({})) == {"full_name", "email", "password"}
    assert set(read_message({"name": "Ada", "email": "a@b.cd", "message": "short"})) == {"message"}


def test_the_delivery_estimate_does_not_change() -> None:
    assert working_days("SW1Y 4JH") == working_days("sw1y4jh")
    assert working_days("") is None
