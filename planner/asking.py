"""Questions of every kind about a page, made from what was seen of it. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from ..snapshot.observe import Element, Observation
from . import spans
from .question import Candidate, Change, Decision, Kind, Page, Question, candidates_of
from .yesno import ANSWERS

_OFFERS = frozenset(
    {"radio", "checkbox", "option", "menuitem", "menuitemradio", "menuitemcheckbox", "tab"}
    | {"switch", "treeitem", "button", "gridcell"}
)
"""What can be an option of itself."""


def page_of(observation: Observation, text: str | None = None) -> Page:
    """What is known of a page; ``text`` is its plain text, by default that of its text view."""
    dialog = observation.dialog.message if observation.dialog else ""
    said = map(_plain, observation.text.splitlines()) if text is None else text.splitlines()
    lines = tuple(line.strip() for line in said if line.strip())
    return Page(observation.url, observation.title, lines, observation.elements, dialog)


_NAMED = re.compile(r'^- [a-z]+ "(?P<name>(?:[^"\\]|\\.)*)"')


def _plain(line: str) -> str:
    """A line of the text view without its marks: the text, or the element's name."""
    if line.startswith("- text: "):
        return line.removeprefix("- text: ")
    named = _NAMED.match(line)
    return named["name"].replace('\\"', '"') if named else ""


def question_about(
    kind: Kind,
    instruction: str,
    page: Page,
    *,
    action: str = "",
    value: str = "",
    change: Change | None = None,
) -> Question:
    """The question with its candidates: elements, options, values of the page, or yes and no."""
    asked = Question(
        instruction, action, (), value, kind=kind, page=page, change=change or Change()
    )
    if kind == "element":
        return replace(asked, candidates=candidates_of(page.elements, action))
    if kind == "option":
        return replace(asked, action="select", candidates=options_of(page.elements))
    if kind == "value":
        return replace(asked, candidates=spans.candidates(page))
    return replace(asked, candidates=ANSWERS)


def options_of(elements: tuple[Element, ...]) -> tuple[Candidate, ...]:
    """Every option on offer: those of lists have their list's ref, a mark and their place."""
    found: list[Candidate] = []
    for e in elements:
        if "disabled" in e.states:
            continue
        group = e.name or e.hint or e.context
        found += [
            Candidate(f"{e.ref}#{n}", "option", label, group, landmark=e.landmark)
            for n, label in enumerate(e.options)
        ]
        if e.role in _OFFERS and not e.options:
            found.append(Candidate(e.ref, e.role, e.name, e.context, e.hint, states=e.states))
    return tuple(found)


def answered(question: Question, decision: Decision) -> Decision:
    """The decision with its answer in words, and with the ref of an element or none."""
    chosen = next((c for c in question.candidates if c.ref == decision.ref), None)
    kind = question.kind
    if chosen is None:
        return replace(decision, kind=kind, ref=None, answer=None)
    if kind == "element":
        return replace(decision, answer=chosen.ref)
    if kind == "option":
        return replace(decision, kind=kind, ref=chosen.ref.partition("#")[0], answer=chosen.name)
    return replace(decision, kind=kind, ref=None, answer=chosen.name)
