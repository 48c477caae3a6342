"""What of a page could be shown to an agent, decided for all nodes at once.

The rules are those of walker.js. What needs computed style and was not captured is taken from the
browser's own style sheet and from `style` attributes: see the end of `FORMAT.md`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import vocabulary as words
from .dom import Dom, clean
from .kinds import COMMENT, CONTENT, DOCUMENT, ELEMENT, SHADOW, SVG, TEXT
from .masks import Mask, Masks
from .naming import NAME_LIMIT, Naming
from .stating import Stating

MAX_DEPTH = 800

_STYLE = re.compile(r"(?:^|;)\s*(visibility|cursor|display)\s*:\s*([\w-]+)", re.IGNORECASE)
_TOLD = words.INTERACTIVE_ROLES | words.NAMED_BY_CONTENT | {*words.INPUT_ROLES.values()}
_ROLES = ("", "*", "heading", *sorted(_TOLD - {"heading"}))
_ARIA_KEPT = frozenset(["button", "input", "select", "textarea"])
_NEVER_PRESSED = frozenset(["body", "iframe", "main"])
_CLOSEST = frozenset(["button", "label", "select", "summary"])


@dataclass(frozen=True)
class Scene:
    """Masks over the places of the flat tree, true for what is walked."""

    walked: Mask
    control: Mask
    heading: Mask
    picture: Mask
    text: Mask
    landmark: Mask
    line: NDArray[np.intp]
    """Texts of equal numbers in a row are on one line."""
    blank: NDArray[np.intp]
    """How many texts of white space have come: one between two words keeps them apart."""


class Staging(Masks):
    """Makes a scene."""

    def __init__(self, dom: Dom, naming: Naming, stating: Stating, areas: Collection[int]) -> None:
        super().__init__(dom)
        self._naming, self._stating, self._areas = naming, stating, areas

    def scene(self) -> Scene:
        walked = self._walked()
        usable = self._usable() & ~self._veiled & walked
        opaque = usable & self._opaque
        walked = walked & ~self._inside(opaque)
        usable &= walked
        shown = walked & ~self._veiled
        control = usable
        heading = shown & self._roles_in(["heading"]) & ~usable
        muted = self._inside(heading | (walked & self._labelling) | self._told(control))
        text = (self._flat.kind == TEXT) & shown & ~muted
        wordy, blank = map(self._flat_mask, self._wordy)
        blank, text = (text & blank).cumsum(), text & wordy
        picture = shown & self._tagged(frozenset(["img"])) & ~usable
        picture &= self._nodes(n for n, alt in self._dom.valued("alt") if alt)
        picture &= ~self._inside(control)
        picture &= ~self._flat_mask(self._given_role)
        blocks = walked & self._blocks
        return Scene(walked, control, heading, picture, text, walked, self._lines(blocks), blank)

    def _told(self, control: Mask) -> Mask:
        """Controls without a role all of whose words are their name."""
        found = np.zeros(len(control), bool)
        bare = control & self._roles_in([""]) & ~self._opaque
        naming = self._naming
        for place in np.flatnonzero(bare).tolist():
            node = self._flat.node.item(place)
            if naming.role(node) or not self._has_area(node):
                continue
            name = naming.name(node, "clickable")
            words_ = clean(naming.content(node), NAME_LIMIT)
            found[place] = name == words_ and not name.endswith("…")
        return found

    def _has_area(self, node: int) -> bool:
        boxes = self._dom.parts.boxes
        row = 4 * int(self._dom.parts.elements.searchsorted(node))
        return not len(boxes) or bool(boxes[row + 2 : row + 4].all())

    # ---- what is walked ----

    def _walked(self) -> Mask:
        gone = self._tagged(words.SKIPPED) | self._aria_hidden | self._areas_lost
        gone |= (self._flat.kind == CONTENT) | (self._flat.kind == COMMENT)
        gone[self._places(self._dom.parts.nodes.hidden)] = True
        gone[self._places(np.array(list(self._areas), np.intp))] = False  # shown by their pictures
        drawing = (self._flat.kind == SVG) & self._named("svg")
        walked = self._in_bodies() & ~gone & ~self._inside(gone | drawing)
        return walked & ~self._inside(self._too_deep(walked))

    def _in_bodies(self) -> Mask:
        """Inside the body of a document that can be reached; frames show nothing else."""
        flat, parent = self._flat, self._tree.parent
        documents = np.flatnonzero(flat.kind == DOCUMENT)
        bodies = self._bodies(documents)
        frames = self._tagged(frozenset(["iframe"]))
        lost = [
            place for place in documents.tolist()[1:]
            if not frames[parent[place]]
            or self._dom.attribute(flat.node.item(place), "cross") is not None
        ]  # fmt: skip
        marked = frames[parent] | (flat.kind == DOCUMENT)
        reached = np.zeros(len(marked), bool)
        marked[bodies] = reached[bodies] = True
        unreached = np.zeros(len(marked), bool)
        unreached[lost] = True
        return reached[self._tree.nearest(marked)] & ~self._inside(unreached)

    def _bodies(self, documents: NDArray[np.intp]) -> list[int]:
        parent = self._tree.parent
        found: dict[int, int] = {}
        known = set(documents.tolist())
        roots: dict[int, int] = {}
        for place in np.flatnonzero(self._tagged(frozenset(["html"]))).tolist():
            if parent.item(place) in known:
                roots.setdefault(parent.item(place), place)
        html = set(roots.values())
        for place in np.flatnonzero(self._tagged(frozenset(["body", "frameset"]))).tolist():
            if parent.item(place) in html:
                found.setdefault(parent.item(place), place)
        return list(found.values())

    def _too_deep(self, walked: Mask) -> Mask:
        bodies = self._tagged(frozenset(["body"]))
        if int(self._tree.depth.max()) <= MAX_DEPTH:
            return np.zeros(len(walked), bool)
        body = self._tree.nearest(bodies)
        depth = self._tree.depth - self._tree.depth[body] + 1
        return walked & (depth > MAX_DEPTH)

    @cached_property
    def _aria_hidden(self) -> Mask:
        """Hidden from assistive technology, and not a control that people click."""
        found = self._nodes(n for n, value in self._dom.valued("aria-hidden") if value == "true")
        if not found.any():
            return found
        links = self._tagged(frozenset(["a"])) & self._flat_mask(self._having("href"))
        hosts = np.zeros(len(found), bool)
        shadows = np.flatnonzero(self._dom.kind == SHADOW)
        hosts[self._places(self._dom.parts.nodes.parent[shadows])] = True
        return found & ~self._tagged(_ARIA_KEPT) & ~links & ~hosts

    @cached_property
    def _areas_lost(self) -> Mask:
        """Areas of image maps that no picture shows."""
        lost = self._dom.tagged(frozenset(["area"]))
        lost[list(self._areas)] = False
        return self._flat_mask(lost)

    # ---- what can be used ----

    def _usable(self) -> Mask:
        kinds = self._dom.tagged(frozenset(["button", "select", "textarea", "summary"]))
        inputs = self._dom.tagged(frozenset(["input"]))
        for node, value in self._dom.valued("type"):
            if inputs[node] and value.lower() == "hidden":
                inputs[node] = False
        links = self._dom.tagged(frozenset(["a", "area"])) & self._having("href")
        found = kinds | inputs | links | self._of_roles(words.INTERACTIVE_ROLES)
        found[list(self._stating.editable)] = True
        for node, value in self._dom.valued("draggable"):
            if value.lower() == "true" and self._dom.tag(node) != "img":
                found[node] = True
        pressed = self._having("onclick")
        pressed[[n for n, value in self._dom.valued("tabindex") if _number(value) >= 0]] = True
        found |= pressed & ~self._dom.tagged(_NEVER_PRESSED)
        native = self._dom.tagged(frozenset(["input", "label"])) & ~inputs
        found &= ~native & ~self._dom.tagged(frozenset(["form"])) & (self._dom.kind >= ELEMENT)
        return self._flat_mask(found) | self._pointed()

    def _pointed(self) -> Mask:
        """Where the pointer turns into a hand, by section LOOK or a `style` attribute."""
        styled = [n for n, style in self._styles if style.get("cursor") == "pointer"]
        look = self._dom.parts.look
        seeds = self._nodes(look.pointed.tolist() if self._looked else styled)
        if not seeds.any():
            return seeds
        around = seeds | self._tagged(words.NATIVE)
        links = self._tagged(frozenset(["a"])) & self._flat_mask(self._having("href"))
        kept = links | self._tagged(_CLOSEST) | self._roles_in(frozenset(["button", "link"]))
        never = self._tagged(frozenset(["body", "input", "label", "form"]))
        return seeds & ~self._within(around | kept) & ~kept & ~never

    @cached_property
    def _opaque(self) -> Mask:
        """Controls whose content is their name: nothing in them is shown on its own."""
        found = self._tagged(frozenset(["select", "textarea"]))
        found |= self._nodes(self._stating.editable)
        within = np.concatenate(([0], self._flat_mask(self._controls).cumsum()))
        own = np.arange(len(found)) + 1
        bare = within[self._tree.end] == within[own]
        shadows = np.flatnonzero(self._dom.kind == SHADOW)
        shadows = (
            shadows[[self._dom.attribute(n, "mode") == "open" for n in shadows.tolist()]]
            if len(shadows)
            else shadows
        )
        bare[self._places(self._dom.parts.nodes.parent[shadows])] = False
        named = self._roles_in(words.NAMED_BY_CONTENT)
        opaque: Mask = found | (named & bare)
        return opaque

    @cached_property
    def _controls(self) -> Mask:
        found = self._dom.tagged(frozenset(["button", "input", "select", "textarea"]))
        found |= self._dom.tagged(frozenset(["a"])) & self._having("href")
        found |= self._having("tabindex")
        for node, value in self._dom.valued("draggable"):
            found[node] |= value == "true"
        for node, value in self._dom.valued("role"):
            found[node] |= value in words.INTERACTIVE_ROLES
        return found

    # ---- roles ----

    @cached_property
    def _roles(self) -> tuple[NDArray[np.int16], dict[str, int]]:
        """By node the number of its role, 0 for none, and the numbers; as far as roles decide what
        is shown: other given ones are `*`."""
        numbers = {role: number for number, role in enumerate(_ROLES)}
        found = np.zeros(len(self._dom.kind), np.int16)
        tagged = self._dom.tagged
        found[tagged(words.HEADINGS)] = numbers["heading"]
        found[tagged(frozenset(["button", "summary"]))] = numbers["button"]
        found[tagged(frozenset(["option"]))] = numbers["option"]
        found[tagged(frozenset(["a"])) & self._having("href")] = numbers["link"]
        inputs = tagged(frozenset(["input"]))
        for node, value in self._dom.valued("type"):
            if inputs[node]:
                found[node] = numbers[words.INPUT_ROLES.get(value.lower(), "")]
        for node, value in self._dom.valued("role"):
            if value:
                word = (value.split() or [""])[0].lower()
                found[node] = numbers.get(word, numbers["*"])
        return found, numbers

    def _of_roles(self, roles: Collection[str]) -> Mask:
        """Which nodes have one of these roles."""
        found, numbers = self._roles
        table = np.zeros(len(numbers), bool)
        table[[numbers[role] for role in roles]] = True
        of: Mask = table.take(found)
        return of

    def _roles_in(self, roles: Collection[str]) -> Mask:
        return self._flat_mask(self._of_roles(roles))

    @cached_property
    def _given_role(self) -> Mask:
        found = np.zeros(len(self._dom.kind), bool)
        found[[node for node, value in self._dom.valued("role") if value and value != "img"]] = True
        return found

    @cached_property
    def _labelling(self) -> Mask:
        return self._nodes(self._naming.labelling)

    # ---- style ----

    @cached_property
    def _styles(self) -> list[tuple[int, dict[str, str]]]:
        """What `style` attributes say of visibility, cursor and display."""
        found = []
        for node, value in self._dom.valued("style"):
            said = {name.lower(): word.lower() for name, word in _STYLE.findall(value)}
            if said:
                found.append((node, said))
        return found

    @cached_property
    def _veiled(self) -> Mask:
        look = self._dom.parts.look
        said = [(n, s["visibility"]) for n, s in self._styles if "visibility" in s]
        if self._looked:
            said = [(node, "hidden") for node in look.veiled.tolist()]
            said += [(node, "visible") for node in look.revealed.tolist()]
        hidden = np.zeros(len(self._flat.kind), bool)
        if not said:
            return hidden
        marked = self._nodes(node for node, _ in said)
        hidden |= self._nodes(node for node, word in said if word in {"hidden", "collapse"})
        near = self._tree.nearest(marked | self._documents)
        veiled: Mask = hidden[near]
        return veiled

    @cached_property
    def _looked(self) -> bool:
        return "LOOK" in self._dom.parts.container

    @cached_property
    def _blocks(self) -> Mask:
        blocks = self._dom.tagged(words.BLOCKS)
        fixed = self._dom.tagged(words.ASKED_BY_TAG)
        for node, style in self._styles:
            if "display" in style and not fixed[node]:
                blocks[node] = style["display"] not in {"inline", "contents"}
        return self._flat_mask(blocks)

    def _lines(self, blocks: Mask) -> NDArray[np.intp]:
        """How many blocks have begun or ended up to each place."""
        size = len(blocks) + 1
        ends = np.bincount(self._tree.end[blocks], minlength=size)[:-1]
        lines: NDArray[np.intp] = (blocks + ends).cumsum()
        return lines


def _number(text: str) -> int:
    """As HTML reads a number; -1 for none."""
    match = re.match(r"[ \t\n\f\r]*([+-]?\d+)", text)
    return int(match[1][:9]) if match else -1
