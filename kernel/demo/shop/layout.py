"""What all pages share: head, header, navigation, notices, footer, cookie banner."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import HTMLResponse

from .catalogue import Product, categories
from .markup import Safe, join, money, render, tag
from .pictures import picture
from .static_files import asset
from .visit import Visit

SHOP = "Harbour Lane"

RENAMED = {
    "Add to cart": "Put in basket",
    "Apply filters": "Show results",
    "Save to wish list": "Remember this",
    "Continue to delivery": "Next: delivery",
    "Continue to payment": "Next: payment",
    "Place order": "Confirm purchase",
    "Send message": "Submit message",
    "Apply code": "Redeem",
    "Create account": "Register",
    "Empty cart": "Clear cart",
}
"""Button -> its other name, when buttons are renamed."""


def page(
    visit: Visit,
    title: str,
    main: Safe,
    *,
    status: int = 200,
    bare: bool = False,
    query: str = "",
) -> HTMLResponse:
    """A whole document. `bare` leaves out newsletter and links, as checkouts do."""
    notice = visit.notice()
    links = category_links(reverse=visit.changed("reordered_list"))
    html = render(
        "layout",
        title=f"{title} – {SHOP}",
        css=asset("shop.css"),
        js=asset("shop.js"),
        newsletter_js=asset("newsletter.js"),
        icon=asset("icon.svg"),
        shop=SHOP,
        menu=links,
        query=query,
        account=_account_link(visit),
        cart_label=_cart_label(visit.session.cart.count),
        cart_count=visit.session.cart.count or "",
        notice=tag("p", notice, class_="notice", role="status") if notice else "",
        banner=render("news") if visit.changed("new_banner") else "",
        main=main,
        footer=render("footer_bare" if bare else "footer", menu=links),
        consent="" if visit.consented else render("consent"),
    )
    if visit.changed("renamed_button"):
        for name, new in RENAMED.items():
            html = Safe(html.replace(f">{name}</button>", f">{new}</button>"))
    return HTMLResponse(html, status_code=status)


def _cart_label(count: int) -> str:
    return f"Cart, {count} item{'' if count == 1 else 's'}" if count else "Cart, empty"


def _account_link(visit: Visit) -> Safe:
    account = visit.account
    if account is None:
        return tag("a", "Sign in", href="/sign-in", class_="nav-link")
    return tag("a", "My account", href="/account", class_="nav-link")


def category_links(*, reverse: bool = False) -> Safe:
    """A list item for each department."""
    rows = tuple(categories().values())
    return join(
        tag("li", tag("a", c.name, href=f"/category/{c.slug}"))
        for c in (reversed(rows) if reverse else rows)
    )


def stars(rating: float) -> Safe:
    """A rating as text and picture."""
    full = round(rating)
    return tag(
        "span",
        "★" * full + "☆" * (5 - full),
        class_="stars",
        role="img",
        aria_label=f"{rating:.1f} out of 5 stars",
    )


def stock_line(product: Product) -> Safe:
    """What a customer is told about the stock."""
    if not product.in_stock:
        return tag("span", "Out of stock", class_="stock out")
    if product.stock < 10:
        return tag("span", f"Only {product.stock} left", class_="stock low")
    return tag("span", "In stock", class_="stock")


def card(product: Product) -> Safe:
    """A product in a list: one link around picture, heading and price."""
    return render(
        "card",
        href=f"/product/{product.slug}",
        picture=picture(product),
        name=product.name,
        price=money(product.price),
        stars=stars(product.rating),
        stock=stock_line(product),
    )


def cards(found: Iterable[Product], *, four: bool = False) -> Safe:
    """A grid of products, with `four` in a row where there is room."""
    css = "cards four" if four else "cards"
    return tag("ul", join(tag("li", card(p)) for p in found), class_=css, role="list")


def crumbs(*steps: tuple[str, str]) -> Safe:
    """The way from the home page to here; the last step is the page itself."""
    links = [tag("li", tag("a", "Home", href="/"))]
    links += [tag("li", tag("a", text, href=href)) for text, href in steps[:-1]]
    links.append(tag("li", tag("span", steps[-1][0], aria_current="page")))
    return tag("nav", tag("ol", join(links)), class_="crumbs", aria_label="Breadcrumb")
