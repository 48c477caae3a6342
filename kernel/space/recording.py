"""What a live restore needs of a page: its storage, and the responses that it was made of.

Nothing is recorded while pages live: the browser keeps the newest hundred or so requests of each
page with their answers for its driver anyway, and the document of a navigation of ours is held by
its tab. What has gone from there is told as left out.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from playwright.async_api import Error as PlaywrightError

from ...snapshot import Recording, Response
from ...snapshot.live.choosing import Heard, chosen, headers_kept, is_redirect, status_kept
from ...snapshot.live.recording import MAX_BODIES, MAX_BODY
from ...snapshot.live.sessions import session_storage
from ..errors import PageError
from .tab import Tab

if TYPE_CHECKING:
    from playwright.async_api import Request
    from playwright.async_api import Response as Answer

_LIST_S = 2.0
_BODY_S = 2.0
"""A body that has not come whole by then is left out."""
_BODIES_S = 6.0
"""No body is read after this time."""
_STORAGE_S = 5.0
_AT_ONCE = 8
_TOLD = 50


async def record(tab: Tab) -> Recording:
    """The recording of the current document. Raises `PageError` when its storage can't be read."""
    left_out: list[str] = []
    document, responses = await _responses(tab, left_out)
    session, whole = await session_storage(tab.cdp)
    if not whole:
        left_out.append("sessionStorage (too large)")
    more = len(left_out) - _TOLD
    if more > 0:
        left_out[_TOLD:] = [f"{more} other responses"]
    storage = await _storage(tab, left_out)
    return Recording(storage, session, document, responses, tuple(left_out))


async def _responses(tab: Tab, left_out: list[str]) -> tuple[Response | None, tuple[Response, ...]]:
    async with asyncio.timeout(_LIST_S):
        requests = await tab.page.requests()
    heard = [_heard(i, request, tab) for i, request in enumerate(requests)]
    choice = chosen(heard, tab.page.url)
    left_out += choice.left_out
    answers = [request.existing_response for request in requests]
    room = _Room(left_out)
    document = None
    if choice.document is not None:
        document = await room.read(choice.document, answers[choice.document.index])
    elif (held := _held(tab)) is not None:
        document = await room.read(_heard(-1, held.request, tab), held)
    if document is None:
        left_out.insert(0, f"{tab.page.url} (the page itself is not held any more)")
    found: list[Response] = []
    for start in range(0, len(choice.wanted), _AT_ONCE):
        part = choice.wanted[start : start + _AT_ONCE]
        read = await asyncio.gather(*(room.read(each, answers[each.index]) for each in part))
        found += [response for response in read if response is not None]
    return document, tuple(found)


class _Room:
    """Reads bodies until `MAX_BODIES` are full, or the time is over."""

    def __init__(self, left_out: list[str]) -> None:
        self._left = MAX_BODIES
        self._end = time.monotonic() + _BODIES_S
        self._left_out = left_out

    async def read(self, each: Heard, answer: Answer | None) -> Response | None:
        body = b"" if is_redirect(each) else await self._body(each, answer)
        if body is None:
            return None
        url = urldefrag(each.url).url
        return Response(url, each.kind, status_kept(each.status), headers_kept(each.headers), body)

    async def _body(self, each: Heard, answer: Answer | None) -> bytes | None:
        if self._left <= 0 or answer is None:
            return self._refused(each, "no room")
        left = self._end - time.monotonic()
        if left <= 0:
            return self._refused(each, "no time")
        try:
            async with asyncio.timeout(min(_BODY_S, left)):
                body = await answer.body()
        except TimeoutError:
            return self._refused(each, "not all there yet")
        except PlaywrightError:
            return self._refused(each, "not held any more")
        if len(body) > min(MAX_BODY, self._left):
            return self._refused(each, "too large" if len(body) > MAX_BODY else "no room")
        self._left -= len(body)
        return body

    def _refused(self, each: Heard, why: str) -> bytes | None:
        self._left_out.append(f"{each.url} ({why})")
        return None


def _heard(index: int, request: Request, tab: Tab) -> Heard:
    answer = request.existing_response
    return Heard(
        index=index,
        url=request.url,
        method=request.method,
        kind=request.resource_type,
        top=_is_top(request, tab),
        status=answer.status if answer else 0,
        headers=answer.headers if answer else {},
    )


def _is_top(request: Request, tab: Tab) -> bool:
    if not request.is_navigation_request():
        return False
    try:
        return request.frame == tab.page.main_frame
    except PlaywrightError:  # a frame that is not there yet, so not the page's own
        return False


def _held(tab: Tab) -> Answer | None:
    """The document of our own last navigation, if the page is still there."""
    answer = tab.document
    there = answer is not None and urldefrag(answer.url).url == urldefrag(tab.page.url).url
    return answer if there else None


async def _storage(tab: Tab, left_out: list[str]) -> dict[str, Any]:
    context = tab.page.context
    try:
        async with asyncio.timeout(_STORAGE_S):
            try:
                state: Any = await context.storage_state(indexed_db=True)
            except PlaywrightError as error:
                left_out.append(f"IndexedDB ({_first_line(error)})")
                state = await context.storage_state()
    except TimeoutError as error:
        raise PageError("the page's storage could not be read in time") from error
    return dict(state)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:200]
