"""What an inert restore needs of a snapshot: documents, shapes, state. Pure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urldefrag, urlsplit
from xml.sax.saxutils import escape

import numpy as np

from .columns import Columns, Kind, Mark, Sheet
from .inert import Documents
from .mending import odd_texts
from .reader import Snapshot
from .reset import State, state_of
from .sanitize import Attributes, harmless
from .shape import Shape, is_cross, shape
from .stage import Answer, Scene, stage_type

_SENT_S = 0.001
"""What was begun before is sent by then."""


@dataclass(frozen=True, slots=True)
class Part:
    """One document with the frames that its scripts reach."""

    wanted: Shape
    state: State
    asked: dict[str, Any]
    """What the script is told of it."""

    def writing(self, said: int) -> dict[str, Any]:
        """As the script wants it that writes markup, in which the tree begins at `said`; -1 if
        there may be another tree with the same markup."""
        sheets = self.state.told["sheets"]
        linked = any(each["base"] for scope in sheets for each in scope)
        digest = self.wanted.digest if said < 0 else []
        return self.asked | {"said": said, "digest": digest, "linked": linked}


class Play:
    """A snapshot with what is needed to stage it, each computed once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.columns: Columns = snapshot.columns
        self._parts: dict[int, Part] = {}

    async def prepare(self) -> None:
        """Compute what the page itself needs; the browser is answered in between."""
        await asyncio.sleep(_SENT_S)
        for work in (
            lambda: self.attributes,
            lambda: self.html,
            lambda: self.part(0),
            lambda: self.writing,
        ):
            work()
            await asyncio.sleep(0)

    @property
    def is_html(self) -> bool:
        return self._kind(0) == "text/html"

    @cached_property
    def html(self) -> str:
        """The markup of the page; empty for one that is XML."""
        return self.documents.html(0) if self.is_html else ""

    @cached_property
    def writing(self) -> dict[str, Any]:
        """What the script that writes `html` is told."""
        whole = self.documents.is_whole()
        return self.part(0).writing(len(self.documents.doctype(0)) if whole else -1)

    def part(self, root: int) -> Part:
        """What is asked of document `root`."""
        if root not in self._parts:
            wanted = shape(self.columns, self.snapshot.depths, self.attributes, root)
            state = state_of(self.snapshot, wanted)
            asked: dict[str, Any] = {
                "frames": self._frames(wanted),
                "texts": odd_texts(self.columns, wanted),
                "state": state.told,
            }
            self._parts[root] = Part(wanted, state, asked)
        return self._parts[root]

    @cached_property
    def attributes(self) -> Attributes:
        return harmless(self.columns, staged=True)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.columns, self.attributes)

    def said(self, node: int) -> dict[str, str]:
        """The attributes of a document."""
        return dict(self.attributes.of(node))

    def scene(self, url: str, *, assets: bool) -> Scene:
        # A page of HTML comes empty: its markup is written into it.
        page = Answer(url, "") if self.is_html else self._answer(0, url)
        documents = {urldefrag(url).url: [page]}
        for node in np.flatnonzero(self.columns.kind == Kind.DOCUMENT).tolist()[1:]:
            said = self.said(node)
            if is_staged(said):
                asked = urldefrag(said.get("src") or said["url"]).url
                documents.setdefault(asked, []).append(self._answer(node, said["url"]))
        return Scene(documents, self._sheets(), assets)

    def _frames(self, wanted: Shape) -> list[str | bool | None]:
        """For each frame element: HTML to write into it, None when it loads, False when nothing
        of it can be reached."""
        result: list[str | bool | None] = []
        for node in wanted.frames:
            inner = node + 1
            held = inner < len(self.columns.kind) and self.columns.kind[inner] == Kind.DOCUMENT
            if not held or is_cross(self.columns, self.attributes, inner):
                result.append(False)
            else:
                result.append(None if is_staged(self.said(inner)) else self.documents.html(inner))
        return result

    def _answer(self, node: int, url: str) -> Answer:
        kind = self._kind(node)
        if kind == "text/html":
            return Answer(url, self.documents.html(node))
        return Answer(url, self._xml_root(node), kind)

    def _kind(self, node: int) -> str:
        return stage_type(self.said(node).get("type", "text/html"))

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


def is_staged(said: dict[str, str]) -> bool:
    """Whether the browser asks a server for this document."""
    return urlsplit(said.get("src") or said.get("url", "")).scheme in {"http", "https"}
