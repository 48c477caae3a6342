"""Where the areas of image maps lie: an area has no box of its own."""

from __future__ import annotations

import numpy as np

from .dom import Dom

Box = tuple[float, float, float, float]


def area_boxes(dom: Dom) -> dict[int, Box]:
    """The box of each area that leads somewhere and belongs to a picture that is displayed.

    Exact for pictures that are neither scaled nor bordered.
    """
    areas = dom.tagged(frozenset(["area"])) & dom.having_any(("href",))
    if not areas.any():
        return {}
    pictures = _pictures(dom)
    maps = dom.tagged(frozenset(["map"]))
    near = dom.parts.tree.nearest(maps)
    found = {}
    for area in np.flatnonzero(areas).tolist():
        name = dom.attribute(near.item(area), "name") if maps[near[area]] else None
        picture = pictures.get((dom.roots[area], f"#{name}")) if name else None
        if picture is not None:
            found[area] = _placed(dom.attributes(area), _box(dom, picture))
    return found


def _pictures(dom: Dom) -> dict[tuple[int, str], int]:
    """By root and `usemap`."""
    images = dom.tagged(frozenset(["img"]))
    gone = dom.parts.tree.covered(dom.parts.nodes.hidden.astype(np.intp))
    gone[dom.parts.nodes.hidden] = True
    found: dict[tuple[int, str], int] = {}
    for node, name in dom.valued("usemap"):
        if images[node]:
            found.setdefault((dom.roots[node], name), node)
    return {key: node for key, node in found.items() if not gone[node]}


def _box(dom: Dom, node: int) -> Box:
    boxes = dom.parts.boxes
    if not len(boxes):
        return (0.0, 0.0, 0.0, 0.0)
    row = 4 * int(dom.parts.elements.searchsorted(node))
    x, y, width, height = boxes[row : row + 4].tolist()
    return (x, y, width, height)


def _placed(attributes: dict[str, str], picture: Box) -> Box:
    x, y, _, _ = picture
    at = _numbers(attributes.get("coords", ""))
    shape = attributes.get("shape", "rect").lower()
    if shape == "default" or len(at) < 3:
        return picture
    if shape == "circle":
        left, top, right, bottom = at[0] - at[2], at[1] - at[2], at[0] + at[2], at[1] + at[2]
    elif shape == "poly":
        left, top, right, bottom = min(at[::2]), min(at[1::2]), max(at[::2]), max(at[1::2])
    elif len(at) < 4:
        return picture
    else:
        left, top, right, bottom = at[:4]
    return (x + left, y + top, right - left, bottom - top)


def _numbers(coords: str) -> list[float]:
    found = []
    for word in coords.replace(",", " ").split():
        try:
            number = float(word)
        except ValueError:
            continue
        if abs(number) < 1e9:
            found.append(number)
    return found
