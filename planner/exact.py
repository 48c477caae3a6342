"""The exact tier: the words are the name, or an ordinal, and only one element fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .ordinals import nth
from .question import Candidate, Decision, Question
from .words import ROLE_NOUNS, fold

_VERB = re.compile(
    r"^(?:please )?(?:click|press|tap|push|hit|open|select|choose|pick|tick|check|uncheck|untick"
    r"|enter|type|fill(?: in| out)?|go to"
    r"|focus(?: on| into)?|use|toggle|hover(?: over)?)(?: (?:on|in|into|to|the|a|an|your|my))* "
    r"(?=\S)",
)
_ENOUGH_WORDS = 2
"""One word alone begins too many names."""
_NOUN = re.compile(rf"^(?P<name>.+?) (?P<noun>{'|'.join(ROLE_NOUNS)})s?$")


def decide(question: Question) -> Decision | None:
    """The one element with this name, or None when there is none or more than one. Pure."""
    words = fold(question.instruction)
    for probability, reason, find in _WAYS:
        found = find(words, question)
        if len(found) == 1:
            return Decision(found[0].ref, probability, "exact", 0.0, ((found[0].ref, 1.0),), reason)
        if len(found) > 1:
            return None
    return _by_ordinal(question)


def _by_ordinal(question: Question) -> Decision | None:
    words = _VERB.sub("", fold(question.instruction))
    found = nth(words, question.candidates)
    if found is None:
        return None
    element, sure = found
    return Decision(element.ref, sure, "exact", 0.0, ((element.ref, sure),), "counted in the list")


def _named(words: str, question: Question) -> Sequence[Candidate]:
    return _prefer([c for c in question.candidates if words and fold(c.name) == words])


def _named_without_verb(words: str, question: Question) -> Sequence[Candidate]:
    return _named(_VERB.sub("", words), question)


def _named_with_role(words: str, question: Question) -> Sequence[Candidate]:
    """'sign in button': the name, and a role that fits the noun."""
    return _with_role(words, question) or _with_role(_VERB.sub("", words), question)


def _with_role(words: str, question: Question) -> Sequence[Candidate]:
    found = _NOUN.match(words)
    if found is None:
        return ()
    roles = ROLE_NOUNS[found["noun"]]
    fitting = [c for c in question.candidates if c.role in roles]
    return _prefer([c for c in fitting if fold(c.name) == found["name"]])


def _hinted(words: str, question: Question) -> Sequence[Candidate]:
    return _prefer([c for c in question.candidates if words and fold(c.hint) == words])


def _offers(words: str, question: Question) -> Sequence[Candidate]:
    """A choice without a named list: what is called like the value, or has it as an option."""
    value = fold(question.value)
    if not value or question.action != "select" or words:
        return ()
    named = [c for c in question.candidates if fold(c.name) == value]
    listed = [c for c in question.candidates if value in (fold(o) for o in c.options)]
    return named or listed


def _begins(words: str, question: Question) -> Sequence[Candidate]:
    """A card in a list is a link named by all it shows: "Blue Mug €14.50 4.1 out of 5 stars"."""
    wanted = _VERB.sub("", words)
    if question.action != "click" or len(wanted.split()) < _ENOUGH_WORDS:
        return ()
    links = [c for c in question.candidates if c.role == "link"]
    found = _prefer([c for c in links if fold(c.name).startswith(f"{wanted} ")])
    return found if len(found) == 1 else ()


def _prefer(found: list[Candidate]) -> list[Candidate]:
    """Of namesakes, the one that can be seen and acted on; links to one place are one link."""
    if len(found) < 2:
        return found
    visible = [c for c in found if "offscreen" not in c.states and "disabled" not in c.states]
    if len(visible) == 1:
        return visible
    same_place = found[0].href and all(c.href == found[0].href for c in found)
    return found[:1] if same_place else found


_WAYS: tuple[tuple[float, str, Callable[[str, Question], Sequence[Candidate]]], ...] = (
    (0.99, "the only element of that name", _named),
    (0.99, "the only element of that name and kind", _named_with_role),
    (0.985, "the only element of that name", _named_without_verb),
    (0.97, "the only one that offers this value", _offers),
    (0.95, "the only field with that hint", _hinted),
    (0.93, "the only link that begins so", _begins),
)
