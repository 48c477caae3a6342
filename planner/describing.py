"""What a description of how something looks means: "the small red circle", "3rd box". Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from statistics import mean

from .colours import NAMED, colour_in, is_shade
from .things import Thing, called, likeness, saying
from .words import STOPWORDS, fold, ordinal, stem, tokens

_SQUARE = 0.12
"""How much the sides of a square may differ."""


def _even(item: Thing) -> bool:
    width, height = item.box[2], item.box[3]
    return abs(width - height) <= _SQUARE * max(width, height, 1.0)


def _round(item: Thing) -> bool:
    return item.tag == "circle" or (item.tag == "ellipse" and _even(item))


def _corners(number: int) -> Callable[[Thing], bool]:
    return lambda item: item.corners == number


def _single(item: Thing) -> bool:
    return item.kind == "text" and len(item.text.strip()) == 1


def _number(item: Thing) -> bool:
    return item.kind in ("text", "control") and number_in(item.text) is not None


def _drawn(item: Thing) -> bool:
    return item.kind == "shape" or (item.tag == "text" and _single(item))


def _outline(item: Thing) -> bool:
    return item.kind == "shape"


def _patch(item: Thing) -> bool:
    if item.tag == "rect":
        return True
    plain = item.tag not in ("br", "hr", "option", "body", "button", "a") and not item.role
    seen = item.colour is not None or item.kind in ("box", "icon")
    return plain and seen and len(item.text) < 20 and item.area >= 9


_BY_NAME: dict[str, Callable[[Thing], bool]] = {
    "circle": _round, "dot": _round, "point": _round, "ball": _round, "disc": _round,
    "ellipse": lambda t: t.tag == "ellipse", "oval": lambda t: t.tag == "ellipse",
    "square": lambda t: (t.tag == "rect" or t.kind in ("box", "icon")) and _even(t),
    "rectangle": lambda t: t.corners == 4,
    "triangle": _corners(3), "pentagon": _corners(5), "hexagon": _corners(6),
    "polygon": lambda t: t.corners > 2,
    "line": lambda t: t.tag in ("line", "path", "polyline"),
    "letter": lambda t: _single(t) and t.text.strip().isalpha(),
    "digit": lambda t: _single(t) and t.text.strip().isdigit(),
    "number": _number, "shape": _outline, "figure": _outline, "symbol": _drawn,
    "box": _patch, "patch": _patch, "block": _patch, "tile": _patch, "swatch": _patch,
    "cell": _patch, "area": _patch,
    "item": lambda t: _drawn(t) or _patch(t), "thing": lambda t: _drawn(t) or _patch(t),
    "element": lambda t: _drawn(t) or _patch(t), "shade": _patch,
}  # fmt: skip
"""What people call things, and what fits that."""
_KINDS = {stem(name): fits for name, fits in _BY_NAME.items()}

_BIG = frozenset(["large", "larg", "big", "huge"])
_SMALL = frozenset(["small", "tiny", "little"])
_BIGGEST = frozenset(["largest", "biggest", "larger", "bigger"])
_SMALLEST = frozenset(["smallest", "smaller", "tiniest"])
_SIDES: dict[str, Callable[[Thing], float]] = {
    "left": lambda t: t.middle[0], "leftmost": lambda t: t.middle[0],
    "right": lambda t: -t.middle[0], "rightmost": lambda t: -t.middle[0],
    "top": lambda t: t.middle[1], "upper": lambda t: t.middle[1],
    "bottom": lambda t: -t.middle[1], "lower": lambda t: -t.middle[1],
}  # fmt: skip
_FILLERS = frozenset(
    stem(word)
    for word in [
        "colored",
        "coloured",
        "color",
        "colour",
        "filled",
        "drawn",
        "shade",
        "shades",
        "of",
        "labeled",
        "labelled",
        "named",
        "below",
        "above",
        "shown",
    ]
)


def number_in(text: str) -> float | None:
    """The number that a text is, and nothing else: `12`, `-3.5`, `$1,200`; None for none."""
    found = re.fullmatch(r"\s*[$€£]?\s*(-?\d[\d,]*(?:\.\d+)?)\s*[%$€£]?\s*", text)
    return float(found[1].replace(",", "")) if found else None


WIDGETS: dict[str, frozenset[str]] = {
    "button": frozenset({"button"}), "checkbox": frozenset({"checkbox", "switch"}),
    "radio": frozenset({"radio"}), "radio button": frozenset({"radio"}),
    "text": frozenset({"textbox", "searchbox"}), "text field": frozenset({"textbox", "searchbox"}),
    "text box": frozenset({"textbox", "searchbox"}), "textbox": frozenset({"textbox", "searchbox"}),
    "input": frozenset({"textbox", "searchbox", "spinbutton"}), "textarea": frozenset({"textbox"}),
    "text area": frozenset({"textbox"}), "link": frozenset({"link"}),
    "slider": frozenset({"slider"}),
    "dropdown": frozenset({"combobox", "listbox"}), "list": frozenset({"listbox", "combobox"}),
    "tab": frozenset({"tab"}), "date": frozenset({"textbox"}), "image": frozenset({"img"}),
}  # fmt: skip
"""Kinds of controls as people name them, and their roles."""


def is_description(words: str) -> bool:
    """Whether words say how something looks, so that `described` could find it."""
    if len(words.strip()) == 1:
        return True
    parts = [t for t in tokens(words) if t not in STOPWORDS or t == "box"]
    known = [t for t in parts if stem(t) in _KINDS or t in NAMED or t in _BIG | _SMALL]
    return bool(known) and len(known) >= len(parts) - 1 and any(stem(t) in _KINDS for t in parts)


def described(words: str, things: Sequence[Thing]) -> list[Thing]:
    """The things that fit a description, in document order; none when it is not understood.

    "the second red box" and "the largest circle" mean one, "red boxes" all of them.
    """
    counted = ordinal(words)
    if counted is not None:
        group = described(counted[1], things)
        place = counted[0] - 1 if counted[0] > 0 else len(group) - 1
        return [group[place]] if 0 <= place < len(group) else []
    parts = [t for t in tokens(re.sub(r"[\"“”]", " ", words)) if t not in STOPWORDS or t == "box"]
    kinds = [_KINDS[stem(t)] for t in parts if stem(t) in _KINDS]
    colour = colour_in(words)
    known = _BIG | _SMALL | _BIGGEST | _SMALLEST | set(_SIDES) | set(NAMED)
    rest = [
        t for t in parts if stem(t) not in _KINDS and t not in known and stem(t) not in _FILLERS
    ]
    if not kinds and not colour:
        alone = words.strip()
        return [t for t in things if len(alone) == 1 and _single(t) and t.text.strip() == alone]
    found = [t for t in _leaves(things) if not kinds or any(fits(t) for fits in kinds)]
    if rest:
        found = _literal(rest, found)
    if colour:
        found = of_colour(colour, found, shades="shade" in words)
    return _of_size(parts, found)


def placed(words: str) -> int | None:
    """2 of "the text in the 2nd paragraph", -1 of "the last one"; None without an ordinal."""
    for word in re.findall(r"\w+", words):
        found = ordinal(f"{word} x")
        if found is not None and word.casefold() != "top":
            return found[0]
    return None


def _leaves(things: Sequence[Thing]) -> list[Thing]:
    """Without patches that only lie behind other things."""
    behind = {path for t in things for path in (t.path[:n] for n in range(1, len(t.path)))}
    return [t for t in things if t.path not in behind or t.kind in ("shape", "control")]


def _literal(words: Sequence[str], things: Iterable[Thing]) -> list[Thing]:
    wanted = " ".join(words)
    found = [t for t in things if fold(t.text) == wanted]
    return found or [t for t in things if fold(t.text) == re.sub(r"s$", "", wanted)]


def of_colour(name: str, things: Iterable[Thing], *, shades: bool = False) -> list[Thing]:
    """Things of a colour: of just that one if there are any, else of its shades."""
    known = NAMED[name]
    listed = list(things)
    exact = [t for t in listed if known in (t.colour, t.ink if t.colour is None else None)]
    if exact and not shades:
        return exact
    return [t for t in listed if (look := t.colour or t.ink) is not None and is_shade(look, name)]


def _of_size(parts: Sequence[str], found: list[Thing]) -> list[Thing]:
    words = set(parts)
    if words & _BIGGEST and found:
        found = [max(found, key=lambda t: t.area)]
    elif words & _SMALLEST and found:
        found = [min(found, key=lambda t: t.area)]
    elif words & (_BIG | _SMALL) and found:
        heights = [t.box[3] for t in found]
        border = mean((min(heights), max(heights)))
        big = bool(words & _BIG)
        found = [t for t in found if (t.box[3] > border) == big] or found
    for side in words & set(_SIDES):
        found = [min(found, key=_SIDES[side])] if found else found
    return found


def name_of_shape(item: Thing) -> str:
    """What people call a shape; empty for what is none."""
    if item.tag == "text" and _single(item):
        return "number" if item.text.strip().isdigit() else "letter"
    by_corners = {3: "triangle", 4: "rectangle", 5: "pentagon", 6: "hexagon"}
    by_tag = {"circle": "circle", "ellipse": "ellipse", "line": "line", "rect": "rectangle"}
    return by_corners.get(item.corners) or by_tag.get(item.tag, "")


def pointed_at(words: str, things: Sequence[Thing]) -> Thing | None:
    """The one thing that words mean, by what it says, is called or looks like; None when unclear.

    For whatever is no control: those are found by `decide`.
    """
    exact = called(words, things)
    if len(exact) == 1:
        return exact[0]
    marked = _marked(words, things)
    if marked is not None:
        return marked
    quoted = re.sub(
        r"^(?:the )?[\w ]*?\b(?:named|called|labell?ed|titled|saying|that says)\s+", "", words
    )
    if quoted != words:
        exact = saying(quoted, things)
        if exact:
            return exact[0]
    looks = described(words, things)
    if len(looks) == 1:
        return looks[0]
    ranked = sorted(
        (
            (likeness(words, t), -place, t)
            for place, t in enumerate(_leaves(things))
            if min(t.box[2:]) >= 3
        ),
        key=lambda row: row[:2],
        reverse=True,
    )
    if ranked and ranked[0][0] >= _SURE and (len(ranked) < 2 or ranked[1][0] < ranked[0][0] - 0.1):
        return ranked[0][2]
    return None


_SURE = 0.7


def _marked(words: str, things: Sequence[Thing]) -> Thing | None:
    """What bears a mark such as "(2,-1)" or "#7", or is of a kind that its tag names."""
    wanted = re.sub(r"\s", "", words)
    code = re.search(r"\([^()]*\)|#\w+", wanted)
    for item in things:
        if code is not None and code.group() in item.label.split():
            return item
    tagged = [t for t in things if t.tag == wanted.casefold()]
    return tagged[0] if len(tagged) == 1 else None
