"""Bodies in, redirects out: what every site's handlers need of HTTP."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

MAX_FORM = 64 * 1024
"""Largest form body in bytes."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request. Raises HTTPException 413 beyond `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise HTTPException(413, f"At most {limit // 1024} KB can be sent.")
        parts.append(chunk)
    return b"".join(parts)


def form_pairs(request: Request, body: bytes) -> list[tuple[str, str]]:
    """The fields of a sent form in their order; none when the body is no form."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/x-www-form-urlencoded"):
        return []
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def go(path: str) -> RedirectResponse:
    """Continue with a GET of another page."""
    return RedirectResponse(path, status_code=303)
