"""Rules for lists of messages: answer, pass on, delete, mark what somebody sent."""

from __future__ import annotations

import re
from dataclasses import replace

from .clauses import MASK
from .grammar import Built, Clause, Refusal, Rule, click, rule
from .steps import Step, Verb

_MAIL = r"(?:e-?mails?|mails?|messages?|posts?|letters?|notes?|threads?|conversations?)"
_NAME = r"@?[\w.'’-]+(?: (?-i:[A-Z])[\w.'’-]*){0,2}"
_WHOSE = (
    rf"(?:(?:the|that|this|an?|any) )?(?:(?:latest|last|newest|most recent|recent|new|first) )?"
    rf"{_MAIL} (?:(?:that )?(?:is |was |you (?:got|received) )?(?:sent )?(?:by|from|of)) "
    rf"(?P<who>{_NAME})|(?P<who2>{_NAME}?)(?:['’]s|s['’]) (?:(?:latest|last|newest|most recent) )?"
    rf"{_MAIL}"
)
_IT = rf"(?:it|them|that|this|(?:that|this|the) {_MAIL}|(?:that|this) one)"


def _again(pattern: str, number: int) -> str:
    """The same pattern with groups of other names: a name may stand once in an expression."""
    named = re.sub(r"\(\?P<who2>", f"(?P<other{number}>", pattern)
    return re.sub(r"\(\?P<who>", f"(?P<whose{number}>", named)


def _who(c: Clause) -> str:
    names = c.match.groupdict()
    keys = ("who", "who2", "whose2", "other2", "whose3", "other3", "whose4", "other4")
    found = next((names[key] for key in keys if names.get(key)), "")
    return c.masked.restore(found).strip()


def _at(c: Clause, who: str) -> tuple[Step, ...]:
    return (c.step(Verb.FIND, within=who),) if who else ()


def _held(c: Clause, who: str) -> str:
    """The entry that the clause speaks of: its own, or the one that was found before."""
    return who or next((s.within for s in reversed(c.before) if s.within), "")


def _forward(c: Clause) -> Built:
    who = _who(c)
    to = c.value("to").rstrip(".")
    held = _held(c, who)
    if not held:
        return None
    return (
        *_at(c, who),
        c.step(Verb.CLICK, "forward", within=held),
        c.step(Verb.FILL, "to", to),
        click(c, "send"),
    )


def _reply(c: Clause) -> Built:
    who = _who(c) or c.value("p")
    held = _held(c, who)
    if not held:
        return None
    text = c.value("t")
    if not text:
        return Refusal("it does not say what to answer")
    return (
        *_at(c, who),
        c.step(Verb.CLICK, "reply", within=held),
        c.step(Verb.FILL, "", text),
        click(c, "send"),
    )


def _delete(c: Clause) -> Built:
    who = _who(c)
    held = _held(c, who)
    if not held:
        return None
    return (*_at(c, who), replace(click(c, "delete"), within=held))


def _star(c: Clause) -> Built:
    who = _who(c)
    held = _held(c, who)
    if not held:
        return None
    words = re.search(r"important|star|favou?rite|flag|read|unread|spam", c.source, re.IGNORECASE)
    word = words.group().casefold() if words else "star"
    target = "star" if word in ("important", "favorite", "favourite") else word
    return (*_at(c, who), c.step(Verb.CLICK, target, within=held))


_MUST = r"(?:should|must|needs? to|has to|is to|shall|ought to) be"
_SAYING = (
    rf"(?:,? (?:with(?: the)?(?: (?:text|message|words?|answer|reply))?|saying|that says|by "
    rf"(?:saying|writing)|writing|:))? ?(?P<t>{MASK}|.+)"
)

RULES: tuple[Rule, ...] = (
    rule(
        rf"(?:forward|send|pass on|resend) (?:{_WHOSE}) (?:on )?(?:to|over to) (?P<to>{_NAME})",
        _forward,
    ),
    rule(
        rf"(?:forward|send|pass|resend|give|share) (?:{_IT})(?: on)? (?:to|with) (?P<to>{_NAME})",
        _forward,
    ),
    rule(
        rf"(?:forward|send|give|pass)(?: on)?(?: to)? (?!to |it |the )(?P<to>{_NAME}) "
        rf"(?:{_again(_WHOSE, 2)})",
        _forward,
    ),
    rule(
        rf"(?:forward|pass on) to (?P<to>{_NAME})",
        _forward,
    ),
    rule(
        rf"(?:{_WHOSE}) {_MUST} (?:forwarded|sent|passed on|resent)(?: on)? to (?P<to>{_NAME})",
        _forward,
    ),
    rule(
        rf"(?:{_WHOSE}) {_MUST} (?:deleted|removed|trashed|discarded)",
        _delete,
    ),
    rule(
        rf"(?:{_WHOSE}) {_MUST} (?:starred|flagged|marked(?: as)? \w+)",
        _star,
    ),
    rule(
        rf"(?:reply|respond|answer|write back)(?: to)? (?:{_WHOSE}){_SAYING}",
        _reply,
    ),
    rule(
        rf"(?:reply|respond|answer|write back)(?: to (?:{_IT}|him|her|the sender)| back)?{_SAYING}",
        _reply,
    ),
    rule(
        rf"(?:delete|remove|trash|discard|erase|get rid of) (?:{_WHOSE}|{_IT})",
        _delete,
    ),
    rule(
        rf"(?:star|flag|mark|make) (?:{_WHOSE}|{_IT})(?: as)?(?: (?:important|starred|flagged"
        rf"|favou?rite|a favou?rite|read|unread|spam))?",
        _star,
    ),
)
