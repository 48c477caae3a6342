"""An inert restore: a snapshot's own HTML on a stage, checked against its columns and mended."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urldefrag, urlsplit
from xml.sax.saxutils import escape

import numpy as np

from .columns import Columns, Kind, Mark, Sheet
from .errors import WorldLost
from .inert import Documents
from .mending import odd_texts, repairs
from .piercing import frame_of
from .reader import Snapshot
from .reset import State, state_of
from .sanitize import Attributes, harmless
from .shape import Shape, is_cross, shape
from .stage import Answer, Scene, stage_type
from .world import World

PLACE = "https://inert.invalid/"
"""Where pages are shown whose own address no stage can hold (about:, data:, blob:, file:)."""

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
) -> Revived:
    """Show `snapshot` in the page of `world` without running anything of it."""
    play = _Play(snapshot)
    url = snapshot.url if urlsplit(snapshot.url).scheme in {"http", "https"} else PLACE
    stage = world.stage()
    scene = play.scene(url, assets=assets)
    await stage.show(scene, lambda: world.load(navigate, url, timeout_s), timeout_s)
    result = await _document(world, play, 0, timeout_s)
    return Revived(url, *result)


class _Play:
    """A snapshot with what is needed to stage it, each computed once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.columns: Columns = snapshot.columns

    @cached_property
    def attributes(self) -> Attributes:
        return harmless(self.columns, staged=True)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.columns, self.snapshot.depths)

    def said(self, node: int) -> dict[str, str]:
        """The attributes of a document."""
        return dict(self.attributes.of(node))

    def shape(self, root: int) -> Shape:
        return shape(self.columns, self.snapshot.depths, self.attributes, root)

    def scene(self, url: str, *, assets: bool) -> Scene:
        documents = {urldefrag(url).url: [self._answer(0, url)]}
        for node in np.flatnonzero(self.columns.kind == Kind.DOCUMENT).tolist()[1:]:
            said = self.said(node)
            if _staged(said):
                asked = urldefrag(said.get("src") or said["url"]).url
                documents.setdefault(asked, []).append(self._answer(node, said["url"]))
        return Scene(documents, self._sheets(), assets)

    def frames(self, wanted: Shape) -> list[str | bool | None]:
        """For each frame element: HTML to write into it, None when it loads, False when nothing
        of it can be reached."""
        result: list[str | bool | None] = []
        for node in wanted.frames:
            inner = node + 1
            held = inner < len(self.columns.kind) and self.columns.kind[inner] == Kind.DOCUMENT
            if not held or is_cross(self.columns, self.attributes, inner):
                result.append(False)
            else:
                result.append(None if _staged(self.said(inner)) else self.documents.html(inner))
        return result

    def _answer(self, node: int, url: str) -> Answer:
        kind = stage_type(self.said(node).get("type", "text/html"))
        if kind == "text/html":
            return Answer(url, self.documents.html(node))
        return Answer(url, self._xml_root(node), kind)

    def _xml_root(self, document: int) -> str:
        """The bare root of an XML document; what is inside is built from the columns."""
        root = next((i for i in self.snapshot.columns.elements.tolist() if i > document), document)
        names = {
            Kind.ELEMENT: "http://www.w3.org/1999/xhtml",
            Kind.SVG: "http://www.w3.org/2000/svg",
            Kind.MATHML: "http://www.w3.org/1998/Math/MathML",
        }
        marks = {int(k): self.columns.strings[v] for n, k, v in self._marks() if n == root}
        space = names.get(Kind(int(self.columns.kind[root])), marks.get(Mark.NAMESPACE, ""))
        tag = self.snapshot.label(root)
        if not tag.isidentifier():
            tag = "x"
        return f'<{tag} xmlns="{escape(space, {chr(34): "&quot;"})}"/>'

    def _marks(self) -> Any:
        return zip(
            self.columns.mark_node.tolist(),
            self.columns.mark_kind.tolist(),
            self.columns.mark_value.tolist(),
            strict=True,
        )

    def _sheets(self) -> dict[str, str]:
        columns = self.columns
        texts = columns.sheet_texts.reshape(-1, 3).tolist()
        sheets: dict[str, str] = {}
        for flags, (text, _, address) in zip(columns.sheet_flags.tolist(), texts, strict=True):
            url = urldefrag(columns.strings[address]).url
            if url and not flags & (Sheet.UNREADABLE | Sheet.ADOPTED):
                sheets.setdefault(url, columns.strings[text])
        return sheets


def _staged(said: dict[str, str]) -> bool:
    """Whether the browser asks a server for this document."""
    return urlsplit(said.get("src") or said.get("url", "")).scheme in {"http", "https"}


async def _document(world: World, play: _Play, root: int, timeout_s: float) -> tuple[Any, ...]:
    """One document with the frames that its scripts reach, then those that they don't."""
    wanted = play.shape(root)
    state = state_of(play.snapshot, wanted)
    answer, rebuilt = await _mended(world, play, wanted, state, timeout_s)
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


def _holds_cross(play: _Play, node: int) -> bool:
    inner = node + 1
    return inner < len(play.columns.kind) and is_cross(play.columns, play.attributes, inner)


async def _framed(
    world: World, play: _Play, number: int, document: int, timeout_s: float
) -> tuple[Any, ...]:
    try:
        handle = await world.handle("elementAt", number)
        inside = await world.reach(await frame_of(world, handle), timeout_s)
        if not _staged(play.said(document)):
            await inside.call("write", play.documents.html(document), timeout_s=timeout_s)
        return await _document(inside, play, document, timeout_s)
    except WorldLost:  # it never came
        return (len(play.shape(document).nodes), 0, 0, (), True, True, True)


async def _mended(
    world: World, play: _Play, wanted: Shape, state: State, timeout_s: float
) -> tuple[dict[str, Any], int]:
    """Call until the tree is right; returns the last answer and how many elements were built."""
    asked: dict[str, Any] = {
        "frames": play.frames(wanted),
        "digest": wanted.digest,
        "texts": odd_texts(play.columns, wanted),
        "state": state.told,
        "repairs": None,
        "final": False,
    }
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
