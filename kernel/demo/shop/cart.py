"""A cart as a value: every change gives a new one. Money is in integer cents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .catalogue import Product, by_slug, slugify

MAX_LINES = 50
MAX_NOTE = 300
FREE_DELIVERY_FROM = 6000
"""Subtotal in cents from which standard delivery costs nothing."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A way to get an order. `price` in cents."""

    name: str
    time: str
    price: int


DELIVERIES: Mapping[str, Delivery] = {
    "standard": Delivery("Standard delivery", "3 to 5 working days", 395),
    "express": Delivery("Express delivery", "next working day", 995),
    "pickup": Delivery("Pick up at the harbour shop", "ready in 2 hours", 0),
}
PROMOS: Mapping[str, str] = {
    "WELCOME10": "10 % off everything",
    "FREESHIP": "free standard delivery",
}


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one product with certain options, e.g. (("Size", "400 ml"),)."""

    slug: str
    options: tuple[tuple[str, str], ...]
    quantity: int

    @property
    def key(self) -> str:
        """Names the line in forms: product and options."""
        return slugify(" ".join((self.slug, *(value for _, value in self.options))))

    @property
    def product(self) -> Product:
        """The product in the catalogue."""
        return by_slug()[self.slug]

    @property
    def cents(self) -> int:
        """The price of the whole line."""
        return self.product.price * self.quantity

    @property
    def label(self) -> str:
        """Product and options in words."""
        chosen = ", ".join(value for _, value in self.options)
        return f"{self.product.name} ({chosen})" if chosen else self.product.name


@dataclass(frozen=True, slots=True)
class Cart:
    """What a session wants to buy."""

    lines: tuple[Line, ...] = ()
    promo: str = ""
    gift_note: str = ""

    @property
    def count(self) -> int:
        """How many pieces."""
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums under a cart, in cents; `discount` is not negative."""

    subtotal: int
    discount: int
    delivery: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.subtotal - self.discount + self.delivery


def choose(
    product: Product, form: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """The options a product form asks for, and a message per field that is wrong."""
    options: list[tuple[str, str]] = []
    errors: dict[str, str] = {}
    for field, label, values in (
        ("colour", "Colour", product.colours if len(product.colours) > 1 else ()),
        ("size", "Size", product.sizes),
    ):
        if not values:
            continue
        default = "" if field == "size" and product.must_choose_size else values[0]
        value = form.get(field, "") or default
        if value in values:
            options.append((label, value))
        else:
            errors[field] = f"Please choose a {field}."
    return tuple(options), errors


def read_quantity(text: str, most: int) -> int | None:
    """A quantity typed by a person, 1 to `most`; None if it is not one."""
    clean = text.strip()
    if not (clean.isascii() and clean.isdigit() and len(clean) < 6):
        return None
    return int(clean) if 1 <= int(clean) <= most else None


def add(cart: Cart, line: Line) -> Cart:
    """The cart with a line more, or more of the same line, up to what is in stock."""
    most = line.product.most
    lines = list(cart.lines)
    for at, old in enumerate(lines):
        if old.key == line.key:
            lines[at] = replace(old, quantity=min(old.quantity + line.quantity, most))
            break
    else:
        if most > 0 and len(lines) < MAX_LINES:
            lines.append(replace(line, quantity=min(line.quantity, most)))
    return replace(cart, lines=tuple(lines))


def set_quantity(cart: Cart, key: str, quantity: int) -> Cart:
    """The cart with another quantity in one line; 0 removes it, unknown keys change nothing."""
    lines = [
        replace(line, quantity=min(quantity, line.product.most)) if line.key == key else line
        for line in cart.lines
    ]
    return replace(cart, lines=tuple(line for line in lines if line.quantity > 0))


def totals(cart: Cart, delivery: str = "standard") -> Totals:
    """The sums for one of `DELIVERIES`; an empty cart costs nothing."""
    subtotal = sum(line.cents for line in cart.lines)
    discount = (subtotal + 5) // 10 if cart.promo == "WELCOME10" else 0
    price = DELIVERIES[delivery].price if cart.lines else 0
    free = cart.promo == "FREESHIP" or subtotal - discount >= FREE_DELIVERY_FROM
    if delivery == "standard" and free:
        price = 0
    return Totals(subtotal, discount, price)
