"""The tracker as an ASGI application: one empty document, and the API that fills it."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ..web import control
from ..web.markup import Templates
from ..web.static_files import StaticFiles
from . import api
from .store import Store

_HERE = Path(__file__).parent
_FILES = StaticFiles(_HERE / "static")
_render = Templates(_HERE)

_PAGES = ("/", "/tickets/{key}", "/sign-in", "/settings")
_API: dict[tuple[str, str], api.Handler] = {
    ("GET", "/api/about"): api.about,
    ("POST", "/api/sign-in"): api.sign_in,
    ("POST", "/api/sign-out"): api.sign_out,
    ("GET", "/api/tickets"): api.listed,
    ("POST", "/api/tickets"): api.create,
    ("GET", "/api/tickets/{key}"): api.show,
    ("PATCH", "/api/tickets/{key}"): api.change,
    ("DELETE", "/api/tickets/{key}"): api.delete,
    ("POST", "/api/tickets/{key}/comments"): api.comment,
    ("PUT", "/api/tickets/{key}/watch"): api.watch,
    ("POST", "/api/bulk"): api.bulk,
    ("GET", "/api/draft"): api.draft,
    ("GET", "/api/settings"): api.show_settings,
    ("PUT", "/api/settings"): api.settings,
}


async def _document(_: Request) -> Response:
    """The same for every address: the scripts do the rest."""
    html = _render("page", css=_FILES.asset("tracker.css"), js=_FILES.asset("app.js"))
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of the tracker itself: kept for /_state, so that a test can see it."""
    store: Store = request.app.state.store
    store.errors.append(f"{request.method} {request.url.path}: {error!r}"[:500])
    return JSONResponse({"error": "Internal error"}, 500)


def build_app(store: Store, controls: control.Controls) -> Starlette:
    """The application around a store; nothing is shared between two of them."""
    app = Starlette(
        routes=[
            Route("/static/{name}", _FILES.serve),
            *control.ROUTES,
            *(Route(path, _document, methods=["GET"]) for path in _PAGES),
            *(
                Route(path, api.endpoint(call), methods=[method])
                for (method, path), call in _API.items()
            ),
        ],
        middleware=[Middleware(control.Weather, controls=controls)],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    app.state.store = store
    app.state.controls = controls
    return app
