"""The rules that read one clause: a table of (pattern, builder), tried in order.

A pattern must match the whole clause; a builder returns steps, a ``Refusal`` for what cannot be
done without a model, or None to let the next rule try. Order matters: the composite and special
come first, the general ("click X") last.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from .clauses import Masked
from .steps import IRREVERSIBLE, Step, Verb

FIRST_RESULT = "first result"
"""The target that pronouns and ordinals after a search come down to."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a clause cannot become steps without a model."""

    reason: str


Built = tuple[Step, ...] | Refusal | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that a rule matched: its named groups, and what came before it."""

    match: re.Match[str]
    masked: Masked
    source: str
    before: tuple[Step, ...]
    url: str

    def raw(self, group: str) -> str:
        """A group as it stands in the masked goal; "x2" is another place for "x" in a pattern."""
        groups = self.match.groupdict()
        return (groups.get(group) or groups.get(f"{group}2") or "").strip()

    def value(self, group: str) -> str:
        """A group as data: verbatim, quotation marks removed."""
        return self.masked.restore(self.raw(group))

    def quoted(self, group: str) -> bool:
        """Whether the group is nothing but quoted text."""
        return len(self.raw(group)) == 1 and self.value(group) != self.raw(group)

    def target(self, group: str) -> str:
        """A group as a name on the page: no article, no quotation marks."""
        return self.masked.restore(_ARTICLE.sub("", self.raw(group))).strip()

    def step(self, verb: Verb, target: str = "", value: str = "", **more: object) -> Step:
        """A step that remembers the words it came from."""
        fields = more.get("fields", ())
        risky = bool(more.get("irreversible", False))
        assert isinstance(fields, tuple)
        within, many = str(more.get("within", "")), str(more.get("many", ""))
        recall = bool(more.get("recall", False))
        return Step(verb, target, value, fields, self.source, risky, within, many, recall)


Builder = Callable[[Clause], Built]
Rule = tuple[re.Pattern[str], Builder]

_ARTICLE = re.compile(
    r"^(?:(?:on|over|the|a|an|my|your|its|their|link|button|tab)\s+(?=\S))*?(?:(?:the|a|an|my"
    r"|your|its|their)\s+)(?=\S)",
    re.IGNORECASE,
)
JUDGEMENT = re.compile(
    r"\b(?:nice(?:st)?|suitable|cheap(?:er|est)?|most|least|better|favou?rite|something|anything"
    r"|whichever|whatever"
    r"|appropriate|interesting|recommend\w*|lovely|decent|good|great|perfect|ideal|affordable"
    r"|popular|similar"
    r"|best(?![- ]?sell)|worst|highest|lowest|biggest|largest|smallest|longest|shortest|fastest"
    r"|newest|latest"
    r"|oldest|any\s+(?!of\s+the)\w+|some\s+\w+|random|that\s+(?:is|are|has|have|costs?|fits?"
    r"|matches)|which\s+(?:is|has|costs?)"
    r"|whose|should\s+i|do\s+you\s+think|with\s+the\s+(?:most|best|lowest|highest)|(?:under"
    r"|below|less\s+than|cheaper\s+than|over|within|up\s+to|at\s+most)"
    r"\s+(?:[$€£]\s?)?\d[\d.,]*(?:\s*(?:euros?|eur|dollars?|usd|pounds?|gbp|bucks|[$€£]))?"
    r"|(?:a\s+)?budget"
    r"|for\s+(?:my|a|an|his|her)\s+(?:mother|father|mum|mom|dad|wife|husband|friend|son|daughter"
    r"|birthday|child|kid|partner|colleague|boss)\w*)\b",
    re.IGNORECASE,
)
"""Words that ask for taste or comparison: no step can be made of them without a model."""

_LONG = 14
PRONOUN = re.compile(
    r"(?:it|them|this|that|this\s+one|that\s+one|one|the\s+(?:item|product|article|one))",
    re.IGNORECASE,
)


def judged(clause: Clause, group: str, *, limit: int = _LONG) -> Refusal | None:
    """A refusal when the group describes instead of naming; quoted words always name."""
    words = clause.raw(group)
    found = JUDGEMENT.search(words)
    if found:
        return Refusal(f"'{found.group()}' needs a comparison or a judgement")
    if re.match(r"(?:an?|some|any)\s+(?!\w+(?:st|nd|rd|th)\b)", words, re.IGNORECASE):
        return Refusal("it does not say which one")
    if len(words.split()) > limit:
        return Refusal("this does not name one thing on the page")
    return None


def after_search(clause: Clause) -> bool:
    """Whether the last step left a list of results behind."""
    return bool(clause.before) and clause.before[-1].verb is Verb.SEARCH


def click(clause: Clause, target: str) -> Step:
    """A click, marked when the words on it mean that it cannot be undone."""
    return clause.step(Verb.CLICK, target, irreversible=bool(IRREVERSIBLE.search(target)))


_FILE = re.compile(
    r"\.(?:txt|pdf|png|jpe?g|csv|docx?|xlsx?|zip|gif|svg|md|py|js|json|xml|mp[34]|odt|pptx?)$",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"(?:(?:[a-z0-9_](?:[\w-]*\w)?\.)+[a-z]{2,}|localhost"
    r"|\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)


def as_url(words: str, base: str) -> str:
    """The URL that the words are, made absolute; empty when they are none."""
    words = words.strip().rstrip(",")
    if re.match(r"(?:https?://|file://|about:)\S+$", words, re.IGNORECASE):
        return words
    if re.fullmatch(r"/[^\s]*", words):
        return urljoin(base, words) if base else words
    if not _HOST.fullmatch(words) or _FILE.search(words):
        return ""
    local = re.match(r"(?:localhost|\d+\.\d+\.\d+\.\d+)", words)
    return f"{'http' if local else 'https'}://{words}"


def rule(pattern: str, builder: Builder) -> Rule:
    """One row of the table. In the pattern, blanks stand for any white space."""
    return re.compile(re.sub(r" (?![+*?{])", r"\\s+", pattern), re.IGNORECASE | re.DOTALL), builder
