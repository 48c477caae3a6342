"""Which attributes of a page may stay when nothing of it shall run. Pure.

What could act is taken out, everything else stays, so that style rules and boxes still fit:

- attributes that start with `on`, and any that holds a `javascript:` address; a link keeps a dead
  address in its place, because a link without one looks different;
- address and type of `<script>`; `<meta http-equiv>` (refresh, cookies, policies);
- addresses that a `<link>` would connect to without showing anything;
- `srcdoc`, and frame addresses that are no web addresses (`data:`, `blob:`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from .columns import Columns

INERT_TYPE = "application/x-inert"
DEAD = "inert:"
"""Stands for a `javascript:` address of a link."""

_BLANK = re.compile(r"[\x00-\x20]+")
_CODE = re.compile(r"(?:^|[;,])(?:javascript|vbscript):")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_WEB = ("http:", "https:", "file:", "about:")
_ADDRESSES = {
    "frame": ("src", "srcdoc"),
    "object": ("data", "codebase", "classid", "archive"),
    "embed": ("src", "code"),
    "applet": ("code", "codebase", "archive", "object"),
    "portal": ("src",),
    "fencedframe": ("src",),
}
_FRAMES = {"iframe": "src", "frame": "src", "object": "data", "embed": "src"}
_SCRIPT = frozenset(("src", "href", "xlink:href", "type"))
_SILENT_LINKS = frozenset(
    [
        "dns-prefetch",
        "manifest",
        "modulepreload",
        "preconnect",
        "prefetch",
        "preload",
        "prerender",
    ]
)
_HARMLESS_METAS = frozenset(("content-type", "content-language", "x-ua-compatible"))
_SPECIAL = frozenset(["script", "meta", "link", "template", *_ADDRESSES, *_FRAMES])


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes that stay. Those of node `i` are `starts[i]` to `starts[i + 1]`."""

    strings: tuple[str, ...]
    names: Any
    values: Any
    """String indexes, one an attribute."""
    owners: Any
    """The node of each attribute."""
    starts: Any

    def of(self, node: int) -> list[tuple[str, str]]:
        """Names and values of one node."""
        pairs = slice(int(self.starts[node]), int(self.starts[node + 1]))
        names, values = self.names[pairs].tolist(), self.values[pairs].tolist()
        return [(self.strings[a], self.strings[b]) for a, b in zip(names, values, strict=True)]


def harmless(columns: Columns, *, staged: bool) -> Attributes:
    """The attributes that may stay.

    `staged` keeps the addresses of frames, for a page whose every request is answered by us.
    """
    names, values = columns.attrs[::2], columns.attrs[1::2].copy()
    owners = np.repeat(np.arange(len(columns.kind)), columns.attr_count)
    kept = np.ones(len(names), bool)
    dead = len(columns.strings)
    for row in np.flatnonzero(_doubtful(columns, owners)).tolist():
        node = int(owners[row])
        verdict = _verdict(columns, node, row, staged)
        kept[row] = verdict is not None
        values[row] = values[row] if verdict else dead
    counts = np.bincount(owners[kept], minlength=len(columns.kind))
    return Attributes(
        strings=(*columns.strings, DEAD),
        names=names[kept],
        values=values[kept],
        owners=owners[kept],
        starts=np.concatenate(([0], np.cumsum(counts))),
    )


def _doubtful(columns: Columns, owners: Any) -> Any:
    """The attributes that a closer look is due to: few, on most pages."""
    strings = columns.strings
    handler, code, special = (np.zeros(len(strings), bool) for _ in range(3))
    for i in np.unique(columns.attrs[::2]).tolist():
        handler[i] = strings[i][:2].lower() == "on"
    for i in np.unique(columns.attrs[1::2]).tolist():
        code[i] = ":" in strings[i] and runs(strings[i])
    for i in np.unique(columns.label[columns.attr_count > 0]).tolist():
        special[i] = strings[i].lower() in _SPECIAL
    names, values = columns.attrs[::2], columns.attrs[1::2]
    return handler[names] | code[values] | special[columns.label[owners]]


def runs(value: str) -> bool:
    """Whether a value holds an address that is a script."""
    return _CODE.search(_BLANK.sub("", value).lower()) is not None


def _verdict(columns: Columns, node: int, row: int, staged: bool) -> bool | None:
    """True: as it is. False: a dead address instead. None: not at all."""
    name = columns.strings[columns.attrs[2 * row]].lower()
    value = columns.strings[columns.attrs[2 * row + 1]]
    tag = columns.strings[columns.label[node]].lower()
    if name.startswith("on") or _acts(columns, node, tag, name, value, staged):
        return None
    if runs(value):
        return False if tag in {"a", "area"} and name in {"href", "xlink:href"} else None
    return True


def _acts(columns: Columns, node: int, tag: str, name: str, value: str, staged: bool) -> bool:
    match tag:
        case "script":
            return name in _SCRIPT
        case "meta":
            equivalent = _value(columns, node, "http-equiv")
            return equivalent is not None and equivalent.lower() not in _HARMLESS_METAS
        case "link":
            relations = (_value(columns, node, "rel") or "").lower().split()
            return name == "href" and not _SILENT_LINKS.isdisjoint(relations)
        case _ if staged and tag in _FRAMES:
            other = name in _ADDRESSES.get(tag, ("srcdoc",)) and name != _FRAMES[tag]
            return other or (name == _FRAMES[tag] and not _of_the_web(value))
        case "iframe":
            return name in {"srcdoc", "sandbox"} or (name == "src" and not _of_the_web(value))
        case _:
            declares = tag == "template" and not staged and name.startswith("shadowroot")
            return declares or name in _ADDRESSES.get(tag, ())


def _of_the_web(address: str) -> bool:
    flat = _BLANK.sub("", address).lower()
    return not _SCHEME.match(flat) or flat.startswith(_WEB)


def _value(columns: Columns, node: int, wanted: str) -> str | None:
    start = int(columns.attr_count[:node].sum(dtype=np.uint64))
    for row in range(start, start + int(columns.attr_count[node])):
        if columns.strings[columns.attrs[2 * row]].lower() == wanted:
            return str(columns.strings[columns.attrs[2 * row + 1]])
    return None
