"""The cart and the wish list."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from . import forms
from .cart import (
    DELIVERIES,
    MAX_NOTE,
    PROMOS,
    Cart,
    Line,
    add,
    choose,
    read_quantity,
    set_quantity,
    totals,
)
from .catalogue import by_slug
from .layout import page
from .markup import Safe, join, money, render, tag
from .pages_shop import find, show_product
from .pictures import picture
from .visit import Visit, go

MAX_WISHES = 30


def cart_page(visit: Visit) -> Response:
    """GET /cart."""
    return _show(visit)


def _show(visit: Visit, promo: str = "", error: str = "") -> Response:
    cart = visit.session.cart
    if not cart.lines:
        return page(visit, "Your cart", render("empty_cart"))
    note = cart.gift_note
    main = render(
        "cart",
        lines=join(_line(line) for line in cart.lines),
        gift_note=tag("p", f"Gift note: {note}", class_="gift-note") if note else "",
        gift_field=forms.area("gift_note", "Your words", note, rows=4, maxlength=MAX_NOTE),
        totals=show_totals(cart, visit.session.delivery or "standard"),
        promo=forms.field("promo", "Promo code", promo or cart.promo, error, autocomplete="off"),
    )
    return page(visit, "Your cart", main, status=422 if error else 200)


def _line(line: Line) -> Safe:
    return render(
        "cart_line",
        slug=line.slug,
        picture=picture(line.product),
        name=line.product.name,
        options=", ".join(f"{label}: {value}" for label, value in line.options),
        unit=money(line.product.price),
        key=line.key,
        label=line.label,
        quantity=line.quantity,
        most=line.product.most,
        price=money(line.cents),
    )


def show_totals(cart: Cart, delivery: str) -> Safe:
    """The sums as a description list."""
    sums = totals(cart, delivery)
    label = f"Discount ({cart.promo})"
    discount = join((tag("dt", label), tag("dd", money(-sums.discount)))) if sums.discount else ""
    return render(
        "totals",
        subtotal=money(sums.subtotal),
        discount=discount,
        delivery_name=DELIVERIES[delivery].name,
        delivery=money(sums.delivery) if sums.delivery else "Free",
        total=money(sums.total),
    )


def add_to_cart(visit: Visit) -> Response:
    """POST /product/<slug>: size, colour, quantity. What is wrong is shown on the same page."""
    product = find(visit.part("slug"))
    options, errors = choose(product, visit.form)
    quantity = read_quantity(visit.form.get("quantity", "1"), product.most)
    if quantity is None:
        errors["quantity"] = f"Enter a number from 1 to {product.most}."
    if errors or quantity is None or not product.in_stock:
        return show_product(visit, product, visit.form, errors or {"quantity": "Out of stock."})
    line = Line(product.slug, options, quantity)
    before = visit.session.cart
    visit.session.cart = add(before, line)
    if visit.session.cart == before:
        visit.session.notice = f"{line.label} could not be added: your cart holds all we have."
    else:
        visit.session.notice = f"{line.label} was added to your cart."
    return go("/cart")


def update(visit: Visit) -> Response:
    """POST /cart/update: key, quantity."""
    text = visit.form.get("quantity", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 6:
        key = visit.form.get("key", "")
        visit.session.cart = set_quantity(visit.session.cart, key, int(text))
        visit.session.notice = "Your cart was updated."
    else:
        visit.session.notice = "Enter the quantity as a number."
    return go("/cart")


def remove(visit: Visit) -> Response:
    """POST /cart/remove: key."""
    visit.session.cart = set_quantity(visit.session.cart, visit.form.get("key", ""), 0)
    visit.session.notice = "The item was removed."
    return go("/cart")


def empty(visit: Visit) -> Response:
    """POST /cart/empty."""
    visit.session.cart = Cart()
    return go("/cart")


def promo(visit: Visit) -> Response:
    """POST /cart: promo."""
    code = visit.form.get("promo", "").strip().upper()[:40]
    if code and code not in PROMOS:
        return _show(visit, code, "We do not know this code.")
    visit.session.cart = replace(visit.session.cart, promo=code)
    visit.session.notice = f"Code {code}: {PROMOS[code]}." if code else "The code was removed."
    return go("/cart")


def gift_note(visit: Visit) -> Response:
    """POST /cart/gift-note: gift_note."""
    note = visit.form.get("gift_note", "").strip()[:MAX_NOTE]
    visit.session.cart = replace(visit.session.cart, gift_note=note)
    visit.session.notice = "Your gift note was saved." if note else "The gift note was removed."
    return go("/cart")


def wishlist(visit: Visit) -> Response:
    """GET /wishlist."""
    wishes = [by_slug()[slug] for slug in visit.session.wishlist]
    if not wishes:
        text = "Save a product to your wish list, and it waits for you here."
        return page(visit, "Wish list", render("message", heading="Your wish list", text=text))
    rows = join(
        render("wish", slug=p.slug, picture=picture(p), name=p.name, price=money(p.price))
        for p in wishes
    )
    return page(visit, "Wish list", render("wishlist", rows=rows))


def add_wish(visit: Visit) -> Response:
    """POST /wishlist/add: product."""
    product = find(visit.form.get("product", ""))
    wishes = visit.session.wishlist
    if product.slug not in wishes:
        visit.session.wishlist = (*wishes, product.slug)[:MAX_WISHES]
    visit.session.notice = f"{product.name} is on your wish list."
    return go(f"/product/{product.slug}")


def remove_wish(visit: Visit) -> Response:
    """POST /wishlist/remove: product."""
    gone = visit.form.get("product", "")
    visit.session.wishlist = tuple(slug for slug in visit.session.wishlist if slug != gone)
    return go("/wishlist")
