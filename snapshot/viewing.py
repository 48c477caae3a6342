"""The lines of the text view of bytes: what each says, where it lies, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import ne
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dom import Dom, clean
from .kinds import TEXT
from .lines import LEAST_OF_HEADING, LEAST_OF_LINE, View, choose, describe, pieces, quoted
from .naming import Naming
from .observe import Element
from .scene import Scene

_TEXT_LIMIT = 2000
_MEASURE_EVERY = 6
_CONTROL, _HEADING, _PICTURE, _TEXT, _DIALOG = range(5)


@dataclass(frozen=True)
class Shown:
    """What a page shows, by places of the flat tree."""

    scene: Scene
    controls: NDArray[np.intp]
    headings: NDArray[np.intp]
    heading_at: dict[int, str]
    """The names of the headings."""
    elements: tuple[Element, ...]
    """Those of the controls."""
    boxes_at: Callable[[NDArray[np.intp]], NDArray[np.float64]]


class ViewLines:
    """The lines of one page; each is written when it may fit."""

    def __init__(self, dom: Dom, naming: Naming, shown: Shown) -> None:
        self._dom, self._naming, self._shown = dom, naming, shown
        self._flat, self._page = dom.flat, dom.parts.page

    def choose(self, max_tokens: int) -> View:
        """The lines that fit, those in view first."""
        return choose(self._ranks, self._least, self._line, max_tokens)

    def _line(self, row: int) -> str:
        """A line of the view."""
        places, whats, starts = self._rows
        start = starts[row]
        match whats[start]:
            case 0:
                return describe(self._shown.elements[self._numbers[row]])
            case 1:
                return self._heading_line(places[start])
            case 4:
                return self._dialog_line(places[start])
        end = starts[row + 1] if row + 1 < len(starts) else len(places)
        return self._text_line(places[start:end])

    @cached_property
    def _least(self) -> list[int]:
        """The tokens that each line takes at least: half of a name may be single spaces, and five
        letters may be one token. Of headings it is what they take but for wide letters: many are
        out of view, and would be written in vain."""
        _, whats, starts = self._rows
        what = np.array(whats, np.int8)[starts]
        found = np.full(len(what), LEAST_OF_LINE)
        elements = self._shown.elements
        role = np.array([len(element.role) for element in elements], np.intp)
        name = np.array([len(element.name) for element in elements], np.intp)
        number = np.arange(1, len(role) + 1)
        ref = 2 + sum((number >= 10**digits).astype(np.intp) for digits in range(1, 7))
        found[what == _CONTROL] = 7 + role // 5 + ref + np.where(name > 0, 2 + name // 10, 0)
        found[what == _HEADING] = LEAST_OF_HEADING
        found[what == _HEADING] += np.array(pieces([*self._shown.heading_at.values()]), np.intp)
        least: list[int] = found.tolist()
        return least

    @cached_property
    def _numbers(self) -> list[int]:
        """For each row how many controls come before it."""
        _, whats, starts = self._rows
        before = np.cumsum(np.array(whats, np.int8)[starts] == _CONTROL) - 1
        found: list[int] = before.tolist()
        return found

    @cached_property
    def _ranks(self) -> list[int]:
        """What is in view comes first. Where plain text lies is measured every few rows, counted
        from the last control or measurement."""
        places, whats, starts = self._rows
        what = np.array(whats, np.int8)[starts]
        tops = self._tops([places[start] for start in starts])
        off = np.array(["offscreen" in element.states for element in self._shown.elements], bool)
        rows = np.arange(len(what))
        near = np.maximum.accumulate(np.where(what == _CONTROL, rows, -_MEASURE_EVERY))
        top = np.zeros(len(what) + 1, np.int64)
        by_control = (what == _TEXT) & (near >= 0) & (rows < near + _MEASURE_EVERY)
        top[:-1][by_control] = tops[near[by_control]]
        measured = -_MEASURE_EVERY
        for row in np.flatnonzero((what == _TEXT) & ~by_control).tolist():
            measured = max(measured, near.item(row))
            if row >= measured + _MEASURE_EVERY:
                measured = row
            top[row] = tops[measured]
        # Pictures lie where the text before them does, the first ones at the top.
        before = np.maximum.accumulate(np.where(what == _TEXT, rows, -1))
        tops = np.where(what == _HEADING, tops, top[before])
        ranks = np.where((tops >= 0) & (tops < self._page.height), 0, 2)
        ranks[(what == _TEXT) | (what == _PICTURE)] += 1
        ranks[what == _CONTROL] = np.where(off, 2, 0)
        ranks[what == _DIALOG] = 0
        found: list[int] = ranks.tolist()
        return found

    @cached_property
    def _rows(self) -> tuple[list[int], list[int], list[int]]:
        """Places that are shown, what each is, and where a line of the view begins."""
        scene, what = self._shown.scene, np.full(len(self._flat.kind), -1, np.int8)
        what[scene.text], what[scene.picture], what[self._dialogs()] = _TEXT, _PICTURE, _DIALOG
        what[self._shown.headings], what[self._shown.controls] = _HEADING, _CONTROL
        places = np.flatnonzero(what >= 0)
        whats = what[places]
        words = (whats == _TEXT) | (whats == _PICTURE)
        line = scene.line[places]
        goes_on = words[1:] & words[:-1] & (line[1:] == line[:-1])
        starts = np.flatnonzero(~np.concatenate(([False], goes_on))) if len(places) else places
        return places.tolist(), whats.tolist(), starts.tolist()

    def _tops(self, places: list[int]) -> NDArray[np.int64]:
        """Where each is, or for a text its element, below the top of the viewport."""
        if not len(self._dom.parts.boxes):
            return np.zeros(len(places), np.int64)
        where = np.array(places, np.intp)
        texts = self._flat.kind[where] == TEXT
        where = np.where(texts, self._flat.tree.parent[where], where)
        return rounded(self._shown.boxes_at(where)[:, 1])

    def _text_line(self, places: list[int]) -> str:
        dom, found = self._dom, []
        blanks = self._shown.scene.blank[places].tolist()
        apart = [False, *map(ne, blanks, blanks[1:])]
        for node, gap in zip(self._flat.node[places].tolist(), apart, strict=True):
            if gap:
                found.append(" ")
            if dom.kinds[node] == TEXT:
                found.append(dom.string_of(node))
            else:
                found.append(f" [image: {dom.attribute(node, 'alt')}] ")
        return f"- text: {clean(''.join(found), _TEXT_LIMIT)}"

    def _heading_line(self, place: int) -> str:
        node = self._flat.node.item(place)
        given = self._dom.attribute(node, "aria-level") or self._dom.tag(node)[1:2]
        level = int(given) if given.isascii() and given.isdigit() and int(given[:4]) else 2
        return f"- heading {quoted(self._shown.heading_at[place])} [level={level}]"

    def _dialog_line(self, place: int) -> str:
        node = self._flat.node.item(place)
        attributes = self._dom.attributes(node)
        label = self._naming.labelled_by(attributes.get("aria-labelledby"), node)
        name = clean(label or attributes.get("aria-label", ""), 80)
        return f"- dialog {quoted(name or clean(self._naming.content(node), 80))}"

    def _dialogs(self) -> NDArray[np.bool_]:
        """Landmarks that have a line of their own."""
        found = np.zeros(len(self._flat.kind), bool)
        dom, place = self._dom, self._flat.place
        roles = dict(dom.valued("role"))
        tags = np.flatnonzero(dom.tagged(frozenset(["dialog"]))).tolist()
        wanted = [node for node in tags if not roles.get(node)]
        for node, value in roles.items():
            if (value.lower().split() or [""])[0] in {"dialog", "alertdialog"}:
                wanted.append(node)
        places = place[np.array(wanted, np.intp)]
        found[places[places >= 0]] = True
        return found & self._shown.scene.walked & ~self._shown.scene.control


def rounded(numbers: NDArray[Any]) -> NDArray[np.int64]:
    """As JavaScript rounds."""
    return np.floor(numbers.astype(np.float64) + 0.5).astype(np.int64)
