"""An element to act on, in words, and who chose it."""

from __future__ import annotations

from dataclasses import dataclass

from ...snapshot import Observation
from ..task import By


@dataclass(frozen=True, slots=True)
class Choice:
    """What an action is done to; empty for actions on the page as a whole."""

    ref: str = ""
    what: str = ""
    """`button "Add to cart"`."""
    tag: str = ""
    by: By = ""
    probability: float = 1.0
    seconds: float = 0.0


def chosen(
    view: Observation, ref: str, by: By, probability: float = 1.0, seconds: float = 0.0
) -> Choice:
    """The choice of an element that `view` shows."""
    for element in view.elements:
        if element.ref == ref:
            what = f'{element.role} "{element.name or element.hint}"'
            return Choice(ref, what, element.tag, by, probability, seconds)
    return Choice(ref, ref, "", by, probability, seconds)
