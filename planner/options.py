"""Where a value can be chosen: the list, radio button or swatch that offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ..snapshot.observe import Element, Observation
from .words import best_option, fold, similarity

_CHECKABLE = frozenset({"radio", "checkbox", "switch", "menuitemradio", "menuitemcheckbox"})
_PLAIN = frozenset({"option", "button", "tab", "menuitem", "link", "treeitem", "gridcell"})


@dataclass(frozen=True, slots=True)
class Found:
    """An element that offers a value: ``option`` is the label to choose in a select,
    ``checkable`` says that it is to be ticked; else it is to be clicked."""

    ref: str
    option: str = ""
    checkable: bool = False


def find_option(observation: Observation, value: str, target: str = "") -> Found | None:
    """Where ``value`` can be chosen for ``target`` ("Large" for "size"). Pure.

    Lists by that name come first, then radio buttons and swatches of that group, then, without
    a target, whatever offers exactly this value. None when nothing does, or two things do.
    """
    usable = [e for e in observation.elements if "disabled" not in e.states]
    return _in_lists(usable, value, target) or _named(usable, value, target)


def _in_lists(elements: list[Element], value: str, target: str) -> Found | None:
    found: list[tuple[float, int, Found]] = []
    for place, element in enumerate(elements):
        fit = similarity(target, element.name or element.hint or element.context) if target else 0.0
        option = best_option(element.options, value, least=0.5 if fit >= 0.4 else 0.8)
        if option is not None:
            sure = fit + (1.0 if fold(option) == fold(value) else similarity(option, value))
            found.append((sure, -place, Found(element.ref, option)))
    return max(found)[2] if found else None


def _named(elements: list[Element], value: str, target: str) -> Found | None:
    scored = sorted(
        ((_fit(e, value, target), -place, e) for place, e in enumerate(elements)),
        key=lambda row: (row[0], row[1]),
        reverse=True,
    )
    best = [row for row in scored if row[0] >= 0.8]
    twins = len(best) > 1 and best[0][0] - best[1][0] < 0.02 and best[0][2].role != best[1][2].role
    if not best or (twins and not target):
        return None
    element = best[0][2]
    return Found(element.ref, "", element.role in _CHECKABLE)


def _fit(element: Element, value: str, target: str) -> float:
    """How surely an element is this value: 1 for its very name, more in the right group."""
    if element.role not in _CHECKABLE | _PLAIN:
        return 0.0
    name, wanted = fold(element.name), fold(value)
    same = 1.0 if name == wanted else 0.0
    short = 0.9 if target and name and best_option((element.name,), value, least=0.75) else 0.0
    group = similarity(target, element.context) if target else 0.0
    role = (
        0.15
        if element.role in _CHECKABLE | {"option"}
        else -0.15
        if element.role == "link"
        else 0.0
    )
    base = max(same, short if group >= 0.4 or element.role in _CHECKABLE else 0.0)
    return base + 0.3 * group + role if base else 0.0
