"""The demo shop as an ASGI application: the table of routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..web import control
from . import (
    api,
    pages_account,
    pages_cart,
    pages_checkout,
    pages_info,
    pages_order,
    pages_shop,
)
from .layout import page
from .markup import render
from .static_files import serve
from .store import Store
from .visit import Handler, close_visit, endpoint, open_visit

_GET: dict[str, Handler] = {
    "/": pages_shop.home,
    "/products": pages_shop.everything,
    "/category/{slug}": pages_shop.category,
    "/search": pages_shop.results,
    "/product/{slug}": pages_shop.product_page,
    "/cart": pages_cart.cart_page,
    "/wishlist": pages_cart.wishlist,
    "/checkout": pages_checkout.start,
    "/checkout/address": pages_checkout.address_page,
    "/checkout/delivery": pages_checkout.delivery_page,
    "/checkout/payment": pages_checkout.payment_page,
    "/order/{number}": pages_order.order_page,
    "/order/{number}/invoice.txt": pages_order.invoice,
    "/sign-in": pages_account.sign_in_page,
    "/register": pages_account.register_page,
    "/account": pages_account.account_page,
    "/help": pages_info.help_page,
    "/help/size-guide": pages_info.size_guide,
    "/contact": pages_info.contact_page,
    "/widget/delivery": pages_info.delivery_widget,
    "/api/suggest": api.suggestions,
    "/api/products/{slug}/reviews": api.more_reviews,
}
_POST: dict[str, Handler] = {
    "/product/{slug}": pages_cart.add_to_cart,
    "/cart": pages_cart.promo,
    "/cart/update": pages_cart.update,
    "/cart/remove": pages_cart.remove,
    "/cart/empty": pages_cart.empty,
    "/cart/gift-note": pages_cart.gift_note,
    "/wishlist/add": pages_cart.add_wish,
    "/wishlist/remove": pages_cart.remove_wish,
    "/checkout/address": pages_checkout.save_address,
    "/checkout/delivery": pages_checkout.save_delivery,
    "/checkout/payment": pages_checkout.place_order,
    "/sign-in": pages_account.sign_in,
    "/sign-out": pages_account.sign_out,
    "/register": pages_account.register,
    "/account": pages_account.save_address,
    "/contact": pages_info.contact,
    "/consent": pages_info.consent,
    "/api/newsletter": api.subscribe,
}
_PUT: dict[str, Handler] = {
    "/api/newsletter/preference": api.newsletter_preference,
    "/api/wishlist": api.order_wishes,
}
_TEXTS = {
    404: ("Page not found", "There is nothing at this address."),
    405: ("Not possible", "This address cannot be used like that."),
    413: ("Too large", "That is more than we can take."),
}


async def _refused(request: Request, error: Exception) -> Response:
    """404 and its kin, as a page of the shop or as JSON for scripts."""
    assert isinstance(error, HTTPException)
    default = ("Something went wrong", error.detail)
    heading, text = _TEXTS.get(error.status_code, default)
    if request.url.path.startswith(("/api/", "/_", "/static/")):
        return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)
    visit, fresh = open_visit(request)
    main = render("message", heading=heading, text=text)
    response = page(visit, heading, main, status=error.status_code)
    return close_visit(response, visit.session, fresh)


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of the shop itself: kept for /_state, so that a test can see it."""
    store: Store = request.app.state.store
    store.errors.append(f"{request.method} {request.url.path}: {error!r}"[:500])
    return Response("Internal error", 500, media_type="text/plain")


def build_app(store: Store, controls: control.Controls) -> Starlette:
    """The application around a store; nothing is shared between two of them."""
    routes = [Route("/static/{name}", serve), *control.ROUTES]
    for method, table in (("GET", _GET), ("POST", _POST), ("PUT", _PUT)):
        routes += [Route(path, endpoint(call), methods=[method]) for path, call in table.items()]
    routes += [
        Route(
            f"/api/uploads/{purpose}",
            endpoint(api.upload_for(purpose), limit=api.MAX_UPLOAD),
            methods=["PUT"],
        )
        for purpose in ("avatar", "attachment")
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(control.Weather, controls=controls)],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    app.state.store = store
    app.state.controls = controls
    return app
