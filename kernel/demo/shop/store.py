"""All state of one demo shop, in memory and bounded.

A `Store` belongs to one thread (the server's loop) and has no locks. It reads the time only
through the clock it is given.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..web.errors import StoreFull
from .accounts import Account, demo_account, open_account, verify
from .cart import Cart, totals
from .errors import CannotOrder, EmailTaken
from .records import Message, Order, OrderItem, Session, Upload

FIRST_ORDER = 1001


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a shop keeps. The oldest sessions, orders and files make room; accounts do not."""

    sessions: int = 2000
    orders: int = 1000
    accounts: int = 500
    newsletter: int = 1000
    messages: int = 500
    uploads: int = 200
    errors: int = 20


class Store:
    """Sessions, accounts, orders and everything else that a test may want to ask about."""

    def __init__(
        self, limits: Limits | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything but the seeded account; order numbers start again."""
        keep = self.limits
        self.sessions: OrderedDict[str, Session] = OrderedDict()
        self.accounts: dict[str, Account] = {demo_account().email: demo_account()}
        self.orders: deque[Order] = deque(maxlen=keep.orders)
        self.newsletter: OrderedDict[str, None] = OrderedDict()
        self.messages: deque[Message] = deque(maxlen=keep.messages)
        self.uploads: deque[Upload] = deque(maxlen=keep.uploads)
        self.errors: deque[str] = deque(maxlen=keep.errors)
        self._next_order = FIRST_ORDER
        self._next_message = 1

    # -- sessions -------------------------------------------------------------------------

    def session(self, session_id: str | None) -> tuple[Session, bool]:
        """The session of a cookie, or a new one; the second value says that it is new."""
        if session_id and session_id in self.sessions:
            self.sessions.move_to_end(session_id)
            return self.sessions[session_id], False
        session = Session(secrets.token_urlsafe(18))
        self.sessions[session.id] = session
        while len(self.sessions) > self.limits.sessions:
            self.sessions.popitem(last=False)
        return session, True

    # -- accounts -------------------------------------------------------------------------

    def account_of(self, session: Session) -> Account | None:
        """Who is signed in."""
        return self.accounts.get(session.account)

    def sign_in(self, session: Session, email: str, password: str) -> Account | None:
        """Sign a session in; None if email or password is wrong."""
        account = self.accounts.get(email.lower())
        if account is None or not verify(account, password):
            return None
        session.account = account.email
        return account

    def register(self, full_name: str, email: str, password: str, newsletter: bool) -> Account:
        """Open an account. Raises EmailTaken or StoreFull."""
        email = email.lower()
        if email in self.accounts:
            raise EmailTaken(email)
        if len(self.accounts) >= self.limits.accounts:
            raise StoreFull("accounts", self.limits.accounts)
        account = open_account(full_name, email, password, newsletter)
        self.accounts[email] = account
        if newsletter:
            self.subscribe(email)
        return account

    def change_account(self, account: Account, **changes: Any) -> Account:
        """Replace fields of an account; its email is its key and stays."""
        self.accounts[account.email] = replace(account, **changes)
        return self.accounts[account.email]

    def set_newsletter(self, account: Account, wanted: bool) -> None:
        """The preference of an account, and the list that follows from it."""
        self.change_account(account, newsletter=wanted)
        if wanted:
            self.subscribe(account.email)
        else:
            self.newsletter.pop(account.email, None)

    # -- what visitors send ---------------------------------------------------------------

    def subscribe(self, email: str) -> bool:
        """Put an address on the newsletter list; False if it was there."""
        fresh = email not in self.newsletter
        self.newsletter[email] = None
        while len(self.newsletter) > self.limits.newsletter:
            self.newsletter.popitem(last=False)
        return fresh

    def receive_message(self, name: str, email: str, topic: str, text: str, file: str) -> Message:
        """Keep a message of the contact form."""
        message = Message(f"M-{self._next_message}", name, email, topic, text, file)
        self._next_message += 1
        self.messages.append(message)
        return message

    def receive_upload(self, session: Session, name: str, data: bytes, purpose: str) -> Upload:
        """Note that a file came."""
        digest = hashlib.sha256(data).hexdigest()
        upload = Upload(name, len(data), digest, purpose, session.id)
        self.uploads.append(upload)
        return upload

    # -- orders ---------------------------------------------------------------------------

    def place_order(self, session: Session, payment: str) -> Order:
        """Turn the session's cart into an order and empty it. Raises CannotOrder."""
        if not session.cart.lines:
            raise CannotOrder("the cart is empty; add something to it first")
        if session.address is None or not session.delivery:
            raise CannotOrder("address or delivery is missing; finish the earlier steps first")
        order = self._order(session, payment)
        self._next_order += 1
        self.orders.append(order)
        session.cart, session.delivery = Cart(), ""
        return order

    def _order(self, session: Session, payment: str) -> Order:
        cart, to = session.cart, session.address
        assert to is not None
        sums = totals(cart, session.delivery)
        placed = datetime.fromtimestamp(self._clock(), UTC)
        return Order(
            number=str(self._next_order),
            items=tuple(
                OrderItem(
                    line.slug,
                    line.product.name,
                    dict(line.options),
                    line.quantity,
                    line.product.price,
                )
                for line in cart.lines
            ),
            name=to.full_name,
            email=to.email,
            address=to.address,
            city=to.city,
            postcode=to.postcode,
            country=to.country,
            delivery=session.delivery,
            payment=payment,
            promo=cart.promo,
            gift_note=cart.gift_note,
            subtotal=sums.subtotal,
            discount=sums.discount,
            delivery_price=sums.delivery,
            total=sums.total,
            currency="EUR",
            placed_at=placed.isoformat(timespec="milliseconds"),
            account=session.account,
            session=session.id,
        )

    def orders_of(self, session: Session) -> tuple[Order, ...]:
        """The orders this visitor may see: of the session and of the account, newest first."""
        mine = (
            order
            for order in reversed(self.orders)
            if order.session == session.id or (session.account and order.account == session.account)
        )
        return tuple(mine)

    # -- truth for tests ------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that happened, as JSON-ready values. No password, not even hashed ones."""
        return {
            "orders": [_order(order) for order in self.orders],
            "accounts": [_public(account) for account in self.accounts.values()],
            "carts": {s.id: _cart(s.cart) for s in self.sessions.values() if s.cart.lines},
            "sessions": [
                {"id": s.id, "account": s.account, "cart_count": s.cart.count}
                for s in self.sessions.values()
            ],
            "wishlists": {s.id: list(s.wishlist) for s in self.sessions.values() if s.wishlist},
            "newsletter": list(self.newsletter),
            "messages": [asdict(message) for message in self.messages],
            "uploads": [asdict(upload) for upload in self.uploads],
            "errors": list(self.errors),
        }


def _order(order: Order) -> dict[str, Any]:
    return {**asdict(order), "items": [asdict(item) for item in order.items]}


def _public(account: Account) -> dict[str, Any]:
    return {
        "email": account.email,
        "full_name": account.full_name,
        "address": asdict(account.address),
        "newsletter": account.newsletter,
        "avatar": account.avatar,
    }


def _cart(cart: Cart) -> dict[str, Any]:
    return {
        "items": [
            {"product": line.slug, "options": dict(line.options), "qty": line.quantity}
            for line in cart.lines
        ],
        "promo": cart.promo,
        "gift_note": cart.gift_note,
        "subtotal": totals(cart).subtotal,
    }
