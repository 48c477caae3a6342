"""The page as HTML that does nothing: no script, no handler, no `javascript:` address.

It is derived from the columns, so that one pure function decides what is safe. Elements stay
where they are (selectors and the tree hash must still fit); what could act is taken out of them:

- `<script>` keeps its place, empty and of a type that no browser runs;
- attributes that start with `on`, and any attribute that holds a `javascript:` address, go;
- `<meta http-equiv>` (refresh, cookies) loses its attributes; `<base>` is kept;
- frames lose `srcdoc` and are sandboxed; `<frame>`, `<object>` and `<embed>` lose their address;
- open shadow roots become declarative ones.

Comments, closed shadow roots, the inside of frames and style sheets made by script are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .columns import Columns, Kind

INERT_TYPE = "application/x-inert"

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9:._-]*")
_ATTRIBUTE = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+")
_BLANK = re.compile(r"[\x00-\x20]+")
_CODE = re.compile(r"(?:^|[;,])(?:javascript|vbscript):")
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# Elements whose text a parser takes as it is, so that it can't be escaped.
_RAW = frozenset(["iframe", "noembed", "noframes", "noscript", "style", "xmp"])
_NEWLINE_EATEN = frozenset(("pre", "textarea", "listing"))
_ADDRESSES = {
    "iframe": frozenset(("srcdoc", "sandbox")),
    "frame": frozenset(("src", "srcdoc")),
    "object": frozenset(("data", "codebase", "classid", "archive")),
    "embed": frozenset(("src", "code")),
    "applet": frozenset(("code", "codebase", "archive", "object")),
    "portal": frozenset(("src",)),
    "fencedframe": frozenset(("src",)),
}
# `plaintext` can't be closed, everything after it would become its text.
_RENAMED = {"plaintext": "pre"}


def page_html(columns: Columns, depth: Sequence[int]) -> str:
    """The whole top document. `depth` as from `columns.depths`."""
    doctype = "<!DOCTYPE html>" if columns.page.standards else ""
    return doctype + inner_html(columns, depth, 0)


def inner_html(columns: Columns, depth: Sequence[int], node: int) -> str:
    """What is inside `node`."""
    return "".join(_Writer(columns, depth).inside(node))


class _Writer:
    """Walks the columns once, without recursion: a hostile tree may be very deep."""

    def __init__(self, columns: Columns, depth: Sequence[int]) -> None:
        self._strings = columns.strings
        self._kind = columns.kind.tolist()
        self._label = columns.label.tolist()
        self._attrs = columns.attrs.tolist()
        self._ends = columns.attr_count.cumsum(dtype="u8").tolist()
        self._depth = depth

    def inside(self, root: int) -> Iterator[str]:
        base = self._depth[root]
        # Depth and local name of each element still open, and whether its text is raw.
        opened: list[tuple[int, str, bool]] = []
        skipped = 0  # depth of a subtree that is left out
        for node in range(root + 1, len(self._kind)):
            depth, kind = self._depth[node], self._kind[node]
            if depth <= base:
                break
            if skipped and depth > skipped:
                continue
            while opened and opened[-1][0] >= depth:
                yield f"</{opened.pop()[1]}>"
            skipped = depth if self._left_out(node) else 0
            if kind == Kind.TEXT:
                yield self._text(node, opened[-1][1] if opened and opened[-1][2] else "")
            elif kind == Kind.SHADOW:
                yield '<template shadowrootmode="open">'
                opened.append((depth, "template", False))
            elif kind >= Kind.ELEMENT:
                tag = self._tag(node)
                html = kind == Kind.ELEMENT
                yield self._start(node, tag)
                if not (html and tag in _VOID):
                    opened.append((depth, tag, html and tag in _RAW))
        yield from (f"</{tag}>" for _, tag, _ in reversed(opened))

    def _left_out(self, node: int) -> bool:
        """Whether what is inside this node is not written."""
        kind = self._kind[node]
        return kind == Kind.DOCUMENT or (
            kind >= Kind.ELEMENT and self._tag(node).lower() == "script"
        )

    def _tag(self, node: int) -> str:
        name = self._strings[self._label[node]]
        return _RENAMED.get(name, name) if _TAG.fullmatch(name) else "x-unknown"

    def _start(self, node: int, tag: str) -> str:
        parts = [f"<{tag}"]
        if tag.lower() == "script":
            return f'<{tag} type="{INERT_TYPE}">'
        if tag.lower() == "iframe":
            parts.append(' sandbox="allow-same-origin"')  # and no scripts
        for name, value in self._attributes(node):
            if _allowed(tag.lower(), name.lower(), value):
                parts.append(f' {name}="{_escape(value, quote=True)}"')
        parts.append(">")
        if tag in _NEWLINE_EATEN and self._begins_with_newline(node):
            parts.append("\n")
        return "".join(parts)

    def _attributes(self, node: int) -> Iterator[tuple[str, str]]:
        first = self._ends[node - 1] if node else 0
        indexes = self._attrs[first * 2 : self._ends[node] * 2]
        pairs = [(self._strings[a], self._strings[b]) for a, b in _pairs(indexes)]
        # A meta that acts on the page is left without the attributes that make it act.
        if any(name.lower() == "http-equiv" for name, _ in pairs):
            return iter(())
        return iter(pairs)

    def _text(self, node: int, raw: str) -> str:
        text = self._strings[self._label[node]]
        if raw == "style":
            # In CSS an escaped `<` means the same; as markup it means nothing.
            return _MARKUP.sub(r"\\3c ", text.replace("<!--", "").replace("-->", ""))
        if raw:
            return "" if "<" in text else text
        return _escape(text)

    def _begins_with_newline(self, node: int) -> bool:
        after = node + 1
        return (
            after < len(self._kind)
            and self._kind[after] == Kind.TEXT
            and self._depth[after] > self._depth[node]
            and self._strings[self._label[after]].startswith("\n")
        )


def _pairs(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(indexes[::2], indexes[1::2], strict=True)


def _allowed(tag: str, name: str, value: str) -> bool:
    if name.startswith("on") or not _ATTRIBUTE.fullmatch(name):
        return False
    if name in _ADDRESSES.get(tag, ()) or (tag == "template" and name.startswith("shadowroot")):
        return False
    return not (":" in value and _CODE.search(_BLANK.sub("", value).lower()))


def _escape(text: str, *, quote: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\xa0", "&nbsp;")
    return text.replace('"', "&quot;") if quote else text
