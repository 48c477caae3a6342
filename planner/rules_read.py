"""Rules for reading and verifying, and, last of all, for what is simply clicked."""

from __future__ import annotations

import re

from .clauses import MASK
from .clicks import GO, WHERE, click_on, place, simple
from .grammar import Built, Clause, Rule, click, judged, rule
from .rules_fields import check
from .steps import Verb

_QUANTITY = (
    r"(?:price|total|sub-?total|cost|balance|status|stock|availability|delivery times?|rating"
    r"|number|amount|sum|name)"
)
_HIT = r"(?:(?:left[- ])?click|tap|press|hit|push|follow|activate)(?: (?:on|at))?"


def _verify(c: Clause) -> Built:
    """A quoted text, or what a frame such as '... is shown' holds, is looked for literally."""
    words = c.raw("x")
    ticked = re.fullmatch(
        r"(?P<n>.+?) (?:is|are) (?:ticked|checked|enabled|switched on|turned on|on|selected)",
        words,
        re.IGNORECASE,
    )
    if ticked:
        return (
            c.step(
                Verb.CHECK,
                c.masked.restore(re.sub(r"(?i)^the\s+|\s+(?:check)?box$", "", ticked["n"])),
            ),
        )
    literal = re.search(MASK, words)
    framed = re.fullmatch(
        r"(?:(?:the |this )?(?:page|screen|site|cart|title|heading|text|message)? ?(?:says|shows"
        r"|displays|contains|reads|has|there is|you (?:can )?see|i (?:can )?see) )(?:the "
        r")?(?:text |message |word )?(?P<a>.+)"
        r"|(?:the )?(?:text |message |word )?(?P<b>.+?) (?:is|are) (?:shown|visible|displayed"
        r"|there|present|on (?:the|this) page)"
        r"|(?P<c>.+?) (?:appears|shows up)(?: on (?:the|this) page)?",
        words,
        re.IGNORECASE,
    )
    if literal:
        return (c.step(Verb.VERIFY, c.masked.restore(words), c.masked.restore(literal.group())),)
    inner = next((g for g in framed.groups() if g), "") if framed else ""
    return (
        c.step(Verb.VERIFY, c.masked.restore(words), re.sub(r"(?i)^(?:the|an?)\s+", "", inner)),
    )


def _read(c: Clause) -> Built:
    no = judged(c, "x", limit=24)
    if no:
        return no
    return (*place(c), c.step(Verb.READ, c.target("x").rstrip("?").strip()))


def _bare(c: Clause) -> Built:
    """'Save the changes' is a button by that name."""
    no = judged(c, "x", limit=8)
    words = re.sub(r"\s+(?:the|my|your|this|it|them)\b", "", c.raw("x"), flags=re.IGNORECASE)
    return no or (click(c, c.masked.restore(words)),)


RULES: tuple[Rule, ...] = (
    rule(
        r"(?:make sure|verify|ensure|assert|check|confirm)(?: that| whether| if)(?: the text)? "
        r"(?P<x>.+)|(?:make sure|verify|ensure|assert)(?: the text)? (?P<x2>.+)",
        _verify,
    ),
    rule(
        rf"(?:check|see|view)(?: what)?(?: the| my| its)? (?P<x>(?:[\w' -]+ )?{_QUANTITY}\b.*)",
        _read,
    ),
    rule(
        rf"check(?: the)? (?P<x>.+?)(?: check ?box| box| option| switch)?{WHERE}",
        check(Verb.CHECK),
    ),
    rule(
        rf"(?:read|note(?: down)?|report(?: back)?|tell(?: me| us)?|extract|find out|give me|get"
        rf"(?: me)?|return|collect|copy|say|show(?: me)?(?= .*\b{_QUANTITY}\b))(?: (?:out|down|to "
        rf"me|back|me|us))*(?: (?:about|of))?(?: the| its| their)? (?P<x>.+?)(?: (?:to|for) me)?",
        _read,
    ),
    rule(
        r"(?P<x>(?:what|which|how|who|where|when|is|are|does|do (?:you|they|i|we))\b.+)",
        _read,
    ),
    rule(
        r"(?:close|dismiss)(?: the| this| that| any)? (?:pop-?up|banner|dialog(?:ue)?|modal"
        r"|overlay|window|message|notice)s?",
        simple(Verb.DISMISS, "", "close"),
    ),
    rule(
        rf"(?:{GO}|{_HIT}|double[- ]click(?: on)?|click through to) (?P<x>.+)",
        click_on,
    ),
    rule(
        r"(?P<x>(?:submit|save|continue|proceed|confirm|next|apply|expand|collapse|download|edit"
        r"|print|cancel|share|publish|post|send|delete|remove|view|close|finish|complete)\b.*)",
        _bare,
    ),
)
