"""Goals cut into clauses: quoted text is kept whole, values keep their commas.

A separator only cuts where a new clause clearly starts, that is, where politeness ("and then
please") is followed by a word that asks for something. So "check out as Ada, 12 Main St" stays
in one piece, and "open it, add it to the cart" does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_FIRST, _LAST = 0xE000, 0xF8FF
"""Private-use characters stand for quoted text, one each."""

MASK = f"[{chr(_FIRST)}-{chr(_LAST)}]"

_QUOTED = re.compile(
    r'(?<!\w)"(?P<a>[^"]*)"|“(?P<b>[^”]*)”|„(?P<c>[^“”]*)[“”]|«\s?(?P<d>[^»]*?)\s?»'
    r"|‘(?P<e>(?:[^’]|’(?=\w))*)’(?!\w)|(?<!\w)'(?P<f>(?:[^'\n]|'(?=\w))+)'(?!\w)"
    rf"|`(?P<g>[^`\n]+)`|(?P<pua>{MASK})"
)

LEAD = (
    r"(?:(?:[-*•–]+|\(?\d{1,2}[.):](?=\s)|step\s+\d+\s*[.:)-]*|and|then|next(?=,|\s+[a-z]+\s+\S)"
    r"|now"
    r"|first(?:ly|\s+of\s+all)?|second(?:ly)?|third(?:ly)?|finally|lastly|afterwards?"
    r"|after\s+(?:that|this)"
    r"|once\s+(?:that\s+is\s+)?done|also|please|pls|plz|kindly|just|simply|quickly|hey|hi|hello"
    r"|ok(?:ay)?|so"
    r"|(?:can|could|would|will)\s+you|i(?:'d|’d|\s+would)\s+like\s+(?:you\s+)?to"
    r"|i\s+(?:want|need)\s+(?:you\s+)?to|i(?:'m|’m|\s+am)(?=\s+looking\s+for)|you\s+(?:should"
    r"|must|can)"
    r"|you(?:'ll|’ll)?\s+(?:need|have)\s+to|let(?:'|’)?s|let\s+us|go\s+ahead\s+and|go\s+and"
    r"|try\s+to"
    r"|(?:do\s+not|don'?t)\s+forget\s+to|remember\s+to|help\s+me(?:\s+to)?|your\s+task\s+is\s+to"
    r"|(?:be|make)\s+sure\s+to|proceed\s+to(?=\s+(?:click|open|fill|enter|select|press)))"
    r"(?:\s*,)?(?:\s+|$))"
)

_VERBS = (
    r"open|visit|go|navigate|head|browse|load|launch|search|look(?:ing)?\s+(?:for|up|at)|find"
    r"|google|click"
    r"|double[- ]click|right[- ]click|tap|press|hit|push|follow|choose|select|pick|take"
    r"|set(?!\s+of)"
    r"|change|update|adjust|type|enter|write|input|insert|fill|put|tick|check|untick|uncheck"
    r"|deselect"
    r"|unselect|clear|mark|unmark|toggle|turn|switch|enable|disable|activate|deactivate|add"
    r"|remove|delete"
    r"|empty|sign|log(?:\s*in|\s*out|\s*off)\b|login|register|create|join|buy|purchase"
    r"|order\s+(?:the|it|a|an|one|two|them|this|\d+)|checkout|pay"
    r"|place|complete|finish|confirm|submit|send|subscribe|unsubscribe|scroll|wait|accept|reject"
    r"|decline"
    r"|allow|deny|refuse|agree|dismiss|close|upload|attach|read|tell|show|what(?:'s)?|which"
    r"|note\s+down|how\s+(?:much|many|long|do|does|is|are)|who|where|when|get|give|extract"
    r"|remember|make|verify"
    r"|ensure|assert|hover|move|drag|refresh|reload|filter|sort|order\s+by|narrow|limit|expand"
    r"|collapse"
    r"|forward\s+(?:it|that|this|the|them|to)|reply|respond|highlight|focus|expand"
    r"|download|save|apply|redeem|use|view|see|inspect|proceed|continue|return|come\s+back"
    r"|increase|decrease|keep|contact\s|edit|compare|recommend|suggest|decide"
    r"|ship|deliver|have\s+it|summari[sz]e|cancel|if|unless|until|don'?t|do|never|avoid|repeat"
    r"|skip|try"
    r"|(?:message|ask|book|reserve|rate|share|print|post|publish|copy|paste|count|list|collect"
    r"|plan|call|start|begin"
    r"|stop|bring|leave|report|note)\s+(?:the|a|an|me|my|it|its|them|us|him|her|all|this|that"
    r"|down|back|to|up|at|out)"
)
_HEAD = re.compile(rf"{LEAD}{{0,6}}(?:{_VERBS})\b", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"(?P<line>\s*\n\s*)|(?P<semi>\s*;(?=\s|$)\s*)|(?P<item>\s+(?=\(?\d{1,2}[.)]\s+\S))"
    r"|(?P<end>[.!?]+(?=\s|$)\s*)|(?P<comma>\s*,\s*(?=\S))"
    r"|(?P<then>\s+(?:and\s+)?then\s*,?\s+)|(?P<soft>\s+(?=(?:and|&|after\s+that|afterwards"
    r"|finally)\s|(?:hit|press|click)(?:\s+on)?(?:\s+the)?\s+[\"“]?(?:submit|save|search|ok|done)\b))",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s,(])(?:st|dr|mr|mrs|ms|ave|rd|blvd|ln|no|nr|apt|jr|sr|inc|ltd|co|vs|etc|approx|str"
    r"|sq|ste|bldg|fl|[a-z])$",
    re.IGNORECASE,
)
_DATUM = re.compile(r"[-*•\s]*[A-Za-z][\w /-]{0,24}\s*[:=]\s*\S")
_COMPOUND = re.compile(
    r"(?:&|and)\s+(?:continue|close|exit|pay|finish|proceed|review|next|new)\s*(?=$|[,.;?!\n]"
    r"|\s(?:and|then|please)\b)",
    re.IGNORECASE,
)
_PRESSES = re.compile(
    rf"(?i:{LEAD}*(?:click|tap|press|hit|push|select|choose)\s+(?:on\s+)?(?:the\s+)?)[A-Z][\w' ]*$"
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A goal with its quoted parts replaced by single characters."""

    text: str
    inner: tuple[str, ...]
    raw: tuple[str, ...]

    def restore(self, text: str, *, quotes: bool = False) -> str:
        """The text with the quoted parts put back, with or without their quotation marks."""
        parts = self.raw if quotes else self.inner
        return "".join(parts[ord(c) - _FIRST] if _FIRST <= ord(c) <= _LAST else c for c in text)


