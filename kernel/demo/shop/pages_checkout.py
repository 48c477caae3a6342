"""The three steps of the checkout."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from . import forms
from .cart import DELIVERIES, totals
from .checkout import COUNTRIES, PAYMENTS, Address, Errors, read_address, read_payment
from .layout import page
from .markup import Safe, join, money, render, tag
from .pages_cart import show_totals
from .visit import Visit, go

STEPS = ("Address", "Delivery", "Payment")


def _step(
    visit: Visit,
    number: int,
    title: str,
    fields: Safe,
    errors: Mapping[str, str],
    button: str,
) -> Response:
    """One page of the checkout, with the order beside it."""
    cart, name = visit.session.cart, STEPS[number - 1].lower()
    back = f"/checkout/{STEPS[number - 2].lower()}" if number > 1 else "/cart"
    steps = (
        tag("li", f"{at} {text}", aria_current="step" if at == number else None)
        for at, text in enumerate(STEPS, 1)
    )
    main = render(
        "checkout",
        steps=join(steps),
        title=title,
        problems=forms.problems(errors),
        action=f"/checkout/{name}",
        fields=fields,
        back=tag("a", "Back", href=back, class_="button quiet"),
        button=button,
        lines=join(mini_line(f"{line.quantity} × {line.label}", line.cents) for line in cart.lines),
        totals=show_totals(cart, visit.session.delivery or "standard"),
    )
    return page(visit, f"Checkout: {name}", main, bare=True, status=422 if errors else 200)


def mini_line(text: str, cents: int) -> Safe:
    """An item and what it costs, in the list beside or under an order."""
    return tag("li", join((tag("span", text), tag("span", money(cents))), " "))


def _missing(visit: Visit, number: int) -> Response | None:
    """Where to go instead, if an earlier step is not done."""
    session = visit.session
    if not session.cart.lines:
        session.notice = "Your cart is empty; there is nothing to check out."
        return go("/cart")
    if number > 1 and session.address is None:
        return go("/checkout/address")
    if number > 2 and not session.delivery:
        return go("/checkout/delivery")
    return None


def start(visit: Visit) -> Response:
    """GET /checkout: the first step."""
    return _missing(visit, 1) or go("/checkout/address")


def address_fields(address: Address, errors: Mapping[str, str], *, moved: bool = False) -> Safe:
    """The address form, here and in the account; `moved` puts the fields in another order."""

    def text(name: str, label: str, fill: str, kind: str = "text") -> Safe:
        value = getattr(address, name)
        error = errors.get(name, "")
        return forms.field(name, label, value, error, type=kind, autocomplete=fill, required=True)

    who = (text("full_name", "Full name", "name"), text("email", "Email", "email", "email"))
    where = (
        text("address", "Street address", "street-address"),
        Safe('<div class="pair">'),
        text("city", "City", "address-level2"),
        text("postcode", "Postcode", "postal-code"),
        Safe("</div>"),
        forms.select("country", "Country", COUNTRIES, address.country, errors.get("country", "")),
    )
    return join((*where, *who) if moved else (*who, *where))


def address_page(visit: Visit) -> Response:
    """GET /checkout/address, filled in with what is known."""
    account = visit.account
    known = visit.session.address or (account.address if account else Address())
    return _missing(visit, 1) or _address(visit, known, {})


def _address(visit: Visit, address: Address, errors: Errors) -> Response:
    title = "Contact and shipping address"
    fields = address_fields(address, errors, moved=visit.changed("moved_field"))
    return _step(visit, 1, title, fields, errors, "Continue to delivery")


def save_address(visit: Visit) -> Response:
    """POST /checkout/address: full_name, email, address, city, postcode, country."""
    if elsewhere := _missing(visit, 1):
        return elsewhere
    address, errors = read_address(visit.form)
    if errors:
        return _address(visit, address, errors)
    visit.session.address = address
    return go("/checkout/delivery")


def delivery_page(visit: Visit) -> Response:
    """GET /checkout/delivery."""
    return _missing(visit, 2) or _delivery(visit, {})


def _delivery(visit: Visit, errors: Errors) -> Response:
    chosen = visit.session.delivery or "standard"
    rows = []
    for key, way in DELIVERIES.items():
        cents = totals(visit.session.cart, key).delivery
        price = money(cents) if cents else "Free"
        label = join((tag("strong", way.name), tag("span", f"{way.time}, {price}")), " ")
        rows.append(
            forms.choice("radio", "delivery", key, label, checked=key == chosen, css="choice big")
        )
    fields = forms.group("How should it come?", rows, errors.get("delivery", ""))
    return _step(visit, 2, "Delivery method", fields, errors, "Continue to payment")


def save_delivery(visit: Visit) -> Response:
    """POST /checkout/delivery: delivery."""
    if elsewhere := _missing(visit, 2):
        return elsewhere
    chosen = visit.form.get("delivery", "")
    if chosen not in DELIVERIES:
        return _delivery(visit, {"delivery": "Choose how your order should come."})
    visit.session.delivery = chosen
    return go("/checkout/payment")


def payment_page(visit: Visit) -> Response:
    """GET /checkout/payment."""
    return _missing(visit, 3) or _payment(visit, {}, {})


def _payment(visit: Visit, form: Mapping[str, str], errors: Errors) -> Response:
    chosen = form.get("payment", "invoice")
    rows = [
        forms.choice(
            "radio",
            "payment",
            key,
            join((tag("strong", name), tag("span", text)), " "),
            checked=key == chosen,
            css="choice big",
        )
        for key, (name, text) in PAYMENTS.items()
    ]
    fields = join(
        (
            forms.group("How do you want to pay?", rows, errors.get("payment", "")),
            _card_fields(errors),
            _review(visit),
        )
    )
    return _step(visit, 3, "Payment and review", fields, errors, "Place order")


def _card_fields(errors: Errors) -> Safe:
    """Shown by the style sheet while the card is chosen; what was typed is never sent back."""
    rows = (
        forms.field(
            "card_number",
            "Card number",
            "",
            errors.get("card_number", ""),
            inputmode="numeric",
            autocomplete="cc-number",
            hint="For this demonstration: 4242 4242 4242 4242",
        ),
        forms.field(
            "card_expiry",
            "Expiry date (MM/YY)",
            "",
            errors.get("card_expiry", ""),
            autocomplete="cc-exp",
        ),
        forms.field(
            "card_code",
            "Security code",
            "",
            errors.get("card_code", ""),
            inputmode="numeric",
            autocomplete="cc-csc",
        ),
    )
    return forms.group("Card details", rows, css="group card-fields")


def _review(visit: Visit) -> Safe:
    to = visit.session.address or Address()
    way = DELIVERIES[visit.session.delivery]
    place = ", ".join((to.address, f"{to.city} {to.postcode}", to.country))
    rows = (
        ("Name", to.full_name, "/checkout/address"),
        ("Send to", place, "/checkout/address"),
        ("Delivery", f"{way.name}, {way.time}", "/checkout/delivery"),
    )
    facts = join(
        join((tag("dt", label), tag("dd", join((value, _change(label, href)), " "))))
        for label, value, href in rows
    )
    heading = tag("h3", "Please check your order")
    return join((heading, tag("dl", facts, class_="facts")))


def _change(label: str, href: str) -> Safe:
    return tag("a", "Change", href=href, aria_label=f"Change {label.lower()}")


def place_order(visit: Visit) -> Response:
    """POST /checkout/payment: payment, and the card fields for a card."""
    if elsewhere := _missing(visit, 3):
        return elsewhere
    payment, errors = read_payment(visit.form)
    if errors:
        return _payment(visit, visit.form, errors)
    order = visit.store.place_order(visit.session, payment)
    return go(f"/order/{order.number}")
