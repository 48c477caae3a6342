"""Style sheets and scripts, read once and served from memory under a name with their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class StaticFiles:
    """The files of one folder, without its sub-folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, bytes] = {}
        self._urls: dict[str, str] = {}

    @property
    def _files(self) -> dict[str, bytes]:
        if not self._read:
            paths = (path for path in self._folder.iterdir() if path.suffix in _TYPES)
            self._read = {path.name: path.read_bytes() for path in paths}
        return self._read

    def asset(self, name: str) -> str:
        """The URL of a file; it changes with the contents, so it may be cached for good."""
        if name not in self._urls:
            digest = hashlib.sha256(self._files[name]).hexdigest()[:8]
            self._urls[name] = f"/static/{name}?v={digest}"
        return self._urls[name]

    async def serve(self, request: Request) -> Response:
        """GET /static/<name>; without its hash (a module that imports another) not for good."""
        name = request.path_params["name"]
        data = self._files.get(name)
        if data is None:
            raise HTTPException(404)
        named = "v" in request.query_params
        keep = "public, max-age=31536000, immutable" if named else "no-cache"
        return Response(
            data,
            media_type=f"{_TYPES[Path(name).suffix]}; charset=utf-8",
            headers={"Cache-Control": keep},
        )
