"""YESNO: whether something is so on a page, from its words, elements and states. Pure.

``settle`` answers what is a fact of the page: quoted text, an element's state, an open dialog.
``judge`` weighs words: those of ``topics.txt``, names of elements, and lines that say the same.
"""

from __future__ import annotations

import re

from . import claims, exact
from .claims import NOT, Found
from .question import ROLES, Candidate, Decision, Page, Question, Tier, candidate_of
from .vectors import Vectors
from .words import fold

YES, NO = "yes", "no"
ANSWERS = (Candidate(YES, "answer", "yes"), Candidate(NO, "answer", "no"))

_QUOTED = re.compile(r"[\"“„«']([^\"”“»']{2,})[\"”“»'](?=\W|$)")
_SAYS = re.compile(
    r"\b(?:say|says|show|shows|shown|contain|contains|mention|mentions|read|reads"
    r"|display|displays|text|word|words|visible|appear|appears|message|there)\b"
)
_STATES = (
    (r"(?:un|de)(?:ticked|checked|selected)", "checked selected", False),
    (
        r"ticked|checked|selected|switched on|turned on|activated|marked|on",
        "checked selected",
        True,
    ),
    (r"disabled|greyed out|grayed out|inactive|locked", "disabled", True),
    (r"enabled|clickable|active|usable|can be (?:clicked|pressed)", "disabled", False),
    (r"required|mandatory", "required", True),
    (r"optional", "required", False),
    (r"expanded|open|opened|unfolded", "expanded", True),
    (r"collapsed|closed|folded", "expanded", False),
    (r"read ?only", "readonly", True),
    (r"invalid|marked as wrong", "invalid", True),
)
_STATE = tuple(
    (
        re.compile(rf"^(?:is|are|has) (?:the |my |this )?(?P<what>.+?) (?:is |been )?(?:{words})$"),
        s,
        yes,
    )
    for words, s, yes in _STATES
)
_VALUE = re.compile(
    r"^(?:is|does) (?:the |my )?(?P<what>.+?)(?: field| box| input)?"
    r" (?P<how>empty|filled(?: in| out)?|blank)$"
)
_DIALOG = re.compile(
    r"\b(?:alert|confirm\w*|javascript|prompt) (?:dialog|box|open|shown)|\bdialog open"
)


def settle(question: Question) -> Decision | None:
    """The answer when it is a fact of the page; None when it is not."""
    page = question.page
    for find in (_quoted, _dialog, _state):
        found = find(question.instruction, page)
        if found is not None:
            yes, sure, why = found
            return _decision(yes, sure, "exact", why)
    return None


def judge(question: Question, vectors: Vectors) -> Decision | None:
    """The likelier answer with a probability, or None when nothing on the page speaks of it."""
    words, page = fold(question.instruction), question.page
    for find in (claims.compared, claims.on_topic, claims.at_place, claims.exists):
        found = find(words, page, vectors)
        if found is not None:
            yes, sure, why = found
            return _decision(yes, sure, "ranker", why)
    yes, sure, why = claims.said(words, page)
    return _decision(yes, sure, "ranker", why)


def _decision(yes: bool, sure: float, by: Tier, why: str) -> Decision:
    ref, other = (YES, NO) if yes else (NO, YES)
    return Decision(ref, sure, by, 0.0, ((ref, sure), (other, round(1 - sure, 4))), why)


# ---- facts -----------------------------------------------------------------------------------


def _quoted(raw: str, page: Page) -> Found | None:
    """'Does the page say "Sold out"?'"""
    quoted = _QUOTED.search(raw)
    if quoted is None or not _SAYS.search(fold(raw)):
        return None
    wanted = fold(quoted[1])
    found = next((line for line in claims.lines(page) if wanted in line), None)
    answer = (found is not None) != bool(NOT.search(fold(_QUOTED.sub(" ", raw))))
    return answer, 0.97, f'"{wanted}" is {"in" if found is not None else "not in"} the text'


def _dialog(raw: str, page: Page) -> Found | None:
    """An open JavaScript dialog."""
    if not _DIALOG.search(fold(raw)):
        return None
    return bool(page.dialog), 0.95, "a dialog is open" if page.dialog else "no dialog is open"


def _state(raw: str, page: Page) -> Found | None:
    """Whether the element of that name is ticked, disabled, required..."""
    words = fold(raw).replace("isnt", "is not")
    plain, negated = words.replace(" not ", " "), " not " in words
    for pattern, states, wanted in _STATE:
        match = pattern.match(plain)
        element = _only(match["what"], page) if match else None
        if element is not None:
            has = bool(element.states & set(states.split()))
            said = " ".join(sorted(element.states)) or "none"
            return (has == wanted) != negated, 0.97, f"its states: {said}"
    return _content(plain, negated, page)


def _content(words: str, negated: bool, page: Page) -> Found | None:
    """Whether a field holds something."""
    match = _VALUE.match(words)
    element = _only(match["what"], page) if match else None
    if match is None or element is None or element.role not in ROLES["fill"]:
        return None
    filled = bool(element.value)
    yes = (filled == match["how"].startswith("filled")) != negated
    return yes, 0.95, "it holds something" if filled else "it is empty"


def _only(what: str, page: Page) -> Candidate | None:
    """The one element that has this name, whatever noun stands behind it."""
    every = tuple(candidate_of(e) for e in page.elements)
    decision = exact.decide(Question(what, "", every))
    return next((c for c in every if decision is not None and c.ref == decision.ref), None)
