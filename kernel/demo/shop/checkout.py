"""What the forms of the shop accept: values in, cleaned values and messages out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

COUNTRIES = (
    "United Kingdom",
    "Austria",
    "Belgium",
    "Denmark",
    "France",
    "Germany",
    "Ireland",
    "Italy",
    "Netherlands",
    "Portugal",
    "Spain",
    "Sweden",
    "Switzerland",
)
PAYMENTS: Mapping[str, tuple[str, str]] = {
    "invoice": ("Invoice", "pay within 14 days of delivery"),
    "card": ("Credit or debit card", "charged when the order leaves us"),
    "transfer": ("Bank transfer", "we send the details by email"),
}
MAX_FIELD = 200
MIN_PASSWORD = 8

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_POSTCODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{1,8}[A-Za-z0-9]")

Errors = dict[str, str]
"""A message for each field that is wrong; empty when all is well."""


@dataclass(frozen=True, slots=True)
class Address:
    """Who gets an order, and where."""

    full_name: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    postcode: str = ""
    country: str = COUNTRIES[0]


def clean(text: str) -> str:
    """One line without surplus white space, at most `MAX_FIELD` characters."""
    return " ".join(text.split())[:MAX_FIELD]


def is_email(text: str) -> bool:
    """Whether it looks like an email address."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def read_address(form: Mapping[str, str]) -> tuple[Address, Errors]:
    """Step 1 of the checkout; the address is given back even when it is wrong."""
    address = Address(
        full_name=clean(form.get("full_name", "")),
        email=clean(form.get("email", "")),
        address=clean(form.get("address", "")),
        city=clean(form.get("city", "")),
        postcode=clean(form.get("postcode", "")),
        country=clean(form.get("country", "")),
    )
    checks = {
        "full_name": (len(address.full_name) >= 2, "Enter your full name."),
        "email": (is_email(address.email), "Enter an email address, like name@example.com."),
        "address": (len(address.address) >= 4, "Enter the street and house number."),
        "city": (len(address.city) >= 2, "Enter the city."),
        "postcode": (
            _POSTCODE.fullmatch(address.postcode) is not None,
            "Enter a postcode of 3 to 10 letters and digits.",
        ),
        "country": (address.country in COUNTRIES, "Choose a country from the list."),
    }
    return address, {field: message for field, (good, message) in checks.items() if not good}


def luhn(number: str) -> bool:
    """Whether the digits carry the check digit of a payment card."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    total = 0
    for at, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def read_payment(form: Mapping[str, str]) -> tuple[str, Errors]:
    """Step 3: the method as it is kept with the order (a card by its last four digits)."""
    method = form.get("payment", "")
    if method not in PAYMENTS:
        return "", {"payment": "Choose how you want to pay."}
    if method != "card":
        return method, {}
    number = re.sub(r"[ -]", "", form.get("card_number", ""))
    expiry = form.get("card_expiry", "").strip()
    code = form.get("card_code", "").strip()
    checks = {
        "card_number": (luhn(number), "Check the card number."),
        "card_expiry": (
            re.fullmatch(r"(0[1-9]|1[0-2]) ?/ ?\d\d", expiry) is not None,
            "Enter the expiry date as MM/YY.",
        ),
        "card_code": (re.fullmatch(r"\d{3,4}", code) is not None, "Enter the security code."),
    }
    errors = {field: message for field, (good, message) in checks.items() if not good}
    return (f"card ending {number[-4:]}" if not errors else "card"), errors


def read_registration(form: Mapping[str, str]) -> Errors:
    """What is wrong with a registration form."""
    checks = {
        "full_name": (len(clean(form.get("full_name", ""))) >= 2, "Enter your full name."),
        "email": (
            is_email(clean(form.get("email", ""))),
            "Enter an email address, like name@example.com.",
        ),
        "password": (
            MIN_PASSWORD <= len(form.get("password", "")) <= MAX_FIELD,
            f"Use at least {MIN_PASSWORD} characters.",
        ),
    }
    return {field: message for field, (good, message) in checks.items() if not good}


def read_message(form: Mapping[str, str]) -> Errors:
    """What is wrong with a contact form."""
    checks = {
        "name": (len(clean(form.get("name", ""))) >= 2, "Enter your name."),
        "email": (
            is_email(clean(form.get("email", ""))),
            "Enter an email address, so that we can answer.",
        ),
        "message": (
            10 <= len(form.get("message", "").strip()) <= 4000,
            "Write a message of 10 to 4000 characters.",
        ),
    }
    return {field: message for field, (good, message) in checks.items() if not good}


def working_days(postcode: str) -> int | None:
    """Days of standard delivery to a postcode, the same on every run; None if it is not one."""
    text = clean(postcode).upper()
    if _POSTCODE.fullmatch(text) is None:
        return None
    return 2 + sum(ord(letter) for letter in text.replace(" ", "")) % 4
