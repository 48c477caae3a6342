"""Which element is "the first result": lists of alike links, found by where they lead and lie."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from .question import Candidate
from .words import ROLE_NOUNS, fold, ordinal, stem, tokens

_RESULTS = frozenset(
    {
        "result",
        "product",
        "item",
        "hit",
        "match",
        "article",
        "row",
        "card",
        "entry",
        "search",
        "one",
        "post",
        "story",
        "book",
        "listing",
        "offer",
        "suggestion",
    }
)
_ASIDE = re.compile(
    r"\b(?:nav\w*|menu|header|footer|breadcrumbs?|filters?|sort|pagination|pages|categories"
    r"|cookies?|account|help"
    r"|social|language|legal|company|about|service|skip)\b"
)
_MAIN = re.compile(r"\b(?:results?|products?|items?|articles?|found|matches|search)\b")
_PRICE = re.compile(r"[$€£¥]\s?\d|\d[\d.,]*\s?(?:€|eur|usd|kr|zł)\b", re.IGNORECASE)


def nth(words: str, candidates: Sequence[Candidate]) -> tuple[Candidate, float] | None:
    """The element that "second result" or "last button" means, with a probability; else None."""
    found = ordinal(words)
    if found is None:
        return None
    number, noun = found
    last = stem((tokens(noun) or ("",))[-1])
    head = stem((tokens(noun) or ("",))[0])
    if last in _RESULTS or head in _RESULTS:
        group, sure = result_list(candidates)
    else:
        roles = ROLE_NOUNS.get("radio" if head == "radio" else last, frozenset())
        group, sure = [c for c in candidates if c.role in roles and not _aside(c)], 0.93
        group = group or [c for c in candidates if c.role in roles]
    place = number - 1 if number > 0 else len(group) - 1
    return (group[place], sure) if 0 <= place < len(group) else None


def result_list(candidates: Sequence[Candidate]) -> tuple[list[Candidate], float]:
    """The links of the list of results, in order, and how clearly it stands out (0 to 1)."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.role == "link" and candidate.name.strip():
            groups.setdefault(_shape(candidate), []).append(candidate)
    ranked = sorted(((_score(g), g) for g in groups.values()), key=lambda pair: -pair[0])
    if not ranked:
        return [], 0.0
    best, group = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else -4.0
    return _without_twins(group), min(0.98, max(0.4, 0.75 + 0.08 * (best - second)))


def _shape(link: Candidate) -> str:
    """Where a link leads, without its last part: the links of one list share it."""
    parts = urlsplit(link.href)
    folder = parts.path.rsplit("/", 1)[0]
    named = re.sub(r"\d+", "#", folder)
    if named in ("", "/"):
        named = re.sub(r"\d+", "#", parts.path)
    return (
        f"{parts.netloc}{named}?{'&'.join(sorted(q.split('=')[0] for q in parts.query.split('&')))}"
    )


def _score(group: list[Candidate]) -> float:
    """How much a group of links looks like results: prices, size, number, and where it lies."""
    one = len(group)
    priced = sum(bool(_PRICE.search(c.name) or _PRICE.search(c.context)) for c in group) / one
    aside = sum(_aside(c) for c in group) / one
    main = (
        sum(c.landmark == "main" or bool(_MAIN.search(c.context.casefold())) for c in group) / one
    )
    area = sorted(c.box[2] * c.box[3] for c in group)[one // 2]
    words = sum(min(len(tokens(c.name)), 8) for c in group) / one
    size = min(2.0, math.log1p(area / 2000)) if area > 0 else 0.0
    return (
        3 * priced - 3 * aside + 1.5 * main + size + 0.15 * words + 0.6 * math.log1p(min(one, 12))
    )


def _aside(candidate: Candidate) -> bool:
    if candidate.landmark in ("navigation", "banner", "contentinfo", "complementary"):
        return True
    return _ASIDE.search(fold(candidate.context)) is not None


def _without_twins(group: list[Candidate]) -> list[Candidate]:
    """One link for each address: cards often hold two (picture and title)."""
    seen: set[str] = set()
    kept: list[Candidate] = []
    for link in group:
        key = urlsplit(link.href)._replace(fragment="").geturl() or link.ref
        if key not in seen:
            seen.add(key)
            kept.append(link)
    return kept
