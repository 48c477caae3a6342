"""An inert restore: a snapshot's own HTML on a stage, checked against its columns and mended."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from .errors import PageHung, WorldLost
from .mending import repairs
from .piercing import frame_of
from .play import Part, Play, is_staged
from .reader import Snapshot
from .shape import is_cross
from .world import World

PLACE = "https://inert.invalid/"
"""Where pages are shown whose own address no stage can hold (about:, data:, blob:, file:)."""

_WORLD_S = 1.0
_ROUNDS = 4
"""Calls until a tree that is not right yet counts as wrong."""


@dataclass(frozen=True, slots=True)
class Revived:
    """How a page came back."""

    url: str
    elements_differ: int
    rebuilt: int
    """Elements that no markup gave and that were built one by one."""
    restored: int
    missed: tuple[int, ...]
    """Nodes of fields that are not as they were."""
    scrolled: bool
    focused: bool
    whole: bool
    """Whether dialogs, popovers and canvases are as they were too."""


async def revive(
    world: World,
    navigate: Callable[[str], Awaitable[None]],
    snapshot: Snapshot,
    *,
    assets: bool,
    timeout_s: float,
    on_tree: Callable[[], Awaitable[object]] | None = None,
) -> Revived:
    """Show `snapshot` in the page of `world` without running anything of it.

    `on_tree` is awaited as soon as the tree is there and right, at the latest before the end.
    """
    play = Play(snapshot)
    url = snapshot.url if urlsplit(snapshot.url).scheme in {"http", "https"} else PLACE
    scene = play.scene(url, assets=assets)
    stage = world.stage()

    async def arrive() -> None:
        await world.load(navigate, url, timeout_s)
        # Makes the world while the empty page loads; if not now, then the next call does.
        with contextlib.suppress(WorldLost, PageHung):
            await world.call("elementAt", 0, timeout_s=_WORLD_S)

    async def enter() -> None:  # the markup is made while the browser gets ready for it
        await _together(arrive(), play.prepare())

    await stage.show(scene, enter, timeout_s)
    settled = await _written(world, play, on_tree, timeout_s) if play.is_html else None
    result = await _document(world, play, 0, timeout_s, settled)
    if on_tree and not settled:
        await on_tree()
    return Revived(url, *result)


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """All of them; when one fails the others end, too."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _written(
    world: World,
    play: Play,
    on_tree: Callable[[], Awaitable[object]] | None,
    timeout_s: float,
) -> dict[str, Any] | None:
    """Write the markup; returns the answer of `settle`, or None when the tree has to be mended.

    Where nothing has to load and nobody waits for the tree this is one call.
    """
    html, asked, stage = play.html, play.writing, world.stage()
    stage.expect()
    if on_tree is None:
        answer = await world.call("showPage", html, asked, timeout_s=timeout_s)
        begun, settled = answer["begun"], answer["settled"]
    else:
        begun = await world.call("beginPage", html, asked, timeout_s=timeout_s)
        if begun:
            await on_tree()
        settled = await world.call("finishPage", asked, False, timeout_s=timeout_s)
    if not settled:
        await stage.loaded(timeout_s)
    if begun and not settled:
        settled = await world.call("finishPage", asked, True, timeout_s=timeout_s)
    return {"same": True, **settled} if begun else None


async def _document(
    world: World, play: Play, root: int, timeout_s: float, settled: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    """One document with the frames that its scripts reach, then those that they don't.

    `settled` is the answer of the script when it has done the first already.
    """
    wanted, state = play.part(root).wanted, play.part(root).state
    answer, rebuilt = settled or {}, 0
    if not settled:
        answer, rebuilt = await _mended(world, play, play.part(root), timeout_s)
    differ = 0 if answer["same"] else _differ(wanted.rows, _unpacked(answer["rows"]))
    missed = tuple(state.nodes[i] for i in answer["missed"])
    restored = len(state.nodes) - len(missed)
    scrolled, focused = answer["scrolled"], answer["focused"]
    whole = answer["raised"] and answer["painted"]
    for node in wanted.frames:
        if not _holds_cross(play, node):
            continue
        number = int(np.searchsorted(wanted.nodes, node))
        inner = await _framed(world, play, number, node + 1, timeout_s)
        differ, rebuilt, restored = differ + inner[0], rebuilt + inner[1], restored + inner[2]
        missed += inner[3]
        scrolled, focused, whole = scrolled and inner[4], focused and inner[5], whole and inner[6]
    return differ, rebuilt, restored, missed, scrolled, focused, whole


def _holds_cross(play: Play, node: int) -> bool:
    inner = node + 1
    return inner < len(play.columns.kind) and is_cross(play.columns, play.attributes, inner)


async def _framed(
    world: World, play: Play, number: int, document: int, timeout_s: float
) -> tuple[Any, ...]:
    try:
        handle = await world.handle("elementAt", number)
        inside = await world.reach(await frame_of(world, handle), timeout_s)
        if not is_staged(play.said(document)):
            await inside.call("write", play.documents.html(document), timeout_s=timeout_s)
        return await _document(inside, play, document, timeout_s)
    except WorldLost:  # it never came
        return (len(play.part(document).wanted.nodes), 0, 0, (), True, True, True)


async def _mended(
    world: World, play: Play, part: Part, timeout_s: float
) -> tuple[dict[str, Any], int]:
    """Call until the tree is right; returns the last answer and how many elements were built."""
    wanted = part.wanted
    asked = part.asked | {"digest": wanted.digest, "repairs": None, "final": False}
    rebuilt = 0
    for left in reversed(range(_ROUNDS)):
        asked["final"] = left == 0
        answer: dict[str, Any] = await world.call("revive", asked, timeout_s=timeout_s)
        if answer["same"] or not left:
            break
        found = _unpacked(answer["rows"])
        mending = repairs(play.columns, play.snapshot.depths, play.attributes, wanted, found)
        rebuilt += mending.elements
        asked["repairs"] = mending.told()
    return answer, rebuilt


def _unpacked(rows: str) -> Any:
    return np.frombuffer(base64.b64decode(rows), "<u4").reshape(-1, 3)


def _differ(wanted: Any, found: Any) -> int:
    """Rows that one shape has and the other has not; at least one."""
    ours, theirs = ({} for _ in range(2))  # type: dict[bytes, int], dict[bytes, int]
    for rows, census in ((wanted, ours), (found, theirs)):
        for row in np.ascontiguousarray(rows, "<u4"):
            census[row.tobytes()] = census.get(row.tobytes(), 0) + 1
    missing = sum(max(0, n - theirs.get(key, 0)) for key, n in ours.items())
    extra = sum(max(0, n - ours.get(key, 0)) for key, n in theirs.items())
    return max(missing, extra, 1)
