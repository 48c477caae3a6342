"""Lists and filters that wait for an Apply button: which button that is. Pure."""

from __future__ import annotations

import re

from ...snapshot import Element, Observation

# Only what names a list or filter: a bare "Apply" or "Go" may send an application off.
_APPLY = re.compile(
    r"(?:apply|update|refresh|set)(?: (?:all|the|these|my))?"
    r" (?:filters?|sort(?:ing)?|order(?:ing)?|results|list|cart|basket|quantit(?:y|ies))"
    r"|filter|sort|refresh|show(?: \d+)? results",
    re.IGNORECASE,
)


def apply_button(view: Observation, ref: str) -> Element | None:
    """The nearest enabled Apply button after the field `ref` in the same landmark, or None."""
    refs = [element.ref for element in view.elements]
    if ref not in refs:
        return None
    place = refs.index(ref)
    field = view.elements[place]
    for element in view.elements[place + 1 :]:
        if (
            element.role == "button"
            and element.landmark == field.landmark
            and "disabled" not in element.states
            and _APPLY.fullmatch(element.name.strip())
        ):
            return element
    return None


_QUANTITY = re.compile(r"\b(?:quantity|qty|amount|number of)\b", re.IGNORECASE)
_UPDATE = re.compile(
    r"(?:update|save|change)(?: (?:the )?(?:quantity|cart|basket))?", re.IGNORECASE
)


def update_button(view: Observation, ref: str) -> Element | None:
    """The Update button of the same row that a cart's quantity field waits for, or None."""
    field = next((element for element in view.elements if element.ref == ref), None)
    if field is None or not _QUANTITY.search(field.name):
        return None
    after = view.elements[view.elements.index(field) + 1 :]
    for element in after:
        if element.context != field.context:
            return None
        if element.role == "button" and _UPDATE.fullmatch(element.name.strip()):
            return element
    return None
