"""Pictures of the products: small inline SVGs, drawn by code in the colour of the thing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .catalogue import Product
from .markup import Safe, attrs

COLOURS = {
    "Blue": "#2f62c4",
    "Navy": "#22345c",
    "Sky blue": "#7db4e6",
    "White": "#fbfaf7",
    "Cream": "#ece0c8",
    "Grey": "#8f959c",
    "Black": "#2c2d31",
    "Green": "#4f7f5c",
    "Olive": "#74794a",
    "Yellow": "#f0bf3c",
    "Mustard": "#cf9a2d",
    "Red": "#c0443c",
    "Burgundy": "#7c2f3e",
    "Orange": "#e08338",
    "Pink": "#e3a2a8",
    "Clear": "#cfe3e6",
    "Silver": "#bcc3c9",
    "Steel": "#a6afb7",
    "Brass": "#bf9645",
    "Oak": "#c79c63",
    "Acacia": "#a9713f",
    "Walnut": "#76502f",
    "Beech": "#d9b282",
    "Natural": "#dcc9a6",
    "Sand": "#d8c3a0",
    "Camel": "#b98d5a",
    "Brown": "#7d5236",
    "Honey": "#e2ac45",
    "Terracotta": "#c66f4a",
}

# Pale things would vanish on a ground of their own colour.
_PALE = frozenset({"White", "Cream", "Clear", "Natural"})
_DARK_GROUND = "#3d6470"

_MACROS = {
    "SHADE": 'fill="#000" opacity=".14"',
    "LIGHT": 'fill="#fff" opacity=".28"',
    "LINE": 'fill="none" stroke="#000" stroke-opacity=".28" stroke-width="2" '
    'stroke-linecap="round"',
}


@cache
def _shapes() -> dict[str, str]:
    text = (Path(__file__).parent / "pictures.txt").read_text(encoding="utf-8")
    for macro, attributes in _MACROS.items():
        text = text.replace(macro, attributes)
    rows = (line.partition(": ") for line in text.splitlines() if line and line[0] != "#")
    return {kind: svg for kind, _, svg in rows}


def kinds() -> frozenset[str]:
    """The names that the picture column of the catalogue may use."""
    return frozenset(_shapes())


def picture(product: Product, *, label: bool = False) -> Safe:
    """The picture; with `label` it has a text alternative, without it is decoration."""
    name = product.colours[0]
    colour = COLOURS[name]
    backdrop = _DARK_GROUND if name in _PALE else colour
    access = attrs(role="img", aria_label=product.picture_label) if label else ' aria-hidden="true"'
    shape = _shapes()[product.picture].replace('"C"', f'"{colour}"')
    return Safe(
        f'<svg class="picture" viewBox="0 0 100 100"{access}>'
        f'<rect width="100" height="100" fill="{backdrop}" opacity=".14"/>'
        f'<ellipse cx="50" cy="81" rx="31" ry="4" {_MACROS["SHADE"]}/>{shape}</svg>'
    )
