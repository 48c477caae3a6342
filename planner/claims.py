"""What the words of a page say about a question: topics, places, things that are there, numbers.

Each way of looking takes the folded question and the page, and answers (yes or no, how surely, why)
or None when the question is not of its kind. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from . import facts, ranker
from .question import Page, Question, candidates_of
from .spans import candidates as value_candidates
from .topics import Topic, topics
from .vectors import Vectors
from .words import ROLE_NOUNS, STOPWORDS, fold, related, stem, tokens

Found = tuple[bool, float, str]
"""Yes or no, how surely, and why."""

NOT = re.compile(r"\b(?:not|isnt|arent|wasnt|werent|doesnt|dont|didnt|hasnt|havent|without|cant)\b")
_THERE = re.compile(
    r"^(?:is|are) there (?:still )?(?:a|an|any|some|the)? ?(?P<what>.+?)"
    r"(?: (?:on|in) (?:this|the) page| here| visible| shown)?$"
    r"|^(?:does|do) (?:the|this) (?:page|site) (?:have|offer|show|contain|include)"
    r" (?:a|an|any|the)? ?(?P<has>.+)$"
    r"|^can (?:i|we|you) (?P<can>.+?)(?: here| on this page)?$"
)
_PLACE = re.compile(
    r"^(?:is (?:this|it|that)|are (?:we|you) (?:now )?on|am i on|are we at|have we reached"
    r"|did (?:it|we) (?:open|reach|get to|land on|arrive at)) (?:the |a |an |our |my )?"
    r"(?P<what>.+?)"
    r"(?: (?:page|screen|site|step|view|section|form))?$"
)
_COMPARE = re.compile(
    r"^(?:is|are|does|do|was) (?:the |my |there )?(?P<what>.*?) ?(?:cost |be )?"
    r"(?P<how>more than|greater than|over|above|higher than|at least|less than|under|below"
    r"|fewer than|lower than|cheaper than|at most|exactly|equal to)"
    r" (?P<number>[^\d]*\d[\d ,.]*)(?P<after>.*)$"
)


def compared(words: str, page: Page, _: Vectors) -> Found | None:
    """'Is the total more than 50?': the value is looked up, and then it is arithmetic."""
    match = _COMPARE.match(words)
    limit = number(match["number"]) if match else None
    if match is None or limit is None:
        return None
    what = "price" if match["what"] in ("", "it", "this", "that") else match["what"]
    asked = f"{what} {match['after']}".strip()
    found = facts.judge(Question(asked, "", value_candidates(page), kind="value"))
    chosen = next((c for c in value_candidates(page) if c.ref == found.ref), None)
    have = number(chosen.name) if chosen else None
    if chosen is None or have is None:
        return None
    how = match["how"]
    more = how in ("more than", "greater than", "over", "above", "higher than")
    if how in ("exactly", "equal to"):
        yes = math.isclose(have, limit)
    elif how in ("at least", "at most"):
        yes = have >= limit if how == "at least" else have <= limit
    else:
        yes = have > limit if more else have < limit
    return (
        yes != bool(NOT.search(words)),
        found.probability,
        f"{chosen.context[:40]}: {chosen.name[:40]}",
    )


def number(text: str) -> float | None:
    """The first number in a text, with either mark for decimals; None when there is none."""
    match = re.search(r"\d[\d.,’' ]*", text)
    if match is None:
        return None
    digits = re.sub(r"[’' ]", "", match[0]).rstrip(".,")
    whole, mark, part = digits.rpartition(max(".,", key=digits.rfind))
    decimal = mark and len(part) in (1, 2)
    plain = re.sub(r"[.,]", "", whole) + "." + part if decimal else re.sub(r"[.,]", "", digits)
    return float(plain)


def on_topic(words: str, page: Page, _: Vectors) -> Found | None:
    for topic in topics():
        way = topic.asked(words)
        if way is not None:
            yes, sure, why = _weighed(topic, page)
            negated = bool(NOT.search(words)) and not _meant_so(topic, words)
            return (yes == way) != negated, sure, f"{topic.name}: {why}"
    return None


def _meant_so(topic: Topic, words: str) -> bool:
    """Whether the "not" is part of what is asked ("not found", "not available")."""
    plain = NOT.sub(" ", words)
    return topic.asked(" ".join(plain.split())) is None


def _weighed(topic: Topic, page: Page) -> Found:
    every = lines(page)
    pro, contra = topic.evidence(every, yes=True), topic.evidence(every, yes=False)
    if topic.no_field and any(e.type == topic.no_field for e in page.elements):
        contra.append(f"a {topic.no_field} field")
    if not pro and not contra:
        return *topic.otherwise, "nothing on the page speaks of it"
    if bool(pro) != bool(contra):
        said = (pro or contra)[0]
        return bool(pro), 0.93 if len(said.split()) <= 12 else 0.85, f'"{said[:60]}"'
    return True, 0.65, f'"{pro[0][:40]}", but also "{contra[0][:40]}"'


def at_place(words: str, page: Page, _: Vectors) -> Found | None:
    """'Is this the checkout page?': its title, address and first lines say what it is."""
    match = _PLACE.match(words)
    wanted = _stems(match["what"]) if match else ()
    if not wanted or re.search(r"\d", match["what"] if match else ""):
        return None
    url = re.sub(r"^\w+://", "", page.url)
    heads = (page.title, re.sub(r"[/?=&_.-]", " ", url), *page.lines[:3])
    best = max((_cover(wanted, _stems(head)), -place) for place, head in enumerate(heads))
    dialogs = [e.context for e in page.elements if e.landmark in ("dialog", "alertdialog")]
    cover = max([best[0], *(_cover(wanted, _stems(d)) for d in dialogs)])
    yes = (cover >= 0.5) != bool(NOT.search(words))
    sure = 0.55 + 0.4 * abs(cover - 0.5) * 2
    return yes, min(0.95, sure), f"title, address and heading share {cover:.0%} of the words"


def exists(words: str, page: Page, vectors: Vectors) -> Found | None:
    """'Is there a search field?': an element of that kind and name."""
    match = _THERE.match(words)
    what = next((g for g in match.groups() if g), "") if match else ""
    if not what:
        return None
    nouns = [n for n in tokens(what) if n in ROLE_NOUNS]
    roles = frozenset[str]().union(*(ROLE_NOUNS[n] for n in nouns[-1:]))
    every = candidates_of(page.elements, "")
    fitting = tuple(c for c in every if not roles or c.role in roles)
    if roles and not fitting:
        return bool(NOT.search(words)), 0.93, "nothing of that kind is there"
    if roles and not [s for s in _stems(what) if s not in ROLE_NOUNS]:
        return not NOT.search(words), 0.95, f"{len(fitting)} of that kind are there"
    found = ranker.rank(Question(what, "", fitting, or_none=True), vectors)
    named = found.ref is not None
    line_yes, line_sure, line_why = said(what, page)
    if not named and line_yes and not roles:
        return not NOT.search(words), line_sure, line_why
    return named != bool(NOT.search(words)), found.probability, found.reason


def said(words: str, page: Page) -> Found:
    """Whether a line of the page says it, or denies it, by the share of the words in it."""
    wanted = _stems(words)
    negated = bool(NOT.search(words))
    if not wanted:
        return False, 0.5, "the question has no words to look for"
    best, line = max(
        ((_cover(wanted, _stems(each)), each) for each in lines(page)), default=(0.0, "")
    )
    denied = bool(_DENIED.search(line)) and best > 0
    yes = (best >= 0.6 and not denied) != negated
    sure = 0.6 + 0.25 * (best - 0.6) / 0.4 if best >= 0.6 else 0.5 + 0.1 * (0.6 - best) / 0.6
    return (
        yes,
        sure,
        f'{best:.0%} of the words are in "{line[:60]}"' if line else "the page is empty",
    )


_DENIED = re.compile(
    r"\b(?:no|not|never|without|none|isnt|doesnt|cannot|cant|kein\w*|nicht|pas|sin)\b"
)
_FILLER = frozenset(
    stem(word)
    for word in (
        "page", "there", "show", "any", "have", "has", "been", "does", "did", "say", "website",
        "screen", "user",
    )
)  # fmt: skip


def _stems(text: str) -> tuple[str, ...]:
    every = (stem(t) for t in tokens(text[:300]) if t not in STOPWORDS and not NOT.fullmatch(t))
    return tuple(dict.fromkeys(s for s in every if s not in _FILLER))


def _cover(wanted: Sequence[str], there: Sequence[str]) -> float:
    if not wanted or not there:
        return 0.0
    return sum(max(related(w, t) for t in there) for w in wanted) / len(wanted)


_LINE = 300


def lines(page: Page) -> list[str]:
    """Everything that the page says, folded: lines, labels, title and dialog."""
    labels = (e.name for e in page.elements)
    every = (page.dialog, *page.lines, *labels, page.title)
    return list(dict.fromkeys(fold(text[:_LINE]) for text in every if text.strip()))
