"""Whether a form is through, or why it does not go on, by what the page says."""

from __future__ import annotations

import re

from ..snapshot.observe import Observation
from .form_fields import asks_for
from .form_moves import Done, FormMove, FormProgress, Stuck
from .form_sections import Section

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


def ending(
    observation: Observation, section: Section, intent: str, progress: FormProgress
) -> FormMove | None:
    """Done or Stuck after the final press; None when there is more to do."""
    if not progress.finals:
        return None
    if confirmations(observation) - progress.before:
        return Done("the page confirms it")
    asks = any(asks_for(e) not in ("", "skip") for e in section.fields)
    if intent == "sign in":
        gone = not any(e.type == "password" for e in observation.elements)
        return Done("the sign-in form is gone") if gone else _refused(observation, section)
    if observation.url.split("#")[0] != progress.final_url:
        return None if asks else Done("the form led to another page")
    if not asks and section.button is None:
        return Done("the form is gone")
    return None if complaints_of(observation, section) else Stuck("waiting for the page's answer")


def _refused(observation: Observation, section: Section) -> FormMove:
    lines = complaints_of(observation, section)
    return Stuck(f"the page says: {lines[0]}") if lines else Stuck("waiting for the page's answer")


def rejected(observation: Observation, section: Section) -> FormMove:
    """The page complains, and there is nothing to correct: pressing again would not help."""
    empty = tuple(e.name for e in section.fields if "invalid" in e.states and not e.value)
    said = complaints_of(observation, section) or ["the form is still there"]
    return Stuck(f"the page says: {said[0]}", empty)


def confirmations(observation: Observation) -> frozenset[str]:
    lines = [observation.title, *observation.text.splitlines()]
    plain = [
        ln
        for ln in lines
        if not re.match(r"\s*- (?:button|link|textbox|checkbox|radio|combobox)\b", ln)
    ]
    return frozenset(ln.strip() for ln in plain if _CONFIRMED.search(ln))


def complaints(observation: Observation) -> list[str]:
    """Lines of a page that say something is wrong, and the fields it marks as invalid."""
    return complaints_of(observation, Section(observation.elements, None))


def complaints_of(observation: Observation, section: Section) -> list[str]:
    """What the page finds wrong: lines of text, or the names of fields marked invalid."""
    plain = [
        ln.strip() for ln in observation.text.splitlines() if re.match(r"\s*- (?:text|alert)\b", ln)
    ]
    said = [re.sub(r"^- \w+:?\s*", "", ln)[:120] for ln in plain if _COMPLAINS.search(ln)]
    return said + [f"{e.name} is invalid" for e in section.fields if "invalid" in e.states]
