"""The page as HTML that does nothing: no script, no handler, no `javascript:` address.

It is derived from the columns, so that one pure function decides what is safe. Elements stay
where they are (selectors and the tree hash must still fit); what could act is taken out of them:
attributes by the rules of `sanitize`, and the text of `<script>`, which gets a type that no
browser runs. Shadow roots become declarative ones; each document of a frame is HTML of its own.

Markup on its own (`page_html`) also sandboxes its frames. For a stage (`document_html`), where
every request is answered by us, they keep what they have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .columns import Columns, Kind
from .sanitize import INERT_TYPE, harmless

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9:._-]*")
_ATTRIBUTE = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+")
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
RAW = frozenset(["iframe", "noembed", "noframes", "noscript", "style", "xmp"])
"""Elements whose text a parser takes as it is, so that it can't be escaped."""
_NEWLINE_EATEN = frozenset(("pre", "textarea", "listing"))
# `plaintext` can't be closed, everything after it would become its text.
_RENAMED = {"plaintext": "pre"}
_DOCTYPE = re.compile(r"<!DOCTYPE [^<>]*>")


def page_html(columns: Columns, depth: Sequence[int]) -> str:
    """The whole top document. `depth` as from `columns.depths`."""
    doctype = "<!DOCTYPE html>" if columns.page.standards else ""
    return doctype + inner_html(columns, depth, 0)


def inner_html(columns: Columns, depth: Sequence[int], node: int) -> str:
    """What is inside `node`."""
    return "".join(_Writer(columns, depth, staged=False).inside(node))


class Documents:
    """Each document of a page as HTML for a stage."""

    def __init__(self, columns: Columns, depth: Sequence[int]) -> None:
        self._columns = columns
        self._writer = _Writer(columns, depth, staged=True)

    def html(self, document: int) -> str:
        """One document, without those of its frames, closed shadow roots and odd texts."""
        quirks = self._writer.attribute(document, "mode") == "quirks"
        doctype = self._writer.attribute(document, "doctype") or ""
        if quirks and doctype.lower() == "<!doctype html>":
            doctype = ""  # put there by a script, too late to count
        if not quirks and not _DOCTYPE.fullmatch(doctype):
            doctype = "<!DOCTYPE html>"  # a frame's `srcdoc` has none and yet no quirks
        return doctype + "".join(self._writer.inside(document))


def breaks_out(text: str, raw: str) -> bool:
    """Whether this text can't be inside raw element `raw` in markup."""
    return f"</{raw}" in text.lower() or ("<!--" in text and raw != "style")


def is_odd_comment(text: str) -> bool:
    """Whether no markup gives this comment."""
    return (
        text.startswith((">", "->")) or "--" in text or text.endswith(("-", "<!")) or "\0" in text
    )


class _Writer:
    """Walks the columns once, without recursion: a hostile tree may be very deep."""

    def __init__(self, columns: Columns, depth: Sequence[int], *, staged: bool) -> None:
        self._staged = staged
        self._attributes = harmless(columns, staged=staged)
        self._strings = columns.strings
        self._kind = columns.kind.tolist()
        self._label = columns.label.tolist()
        self._starts = self._attributes.starts.tolist()
        self._names = self._attributes.names.tolist()
        self._values = self._attributes.values.tolist()
        self._texts = self._attributes.strings
        self._depth = depth

    def attribute(self, node: int, wanted: str) -> str | None:
        """An attribute of a document or shadow root."""
        return dict(self._attributes.of(node)).get(wanted)

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
            if kind >= Kind.ELEMENT:
                tag = self._tag(node)
                html = kind == Kind.ELEMENT
                yield self._start(node, tag)
                if not (html and tag in _VOID):
                    opened.append((depth, tag, html and tag in RAW))
            elif kind == Kind.TEXT:
                yield self._text(node, opened[-1][1] if opened and opened[-1][2] else "")
            elif kind == Kind.COMMENT:
                yield self._comment(node)
            elif kind == Kind.SHADOW and not skipped:
                yield self._shadow(node)
                opened.append((depth, "template", False))
        yield from (f"</{tag}>" for _, tag, _ in reversed(opened))

    def _left_out(self, node: int) -> bool:
        """Whether what is inside this node is not written."""
        kind = self._kind[node]
        if kind == Kind.SHADOW:
            return self._staged and self.attribute(node, "mode") == "closed"
        return kind == Kind.DOCUMENT or (
            kind >= Kind.ELEMENT and self._tag(node).lower() == "script"
        )

    def _tag(self, node: int) -> str:
        name = self._strings[self._label[node]]
        return _RENAMED.get(name, name) if _TAG.fullmatch(name) else "x-unknown"

    def _shadow(self, node: int) -> str:
        said = dict(self._attributes.of(node))
        mode = "closed" if said.pop("mode", "") == "closed" else "open"
        rest = "".join(
            f' shadowroot{name}=""'
            for name in ("clonable", "delegatesfocus", "serializable")
            if name in said
        )
        slots = ' shadowrootslotassignment="manual"' if "slotassignment" in said else ""
        return f'<template shadowrootmode="{mode}"{rest}{slots}>'

    def _start(self, node: int, tag: str) -> str:
        parts = [f"<{tag}"]
        lower = tag.lower()
        if lower == "script":
            parts.append(f' type="{INERT_TYPE}"')
        if lower == "iframe" and not self._staged:
            parts.append(' sandbox="allow-same-origin"')  # and no scripts
        for row in range(self._starts[node], self._starts[node + 1]):
            name = self._texts[self._names[row]]
            declares = lower == "template" and name.lower().startswith("shadowroot")
            if _ATTRIBUTE.fullmatch(name) and not declares:
                parts.append(f' {name}="{_escape(self._texts[self._values[row]], quote=True)}"')
        parts.append(">")
        if tag in _NEWLINE_EATEN and self._begins_with_newline(node):
            parts.append("\n")
        return "".join(parts)

    def _text(self, node: int, raw: str) -> str:
        text = self._strings[self._label[node]]
        if not raw:
            return _escape(text)
        if self._staged:
            return "" if raw == "noscript" or breaks_out(text, raw) else text
        if raw == "style":
            # In CSS an escaped `<` means the same; as markup it means nothing.
            return _MARKUP.sub(r"\\3c ", text.replace("<!--", "").replace("-->", ""))
        return "" if "<" in text else text

    def _comment(self, node: int) -> str:
        text = self._strings[self._label[node]]
        return "" if is_odd_comment(text) or not self._staged else f"<!--{text}-->"

    def _begins_with_newline(self, node: int) -> bool:
        after = node + 1
        return (
            after < len(self._kind)
            and self._kind[after] == Kind.TEXT
            and self._depth[after] > self._depth[node]
            and self._strings[self._label[after]].startswith("\n")
        )


def _escape(text: str, *, quote: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\xa0", "&nbsp;").replace("\r", "&#13;")
    return text.replace('"', "&quot;") if quote else text
