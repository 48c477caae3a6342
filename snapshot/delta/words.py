"""What changed between two pages, in words. Pure.

Secrets read `••••`, whether the snapshots hold them or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..columns import Columns, Field, Kind, Mark
from .align import align
from .naming import MASK, Names, quoted
from .numbering import number
from .tables import renames

_SWITCHES = {
    "disabled": "disabled",
    "hidden": "hidden",
    "open": "open",
    "checked": "checked by default",
    "selected": "chosen by default",
    "required": "required",
    "readonly": "read-only",
    "inert": "inert",
}
_STATES = {
    "aria-expanded": "expanded",
    "aria-selected": "selected",
    "aria-checked": "checked",
    "aria-pressed": "pressed",
    "aria-disabled": "disabled",
    "aria-invalid": "invalid",
    "aria-hidden": "hidden from assistive technology",
    "aria-busy": "busy",
}
_MARKS = {
    Mark.MODAL: ("opened as a dialog", "closed"),
    Mark.POPOVER: ("opened", "closed"),
    Mark.CANVAS: ("drawn", "no longer drawn"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed."""

    kind: str
    """`added`, `removed`, `moved`, `text`, `attribute`, `state`, `shown`, `scroll`, `page`, `style`
    or `mark`."""
    what: str
    """The element, or the part of the page: `button 'Add to cart'`."""
    how: str
    """The rest of the sentence: `removed`, `changed from '0' to '1'`."""
    before: str = ""
    after: str = ""

    @property
    def line(self) -> str:
        return f"{self.what} {self.how}"


@dataclass(frozen=True, slots=True)
class Telling:
    """All that changed, in the order of the later page."""

    changes: tuple[Change, ...]

    def lines(self) -> tuple[str, ...]:
        """One sentence a change."""
        return tuple(change.line for change in self.changes)


def tell(base: Columns, target: Columns) -> Telling:
    """What a person would say changed. Empty exactly when nothing that can be told did."""
    return Telling(tuple(dict.fromkeys(_Teller(base, target).all())))


