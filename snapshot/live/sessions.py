"""The sessionStorage of a page and its frames, read and put back before scripts of the page run.

Playwright's `storageState` doesn't hold it: it belongs to a tab.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..cdp import Cdp
from .recording import MAX_STORAGE, Pairs

_WORLD = "abos-storage"
_READ = "(() => { try { return [location.origin, Object.entries(sessionStorage)] } catch {} })()"
# A frame of the page's own site shares its storage, which scripts may have changed meanwhile.
_PUT = """(() => {
  try {
    if (location.origin === "null") return;
    if (window !== top) {
      let own = false;
      try { own = top.location.origin === location.origin; } catch {}
      if (own) return;
    }
    sessionStorage.clear();
    for (const [name, value] of (%s)[location.origin] ?? []) sessionStorage.setItem(name, value);
  } catch {}
})()"""


async def session_storage(cdp: Cdp) -> tuple[dict[str, Pairs], bool]:
    """What each origin of the page keeps, and whether that is all of it.

    Frames in other renderer processes can't be read from here.
    """
    tree = await cdp.send("Page.getFrameTree")
    found: dict[str, Pairs] = {}
    whole, size = True, 0
    for frame in _frames(tree["frameTree"]):
        answer = await _read(cdp, frame)
        if not answer or answer[0] == "null" or answer[0] in found:
            continue
        pairs = tuple((str(name), str(value)) for name, value in answer[1])
        size += sum(len(name) + len(value) for name, value in pairs)
        if size > MAX_STORAGE:
            whole = False
        elif pairs:
            found[answer[0]] = pairs
    return found, whole


async def put_session_storage(cdp: Cdp, session: Mapping[str, Pairs]) -> str:
    """Fill it in each new document; returns what `leave_session_storage` takes."""
    added = await cdp.send(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": _PUT % json.dumps(session), "worldName": _WORLD},
    )
    return str(added["identifier"])


async def leave_session_storage(cdp: Cdp, identifier: str) -> None:
    """Leave new documents alone again."""
    await cdp.send("Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier})


async def _read(cdp: Cdp, frame: str) -> Any:
    try:
        world = {"frameId": frame, "worldName": _WORLD}
        made = await cdp.send("Page.createIsolatedWorld", world)
        asked = {
            "expression": _READ,
            "contextId": made["executionContextId"],
            "returnByValue": True,
        }
        return (await cdp.send("Runtime.evaluate", asked))["result"].get("value")
    except Exception as error:  # Playwright's own error type; this room doesn't import it
        if "No frame" in str(error) or "Cannot find context" in str(error):
            return None  # gone meanwhile, or in another process
        raise


def _frames(tree: Any) -> Iterator[str]:
    yield tree["frame"]["id"]
    for child in tree.get("childFrames", ()):
        yield from _frames(child)
