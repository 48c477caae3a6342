"""Which words label which field, where the page does not say so itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from .things import Thing
from .words import STOPWORDS, fold, similarity, stem, tokens


def label_of(field: Thing, things: Sequence[Thing]) -> str:
    """The words that stand beside a field: on the side where all fields of the page have some."""
    fields = [t for t in things if t.kind == "field"]
    sides = [{f.ref: _words_at(side, f, things) for f in fields} for side in _SIDES]
    for found in sides:
        labels = [words for words in found.values() if words]
        if len(labels) == len(fields) == len(set(labels)):
            return found.get(field.ref, "")
    return next((found[field.ref] for found in sides if found.get(field.ref)), "")


def _words_at(
    side: Callable[[Thing, Thing], float | None], field: Thing, things: Iterable[Thing]
) -> str:
    """The nearest words on one side of a field."""
    words = [t for t in things if t.kind == "text" and t.role != "button" and len(t.text) < 60]
    near = [(gap, n) for n, t in enumerate(words) if (gap := side(t, field)) is not None]
    return words[min(near)[1]].text.rstrip(": *") if near else ""


def _left(item: Thing, field: Thing) -> float | None:
    """How far to the left of a field a thing stands; None when it doesn't."""
    gap = field.box[0] - (item.box[0] + item.box[2])
    level = abs(item.middle[1] - field.middle[1]) < max(10.0, field.box[3] / 2)
    return gap if level and gap >= -_SLACK else None


def _above(item: Thing, field: Thing) -> float | None:
    gap = field.box[1] - (item.box[1] + item.box[3])
    return gap if -_SLACK <= gap < _FAR and _over(item, field) else None


def _below(item: Thing, field: Thing) -> float | None:
    gap = item.box[1] - (field.box[1] + field.box[3])
    return gap if -_SLACK <= gap < _FAR and _over(item, field) else None


def _over(item: Thing, field: Thing) -> bool:
    """Whether one stands above the other, or nearly."""
    starts = item.box[0] < field.box[0] + field.box[2]
    return starts and field.box[0] < item.box[0] + item.box[2] + _FAR


_SIDES = (_left, _above, _below)
_SLACK = 6
"""Pixels by which a label may overlap its field."""
_FAR = 24
"""Pixels that a label may stand above or below its field."""


_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_DATED = re.compile(r"\b(?:years?|dates?|released?|since|published|built)\b", re.IGNORECASE)


def phrases_for(query: str, labels: Sequence[str]) -> dict[str, str]:
    """Which part of a query belongs to which label: "flats in city Bonn with rooms 3".

    What a label's own word, or one of its family, stands before is its part; what is left at the
    beginning belongs to the one label that got none. Empty when that can't be told.
    """
    words = query.split()
    found: dict[str, str] = {}
    taken: set[int] = set()
    for label in labels:
        stems = {stem(t)[:5] for t in tokens(label)}
        cue = next((n for n, w in enumerate(words) if stem(fold(w))[:5] in stems), None)
        if cue is None:
            continue
        part = _part_after(cue, words, labels)
        if part:
            found[label] = " ".join(words[n] for n in part)
            taken |= {cue, *part}
    for label in labels:
        year = _YEAR.search(query) if label not in found and _DATED.search(label) else None
        if year:
            found[label] = year.group()
            taken |= {n for n, w in enumerate(words) if year.group() in w}
    left = [label for label in labels if label not in found]
    head = words[: min(taken, default=len(words))]
    while len(head) > 1 and fold(head[-1]) in STOPWORDS:
        head.pop()
    if len(left) == 1 and head:
        found[left[0]] = head[0]
    return found if len(found) == len(labels) else {}


def _part_after(cue: int, words: Sequence[str], labels: Sequence[str]) -> list[int]:
    stems = {stem(t)[:5] for label in labels for t in tokens(label)}
    part: list[int] = []
    for place in range(cue + 1, len(words)):
        word = fold(words[place])
        if word in STOPWORDS:
            if part:
                break
            continue
        if stem(word)[:5] in stems:
            break
        part.append(place)
    return part


def field_labelled(words: str, things: Sequence[Thing]) -> Thing | None:
    """The one field that stands next to these words, for fields without a name of their own."""
    fields = [t for t in things if t.kind == "field"]
    scored = sorted(((similarity(words, label_of(f, things)), -n, f) for n, f in enumerate(fields)),
                    key=lambda row: row[:2], reverse=True)  # fmt: skip
    if not scored or scored[0][0] < _LABELLED:
        return None
    clear = len(scored) < 2 or scored[1][0] < scored[0][0] - 0.1
    return scored[0][2] if clear else None


_LABELLED = 0.5
