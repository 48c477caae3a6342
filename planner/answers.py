"""Questions that the page answers as it stands: a value by its label, a count, a sum. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .describing import described, name_of_shape
from .things import Thing
from .values import nth_word, result_of, solution_of
from .words import fold, ordinal, similarity

_NTH = re.compile(
    r"(?P<n>(?:very )?\w+) (?P<what>word|number|letter|line|sentence)(?: (?:in|of|from|on) "
    r"(?:the )?(?P<where>.+))?",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"(?:(?:value|contents?|entry|number) (?:of|for|in|next to|beside|that corresponds to) )"
    r"(?:the )?(?P<label>.+)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?:(?:total )?(?:number|count|amount) of (?P<a>.+)|how many (?P<b>.+?)(?: (?:are|is|do|can)"
    r" .*)?)\??",
    re.IGNORECASE,
)
_SIDES = re.compile(r"how many (?:sides|corners|edges)\b.*", re.IGNORECASE)
_SUM = re.compile(
    r"(?:.*\b(?:math|sum|problem|equation|expression|calculation|arithmetic)\b.*|[a-z])",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"(?:text|words?|phrase|code|number|letters) (?:below|above|shown|displayed"
                    r"|(?:shown |displayed )?(?:in|on) .*)", re.IGNORECASE)  # fmt: skip
_FIGURE = re.compile(r"(?:the )?(?:figure|shape|drawing|picture|object)\b.*", re.IGNORECASE)


def answer(question: str, things: Sequence[Thing]) -> str:
    """The answer, when the question is of a kind that can be computed; else an empty string."""
    asked = question.strip().rstrip("?.").strip()
    for pattern, find in _KINDS:
        found = pattern.fullmatch(asked)
        said = find(found, things) if found else ""
        if said:
            return said
    return ""


def _texts(things: Sequence[Thing]) -> list[Thing]:
    return [t for t in things if t.kind == "text" and t.role not in ("button", "link")]


def _sides(_: re.Match[str], things: Sequence[Thing]) -> str:
    found = [t for t in things if t.corners]
    return str(max(found, key=lambda t: t.area).corners) if found else ""


def _figure(_: re.Match[str], things: Sequence[Thing]) -> str:
    found = [t for t in things if name_of_shape(t)]
    return name_of_shape(max(found, key=lambda t: t.area)) if found else ""


def _nth(found: re.Match[str], things: Sequence[Thing]) -> str:
    counted = ordinal(f"{found['n']} x")
    number = counted[0] if counted else 0
    where = found["where"] or ""
    fields = [t for t in things if t.kind == "field" and t.text]
    texts = sorted(_texts(things), key=lambda t: -len(t.text))
    pool = fields + texts if re.search(r"area|field|box", where) else texts + fields
    if not pool or not number:
        return ""
    return nth_word(pool[0].text, number) if found["what"].casefold() == "word" else ""


def _value(found: re.Match[str], things: Sequence[Thing]) -> str:
    return beside(found["label"], things)


def beside(label: str, things: Sequence[Thing]) -> str:
    """What stands next to a label: to its right on one line, else right below or after it."""
    wanted = fold(label)
    shown = [t for t in things if t.kind == "text" and t.text]
    labels = [t for t in shown if fold(t.text) == wanted]
    labels = labels or [t for t in shown if similarity(label, t.text) > 0.8]
    for mark in labels:
        found = right_of(mark, things)
        if found is not None:
            return found.text
    joined = re.compile(rf"{re.escape(label)}\s*[:=–-]\s*(?P<v>\S.*)", re.IGNORECASE)
    for item in shown:
        if match := joined.fullmatch(item.text):
            return match["v"]
    return ""


def right_of(mark: Thing, things: Sequence[Thing]) -> Thing | None:
    """What stands nearest to the right of a label, on its line."""
    x, y, width, height = mark.box
    found = [
        t
        for t in things
        if t.kind == "text" and t.text and t is not mark and not t.lies_in(mark.path)
        and t.box[0] >= x + width - 2
        and min(y + height, t.box[1] + t.box[3]) - max(y, t.box[1]) > 0.4 * min(height, t.box[3])
    ]  # fmt: skip
    return min(found, key=lambda t: t.box[0]) if found else None


def _count(asked: re.Match[str], things: Sequence[Thing]) -> str:
    what = asked["a"] or asked["b"]
    shown = [t for t in things if t.role not in ("button", "link")]
    found = described(what, shown)
    if not found:
        wanted = fold(what)
        found = [t for t in shown if t.kind == "text" and t.text.strip() == re.sub(r"s$", "", what)]
        found = found or [t for t in shown if t.text and fold(t.text) == wanted]
    drawn = any(t.kind == "shape" or t.tag == "svg" for t in shown)
    return str(len(found)) if found or drawn else ""


def _sum(found: re.Match[str], things: Sequence[Thing]) -> str:
    unknown = found.group() if len(found.group()) == 1 else ""
    lines = [t.text for t in things if t.kind == "text" and len(t.text) < 200]
    lines += [t.text for t in things if t.kind == "box" and len(t.text) < 60]
    for text in lines:
        if solved := solution_of(text, unknown):
            return solved
    for text in lines:
        if not unknown and (result := result_of(text)):
            return result
    return ""


def _shown(_: re.Match[str], things: Sequence[Thing]) -> str:
    """The one text that is no label: the longest that stands alone."""
    labels = {"label", "button", "a", "legend", "th", "h1", "h2", "h3", "option"}
    groups: dict[tuple[int, ...], list[str]] = {}
    for item in _texts(things):
        if item.tag not in labels:
            groups.setdefault(item.path[:-1], []).append(item.text.strip())
    # Letters may stand in elements of their own.
    joined = [("" if all(len(t) == 1 for t in g) else " ").join(g) for g in groups.values()]
    return max(joined, key=len) if joined else ""


_KINDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Sequence[Thing]], str]], ...] = (
    (_SIDES, _sides),
    (_NTH, _nth),
    (_COUNT, _count),
    (_VALUE, _value),
    (_FIGURE, _figure),
    (_SUM, _sum),
    (_SHOWN, _shown),
)
