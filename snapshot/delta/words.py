"""What changed between two pages, in words. Pure.

Secrets read `••••`, whether the snapshots hold them or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..columns import Columns, Field, Kind, Mark
from .align import align
from .looks import differences
from .naming import MASK, Names, quoted
from .numbering import number
from .sentences import (
    Change,
    attribute,
    changed,
    marks_of,
    said,
    scroll_of,
    sheets_of,
    state_of,
    whole,
    worth,
)
from .tables import renames

_MARKS = {
    Mark.MODAL: ("opened as a dialog", "closed"),
    Mark.POPOVER: ("opened", "closed"),
    Mark.CANVAS: ("drawn", "no longer drawn"),
}


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
        yield from self._looks()
        yield from self._scrolled()
        yield from self._marks()
        yield from self._styles()

    def _page(self) -> Iterator[Change]:
        old, new = self._base.page, self._target.page
        for what, one, other in (("address", old.url, new.url), ("title", old.title, new.title)):
            if one != other:
                yield changed("page", what, one, other)
        if (old.width, old.height, old.ratio) != (new.width, new.height, new.ratio):
            sizes = (f"{page.width:g}x{page.height:g} at {page.ratio:g}" for page in (old, new))
            yield changed("page", "viewport", *sizes)
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
                yield from whole("removed", self._before, self._base, node)

    def _added(self) -> Iterator[Change]:
        old = self._base.parent.tolist()
        for node, parent in enumerate(self._target.parent.tolist()):
            was = self._was[node]
            if was < 0 and (parent < 0 or self._was[parent] >= 0):
                yield from whole("added", self._after, self._target, node)
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
                yield changed("text", what, *pair)

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
                    yield attribute(what, name, *(MASK if mask and v else v for v in pair))

    def _state(self) -> Iterator[Change]:
        old, new = state_of(self._base), state_of(self._target)
        for node, rows in new.items():
            was = self._was[node]
            before = said(self._before, self._base, was, old.get(was, [])) if was >= 0 else ""
            after = said(self._after, self._target, node, rows)
            if was >= 0 and before != after:
                what = self._after.call(node)
                yield Change("state", what, f"now {worth(after)}", before, after)
            elif was >= 0 and MASK in after and self._other_texts(old.get(was, []), rows):
                yield Change("state", self._after.call(node), f"now another {MASK}")
        for was, rows in old.items():
            node = self._now[was]
            if node >= 0 and node not in new:
                before = said(self._before, self._base, was, rows)
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

    def _looks(self) -> Iterator[Change]:
        for node, how in differences(self._base, self._target, self._was):
            yield Change("look", self._after.call(node), how)

    def _scrolled(self) -> Iterator[Change]:
        old, new = scroll_of(self._base), scroll_of(self._target)
        for node, place in new.items():
            was = self._was[node]
            if was >= 0 and old.get(was) != place:
                how = f"scrolled to {place[0]:g}, {place[1]:g}"
                yield Change("scroll", self._after.call(node), how)
        for was in old:
            if self._now[was] >= 0 and self._now[was] not in new:
                yield Change("scroll", self._after.call(self._now[was]), "scrolled back")

    def _marks(self) -> Iterator[Change]:
        old, new = marks_of(self._base), marks_of(self._target)
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
        old, new = sheets_of(self._base), sheets_of(self._target)
        gone = [rule for rule in old if rule not in new]
        come = [rule for rule in new if rule not in old]
        for how, rules in (("removed", gone), ("added", come)):
            for rule in rules[:20]:
                yield Change("style", f"style rule {quoted(rule)}", how)
            if len(rules) > 20:
                yield Change("style", f"{len(rules) - 20} more style rules", how)
