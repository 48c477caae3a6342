"""Colours by name: which one a word means, and which of several patches is it. Pure."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence

Colour = tuple[int, int, int]

NAMED: dict[str, Colour] = {
    "black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128),
    "gray": (128, 128, 128), "silver": (192, 192, 192), "red": (255, 0, 0),
    "maroon": (128, 0, 0), "crimson": (220, 20, 60), "orange": (255, 165, 0),
    "brown": (165, 42, 42), "gold": (255, 215, 0), "beige": (245, 245, 220),
    "yellow": (255, 255, 0), "olive": (128, 128, 0), "lime": (0, 255, 0), "green": (0, 128, 0),
    "teal": (0, 128, 128), "cyan": (0, 255, 255), "aqua": (0, 255, 255),
    "turquoise": (64, 224, 208), "blue": (0, 0, 255), "navy": (0, 0, 128),
    "indigo": (75, 0, 130), "purple": (128, 0, 128), "violet": (238, 130, 238),
    "magenta": (255, 0, 255), "fuchsia": (255, 0, 255), "pink": (255, 192, 203),
    "salmon": (250, 128, 114), "tan": (210, 180, 140),
}  # fmt: skip
"""Colours as style sheets define them."""

_WORD = re.compile(rf"\b(?:{'|'.join(NAMED)})\b", re.IGNORECASE)

_HUES: tuple[tuple[str, float, float], ...] = (
    ("red", 345, 15), ("orange", 15, 45), ("yellow", 45, 70), ("green", 70, 165),
    ("cyan", 165, 195), ("blue", 195, 262), ("purple", 262, 300), ("pink", 300, 345),
)  # fmt: skip
"""Names of hues, from and to which degree."""
_GREY = 0.12
"""Saturation below which a colour has no hue that people name."""


def colour_in(words: str) -> str:
    """The first colour that words name, in lower case; empty for none."""
    found = _WORD.search(words)
    return found.group().lower() if found else ""


def hexadecimal(name: str) -> str:
    """`#ff0000` of `red`; empty for what is no name of a colour."""
    known = NAMED.get(name.strip().casefold())
    return "#{:02x}{:02x}{:02x}".format(*known) if known else ""


def family(colour: Colour) -> str:
    """The plain name of a colour's hue: `red`, `blue`, `grey`, `black`, `white`."""
    hue, light, vivid = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    if light < 0.06:
        return "black"
    if light > 0.97:
        return "white"
    if vivid < _GREY:
        return "grey"
    degrees = hue * 360
    for name, low, high in _HUES:
        inside = low <= degrees < high if low < high else degrees >= low or degrees < high
        if inside:
            return name
    return ""


def is_shade(colour: Colour, name: str) -> bool:
    """Whether a colour is some shade of a named one."""
    known = NAMED.get(name)
    return known is not None and family(colour) == family(known)


def nearest(name: str, colours: Sequence[Colour]) -> int | None:
    """Which of several colours a name means: the very one, else the nearest of its hue."""
    known = NAMED.get(name)
    if known is None or not colours:
        return None
    distance = [sum((a - b) ** 2 for a, b in zip(each, known, strict=True)) for each in colours]
    place = min(range(len(colours)), key=distance.__getitem__)
    same = colours[place] == known or is_shade(colours[place], name)
    return place if same else None
