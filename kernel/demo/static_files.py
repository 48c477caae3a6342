"""Style sheets and scripts, read once and served from memory under a name with their hash."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in _TYPES}


@cache
def asset(name: str) -> str:
    """The URL of a static file; it changes with the contents, so it may be cached for good."""
    return f"/static/{name}?v={hashlib.sha256(_files()[name]).hexdigest()[:8]}"


async def serve(request: Request) -> Response:
    """GET /static/<name>."""
    name = request.path_params["name"]
    data = _files().get(name)
    if data is None:
        raise HTTPException(404)
    kind = _TYPES[Path(name).suffix]
    return Response(
        data,
        media_type=f"{kind}; charset=utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
