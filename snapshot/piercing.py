"""What the page's own scripts can't reach, through DevTools: closed shadow roots, other frames."""

from __future__ import annotations

from typing import Any

from .world import World


async def frame_of(world: World, handle: str) -> str:
    """The DevTools id of the frame that a frame element shows."""
    found = await world.cdp.send("DOM.describeNode", {"objectId": handle})
    return str(found["node"].get("frameId", ""))


async def lend_closed_roots(world: World, *, everywhere: bool = False) -> int:
    """Hand closed shadow roots to the scripts of `world`; returns how many were found.

    Custom elements that the last capture found without an open root are asked one by one, once
    each. `everywhere` goes through the whole page, which costs several times a capture, and finds
    those of plain elements too.
    """
    roots = await (_all_roots(world) if everywhere else _roots_of_suspects(world))
    context = await world.context()
    for root in roots:
        found = await world.cdp.send(
            "DOM.resolveNode", {"backendNodeId": root, "executionContextId": context}
        )
        await world.cdp.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": "(root) => globalThis.abos.lend(root)",
                "executionContextId": context,
                "arguments": [{"objectId": found["object"]["objectId"]}],
            },
        )
    return len(roots)


async def _roots_of_suspects(world: World) -> list[int]:
    array = await world.handle("suspects")
    listed = await world.cdp.send(
        "Runtime.getProperties", {"objectId": array, "ownProperties": True}
    )
    roots: list[int] = []
    for each in listed["result"]:
        handle = each.get("value", {}).get("objectId")
        if each["name"].isdigit() and handle:
            node = await world.cdp.send("DOM.describeNode", {"objectId": handle})
            roots += _closed(node["node"])
    return roots


async def _all_roots(world: World) -> list[int]:
    tree = await world.cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
    roots: list[int] = []
    waiting = [tree["root"]]
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