class _Teller:
    def __init__(self, base: Columns, target: Columns) -> None:
        self._base, self._target = base, target
        index = {"": 0, "id": 1}
        was = align(number(base, index), number(target, index), 1)
        self._now = renames(was, len(base.kind)).tolist()
        self._was: list[int] = was.tolist()
        self._before, self._after = Names(base), Names(target)

    def all(self) -> Iterator[Change]:
        yield from self._page()
        yield from self._removed()
        yield from self._added()
        yield from self._texts()
        yield from self._attributes()
        yield from self._state()
        yield from self._shown()
        yield from self._scrolled()
        yield from self._marks()
        yield from self._styles()

    def _page(self) -> Iterator[Change]:
        old, new = self._base.page, self._target.page
        for what, one, other in (("address", old.url, new.url), ("title", old.title, new.title)):
            if one != other:
                yield _changed("page", what, one, other)
        if (old.width, old.height, old.ratio) != (new.width, new.height, new.ratio):
            sizes = (f"{page.width:g}x{page.height:g} at {page.ratio:g}" for page in (old, new))
            yield _changed("page", "viewport", *sizes)
        if (old.scroll_x, old.scroll_y) != (new.scroll_x, new.scroll_y):
            how = f"scrolled to {new.scroll_x:g}, {new.scroll_y:g}"
            yield Change("scroll", "page", how, f"{old.scroll_x:g}, {old.scroll_y:g}")
        if old.focus < 0 <= new.focus or (old.focus >= 0 and self._now[old.focus] != new.focus):
            if new.focus >= 0:
                yield Change("page", "focus", f"moved to {self._after.call(new.focus)}")
            else:
                yield Change("page", "focus", f"left {self._before.call(old.focus)}")

    def _removed(self) -> Iterator[Change]:
        for node, parent in enumerate(self._base.parent.tolist()):
            if self._now[node] < 0 and (parent < 0 or self._now[parent] >= 0):
                yield from _whole("removed", self._before, self._base, node)

    def _added(self) -> Iterator[Change]:
        old = self._base.parent.tolist()
        for node, parent in enumerate(self._target.parent.tolist()):
            was = self._was[node]
            if was < 0 and (parent < 0 or self._was[parent] >= 0):
                yield from _whole("added", self._after, self._target, node)
            elif (
                was > 0 and parent >= 0 and old[was] != self._was[parent] and self._is_element(node)
            ):
                yield Change("moved", self._after.call(node), "moved")

    def _texts(self) -> Iterator[Change]:
        """Elements whose own texts read otherwise."""
        for node in self._target.elements.tolist():
            was = self._was[node]
            if was < 0:
                continue
            one = self._before.own_text(was)
            other = self._after.own_text(node)
            if one == other or self._after.tag(node) in {"style", "script"}:
                continue
            secret = self._before.is_secret(was) or self._after.is_secret(node)
            pair = (MASK, MASK) if secret else (one, other)
            what = self._after.subject(node)
            if pair[0].split() == pair[1].split():
                yield Change("text", what, "changed in its spaces" if not secret else f"now {MASK}")
            else:
                yield _changed("text", what, *pair)

    def _attributes(self) -> Iterator[Change]:
        for node in self._target.elements.tolist():
            was = self._was[node]
            if was < 0:
                continue
            one, other = self._before.attributes(was), self._after.attributes(node)
            if one == other:
                continue
            secret = self._before.is_secret(was) or self._after.is_secret(node)
            what = self._after.call(node)
            for name in dict.fromkeys((*one, *other)):
                if one.get(name) != other.get(name):
                    mask = secret and name == "value"
                    pair = (one.get(name), other.get(name))
                    yield _attribute(what, name, *(MASK if mask and v else v for v in pair))

    def _state(self) -> Iterator[Change]:
        old, new = _state_of(self._base), _state_of(self._target)
        for node, rows in new.items():
            was = self._was[node]
            before = _said(self._before, self._base, was, old.get(was, [])) if was >= 0 else ""
            after = _said(self._after, self._target, node, rows)
            if was >= 0 and before != after:
                what = self._after.call(node)
                yield Change("state", what, f"now {_value(after)}", before, after)
            elif was >= 0 and MASK in after and self._other_texts(old.get(was, []), rows):
                yield Change("state", self._after.call(node), f"now another {MASK}")
        for was, rows in old.items():
            node = self._now[was]
            if node >= 0 and node not in new:
                before = _said(self._before, self._base, was, rows)
                yield Change("state", self._after.call(node), "now empty", before)

    def _is_element(self, node: int) -> bool:
        return bool(self._target.kind[node] >= Kind.ELEMENT)

    def _other_texts(self, old: list[tuple[int, int]], new: list[tuple[int, int]]) -> bool:
        one = [self._base.strings[value] for field, value in old if field == Field.VALUE]
        other = [self._target.strings[value] for field, value in new if field == Field.VALUE]
        return one != other

    def _shown(self) -> Iterator[Change]:
        old, new = set(self._base.hidden.tolist()), set(self._target.hidden.tolist())
        for node in sorted(new):
            was = self._was[node]
            if was >= 0 and was not in old:
                yield Change("shown", self._after.call(node), "now hidden")
        for was in sorted(old):
            node = self._now[was]
            if node >= 0 and node not in new:
                yield Change("shown", self._after.call(node), "now shown")

    def _scrolled(self) -> Iterator[Change]:
        old, new = _scroll_of(self._base), _scroll_of(self._target)
        for node, place in new.items():
            was = self._was[node]
            if was >= 0 and old.get(was) != place:
                how = f"scrolled to {place[0]:g}, {place[1]:g}"
                yield Change("scroll", self._after.call(node), how)
        for was in old:
            if self._now[was] >= 0 and self._now[was] not in new:
                yield Change("scroll", self._after.call(self._now[was]), "scrolled back")

    def _marks(self) -> Iterator[Change]:
        old, new = _marks_of(self._base), _marks_of(self._target)
        for (node, kind), value in new.items():
            was = self._was[node]
            if was >= 0 and old.get((was, kind)) != value and kind in _MARKS:
                how = "drawn anew" if (was, kind) in old else _MARKS[Mark(kind)][0]
                yield Change("mark", self._after.call(node), how)
        for was, kind in old:
            node = self._now[was]
            if node >= 0 and (node, kind) not in new and kind in _MARKS:
                yield Change("mark", self._after.call(node), _MARKS[Mark(kind)][1])

    def _styles(self) -> Iterator[Change]:
        old, new = _sheets_of(self._base), _sheets_of(self._target)
        gone = [rule for rule in old if rule not in new]
        come = [rule for rule in new if rule not in old]
        for how, rules in (("removed", gone), ("added", come)):
            for rule in rules[:20]:
                yield Change("style", f"style rule {quoted(rule)}", how)
            if len(rules) > 20:
                yield Change("style", f"{len(rules) - 20} more style rules", how)


