"""VALUE: which of the short values of a page is asked for ("the order number", "total price").

A fixed linear score over what stands beside a value and what kind of text it is. Pure.
"""

from __future__ import annotations

import math
import re

from .question import Candidate, Decision, Question, Tier
from .words import STOPWORDS, fold, related, similarity, stem, tokens

_COUNT = r"how many|number of|count|quantity|qty|amount of (?:items|people)|how often|anzahl"
_MONEY = (
    r"prices?|totals?|subtotal|grand total|costs?|fees?|amount|balance|charges?|postage"
    r"|shipping costs?|tax|vat|salary|rent|how much|preis|summe|gesamt\w*|prix|precio|prezzo"
)
_CODE = (
    r"(?:order|booking|reference|confirmation|invoice|tracking|ticket|customer|account|serial"
    r"|model|article|item|case|flight|room|voucher|promo|discount|coupon)"
    r" (?:number|no|nr|id|code|reference|key)|reference|sku|isbn|ean|code|bestellnummer"
    r"|zip(?: code)?|postcode|postal code|version|licen[cs]e key"
)
_WANTED: tuple[tuple[str, str], ...] = (
    ("email", r"e ?mail(?: address)?"),
    ("phone", r"(?:tele)?phone(?: number)?|mobile|fax|hotline"),
    ("number", _COUNT),
    ("percent", r"percent(?:age)?|rate|discount rate"),
    ("money", _MONEY),
    ("code", _CODE),
    ("date", r"date|day|when|deadline|due|expires?|arrives?|birthday|datum|fecha"),
    ("time", r"time|opens?|closes?|opening|departs?|departure|arrival"),
)
_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})\b")) for name, words in _WANTED)

_FITS = {
    "code": frozenset({"code", "number"}),
    "number": frozenset({"number"}),
    "time": frozenset({"time", "date"}),
    "date": frozenset({"date", "time"}),
}
WEIGHTS = {
    "said": 5.0,  # share of the question's words that stand beside the value
    "label": 2.5,  # share of what stands beside it that was asked for
    "near": 2.2,  # the same share, in the lines before it
    "first": 2.2,  # the first of that kind, where a question names nothing but the kind
    "only": 2.2,  # the one value of that kind on the page
    "type": 3.0,  # written as such a value is
    "wrong": -3.0,  # another kind of value than was asked for
    "words": -0.8,  # words where the question wants no number and no date: any line is that
    "long": -2.0,  # more than a short text
    "asked": -3.0,  # the value itself repeats the question: it is the label
}
NONE_SCORE = 4.4
SHARPNESS = 1.0

_ASKING = frozenset(
    stem(word)
    for word in (
        "find", "read", "tell", "show", "extract", "value", "number", "many", "much", "how",
        "when", "who", "where", "there", "long", "does", "did", "have", "has", "was", "were",
        "shown", "its",
    )
)  # fmt: skip


def wanted_type(question: str) -> str:
    """What kind of value a question asks for; "" when its words don't say."""
    words = fold(question)
    return next((name for name, pattern in _PATTERNS if pattern.search(words)), "")


def settle(question: Question) -> Decision | None:
    """The only value that the page itself calls what was asked for, if there is just one."""
    asked = _content(question.instruction)
    kind = wanted_type(question.instruction)
    named = [c for c in question.candidates if c.context and _content(c.context) == asked]
    fits = [c for c in named if not kind or _is(c, kind)] or named
    if not asked or len({fold(c.name) for c in fits}) != 1 or (kind and not _is(fits[0], kind)):
        return None
    evidence = ((fits[0].ref, 1.0),)
    return Decision(fits[0].ref, 0.97, "exact", 0.0, evidence, "the page calls it so")


def judge(question: Question, by: Tier = "ranker") -> Decision:
    """The likeliest value with a probability; ``ref`` is None when none seems to be asked for."""
    said, kind = _content(question.instruction), wanted_type(question.instruction)
    of_kind = {fold(c.name) for c in question.candidates if kind and _is(c, kind)}
    lone = len(of_kind) == 1
    scores = [_score(c, said, kind, lone=lone) for c in question.candidates]
    first = next((n for n, c in enumerate(question.candidates) if kind and _is(c, kind)), -1)
    if first >= 0 and kind != "code" and not _beyond_kind(question.instruction, kind):
        scores[first] += WEIGHTS["first"]
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    odds = _odds(question, scores)
    if not order or odds[-1] >= max(odds[:-1]):
        return Decision(None, odds[-1] if odds else 1.0, by, 0.0, (), "no value here is called so")
    evidence = tuple((question.candidates[i].ref, round(odds[i], 4)) for i in order[:8])
    best = order[0]
    beside = question.candidates[best].context[:60]
    return Decision(
        question.candidates[best].ref, odds[best], by, 0.0, evidence, f'beside "{beside}"'
    )


def _odds(question: Question, scores: list[float]) -> list[float]:
    """A softmax in which the same value found twice counts once, at its best."""
    best: dict[str, float] = {}
    for candidate, score in zip(question.candidates, scores, strict=True):
        key = fold(candidate.name)
        best[key] = max(score, best.get(key, -math.inf))
    top = max([*best.values(), NONE_SCORE])
    total = sum(math.exp(SHARPNESS * (s - top)) for s in [*best.values(), NONE_SCORE])
    return [math.exp(SHARPNESS * (s - top)) / total for s in [*scores, NONE_SCORE]]


def _score(candidate: Candidate, said: tuple[str, ...], kind: str, *, lone: bool) -> float:
    label = _content(candidate.context)
    beside = _cover(said, label)
    row = {
        "said": beside,
        "near": _cover(said, _content(candidate.hint)) * (1 - beside),
        "only": float(lone and kind != "code" and _is(candidate, kind)),  # codes go by name
        "label": _cover(label, said),
        "type": float(bool(kind) and _is(candidate, kind)),
        "wrong": float(bool(kind) and not _is(candidate, kind)),
        "words": float(not kind and not candidate.type),
        "long": float(len(candidate.name.split()) > 12),
        "asked": similarity(" ".join(said), candidate.name) if said else 0.0,
    }
    return sum(WEIGHTS[name] * value for name, value in row.items())


def _beyond_kind(instruction: str, kind: str) -> tuple[str, ...]:
    """What a question says besides the kind of value: "the price of the mug" names the mug."""
    words = fold(instruction)
    return _content(dict(_PATTERNS)[kind].sub(" ", words))


def _is(candidate: Candidate, kind: str) -> bool:
    return candidate.type in _FITS.get(kind, frozenset({kind}))


def _content(text: str) -> tuple[str, ...]:
    every = [stem(t) for t in tokens(text[:200]) if t not in STOPWORDS]
    return tuple(dict.fromkeys(s for s in every if s not in _ASKING and not s.isdigit()))


def _cover(wanted: tuple[str, ...], there: tuple[str, ...]) -> float:
    """Share of the words that are met by a related one."""
    if not wanted or not there:
        return 0.0
    return sum(max(related(w, t) for t in there) for w in wanted) / len(wanted)
