"""Filling a form, page by page: one pure function from what is seen to the next action.

The order is: is it done, fill what is empty or wrong, tick what the goal names, then go on with
the button that belongs to the fields. A final button ("Place order") is never pressed a second
time unless the page complains about the data or is another one: an order is worth once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..snapshot.observe import Element, Observation
from .form_buttons import leads_to
from .form_endings import complaints_of, confirmations, ending, rejected
from .form_fields import asks_for, datum, is_filled, option_for, radio_fit
from .form_moves import (
    Advance,
    CheckField,
    Done,
    FillField,
    FormMove,
    FormProgress,
    SelectField,
    Stuck,
)
from .form_sections import FIELDS, Section, section_of
from .steps import RISKY_FORMS
from .words import fold

_TIMES = 2
"""How often one action may be tried on one page."""


def next_action(
    observation: Observation,
    fields: Sequence[tuple[str, str]],
    intent: str,
    progress: FormProgress | None = None,
) -> tuple[FormMove, FormProgress]:
    """The next action for a form, and the progress to hand in next time. Pure.

    ``intent`` is checkout, sign in, register, subscribe, contact, pay, submit or fill (fill in,
    press nothing).
    """
    progress = progress or FormProgress()
    data = {label: value for label, value in fields if value}
    section = section_of(observation, intent, data)
    ended = ending(observation, section, intent, progress)
    if ended is not None:
        return ended, progress
    progress = replace(progress, taken=progress.taken | _taken(section, data))
    refusal = _not_offered(section, data, progress.taken)
    if refusal is not None:
        return refusal, progress
    for move in _moves(section, data):
        key = _key(move, observation.url)
        if progress.times(key) < _TIMES:
            return move, progress.did(key)
    if intent == "fill":
        return _filled(progress), progress
    return _go_on(observation, section, data, intent, progress)


# ---- fields ----------------------------------------------------------------------------------


def _moves(section: Section, data: dict[str, str]) -> list[FormMove]:
    """Everything that is still to be put in, in document order."""
    found: list[FormMove] = []
    for element in section.fields:
        if element.states & {"disabled", "readonly"}:
            continue
        if element.role in FIELDS:
            found += _entry(element, data)
        elif element.role in ("checkbox", "switch"):
            found += _consent(element)
    return found + _radios(section, data)


def _entry(element: Element, data: dict[str, str]) -> list[FormMove]:
    key = asks_for(element)
    value = datum(key, data)
    if not value:
        return []
    if element.options:
        option = option_for(element, key, value)
        done = option is None or fold(element.value) == fold(option)
        return [] if done else [SelectField(element.ref, option or "", key)]
    return [] if is_filled(element, value) else [FillField(element.ref, value, key)]


_SOURCES = {
    "first_name": ("name",), "last_name": ("name",), "card_name": ("name",),
    "name": ("name", "first_name", "last_name"), "username": ("email", "username"),
    "email": ("email", "username"),
}  # fmt: skip
"""Data that a field is filled from, where that is not the datum of its own name."""
_DECISIVE = frozenset({"payment", "delivery", "card", "state", "promo"})
"""Data whose silent loss would make another order of it. A saved address need not be asked for."""


def _taken(section: Section, data: dict[str, str]) -> frozenset[str]:
    """Labels of the data that the fields of this page have a place for."""
    keys = {asks_for(e) for e in section.fields if e.role in FIELDS}
    labels = {label for key in keys for label in (key, *_SOURCES.get(key, ()))}
    labels |= {key for key, fit, _ in _choices(section, data) if fit >= _FITS}
    return frozenset(labels & set(data))


def _not_offered(section: Section, data: dict[str, str], taken: frozenset[str]) -> Stuck | None:
    """A list or a group of radio buttons that asks for a datum and does not offer it."""
    for element in section.fields:
        key = asks_for(element)
        value = datum(key, data) if element.options else ""
        if value and option_for(element, key, value) is None:
            return Stuck(f"'{element.name}' does not offer '{value}'")
    for key, fit, best in _choices(section, data):
        if fit < _FITS and key not in taken and re.search(key[:6], fold(best.context)):
            return Stuck(f"the {key} '{data[key]}' is not offered")
    return None


def _lost(data: dict[str, str], intent: str, progress: FormProgress) -> Stuck | None:
    """Before the last press: what the goal gave and nothing asked for."""
    lost = _DECISIVE & set(data) - progress.taken
    if intent not in RISKY_FORMS or not lost:
        return None
    named = ", ".join(f"{label} '{data[label]}'" for label in sorted(lost))
    return Stuck(f"the form has no place for {named}")


def _consent(element: Element) -> list[FormMove]:
    """Terms that must be agreed to are part of what was asked for; nothing else is ticked."""
    must = "required" in element.states and "checked" not in element.states
    terms = re.search(r"\b(?:terms|conditions|agree|accept|privacy)\b", fold(element.name))
    return [CheckField(element.ref, "terms")] if must and terms else []


_FITS = 0.4


def _choices(section: Section, data: dict[str, str]) -> list[tuple[str, float, Element]]:
    """For delivery and payment: how well the best radio button of the page fits the datum."""
    radios = [e for e in section.fields if e.role == "radio" and "disabled" not in e.states]
    wanted = [key for key in ("delivery", "payment") if data.get(key) and radios]
    return [
        (key, *max(((radio_fit(e, data[key]), e) for e in radios), key=lambda pair: pair[0]))
        for key in wanted
    ]


def _radios(section: Section, data: dict[str, str]) -> list[FormMove]:
    """The radio button that delivery or payment name, unless it is chosen already."""
    return [
        CheckField(best.ref, key)
        for key, fit, best in _choices(section, data)
        if fit >= _FITS and "checked" not in best.states
    ]


def _missing(section: Section, data: dict[str, str]) -> tuple[str, ...]:
    """Labels of required fields that are empty and that the goal has no datum for."""
    empty = [
        e
        for e in section.fields
        if "required" in e.states
        and not (e.value or "checked" in e.states or "disabled" in e.states)
        and e.role in FIELDS
        and not datum(asks_for(e), data)
    ]
    return tuple(e.name or e.hint or asks_for(e) or e.ref for e in empty)


# ---- going on --------------------------------------------------------------------------------


def _go_on(
    observation: Observation,
    section: Section,
    data: dict[str, str],
    intent: str,
    progress: FormProgress,
) -> tuple[FormMove, FormProgress]:
    """Press the button of the section, or what leads to the form, or say why not."""
    if progress.finals and progress.tried[-1].startswith("advance"):
        return rejected(observation, section), progress
    missing = _missing(section, data)
    if missing:
        return Stuck("the form asks for more than the goal gives", missing), progress
    button = section.button or leads_to(observation.elements, intent)
    if button is None:
        return Stuck("there is no form, and no button that leads on"), progress
    final = button.final and not _more_to_come(section, data, intent)
    lost = _lost(data, intent, progress) if final else None
    if lost is not None:
        return lost, progress
    move = Advance(button.element.ref, button.element.name, final)
    key = f"advance {observation.url.split('#')[0]} {fold(button.element.name)}"
    if progress.times(key) >= _TIMES:
        said = complaints_of(observation, section)
        reason = f"'{button.element.name}' does not lead on"
        return Stuck(f"{reason}: {said[0]}" if said else reason), progress
    return move, _pressed(progress.did(key), observation, final)


def _more_to_come(section: Section, data: dict[str, str], intent: str) -> bool:
    """Sign-in over two pages: the password is still to be asked for."""
    seen = any(e.type == "password" for e in section.fields)
    return intent == "sign in" and "password" in data and not seen


def _pressed(progress: FormProgress, observation: Observation, final: bool) -> FormProgress:
    if not final:
        return progress
    return replace(
        progress,
        finals=progress.finals + 1,
        final_url=observation.url.split("#")[0],
        before=confirmations(observation),
    )


def _filled(progress: FormProgress) -> FormMove:
    did = any(k.startswith(("fill", "select", "check")) for k in progress.tried)
    return Done("all data are in") if did else Stuck("no field asks for these data")


def _key(move: FormMove, url: str) -> str:
    match move:
        case FillField():
            return f"fill {url} {move.ref} {move.value}"
        case SelectField():
            return f"select {url} {move.ref} {move.option}"
        case CheckField():
            return f"check {url} {move.ref}"
        case _:
            return ""
