"""The confirmation of an order and its invoice."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from .cart import DELIVERIES
from .checkout import PAYMENTS
from .layout import page
from .markup import Safe, join, money, render, tag
from .pages_checkout import mini_line
from .records import Order
from .visit import Visit


def _own_order(visit: Visit) -> Order:
    number = visit.part("number")
    for order in visit.store.orders_of(visit.session):
        if order.number == number:
            return order
    raise HTTPException(404)


def order_page(visit: Visit) -> Response:
    """GET /order/<number>: the confirmation; 404 for orders of other visitors."""
    order = _own_order(visit)
    way = DELIVERIES[order.delivery]
    note = order.gift_note
    main = render(
        "order",
        name=order.name,
        number=order.number,
        email=order.email,
        address=order.address,
        city=order.city,
        postcode=order.postcode,
        country=order.country,
        delivery=f"{way.name}, {way.time}",
        payment=payment_name(order.payment),
        extra=join((tag("dt", "Gift note"), tag("dd", note))) if note else "",
        lines=join(
            mini_line(f"{item.qty} × {_item(item.name, item.options)}", item.unit_price * item.qty)
            for item in order.items
        ),
        totals=_order_totals(order),
    )
    return page(visit, f"Order {order.number}", main)


def payment_name(payment: str) -> str:
    """The payment of an order in words."""
    return PAYMENTS[payment][0] if payment in PAYMENTS else payment.capitalize()


def _item(name: str, options: Mapping[str, str]) -> str:
    return f"{name} ({', '.join(options.values())})" if options else name


def _order_totals(order: Order) -> Safe:
    label = f"Discount ({order.promo})"
    off = join((tag("dt", label), tag("dd", money(-order.discount)))) if order.discount else ""
    return render(
        "totals",
        subtotal=money(order.subtotal),
        discount=off,
        delivery_name=DELIVERIES[order.delivery].name,
        delivery=money(order.delivery_price) if order.delivery_price else "Free",
        total=money(order.total),
    )


def invoice(visit: Visit) -> Response:
    """GET /order/<number>/invoice.txt, as a download."""
    order = _own_order(visit)
    rows = [f"Harbour Lane - invoice for order {order.number}", "", order.name, order.address]
    rows += [f"{order.city} {order.postcode}", order.country, ""]
    for item in order.items:
        text = f"{item.qty} x {_item(item.name, item.options)}"
        rows.append(f"{text:<48}{money(item.unit_price * item.qty):>12}")
    for label, cents in (
        ("Subtotal", order.subtotal),
        ("Discount", -order.discount),
        ("Delivery", order.delivery_price),
        ("Total", order.total),
    ):
        rows.append(f"{label:<48}{money(cents):>12}")
    name = f"invoice-{order.number}.txt"
    return PlainTextResponse(
        "\n".join([*rows, ""]),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
