"""What the page's own scripts can't reach, through DevTools: closed shadow roots, other frames."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from .world import World

T = TypeVar("T")
R = TypeVar("R")

_AT_ONCE = 256
_MANY = 100
"""Elements from which one answer about the whole page costs less than one about each."""


async def frame_of(world: World, handle: str) -> str:
    """The DevTools id of the frame that a frame element shows."""
    found = await world.cdp.send("DOM.describeNode", {"objectId": handle})
    return str(found["node"].get("frameId", ""))


async def lend_closed_roots(world: World, *, everywhere: bool = False) -> int:
    """Hand closed shadow roots to the scripts of `world`; returns how many were found.

    Custom elements that the last capture found without an open root are asked one by one, once
    each, and so are those inside what is found. `everywhere` goes through the whole page, which
    costs several times a capture, and finds those of plain elements too.
    """
    roots = await (_all_roots(world) if everywhere else _roots_of_suspects(world))
    found = 0
    while roots:
        found += len(roots)
        more = await _lend(world, roots)
        roots = await _roots_of_suspects(world) if more and not everywhere else []
    return found


async def _lend(world: World, roots: list[int]) -> int:
    """Returns how many custom elements inside `roots` have still to be asked."""
    context = await world.context()

    async def resolve(root: int) -> dict[str, str] | None:
        asked = {"backendNodeId": root, "executionContextId": context}
        found = await world.cdp.send("DOM.resolveNode", asked)
        handle = found["object"].get("objectId")
        return {"objectId": handle} if handle else None  # in a frame with a world of its own

    handles = [handle for handle in await _together(resolve, roots) if handle]
    answer = await world.cdp.send(
        "Runtime.callFunctionOn",
        {
            "functionDeclaration": "(...roots) => globalThis.abos.lendAll(roots)",
            "executionContextId": context,
            "arguments": handles,
            "returnByValue": True,
        },
    )
    return int(answer["result"]["value"])


async def _roots_of_suspects(world: World) -> list[int]:
    array = await world.handle("suspects")
    listed = await world.cdp.send(
        "Runtime.getProperties", {"objectId": array, "ownProperties": True}
    )
    handles = [
        each["value"]["objectId"]
        for each in listed["result"]
        if each["name"].isdigit() and "objectId" in each.get("value", {})
    ]

    if len(handles) > _MANY:
        return await _all_roots(world)

    async def ask(handle: str) -> list[int]:
        node = await world.cdp.send("DOM.describeNode", {"objectId": handle})
        return _closed(node["node"])

    return [root for roots in await _together(ask, handles) for root in roots]


async def _together(ask: Callable[[T], Awaitable[R]], each: Sequence[T]) -> list[R]:
    """Some hundred answers at a time: one after the other takes several times longer."""
    found: list[R] = []
    for first in range(0, len(each), _AT_ONCE):
        found += await asyncio.gather(*map(ask, each[first : first + _AT_ONCE]))
    return found


async def _all_roots(world: World) -> list[int]:
    document = await world.handle("ownDocument")
    asked = {"objectId": document, "depth": -1, "pierce": True}
    tree = await world.cdp.send("DOM.describeNode", asked)
    roots: list[int] = []
    waiting = [tree["node"]]
    while waiting:
        node = waiting.pop()
        roots += _closed(node)
        waiting += node.get("children", ())
        waiting += node.get("shadowRoots", ())
        waiting += [node["contentDocument"]] if "contentDocument" in node else []
    return roots


def _closed(node: dict[str, Any]) -> list[int]:
    roots = node.get("shadowRoots", ())
    return [root["backendNodeId"] for root in roots if root["shadowRootType"] == "closed"]
