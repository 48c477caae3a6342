"""Values, states, choices and addresses of controls, as walker.js finds them in a live page."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import vocabulary as words
from .addresses import Base
from .dom import Dom, clean
from .kinds import CHECKED, DOCUMENT, EDITABLE, FILES, SECRET, SELECTED, VALUE
from .naming import NAME_LIMIT, Naming

MASK = "••••"
MAX_OPTIONS = 100

_SECRET_USES = re.compile(
    r"(^|\s)(cc-\S+|current-password|new-password|one-time-code)(\s|$)", re.IGNORECASE
)
_STATELESS = frozenset(["button", "submit", "reset", "image", "checkbox", "radio"])


class Stating:
    """Answers by node index."""

    def __init__(self, dom: Dom, naming: Naming) -> None:
        self._dom, self._naming = dom, naming
        self._focus = dom.parts.page.focus
        self._bases: dict[int, Base] = {}

    @cached_property
    def _state(self) -> dict[int, list[tuple[int, int]]]:
        rows = self._dom.parts.state
        found: dict[int, list[tuple[int, int]]] = {}
        for node, field, value in zip(
            rows.state_node.tolist(),
            rows.state_field.tolist(),
            rows.state_value.tolist(),
            strict=True,
        ):
            found.setdefault(node, []).append((field, value))
        return found

    @cached_property
    def valued(self) -> NDArray[np.bool_]:
        """Which nodes may have a value."""
        found = ~self._dom.tagged(_WORTHLESS)
        found[[*self.editable, *self._worded]] = True
        return found

    def value(self, node: int, tag: str) -> str:
        """The current value; secrets read `••••`. `tag` as `Dom.tag` says it."""
        rows = self._state.get(node, [])
        if any(field == SECRET for field, _ in rows):
            found = MASK
        elif tag == "input":
            found = self._of_input(node, rows)
        elif tag == "select":
            found = self._chosen(node, rows)
        elif tag == "textarea" or node in self.editable:
            texts = [value for field, value in rows if field in {VALUE, EDITABLE}]
            found = self._dom.strings[texts[0]] if texts else self._dom.text_content(node)
        else:
            attributes = self._dom.attributes(node)
            found = attributes.get("aria-valuetext", attributes.get("aria-valuenow", ""))
        return clean(found, NAME_LIMIT)

    def _of_input(self, node: int, rows: list[tuple[int, int]]) -> str:
        kind = self._naming.type(node)
        if kind in _STATELESS:
            return ""
        texts = [self._dom.strings[v] for field, v in rows if field in {VALUE, FILES}]
        text = texts[0] if texts else ""
        uses = self._dom.attribute(node, "autocomplete") or ""
        if kind == "password" or _SECRET_USES.search(uses):
            return MASK if text else ""
        return text

    def _chosen(self, node: int, rows: list[tuple[int, int]]) -> str:
        options = self._options(node)
        chosen = [v for field, v in rows if field == SELECTED and 0 <= v < len(options)]
        return ", ".join(self._option_label(options[v]) for v in chosen)

    def options(self, node: int) -> tuple[str, ...]:
        """Labels of a `<select>`'s first options."""
        return tuple(
            clean(self._option_label(option), 80) for option in self._options(node)[:MAX_OPTIONS]
        )

    def _options(self, node: int) -> list[int]:
        end = self._dom.parts.tree.end.item(node)
        first, last = np.searchsorted(self._all_options, (node, end)).tolist()
        found: list[int] = self._all_options[first:last].tolist()
        return found

    @cached_property
    def _all_options(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.flatnonzero(self._dom.tagged(frozenset(["option"])))

    def _option_label(self, node: int) -> str:
        given = self._dom.attribute(node, "label")
        return given or " ".join(self._dom.text_content(node).split())

    def states(self, node: int, offscreen: bool) -> frozenset[str]:
        """A subset of `observe.STATES`."""
        tag, attributes = self._dom.tag(node), self._dom.attributes(node)
        found = {
            state
            for state, name, value in _ARIA
            if name in attributes and attributes[name] == value
        }
        self._add_native(found, tag, attributes, node)
        current = attributes.get("aria-current")
        if current and current != "false":
            found.add("current")
        if tag == "summary" and self._in_details(node):
            found -= {"expanded", "collapsed"}
            parent = self._dom.parts.nodes.parent.item(node)
            opened = self._dom.attribute(parent, "open") is not None
            found.add("expanded" if opened else "collapsed")
        if node == self._focus:
            found.add("focused")
        if offscreen:
            found.add("offscreen")
        return frozenset(found)

    def _add_native(self, found: set[str], tag: str, attributes: dict[str, str], node: int) -> None:
        for field, value in self._state.get(node, ()):
            if field == CHECKED:
                found.update(state for bit, state in ((1, "checked"), (2, "mixed")) if value & bit)
        if tag in words.CAN_BE_DISABLED and ("disabled" in attributes or node in self._disabled):
            found.add("disabled")
        if "required" in attributes and tag in {"input", "select", "textarea"}:
            found.add("required")
        if "readonly" in attributes and tag in {"input", "textarea"}:
            found.add("readonly")
        if "multiple" in attributes and tag in {"input", "select"}:
            found.add("multiple")

    def _in_details(self, node: int) -> bool:
        return self._dom.tag(self._dom.parts.nodes.parent.item(node)) == "details"

    @cached_property
    def _worded(self) -> set[int]:
        said = self._dom.having_any(("aria-valuetext", "aria-valuenow"))
        return set(np.flatnonzero(said).tolist())

    @cached_property
    def stateful(self) -> NDArray[np.bool_]:
        """Which nodes may have a state that no attribute of their own says."""
        dom = self._dom
        found = dom.tagged(frozenset(["summary"]))
        found[dom.parts.state.state_node] = True
        found[list(self._disabled)] = True
        if self._focus >= 0:
            found[self._focus] = True
        return found

    @cached_property
    def _disabled(self) -> set[int]:
        """Controls in a disabled `<fieldset>`, but for those in its first `<legend>`."""
        dom, tree = self._dom, self._dom.parts.tree
        sets = dom.having("disabled")
        sets = sets[dom.tagged(frozenset(["fieldset"]))[sets]]
        if not len(sets):
            return set()
        exempt = np.zeros(len(dom.kind), bool)
        legends = dom.tagged(frozenset(["legend"]))
        first: dict[int, int] = {}
        for legend in np.flatnonzero(legends).tolist():
            first.setdefault(dom.parts.nodes.parent.item(legend), legend)
        # Disabled by the nearest disabled fieldset unless a legend of it lies between.
        marked = np.zeros(len(dom.kind), bool)
        marked[sets] = True
        kept = [first[node] for node in sets.tolist() if node in first]
        marked[kept] = True
        exempt[kept] = True
        near = tree.nearest(marked)
        inside = tree.covered(sets) & ~exempt[near]
        found: set[int] = set(np.flatnonzero(inside).tolist())
        return found

    @cached_property
    def editable(self) -> set[int]:
        """The outermost elements that a person may edit."""
        dom = self._dom
        said = dom.valued("contenteditable")
        hosts = [n for n, value in said if value.lower() in {"", "true", "plaintext-only"}]
        if not hosts:
            return set()
        marked = np.zeros(len(dom.kind), bool)
        on = np.zeros(len(dom.kind), bool)
        marked[[node for node, value in said if value.lower() != "inherit"]] = True
        on[hosts] = True
        near = dom.parts.tree.nearest(marked)
        parents = dom.parts.nodes.parent
        return {node for node in hosts if not on[near[parents[node]]]}

    def addresses(self, nodes: list[int], tags: list[str]) -> list[str]:
        """Where each of `nodes` leads, as a whole address; empty for what is no link."""
        given, base, roots = self._addresses, self._base, self._dom.roots
        return [
            base(roots[node]).resolved(given[node]) if tag in _LINKS and node in given else ""
            for node, tag in zip(nodes, tags, strict=True)
        ]

    @cached_property
    def _addresses(self) -> dict[int, str]:
        return dict(self._dom.valued("href"))

    def _base(self, root: int) -> Base:
        """The base address of the document of a root."""
        found = self._bases.get(root)
        if found is None:
            found = self._bases[root] = Base(self._find_base(root))
        return found

    def _find_base(self, root: int) -> str:
        dom = self._dom
        document = root
        while dom.kinds[document] != DOCUMENT:
            document = dom.roots[dom.parts.nodes.parent.item(document)]
        url = (dom.attribute(document, "url") or "") if document else dom.parts.page.url
        for node in np.flatnonzero(dom.tagged(frozenset(["base"]))).tolist():
            given = dom.attribute(node, "href")
            if given is not None and dom.roots[node] == document:
                return Base(url).resolved(given)
        return url


_LINKS = frozenset(["a", "area"])
_WORTHLESS = frozenset(["a", "button", "summary", "div", "span", "li"])
MAYBE_STATED = (
    "disabled", "required", "readonly", "multiple", "aria-disabled", "aria-checked",
    "aria-selected", "aria-expanded", "aria-required", "aria-readonly", "aria-invalid",
    "aria-pressed", "aria-current",
)  # fmt: skip
"""Attributes that say a state of their element."""
_ARIA = (
    ("disabled", "aria-disabled", "true"), ("checked", "aria-checked", "true"),
    ("mixed", "aria-checked", "mixed"), ("selected", "aria-selected", "true"),
    ("expanded", "aria-expanded", "true"), ("collapsed", "aria-expanded", "false"),
    ("required", "aria-required", "true"), ("readonly", "aria-readonly", "true"),
    ("invalid", "aria-invalid", "true"), ("pressed", "aria-pressed", "true"),
)  # fmt: skip
