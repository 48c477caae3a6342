"""Elements and their form state in words, for people."""

from __future__ import annotations

from functools import cached_property

from .columns import Field, Kind
from .dom import Dom
from .kinds import ELEMENT
from .stating import MASK

_INNER = {Kind.DOCUMENT: "#document", Kind.SHADOW: "#shadow", Kind.CONTENT: "#content"}


class Wording:
    """The words of one page."""

    def __init__(self, dom: Dom) -> None:
        self._dom = dom

    def form_state(self) -> tuple[tuple[str, str], ...]:
        """Where and what, for people: `("#email", "ada@example.com")`.

        Secrets that were left out read `••••`.
        """
        rows = self._dom.parts.state
        return tuple(
            (self.where(node), self._said(node, kind, value))
            for node, kind, value in zip(
                rows.state_node.tolist(),
                rows.state_field.tolist(),
                rows.state_value.tolist(),
                strict=True,
            )
        )

    def where(self, index: int) -> str:
        """A short name of an element for people: its id, its name, or its path."""
        attributes = self._dom.attributes(index)
        if attributes.get("id"):
            return f"#{attributes['id']}"
        if attributes.get("name"):
            value = attributes.get("value")
            radio = attributes.get("type") in {"radio", "checkbox"} and value
            label = f'{self._dom.string_of(index)}[name="{attributes["name"]}"]'
            return f"{label}={value}" if radio else label
        return " > ".join(
            tag if tag.startswith("#") else f"{tag}:nth-of-type({nth})"
            for tag, nth in self.path(index)
        )

    def path(self, index: int) -> tuple[tuple[str, int], ...]:
        """The way from the page to a node: tags, each with its number among siblings of that tag,
        from 1. `#shadow`, `#document` and `#content` lead inside an element."""
        steps: list[tuple[str, int]] = []
        kind, parent = self._dom.parts.nodes.kind, self._dom.parts.nodes.parent
        while index > 0:
            inner = _INNER.get(Kind(kind.item(index)))
            steps.append(
                (inner, 0) if inner else (self._dom.string_of(index), self._ordinals[index])
            )
            index = parent.item(index)
        return tuple(reversed(steps))

    def options(self, select: int) -> tuple[tuple[str, str], ...]:
        """Value and label of each option of a `<select>`."""
        result = []
        dom = self._dom
        end = dom.parts.tree.end.item(select)
        for node in range(select + 1, end):
            if dom.tag(node) == "option":
                label = " ".join(dom.text_content(node).split())
                result.append((dom.attributes(node).get("value", label), label))
        return tuple(result)

    def _said(self, node: int, kind: int, value: int) -> str:
        match Field(kind):
            case Field.SECRET:
                return MASK
            case Field.CHECKED:
                return ("off", "on", "mixed", "mixed")[value & 3]
            case Field.SELECTED:
                options = self.options(node)
                return options[value][1] if 0 <= value < len(options) else ""
            case _:
                return self._dom.parts.strings[value]

    @cached_property
    def _ordinals(self) -> list[int]:
        """The number of each node among its siblings of the same tag, from 1."""
        nodes = self._dom.parts.nodes
        is_element = (nodes.kind >= ELEMENT).tolist()
        seen: dict[tuple[int, int, bool], int] = {}
        result = []
        for key in zip(nodes.parent.tolist(), nodes.label.tolist(), is_element, strict=True):
            seen[key] = seen.get(key, 0) + 1
            result.append(seen[key])
        return result
