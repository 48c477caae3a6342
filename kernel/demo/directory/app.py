"""The directory as an ASGI application: the table of routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..web import control
from ..web.markup import join, tag
from . import pages_entry, pages_list, pages_office, pages_register
from .store import Store
from .visit import FILES, Handler, close_visit, endpoint, open_visit, page

_ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/"): pages_list.home,
    ("GET", "/entries"): pages_list.entries,
    ("GET", "/entry/{number}"): pages_entry.show,
    ("GET", "/entry/{number}/contact"): pages_entry.contact_page,
    ("POST", "/entry/{number}/contact"): pages_entry.contact,
    ("GET", "/entry/{number}/edit"): pages_entry.edit_page,
    ("POST", "/entry/{number}/edit"): pages_entry.edit,
    ("GET", "/entry/{number}/delete"): pages_entry.delete_page,
    ("POST", "/entry/{number}/delete"): pages_entry.delete,
    ("GET", "/register"): pages_register.step_page,
    ("POST", "/register"): pages_register.step,
    ("GET", "/appointment"): pages_office.appointment_page,
    ("POST", "/appointment"): pages_office.appointment,
    ("GET", "/sign-in"): pages_office.sign_in_page,
    ("POST", "/sign-in"): pages_office.sign_in,
    ("POST", "/sign-out"): pages_office.sign_out,
    ("GET", "/help"): pages_office.help_page,
}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    visit, fresh = open_visit(request)
    text = "This page does not exist." if error.status_code == 404 else error.detail
    main = join((tag("h1", "Sorry"), tag("p", text)))
    return close_visit(page(visit, "Sorry", main, error.status_code), visit.session, fresh)


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of the directory itself: kept for /_state, so that a test can see it."""
    store: Store = request.app.state.store
    store.errors.append(f"{request.method} {request.url.path}: {error!r}"[:500])
    return Response("Internal error", 500, media_type="text/plain")


def build_app(store: Store, controls: control.Controls) -> Starlette:
    """The application around a store; nothing is shared between two of them."""
    app = Starlette(
        routes=[
            Route("/static/{name}", FILES.serve),
            *control.ROUTES,
            *(
                Route(path, endpoint(call), methods=[method])
                for (method, path), call in _ROUTES.items()
            ),
        ],
        middleware=[Middleware(control.Weather, controls=controls)],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    app.state.store = store
    app.state.controls = controls
    return app
