"""What several groups of rules need: clicks, lists of names, places, simple steps."""

from __future__ import annotations

import re

from .clauses import MASK
from .grammar import (
    FIRST_RESULT,
    PRONOUN,
    Builder,
    Built,
    Clause,
    after_search,
    as_url,
    click,
    judged,
)
from .steps import Step, Verb

FIELD_NOUN = re.compile(
    r"(?<!first)(?<!second)(?<!third)(?<!fourth)(?<!last)(?<!next)(?<!\dst)(?<!\dnd)(?<!\drd)"
    r"(?<!\dth)\s+(?:(?:text"
    r"|input)\s*)?(?:field|box|input|area|textbox|entry)$",
    re.IGNORECASE,
)
ORDINAL = r"(?:first|second|third|fourth|fifth|last|\d+(?:st|nd|rd|th))"
GO = (
    r"(?:open(?: up)?|visit|(?:go|head|get)(?: over)?(?: back)? (?:in)?to|navigate(?: back)? to"
    r"|load|browse(?: to)?|launch"
    r"|take me to|bring up|view|see|show(?: me)?|start (?:at|on|from)|return to|switch to"
    r"|move(?: on)? to|look at)"
)
WHERE = (
    r"(?: (?:on|in|from|under|at) (?P<place>(?:the |my )?[\w' ]*?(?:page|settings|preferences"
    r"|section|category|account)))?"
)


def place(c: Clause) -> tuple[Step, ...]:
    """Steps to the page that a clause mentions, unless the last step went there."""
    place = c.value("place")
    if not place:
        return ()
    url = as_url(place, c.url)
    if url:
        return (c.step(Verb.OPEN, url),)
    target = c.target("place")
    there = bool(c.before) and c.before[-1].target == target
    return () if there else (click(c, target),)


def click_on(c: Clause) -> Built:
    no = judged(c, "x")
    target = _plain(_by_name(c, "x")).rstrip("?!")
    if no or not target:
        return no
    if PRONOUN.fullmatch(target):
        target = FIRST_RESULT if after_search(c) else target
    elif re.fullmatch(r"(?:very )?\w+ one", target, re.IGNORECASE):
        target = re.sub(r"\s+one$", " result", target)
    parts = names_in(c, "x")
    return tuple(click(c, part) for part in parts) if parts else (click(c, target),)


_FOR_WHAT = re.compile(
    rf"(\b(?:icon|button|link|image|tab)|{MASK}) (?:to|in order to) \w+(?: [\w'-]+){{0,6}}$",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"(?:the |an? )?(?P<noun>[\w-]+(?: [\w-]+){{0,5}}?)(?: (?:(?:that|which) (?:is |are )?)?"
    rf"(?:labell?ed|named|called|titled|saying|says|marked|(?:with|of) the (?:text|label|name|title"
    rf"|caption)))? (?P<name>{MASK})",
    re.IGNORECASE,
)
_KINDS = frozenset({"button", "link", "tab", "checkbox"})


def _by_name(c: Clause, group: str) -> str:
    """'the link "X"', 'the button labelled "X"': X, with the kind where that tells something."""
    words = _FOR_WHAT.sub(r"\1", c.raw(group))
    found = _CALLED.fullmatch(words)
    if found is None:
        return c.masked.restore(_START.sub("", words)).strip()
    name = c.masked.restore(found["name"])
    kinds = [word for word in found["noun"].casefold().split() if word in _KINDS]
    return f"{name} {kinds[0]}" if kinds else name


_START = re.compile(
    r"^(?:(?:on|over|the|a|an|my|your|its|their|link|button|tab)\s+(?=\S))*?(?:(?:the|a|an|my|your"
    r"|its|their)\s+)(?=\S)",
    re.IGNORECASE,
)


def _plain(target: str) -> str:
    """'the page of the first result' is that result, 'the shop's sale page' the sale page."""
    short = re.sub(
        r"^(?:(?:product )?(?:page|details?)(?: page)? (?:of|for)|(?:shop|site|store"
        r"|website)['’]s)\s+(?:the\s+)?",
        "",
        target,
        flags=re.IGNORECASE,
    )
    return short or target


def names_in(c: Clause, group: str) -> list[str]:
    """The names in 'A, B and C' or '"A" and "B"'; empty when it is one name."""
    words = c.raw(group)
    nth = rf"(?:the )?{ORDINAL} [\w ]+"
    if re.fullmatch(rf"{nth}?(?:, (?:and )?| and ){nth}", words, re.IGNORECASE):
        words = re.sub(r"\s+and\s+", ", ", words)
    quoted = rf"(?:the )?{MASK}"
    path = re.split(r"\s+(?:>|→|»|->)\s+", words)
    if len(path) > 1:
        return [re.sub(r"(?i)^the\s+", "", c.masked.restore(p)).strip() for p in path if p.strip()]
    if "," not in re.sub(r"\([^()]*\)", "", words) and not re.fullmatch(
        rf"{quoted} (?:and|&) {quoted}", words, re.IGNORECASE
    ):
        return []
    parts = re.split(r"\s*,\s*(?:and\s+|&\s+)?|\s+(?:and|&)\s+", words)
    return [
        c.masked.restore(re.sub(r"^the\s+", "", p, flags=re.IGNORECASE)).strip()
        for p in parts
        if p.strip()
    ]


def simple(verb: Verb, group: str = "", value: str = "") -> Builder:
    def build(c: Clause) -> Built:
        no = judged(c, group) if group else None
        target = FIELD_NOUN.sub("", c.target(group)) if group else ""
        return no or (c.step(verb, target, value or c.value("v")),)

    return build