def _whole(how: str, names: Names, columns: Columns, node: int) -> Iterator[Change]:
    """A subtree that came or went. Texts are told with the element that holds them."""
    if columns.kind[node] >= Kind.ELEMENT:
        if names.is_secret(node) and names.tag(node) == "textarea":
            yield Change(how, names.call(node, by_text=False), how)
        else:
            yield Change(how, names.call(node), how)
    elif columns.kind[node] in {Kind.DOCUMENT, Kind.SHADOW}:
        above = names.element(node)
        part = "inside" if columns.kind[node] == Kind.DOCUMENT else "shadow root"
        yield Change(how, f"{part} of {names.call(above) if above >= 0 else 'the page'}", how)


def _changed(kind: str, what: str, one: str, other: str) -> Change:
    return Change(kind, what, f"changed from {quoted(one)} to {quoted(other)}", one, other)


def _attribute(what: str, name: str, one: str | None, other: str | None) -> Change:
    before, after = one or "", other or ""
    if name in _SWITCHES and (one is None or other is None):
        how = f"now {_SWITCHES[name]}" if one is None else f"no longer {_SWITCHES[name]}"
    elif name in _STATES and {one, other} <= {"true", "false", None}:
        how = f"now {_STATES[name]}" if other == "true" else f"no longer {_STATES[name]}"
    elif one is None:
        how = f"got {name} {quoted(after)}"
    elif other is None:
        how = f"lost {name} {quoted(before)}"
    else:
        how = f"{name} changed from {quoted(before)} to {quoted(after)}"
    return Change("attribute", what, how, before, after)


def _value(text: str) -> str:
    return text if text in {"on", "off", "mixed", MASK} else quoted(text) if text else "empty"


def _state_of(columns: Columns) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    rows = (columns.state_node, columns.state_field, columns.state_value)
    for node, field, value in zip(*(row.tolist() for row in rows), strict=True):
        found.setdefault(node, []).append((field, value))
    return found


def _said(names: Names, columns: Columns, node: int, rows: list[tuple[int, int]]) -> str:
    words = []
    for field, value in rows:
        if field == Field.SECRET:
            words.append(MASK)
        elif field == Field.CHECKED:
            words.append(("off", "on", "mixed", "mixed")[value & 3])
        elif field == Field.SELECTED:
            words.append(MASK if names.is_secret(node) else names.option(node, value))
        else:
            text = columns.strings[value]
            words.append(MASK if text and names.is_secret(node) else text)
    return ", ".join(words)


def _scroll_of(columns: Columns) -> dict[int, tuple[float, float]]:
    places = columns.scroll_xy.reshape(-1, 2).tolist()
    return {node: (x, y) for node, (x, y) in zip(columns.scroll_node.tolist(), places, strict=True)}


def _marks_of(columns: Columns) -> dict[tuple[int, int], str]:
    rows = (columns.mark_node, columns.mark_kind, columns.mark_value)
    return {
        (node, kind): columns.strings[value]
        for node, kind, value in zip(*(row.tolist() for row in rows), strict=True)
    }


def _sheets_of(columns: Columns) -> dict[str, None]:
    texts = np.asarray(columns.sheet_texts).reshape(-1, 3)[:, 0].tolist()
    lines = (line for text in texts for line in columns.strings[text].split("\n"))
    return dict.fromkeys(line.strip() for line in lines if line.strip())
