"""Roles, names and hints of elements, as walker.js finds them in a live page."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from . import vocabulary as words
from .dom import Dom, clean
from .kinds import ELEMENT, SVG, TEXT

NAME_LIMIT = 200
_MAX_NESTING = 30


class Naming:
    """Answers by node index."""

    def __init__(self, dom: Dom) -> None:
        self._dom = dom
        flat = dom.flat
        self._kinds, self._nodes = flat.kind.tolist(), flat.node.tolist()
        self._ends = flat.tree.end.tolist()
        self._unshown = set(dom.parts.nodes.hidden.tolist())

    def role(self, node: int) -> str:
        """The ARIA role, empty for none."""
        given = self._dom.attribute(node, "role")
        if given:
            return (given.split() or [""])[0].lower()
        tag, attributes = self._dom.tag(node), self._dom.attributes(node)
        match tag:
            case "a" | "area":
                return "link" if "href" in attributes else ""
            case "select":
                many = "multiple" in attributes or _size(attributes) > 1
                return "listbox" if many else "combobox"
            case "input":
                plain = "combobox" if "list" in attributes else "textbox"
                return words.INPUT_ROLES.get(self.type(node), plain)
        return "heading" if tag in words.HEADINGS else words.ROLES.get(tag, "")

    def type(self, node: int) -> str:
        """The type of an `<input>`, as the browser takes it."""
        given = (self._dom.attribute(node, "type") or "").lower()
        return given if given in words.INPUT_TYPES else "text"

    def name(self, node: int, role: str) -> str:
        """The first that is not empty, in the order of the specification."""
        attributes = self._dom.attributes(node)
        return clean(
            self.labelled_by(attributes.get("aria-labelledby"), node).strip()
            or attributes.get("aria-label", "").strip()
            or self.native(node).strip()
            or (self.content(node).strip() if role in words.NAMED_BY_CONTENT else "")
            or attributes.get("title", "").strip()
            or attributes.get("placeholder", ""),
            NAME_LIMIT,
        )

    def hint(self, node: int, name: str) -> str:
        """Placeholder, description or title, where that is not the name already."""
        attributes = self._dom.attributes(node)
        for text in (
            attributes.get("placeholder"),
            self.labelled_by(attributes.get("aria-describedby"), node),
            attributes.get("title"),
            attributes.get("autocomplete"),
            attributes.get("name"),
        ):
            found = clean(text, NAME_LIMIT) if text else ""
            if found and found != name:
                return found
        return ""

    def labelled_by(self, ids: str | None, node: int) -> str:
        """The texts of the elements that a list of ids names."""
        if not ids:
            return ""
        found = []
        root = self._dom.roots[node]
        for word in ids.split():
            target = self._dom.ids.get((root, word))
            label = self._dom.attribute(target, "aria-label") if target is not None else ""
            found.append(label or (self._dom.text_content(target) if target is not None else ""))
        return " ".join(found)

    def native(self, node: int) -> str:
        """What HTML itself names an element by."""
        if node in self.labels:
            return " ".join(map(self.content, self.labels[node]))
        attributes = self._dom.attributes(node)
        match self._dom.tag(node):
            case "input":
                return self._of_input(node, attributes)
            case "img" | "area":
                return attributes.get("alt", "")
            case "fieldset":
                legend = self._dom.first_inside(node, self._legends)
                return self._dom.text_content(legend) if legend >= 0 else ""
        return ""

    def _of_input(self, node: int, attributes: dict[str, str]) -> str:
        value = attributes.get("value", "")
        match self.type(node):
            case "submit":
                return value or "Submit"
            case "reset":
                return value or "Reset"
            case "button":
                return value
            case "image":
                return attributes.get("alt") or value
        return ""

    def content(self, node: int) -> str:
        """The text inside an element, as far as it is shown."""
        place = self._dom.flat.place.item(node)
        return self._inside(place, 0) if place >= 0 else ""

    def _inside(self, place: int, nesting: int) -> str:
        child, end = place + 1, self._ends[place]
        if end == child + 1 and self._kinds[child] == TEXT:
            return self._dom.string_of(self._nodes[child])
        text: list[str] = []
        length = 0
        while child < end:
            if length > NAME_LIMIT * 2 or nesting > _MAX_NESTING:
                break
            kind, node = self._kinds[child], self._nodes[child]
            if kind == TEXT:
                found = self._dom.string_of(node)
            else:
                found = self._of_child(child, node, nesting) if kind >= ELEMENT else ""
            text.append(found)
            length += len(found)
            child = self._ends[child]
        return "".join(text)

    def _of_child(self, place: int, node: int, nesting: int) -> str:
        tag = self._dom.tag(node)
        attributes = self._dom.attributes(node)
        if (
            tag in words.SKIPPED
            or tag in {"select", "textarea"}
            or attributes.get("aria-hidden") == "true"
            or node in self._unshown
        ):
            return ""
        if attributes.get("aria-label"):
            return f" {attributes['aria-label']} "
        if tag == "img":
            return f" {attributes.get('alt', '')} "
        if self._kinds[place] == SVG and self._dom.string_of(node) == "svg":
            title = self._dom.first_inside(node, self._titles)
            return f" {self._dom.text_content(title) if title >= 0 else ''} "
        return f" {self._inside(place, nesting + 1)} "

    def group(self, node: int) -> str:
        """What a group of controls is called."""
        if self._dom.tag(node) == "fieldset":
            return self.native(node)
        attributes = self._dom.attributes(node)
        named = self.labelled_by(attributes.get("aria-labelledby"), node)
        named = named or attributes.get("aria-label", "")
        if named:
            return named
        heading = self._dom.first_inside(node, self._headings)
        return self._dom.text_content(heading) if heading >= 0 else ""

    @cached_property
    def labels(self) -> dict[int, list[int]]:
        """The `<label>`s of each control."""
        found: dict[int, list[int]] = {}
        dom = self._dom
        if "label" not in dom.tags:
            return found
        controls = np.flatnonzero(dom.tagged(words.LABELABLE)).tolist()
        controls = [node for node in controls if not self._is_hidden_input(node)]
        known = set(controls)
        for label in np.flatnonzero(dom.tagged(frozenset(["label"]))).tolist():
            target = dom.attribute(label, "for")
            if target is None:
                control = dom.first_inside(label, controls)
            else:
                control = dom.ids.get((dom.roots[label], target), -1)
            if control in known:
                found.setdefault(control, []).append(label)
        return found

    @cached_property
    def labelling(self) -> set[int]:
        """The `<label>`s that have a control."""
        return {label for labels in self.labels.values() for label in labels}

    def _is_hidden_input(self, node: int) -> bool:
        return self._dom.tag(node) == "input" and self.type(node) == "hidden"

    @cached_property
    def _legends(self) -> list[int]:
        return self._all(frozenset(["legend"]))

    @cached_property
    def _titles(self) -> list[int]:
        dom = self._dom
        wanted = dom.tags.get("title", [])
        found: list[int] = np.flatnonzero(
            np.isin(dom.label, wanted) & (dom.kind >= ELEMENT)
        ).tolist()
        return found

    @cached_property
    def _headings(self) -> list[int]:
        mask = self._dom.tagged(words.HEADINGS | {"strong"})
        links = self._dom.having("href")
        mask[links[self._dom.tagged(frozenset(["a"]))[links]]] = True
        found: list[int] = np.flatnonzero(mask).tolist()
        return found

    def _all(self, tags: frozenset[str]) -> list[int]:
        found: list[int] = np.flatnonzero(self._dom.tagged(tags)).tolist()
        return found


def _size(attributes: dict[str, str]) -> int:
    digits = attributes.get("size", "").strip()
    return int(digits[:9]) if digits[:9].isascii() and digits[:9].isdigit() else 0
