"""Words as the deciders compare them: folded, split, stemmed, with a few synonyms."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .synonyms import SYNONYMS

_PHRASES = (
    (r"\be[\s-]mails?\b", "email"),
    (r"\blog-?in[\s-](?:name|id)\b", "username"),
    (r"\bre-?(?:enter|type)\b", "reenter"),
    (r"\b(?:log|sign)(?:ged|ging)?[\s-]*in\b", "signin"),
    (r"\b(?:log|sign)(?:ged|ging)?[\s-]*(?:out|off)\b", "signout"),
    (r"\bsign(?:ing)?[\s-]*up\b", "signup"),
    (r"\bcheck(?:ing)?[\s-]out\b", "checkout"),
    (r"\bzip[\s-]?code\b", "postcode"),
    (r"\bpostal[\s-]code\b", "postcode"),
    (r"\bpost[\s-]code\b", "postcode"),
    (r"\buser[\s-](?:name|id)\b", "username"),
    (
        (
            r"\bpass[\s-](?:word"
            r"|code|phrase)\b"
        ),
        "password",
    ),
    (r"\b(?:create|open|new)\s+(?:an?\s+|my\s+)?(?:new\s+)?account\b", "signup"),
    (r"\blog[\s-]?on\b", "signin"),
    (r"\bnews[\s-]letters?\b", "newsletter"),
    (r"\bt\s?&\s?cs?\b", "terms"),
    (r"\bdate of birth\b", "birthdate"),
    (r"\bnext page\b", "next"),
    (r"\bprevious page\b", "previous"),
    (r"\bweb[\s-]?site\b", "website"),
)
_PHRASE_PATTERNS = tuple((re.compile(p), r) for p, r in _PHRASES)

STOPWORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "from",
        "by",
        "with",
        "into",
        "onto",
        "as",
        "is",
        "are",
        "be",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "my",
        "your",
        "our",
        "me",
        "i",
        "we",
        "you",
        "please",
        "and",
        "or",
        "then",
        "so",
        "up",
        "out",
        "can",
        "could",
        "would",
        "will",
        "want",
        "need",
        "just",
        "which",
        "what",
        "where",
        "element",
        "one",
        "click",
        "press",
        "tap",
        "hit",
        "push",
        "enter",
        "type",
        "fill",
        "put",
        "write",
        "choose",
        "select",
        "pick",
        "set",
        "go",
        "use",
        "make",
        "get",
        "give",
        "do",
        "now",
        "new",
        "page",
        "field",
        "box",
        "button",
        "link",
        "provide",
        "input",
        "key",
    ]
)
"""Words that say nothing about which element is meant."""

ROLE_NOUNS: dict[str, frozenset[str]] = {
    "button": frozenset({"button", "clickable", "submit", "reset"}),
    "link": frozenset({"link"}),
    "tab": frozenset({"tab", "link", "button"}),
    "field": frozenset({"textbox", "searchbox", "combobox", "spinbutton", "number"}),
    "box": frozenset({"textbox", "searchbox", "checkbox", "combobox"}),
    "input": frozenset({"textbox", "searchbox", "spinbutton", "number"}),
    "textbox": frozenset({"textbox", "searchbox"}),
    "checkbox": frozenset({"checkbox", "switch"}),
    "radio": frozenset({"radio"}),
    "switch": frozenset({"switch", "checkbox"}),
    "toggle": frozenset({"switch", "checkbox", "button"}),
    "dropdown": frozenset({"combobox", "listbox", "button"}),
    "list": frozenset({"combobox", "listbox"}),
    "menu": frozenset({"button", "menuitem", "link", "combobox"}),
    "option": frozenset({"option", "radio", "checkbox", "menuitem"}),
    "icon": frozenset({"button", "link", "img"}),
    "slider": frozenset({"slider", "spinbutton"}),
    "page": frozenset({"link", "tab", "button", "menuitem"}),
    "category": frozenset({"link", "tab", "button", "menuitem"}),
    "section": frozenset({"link", "tab", "button", "menuitem"}),
    "item": frozenset({"link", "menuitem", "option", "button"}),
    "heading": frozenset({"link", "heading"}),
    "product": frozenset({"link"}),
    "result": frozenset({"link"}),
}
"""Nouns people put after a name, and the roles they fit."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents and punctuation, one blank between words."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+|_", " ", re.sub(r"['’`´]", "", plain)).split())


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Folded words; camelCase and digits apart, "log in" and the like made one word."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", text)
    folded = unicodedata.normalize("NFKD", spaced).casefold()
    for pattern, word in _PHRASE_PATTERNS:
        folded = pattern.sub(word, folded)
    return tuple(fold(folded).split())


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A light English stem: enough that "results" meets "result" and "sorting" meets "sort"."""
    for ending, rest in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("edly", ""),
        ("ed", ""),
        ("es", "e"),
        ("s", ""),
        ("ly", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: len(word) - len(ending)] + rest
    return word


def _synonym_table() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, group in enumerate(SYNONYMS.splitlines()):
        for word in group.split():
            table.setdefault(stem(word), set()).add(number)
    return {word: frozenset(groups) for word, groups in table.items()}


_GROUPS = _synonym_table()


@lru_cache(maxsize=8192)
def groups(stemmed: str) -> frozenset[int]:
    """The synonym groups a stemmed word is in."""
    return _GROUPS.get(stemmed, frozenset())


@lru_cache(maxsize=8192)
def related(one: str, two: str) -> float:
    """How near two stemmed words are: 1 the same, 0.7 synonyms, 0.6 a typo apart, 0 else."""
    if one == two:
        return 1.0
    if groups(one) & groups(two):
        return 0.7
    if min(len(one), len(two)) >= 4 and (one.startswith(two) or two.startswith(one)):
        return 0.6
    if min(len(one), len(two)) < 5:
        return 0.0
    return 0.6 if _slip(one, two) or dice(one, two) >= 0.6 else 0.0


def _slip(one: str, two: str) -> bool:
    """Whether one typing slip apart: a letter more, less or other, or two letters swapped."""
    if len(one) > len(two):
        one, two = two, one
    at = next((i for i, c in enumerate(one) if c != two[i]), len(one))
    if len(two) - len(one) == 1:
        return one[at:] == two[at + 1 :]
    swapped = one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :]
    return len(one) == len(two) and two[at:] in (two[at : at + 1] + one[at + 1 :], swapped)


@lru_cache(maxsize=8192)
def trigrams(text: str) -> frozenset[str]:
    """Character trigrams of a text with its ends marked."""
    padded = f" {text} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def dice(one: str, two: str) -> float:
    """Dice coefficient of the trigrams of two folded texts, 0 to 1."""
    a, b = trigrams(one), trigrams(two)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "last": -1,
    "top": 1,
}


def ordinal(text: str) -> tuple[int, str] | None:
    """(2, "result") of "the second result"; -1 is the last; None when there is no ordinal."""
    words = text.strip()
    after = re.fullmatch(r"(?P<x>\w+)\s+(?:number|no\.?|#)\s*(?P<n>\d{1,3})", words, re.IGNORECASE)
    if after:
        return int(after["n"]), after["x"]
    found = re.fullmatch(
        r"(?:the\s+)?(?:very\s+)?(?P<n>[a-z]+|\d{1,3}(?:st|nd|rd|th))\s+(?P<x>.+)",
        words,
        re.IGNORECASE,
    )
    if found is None:
        return None
    digits = re.match(r"\d+", found["n"])
    number = int(digits.group()) if digits else _ORDINALS.get(found["n"].casefold(), 0)
    return (number, found["x"]) if number else None


def similarity(one: str, two: str) -> float:
    """How alike two short labels are, 0 to 1: share of related words, refined by trigrams."""
    a = [stem(t) for t in tokens(one)]
    b = [stem(t) for t in tokens(two)]
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    there = sum(max(related(x, y) for y in b) for x in a) / len(a)
    back = sum(max(related(x, y) for x in a) for y in b) / len(b)
    return min(0.99, 0.55 * there + 0.25 * back + 0.2 * dice(fold(one), fold(two)))


def best_option(options: tuple[str, ...], wanted: str, *, least: float = 0.45) -> str | None:
    """The option of a list that a value means ("price from low to high" -> "Price: low to high").

    None when nothing reaches ``least``; of equals, the first.
    """
    folded = fold(wanted)
    for option in options:
        if fold(option) == folded:
            return option
    scored = [(_option_score(option, wanted), -place) for place, option in enumerate(options)]
    if not scored:
        return None
    score, place = max(scored)
    return options[-place] if score >= least else None


_SIZES = {"s": "small", "m": "medium", "l": "large", "xl": "extra large", "xs": "extra small"}


def _option_score(option: str, wanted: str) -> float:
    short = {fold(option), _SIZES.get(fold(option), "")} & {
        fold(wanted),
        _SIZES.get(fold(wanted), ""),
    }
    if short - {""}:
        return 1.0
    a = [stem(t) for t in tokens(wanted) if t not in STOPWORDS] or [stem(t) for t in tokens(wanted)]
    b = [stem(t) for t in tokens(option)]
    if not a or not b:
        return 0.0
    order = 0.05 if [t for t in a if t in b] == [t for t in b if t in a] else 0.0
    return (
        sum(max(related(x, y) for y in b) for x in a) / len(a) * 0.8
        + similarity(wanted, option) * 0.15
        + order
    )
