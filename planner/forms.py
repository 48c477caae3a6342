"""Filling a form, page by page: one pure function from what is seen to the next action.

The order is: is it done, fill what is empty or wrong, tick what the goal names, then go on with
the button that belongs to the fields. A final button ("Place order") is never pressed a second
time unless the page complains about the data or is another one: an order is worth once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..snapshot.observe import Element, Observation
from .form_buttons import Button, belongs_elsewhere, judge, leads_to
from .form_fields import asks_for, datum, is_filled, option_for, radio_fit
from .steps import RISKY_FORMS
from .words import fold

_TIMES = 2
"""How often one action may be tried on one page."""

_FIELDS = frozenset({"textbox", "combobox", "spinbutton", "listbox"})


@dataclass(frozen=True, slots=True)
class FillField:
    """Type ``value`` into ``ref``; ``field`` is the label of the datum."""

    ref: str
    value: str
    field: str


@dataclass(frozen=True, slots=True)
class SelectField:
    """Choose ``option`` in the list ``ref``."""

    ref: str
    option: str
    field: str


@dataclass(frozen=True, slots=True)
class CheckField:
    """Tick the box or radio button ``ref``."""

    ref: str
    field: str


@dataclass(frozen=True, slots=True)
class Advance:
    """Press ``ref`` to go on; ``final`` when that ends the form."""

    ref: str
    label: str
    final: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The form is through."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """It does not go on (yet): a page that still loads may, one with ``missing`` data will not."""

    reason: str
    missing: tuple[str, ...] = ()


FormMove = FillField | SelectField | CheckField | Advance | Done | Stuck


@dataclass(frozen=True, slots=True)
class FormProgress:
    """What was done so far; handed back into ``next_action`` as it came out.

    ``tried`` holds one entry for every action, ``final_url`` the page of the final press,
    ``before`` the confirmations that the page showed already then.
    """

    tried: tuple[str, ...] = ()
    finals: int = 0
    final_url: str = ""
    before: frozenset[str] = field(default_factory=frozenset)
    taken: frozenset[str] = field(default_factory=frozenset)
    """Labels of the data that some page so far had a place for."""

    def times(self, key: str) -> int:
        """How often an action was tried."""
        return self.tried.count(key)

    def did(self, key: str) -> FormProgress:
        """The progress after one more action; only the last 200 are kept."""
        return replace(self, tried=(*self.tried, key)[-200:])


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
    section = _section(observation, intent, data)
    ended = _ended(observation, section, intent, progress)
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


# ---- which part of the page is the form ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """The fields that belong together, and the button below them."""

    fields: tuple[Element, ...]
    button: Button | None


def _section(observation: Observation, intent: str, data: dict[str, str]) -> Section:
    """The form that the intent means: by its button first, by fitting fields second."""
    sections = _sections(observation.elements, intent)
    scored = [(_fit(s, intent, data), -n) for n, s in enumerate(sections)]
    best = max(scored, default=(0.0, 0))
    return sections[-best[1]] if best[0] > 0 else Section((), None)


def _sections(elements: Sequence[Element], intent: str) -> list[Section]:
    found: list[Section] = []
    open_fields: list[Element] = []
    for element in elements:
        if element.role in _FIELDS | {"radio", "checkbox", "switch"}:
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


# ---- is it done ------------------------------------------------------------------------------

_CONFIRMED = re.compile(
    r"thank(?:s| you)\b|order (?:is |was |has been )?(?:confirmed|placed|received|complete)"
    r"|order (?:number|no\.?)|confirmation"
    r"|successful|subscribed|signed up|(?:message|enquiry) (?:was |has been )?(?:sent|received)"
    r"|we(?:'ll| will) (?:be in touch|reply|answer)"
    r"|welcome,? \w+|you are (?:now )?(?:signed|logged) in|account (?:was |has been )?created"
    r"|check your (?:e-?mail|inbox)|\bsaved\b|you already (?:get|receive)|already subscribed",
    re.IGNORECASE,
)
_COMPLAINS = re.compile(
    r"\b(?:invalid|incorrect|wrong|required|must|please (?:enter|fill|choose|select|check)"
    r"|not valid|error|(?:do|does|did)(?: not|n['’]t) match|unknown|declined|failed|missing"
    r"|try again|too short|not (?:found|recogni[sz]ed|correct)|no account|cannot|could not"
    r"|can['’]t|couldn['’]t|sorry|already (?:exists|registered|taken|have))\b",
    re.IGNORECASE,
)


def _ended(
    observation: Observation, section: Section, intent: str, progress: FormProgress
) -> FormMove | None:
    """Done or Stuck after the final press; None when there is more to do."""
    if not progress.finals:
        return None
    if _confirmations(observation) - progress.before:
        return Done("the page confirms it")
    asks = any(asks_for(e) not in ("", "skip") for e in section.fields)
    if intent == "sign in":
        gone = not any(e.type == "password" for e in observation.elements)
        return Done("the sign-in form is gone") if gone else _refused(observation, section)
    if observation.url.split("#")[0] != progress.final_url:
        return None if asks else Done("the form led to another page")
    if not asks and section.button is None:
        return Done("the form is gone")
    return None if _complaints(observation, section) else Stuck("waiting for the page's answer")


def _refused(observation: Observation, section: Section) -> FormMove:
    lines = _complaints(observation, section)
    return Stuck(f"the page says: {lines[0]}") if lines else Stuck("waiting for the page's answer")


def _rejected(observation: Observation, section: Section) -> FormMove:
    """The page complains, and there is nothing to correct: pressing again would not help."""
    empty = tuple(e.name for e in section.fields if "invalid" in e.states and not e.value)
    said = _complaints(observation, section) or ["the form is still there"]
    return Stuck(f"the page says: {said[0]}", empty)


def _confirmations(observation: Observation) -> frozenset[str]:
    lines = [observation.title, *observation.text.splitlines()]
    plain = [
        ln
        for ln in lines
        if not re.match(r"\s*- (?:button|link|textbox|checkbox|radio|combobox)\b", ln)
    ]
    return frozenset(ln.strip() for ln in plain if _CONFIRMED.search(ln))


def complaints(observation: Observation) -> list[str]:
    """Lines of a page that say something is wrong, and the fields it marks as invalid."""
    return _complaints(observation, Section(observation.elements, None))


def _complaints(observation: Observation, section: Section) -> list[str]:
    """What the page finds wrong: lines of text, or the names of fields marked invalid."""
    plain = [
        ln.strip() for ln in observation.text.splitlines() if re.match(r"\s*- (?:text|alert)\b", ln)
    ]
    said = [re.sub(r"^- \w+:?\s*", "", ln)[:120] for ln in plain if _COMPLAINS.search(ln)]
    return said + [f"{e.name} is invalid" for e in section.fields if "invalid" in e.states]


# ---- fields ----------------------------------------------------------------------------------


def _moves(section: Section, data: dict[str, str]) -> list[FormMove]:
    """Everything that is still to be put in, in document order."""
    found: list[FormMove] = []
    for element in section.fields:
        if element.states & {"disabled", "readonly"}:
            continue
        if element.role in _FIELDS:
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
    keys = {asks_for(e) for e in section.fields if e.role in _FIELDS}
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
        and e.role in _FIELDS
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
        return _rejected(observation, section), progress
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
        said = _complaints(observation, section)
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
        before=_confirmations(observation),
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
