"""What the shop remembers, as values: sessions, orders, messages and uploads."""

from __future__ import annotations

from dataclasses import dataclass, field

from .cart import Cart
from .checkout import Address


@dataclass(slots=True)
class Session:
    """One visitor. The only mutable record: it holds values and swaps them."""

    id: str
    cart: Cart = field(default_factory=Cart)
    account: str = ""
    address: Address | None = None
    delivery: str = ""
    notice: str = ""
    wishlist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A line of an order. `unit_price` in cents."""

    product: str
    name: str
    options: dict[str, str]
    qty: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the server recorded it. Money in cents, `placed_at` in ISO 8601, UTC."""

    number: str
    items: tuple[OrderItem, ...]
    name: str
    email: str
    address: str
    city: str
    postcode: str
    country: str
    delivery: str
    payment: str
    promo: str
    gift_note: str
    subtotal: int
    discount: int
    delivery_price: int
    total: int
    currency: str
    placed_at: str
    account: str
    session: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something a visitor wrote through the contact form."""

    number: str
    name: str
    email: str
    topic: str
    message: str
    attachment: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file. Its contents are not kept, only what proves that they came."""

    name: str
    bytes: int
    sha256: str
    purpose: str
    session: str