def mask(goal: str) -> Masked:
    """Replace every quoted part by a character of its own, so that nothing inside is split."""
    inner: list[str] = []
    raw: list[str] = []

    def put(match: re.Match[str]) -> str:
        if len(inner) > _LAST - _FIRST:
            return " "
        inner.append(next(g for g in match.groups() if g is not None))
        raw.append(match.group())
        return chr(_FIRST + len(inner) - 1)

    return Masked(_QUOTED.sub(put, goal), tuple(inner), tuple(raw))


def split(text: str) -> tuple[str, ...]:
    """Clauses of a masked goal, in order, without empty ones."""
    clauses: list[str] = []
    start = 0
    for match in _SEPARATOR.finditer(text):
        if match.start() >= start and _cuts(text, start, match):
            clauses.append(text[start : match.start()])
            start = match.end()
    clauses.append(text[start:])
    stripped = (c.strip(" \t\r\n,;") for c in clauses)
    return tuple(c for c in stripped if not _EMPTY.fullmatch(c))


_EMPTY = re.compile(r"(?:and|&|then|[\s.,;:*•–-])*", re.IGNORECASE)


def _cuts(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a separator really ends the clause that began at ``start``."""
    before, rest = text[start : match.start()], text[match.end() :]
    kind = match.lastgroup or ""
    if not rest.strip():
        return kind in ("end", "line", "semi") and not match.group().strip().startswith(("!", "?"))
    begins = _HEAD.match(rest) is not None
    return _RULES[kind](before, rest, begins)


def _is_next_item(clause: str, rest: str) -> bool:
    """'1. Open it 2. Click': a number ends a clause only when it is the next of a list."""
    this = re.match(r"\W*(\d{1,2})[.)]", clause)
    following = re.match(r"\(?(\d{1,2})[.)]", rest)
    return this is not None and following is not None and int(following[1]) == int(this[1]) + 1


def _is_compound(clause: str, rest: str) -> bool:
    """'click Save and continue' names one button."""
    return _COMPOUND.match(rest) is not None and _PRESSES.match(clause.strip()) is not None


def _ends_sentence(clause: str, rest: str) -> bool:
    """A full stop before a capital ends a sentence, unless it ends an abbreviation."""
    return (rest[0].isupper() or not rest[0].isalnum()) and not _ABBREVIATION.search(clause)


def _sentence(before: str, rest: str, begins: bool) -> bool:
    """The full stop of "1. Open it" ends nothing."""
    return not re.fullmatch(r"\W*\d{1,2}", before) and (begins or _ends_sentence(before, rest))


def _joint(before: str, rest: str, begins: bool) -> bool:
    return begins and not (_is_compound(before, rest) or _CONDITION.match(before))


def _line(_: str, rest: str, begins: bool) -> bool:
    """A new line is a new clause, unless it is a labelled datum of the one before."""
    return begins or not _DATUM.match(rest)


_CONDITION = re.compile(rf"\s*{LEAD}{{0,6}}(?:if|unless|when)\b(?!.*\bthen\b)", re.IGNORECASE)
"""A condition and what follows its comma are one clause."""

_RULES: dict[str, Callable[[str, str, bool], bool]] = {
    "item": lambda before, rest, _: _is_next_item(before, rest),
    "then": lambda *_: True,
    "comma": _joint,
    "soft": _joint,
    "end": _sentence,
    "line": _line,
    "semi": _line,
}


_LEADS = re.compile(rf"{LEAD}{{1,12}}", re.IGNORECASE)
_TRAIL = re.compile(
    r"(?:\s*,?\s*(?:please|for\s+me|thanks?(?:\s+you)?(?:\s+(?:very\s+much|a\s+lot))?|right\s+now"
    r"|if\s+you\s+(?:can|please)|would\s+you|too|as\s+well"
    r"|(?:when|once|after)\s+(?:you(?:'re|\s+are|\s+have)?\s+)?(?:done|finished|ready|complete)))+"
    r"[.!?]*$|[.\s]+$",
    re.IGNORECASE,
)


def core(clause: str) -> str:
    """The clause without politeness at its ends."""
    found = _LEADS.match(clause)
    inner = clause[found.end() :] if found else clause
    if found and re.search(r"\byou\b", found.group(), re.IGNORECASE):
        inner = inner.rstrip("? ")  # "could you ...?" asks, its last word does not
    return _TRAIL.sub("", inner).strip()
