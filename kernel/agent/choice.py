"""An element to act on, in words, and who chose it."""

from __future__ import annotations

from dataclasses import dataclass

from ...snapshot import Observation
from ..redact import is_secret
from ..task import By


@dataclass(frozen=True, slots=True)
class Choice:
    """What an action is done to; empty for actions on the page as a whole."""

    ref: str = ""
    what: str = ""
    """`button "Add to cart"`."""
    tag: str = ""
    disabled: bool = False
    secret: bool = False
    """What is put into it must not be shown."""
    by: By = ""
    probability: float = 1.0
    seconds: float = 0.0
    decision: str = ""
    """Its id."""


def chosen(
    view: Observation,
    ref: str,
    by: By,
    probability: float = 1.0,
    seconds: float = 0.0,
    decision: str = "",
) -> Choice:
    """The choice of an element that `view` shows."""
    for element in view.elements:
        if element.ref == ref:
            what = f'{element.role} "{element.name or element.hint}"'
            secret = element.type == "password" or is_secret(what)
            off = "disabled" in element.states
            return Choice(ref, what, element.tag, off, secret, by, probability, seconds, decision)
    return Choice(ref, ref, "", False, False, by, probability, seconds, decision)
