"""CSS selectors asked of columns: `cssselect` reads them, masks over all nodes answer. Pure.

A selector is asked in each document and shadow root on its own, as in a browser; all of them are
searched. What depends on a user or on layout (`:hover`, `:visited`) raises `BadSelector`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np
from cssselect import parser
from numpy.typing import NDArray

from .dom import Dom
from .errors import BadSelector
from .kinds import CONTENT, DOCUMENT, ELEMENT, TEXT

Mask = NDArray[np.bool_]
_MAX_SELECTOR = 4096
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "~=": lambda value, wanted: bool(wanted) and wanted in value.split(),
    "|=": lambda value, wanted: value == wanted or value.startswith(wanted + "-"),
    "^=": lambda value, wanted: bool(wanted) and value.startswith(wanted),
    "$=": lambda value, wanted: bool(wanted) and value.endswith(wanted),
    "*=": lambda value, wanted: bool(wanted) and wanted in value,
}

_NUMBERED = {
    "first-child": (False, False),
    "last-child": (True, False),
    "first-of-type": (False, True),
    "last-of-type": (True, True),
}
"""Whether counted from the last, and by tag."""


@lru_cache(maxsize=256)
def parse(selector: str) -> tuple[parser.Selector, ...]:
    """The alternatives of a selector. Raises `BadSelector`."""
    if len(selector) > _MAX_SELECTOR:
        raise BadSelector(f"the selector is longer than {_MAX_SELECTOR} characters")
    try:
        found = tuple(parser.parse(selector))
    except (parser.SelectorError, ValueError, RecursionError) as error:
        raise BadSelector(f"{selector!r} is not a selector: {error}") from error
    if any(each.pseudo_element for each in found):
        raise BadSelector(f"{selector!r} names something that is no element")
    return found


class Selecting:
    """Asks selectors of one page."""

    def __init__(self, dom: Dom) -> None:
        self._dom = dom
        self._parent = dom.parts.nodes.parent
        self._elements: Mask = dom.kind >= ELEMENT

    def select(self, selector: str) -> NDArray[np.intp]:
        """The nodes that match, in document order; what is inside templates does not."""
        found = np.zeros(len(self._dom.kind), bool)
        for each in parse(selector):
            found |= self._mask(each.parsed_tree)
        return np.flatnonzero(found & ~self._in_templates)

    def _mask(self, tree: object) -> Mask:
        name = type(tree).__name__.lower()
        answer = getattr(self, f"_{name}", None)
        if answer is None:
            raise BadSelector(f"{name} can't be asked without a browser")
        found: Mask = answer(tree)
        return found

    # ---- simple selectors ----

    def _element(self, tree: parser.Element) -> Mask:
        if tree.namespace:
            raise BadSelector("namespaces can't be asked for")
        if not tree.element:
            return self._elements.copy()
        tags = self._dom.tags
        wanted = [*tags.get(tree.element, ())]
        html = [] if tree.element.islower() else tags.get(tree.element.lower(), [])
        found = np.isin(self._dom.label, wanted) if wanted else np.zeros(len(self._elements), bool)
        if html:
            found |= np.isin(self._dom.label, html) & (self._dom.kind == ELEMENT)
        return found & self._elements

    def _hash(self, tree: parser.Hash) -> Mask:
        return self._mask(tree.selector) & self._attributed("id", lambda id_: id_ == tree.id)

    def _class(self, tree: parser.Class) -> Mask:
        wanted = tree.class_name
        return self._mask(tree.selector) & self._attributed(
            "class", lambda value: wanted in value and wanted in value.split()
        )

    def _attrib(self, tree: parser.Attrib) -> Mask:
        if tree.namespace:
            raise BadSelector("namespaces can't be asked for")
        base = self._mask(tree.selector)
        if tree.operator == "exists":
            return base & self._attributed(tree.attrib, lambda _: True)
        wanted = (tree.value.value or "") if tree.value is not None else ""
        test = _TESTS[tree.operator]
        if tree.flag == "i":
            lower = wanted.lower()
            found = self._attributed(tree.attrib, lambda value: test(value.lower(), lower))
        else:
            found = self._attributed(tree.attrib, lambda value: test(value, wanted))
        return base & (~found if tree.operator == "!=" else found)

    def _attributed(self, name: str, test: Callable[[str], bool]) -> Mask:
        """Elements whose attribute passes; each value is tried once, however many have it."""
        dom = self._dom
        rows = dom.rows(name)
        if not len(rows) and not name.islower():
            rows = dom.rows(name.lower())
        values = dom.parts.attributes.value[rows]
        table = np.zeros(len(dom.strings), bool)
        used = np.flatnonzero(np.bincount(values)).tolist() if len(values) else []
        table[[index for index in used if test(dom.strings[index])]] = True
        found = np.zeros(len(self._elements), bool)
        found[dom.owners[rows[table[values]]]] = True
        return found & self._elements

    def _pseudo(self, tree: parser.Pseudo) -> Mask:
        return self._mask(tree.selector) & self._of_pseudo(tree.ident)

    def _of_pseudo(self, name: str) -> Mask:
        if name in _NUMBERED:
            last, typed = _NUMBERED[name]
            return self._numbered(0, 1, last=last, typed=typed)
        match name:
            case "root" | "scope":
                above: Mask = self._dom.kind[self._parent] == DOCUMENT
                return self._elements & above
            case "only-child" | "only-of-type":
                kind = name.removeprefix("only-")
                return self._of_pseudo(f"first-{kind}") & self._of_pseudo(f"last-{kind}")
            case "empty":
                filled = np.zeros(len(self._elements), bool)
                filled[self._parent[self._elements | (self._dom.kind == TEXT)]] = True
                return self._elements & ~filled
        raise BadSelector(f":{name} can't be asked without a browser")

    def _function(self, tree: parser.Function) -> Mask:
        base = self._mask(tree.selector)
        if not tree.name.startswith("nth-"):
            raise BadSelector(f":{tree.name}() can't be asked without a browser")
        try:
            step, first = parser.parse_series(tree.arguments)
        except ValueError as error:
            raise BadSelector(f":{tree.name}() needs a series such as 2n+1") from error
        last, typed = "last" in tree.name, "of-type" in tree.name
        return base & self._numbered(step, first, last=last, typed=typed)

    # ---- combinations ----

    def _negation(self, tree: parser.Negation) -> Mask:
        inner = tree.subselector
        return self._mask(tree.selector) & ~self._mask(inner) & self._elements

    def _matching(self, tree: parser.Matching) -> Mask:
        found = np.zeros(len(self._elements), bool)
        for inner in tree.selector_list:
            found |= self._mask(inner)
        return self._mask(tree.selector) & found

    def _specificityadjustment(self, tree: parser.SpecificityAdjustment) -> Mask:
        found = np.zeros(len(self._elements), bool)
        for inner in tree.selector_list:
            found |= self._mask(inner)
        return self._mask(tree.selector) & found

    def _relation(self, tree: parser.Relation) -> Mask:
        """`:has()`, with a combinator or without."""
        found = np.zeros(len(self._elements), bool)
        for how, inner in tree.arguments:
            found |= self._holding(how.value or " ", self._mask(inner.parsed_tree))
        return self._mask(tree.selector) & found & self._elements

    def _holding(self, how: str, inner: Mask) -> Mask:
        found = np.zeros(len(inner), bool)
        match how:
            case ">":
                found[self._parent[inner]] = True
            case "+":
                before = self._siblings.before[inner]
                found[before[before >= 0]] = True
            case " ":
                count = np.concatenate(([0], inner.cumsum()))
                end = self._dom.parts.tree.end
                found = count[end] > count[np.arange(len(end)) + 1]
            case _:
                raise BadSelector(f":has({how}) can't be asked")
        return found

    def _combinedselector(self, tree: parser.CombinedSelector) -> Mask:
        left, right = self._mask(tree.selector), self._mask(tree.subselector)
        match tree.combinator:
            case " ":
                return right & self._within(left)
            case ">":
                return right & left[self._parent] & self._elements[self._parent]
            case "+":
                before = self._siblings.before
                return right & (before >= 0) & left[before]
            case "~":
                return right & self._siblings.any_before(left)
        raise BadSelector(f"the combinator {tree.combinator!r} is not known")

    def _within(self, left: Mask) -> Mask:
        """Inside one of `left`, in the same root."""
        inside = self._dom.parts.tree.covered(np.flatnonzero(left))
        if not self._rooted:
            return inside
        barrier = left | (self._dom.kind <= CONTENT) & (self._dom.kind != TEXT)
        near = self._dom.parts.tree.nearest(barrier)
        near = near[self._parent]
        return inside & left[near]

    @cached_property
    def _rooted(self) -> bool:
        """Whether anything is in another root than the page."""
        return bool(self._dom.root.any())

    @cached_property
    def _in_templates(self) -> Mask:
        return self._dom.parts.tree.covered(np.flatnonzero(self._dom.kind == CONTENT))

    # ---- siblings ----

    @cached_property
    def _siblings(self) -> _Siblings:
        return _Siblings(self._parent, self._elements)

    def _numbered(self, step: int, first: int, *, last: bool, typed: bool) -> Mask:
        labels = self._dom.label if typed else None
        number = self._siblings.numbers(labels, last)
        behind = number - first
        if step == 0:
            found: Mask = self._elements & (behind == 0)
        else:
            found = self._elements & (behind % step == 0) & (behind // step >= 0)
        return found


class _Siblings:
    """Elements with the same parent."""

    def __init__(self, parent: NDArray[np.int32], elements: Mask) -> None:
        self._parent, self._count = parent, len(parent)
        self._nodes = np.flatnonzero(elements)

    def numbers(self, labels: NDArray[np.uint32] | None, last: bool) -> NDArray[np.intp]:
        """The number of each element among its siblings, from 1; 0 for other nodes."""
        nodes = self._nodes[::-1] if last else self._nodes
        keys = [self._parent[nodes]] if labels is None else [labels[nodes], self._parent[nodes]]
        order = np.lexsort(keys)
        fresh = np.zeros(len(nodes), bool)
        fresh[:1] = True
        for key in keys:
            fresh[1:] |= key[order][1:] != key[order][:-1]
        place = np.arange(len(nodes))
        begun = np.maximum.accumulate(np.where(fresh, place, 0))
        found = np.zeros(self._count, np.intp)
        found[nodes[order]] = place - begun + 1
        return found

    @cached_property
    def before(self) -> NDArray[np.intp]:
        """The element before each element, -1 for none."""
        order = np.argsort(self._parent[self._nodes], kind="stable")
        nodes = self._nodes[order]
        found = np.full(self._count, -1, np.intp)
        same = self._parent[nodes[1:]] == self._parent[nodes[:-1]]
        found[nodes[1:][same]] = nodes[:-1][same]
        return found

    def any_before(self, wanted: Mask) -> Mask:
        """Elements with a sibling before them that is wanted."""
        order = np.argsort(self._parent[self._nodes], kind="stable")
        nodes = self._nodes[order]
        first = np.full(self._count, self._count, np.intp)
        chosen = self._nodes[wanted[self._nodes]][::-1]
        first[self._parent[chosen]] = chosen  # of equal parents the last, which is the first node
        found = np.zeros(self._count, bool)
        found[nodes] = first[self._parent[nodes]] < nodes
        return found
