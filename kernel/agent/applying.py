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
