"""Which part of a page is the form that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..snapshot.observe import Element, Observation
from .form_buttons import Button, belongs_elsewhere, judge
from .form_fields import asks_for, datum

FIELDS = frozenset({"textbox", "combobox", "spinbutton", "listbox"})
"""Roles of what takes a value."""


@dataclass(frozen=True, slots=True)
class Section:
    """The fields that belong together, and the button below them."""

    fields: tuple[Element, ...]
    button: Button | None


def section_of(observation: Observation, intent: str, data: dict[str, str]) -> Section:
    """The form that the intent means: by its button first, by fitting fields second."""
    sections = _sections(observation.elements, intent)
    scored = [(_fit(s, intent, data), -n) for n, s in enumerate(sections)]
    best = max(scored, default=(0.0, 0))
    return sections[-best[1]] if best[0] > 0 else Section((), None)


def _sections(elements: Sequence[Element], intent: str) -> list[Section]:
    found: list[Section] = []
    open_fields: list[Element] = []
    for element in elements:
        if element.role in FIELDS | {"radio", "checkbox", "switch"}:
            open_fields.append(element)
            continue
        button = None if intent == "fill" else judge(element, intent)
        if intent == "fill" and element.role == "button":
            found.append(Section(tuple(open_fields), None))
            open_fields = []
        elif button is not None:
            found.append(Section(tuple(open_fields), button))
            open_fields = []
        elif open_fields and belongs_elsewhere(element, intent):
            open_fields = []
    return [*found, Section(tuple(open_fields), None)]


def _fit(section: Section, intent: str, data: dict[str, str]) -> float:
    """How well a section fits; 0 when neither its fields nor its button do."""
    keys = [asks_for(e) for e in section.fields]
    fitting = sum(bool(datum(k, data)) for k in keys if k not in ("", "skip"))
    radios = any(e.role == "radio" for e in section.fields) and intent == "checkout"
    button = section.button
    aside = _aside(section) and intent not in ("subscribe", "fill", "submit")
    score = 2.0 * fitting + (1.5 if radios else 0.0)
    if button is not None:
        score += 3.0 if button.final else 1.0
        score -= 1.5 if button.element.role == "link" else 0.0
    return score - (6.0 if aside else 0.0)


def _aside(section: Section) -> bool:
    marks = [e.landmark for e in section.fields]
    marks = marks or ([section.button.element.landmark] if section.button else [])
    return bool(marks) and all(
        m in ("contentinfo", "banner", "navigation", "search") for m in marks
    )
