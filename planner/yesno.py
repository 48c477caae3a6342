"""YESNO: whether something is so on a page, from its words, elements and states. Pure.

``settle`` answers what is a fact of the page: quoted text, an element's state, an open dialog.
``judge`` weighs words: those of ``topics.txt``, names of elements, and lines that say the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from . import exact, ranker, values
from .question import ROLES, Candidate, Decision, Page, Question, Tier, candidate_of, candidates_of
from .spans import candidates as value_candidates
from .topics import Topic, topics
from .vectors import Vectors
from .words import ROLE_NOUNS, STOPWORDS, fold, related, stem, tokens

YES, NO = "yes", "no"
ANSWERS = (Candidate(YES, "answer", "yes"), Candidate(NO, "answer", "no"))

_NOT = re.compile(
    r"\b(?:not|isnt|arent|wasnt|werent|doesnt|dont|didnt|hasnt|havent|without|cant)\b"
)
_QUOTED = re.compile(r"[\"“„«']([^\"”“»']{2,})[\"”“»'](?=\W|$)")
_SAYS = re.compile(
    r"\b(?:say|says|show|shows|shown|contain|contains|mention|mentions|read|reads"
    r"|display|displays|text|word|words|visible|appear|appears|message|there)\b"
)
_STATES = (
    (r"(?:un|not )(?:ticked|checked|selected)", "checked selected", False),
    (
        r"ticked|checked|selected|switched on|turned on|activated|marked|on",
        "checked selected",
        True,
    ),
    (r"disabled|greyed out|grayed out|inactive|locked", "disabled", True),
    (r"enabled|clickable|active|usable|can be (?:clicked|pressed)", "disabled", False),
    (r"required|mandatory", "required", True),
    (r"optional", "required", False),
    (r"expanded|open|opened|unfolded", "expanded", True),
    (r"collapsed|closed|folded", "expanded", False),
    (r"read ?only", "readonly", True),
    (r"invalid|marked as wrong", "invalid", True),
)
_STATE = tuple(
    (
        re.compile(rf"^(?:is|are|has) (?:the |my |this )?(?P<what>.+?) (?:is |been )?(?:{words})$"),
        s,
        yes,
    )
    for words, s, yes in _STATES
)
_VALUE = re.compile(
    r"^(?:is|does) (?:the |my )?(?P<what>.+?)(?: field| box| input)? (?P<not>empty|filled(?: in| out)?|blank)$"
)
_THERE = re.compile(
    r"^(?:is|are) there (?:still )?(?:a|an|any|some|the)? ?(?P<what>.+?)"
    r"(?: (?:on|in) (?:this|the) page| here| visible| shown)?$"
    r"|^(?:does|do) (?:the|this) (?:page|site) (?:have|offer|show|contain|include) (?:a|an|any|the)? ?(?P<has>.+)$"
    r"|^can (?:i|we|you) (?P<can>.+?)(?: here| on this page)?$"
)
_PLACE = re.compile(
    r"^(?:is (?:this|it|that)|are (?:we|you) (?:now )?on|am i on|are we at|have we reached"
    r"|did (?:it|we) (?:open|reach|get to|land on|arrive at)) (?:the |a |an |our |my )?(?P<what>.+?)"
    r"(?: (?:page|screen|site|step|view|section|form))?$"
)
_COMPARE = re.compile(
    r"^(?:is|are|does|do|was) (?:the |my |there )?(?P<what>.*?) ?(?:cost |be )?(?P<how>more than|greater than|over|above"
    r"|higher than|at least|less than|under|below|fewer than|lower than|cheaper than|at most|exactly|equal to)"
    r" (?P<number>[^\d]*\d[\d ,.]*)(?P<after>.*)$"
)


def settle(question: Question) -> Decision | None:
    """The answer when it is a fact of the page; None when it is not."""
    words, page = fold(question.instruction), question.page
    for find in (_quoted, _dialog, _state):
        found = find(question.instruction, words, page)
        if found is not None:
            yes, sure, why = found
            return _decision(yes, sure, "exact", why)
    return None


def judge(question: Question, vectors: Vectors) -> Decision | None:
    """The likelier answer with a probability, or None when nothing on the page speaks of it."""
    words, page = fold(question.instruction), question.page
    for find in (_compared, _on_topic, _at_place, _exists):
        found = find(words, page, vectors)
        if found is not None:
            yes, sure, why = found
            return _decision(yes, sure, "ranker", why)
    yes, sure, why = _said(words, page)
    return _decision(yes, sure, "ranker", why)


_Found = tuple[bool, float, str]
"""Yes or no, how surely, and why."""


def _decision(yes: bool, sure: float, by: Tier, why: str) -> Decision:
    ref, other = (YES, NO) if yes else (NO, YES)
    return Decision(ref, sure, by, 0.0, ((ref, sure), (other, round(1 - sure, 4))), why)


# ---- facts -----------------------------------------------------------------------------------


def _quoted(raw: str, words: str, page: Page) -> _Found | None:
    """'Does the page say "Sold out"?'"""
    quoted = _QUOTED.search(raw)
    if quoted is None or not _SAYS.search(words):
        return None
    wanted = fold(quoted[1])
    found = next((line for line in _lines(page) if wanted in line), None)
    answer = (found is not None) != bool(_NOT.search(fold(_QUOTED.sub(" ", raw))))
    return answer, 0.97, f'"{wanted}" is {"in" if found is not None else "not in"} the text'


def _dialog(raw: str, words: str, page: Page) -> _Found | None:
    """An open JavaScript dialog."""
    if not re.search(
        r"\b(?:alert|confirm\w*|javascript|prompt) (?:dialog|box|open|shown)|\bdialog open", words
    ):
        return None
    return bool(page.dialog), 0.95, "a dialog is open" if page.dialog else "no dialog is open"


def _state(raw: str, words: str, page: Page) -> _Found | None:
    """Whether the element of that name is ticked, disabled, required..."""
    for pattern, states, wanted in _STATE:
        match = pattern.match(words.replace("isnt", "is").replace(" not ", " "))
        element = _only(match["what"], page) if match else None
        if element is not None:
            has = bool(element.states & set(states.split()))
            flipped = bool(_NOT.search(words)) and "un" not in pattern.pattern[:4]
            return (
                (has == wanted) != flipped,
                0.97,
                f"its states: {' '.join(sorted(element.states)) or 'none'}",
            )
    match = _VALUE.match(words)
    element = _only(match["what"], page) if match else None
    if match is None or element is None or element.role not in ROLES["fill"]:
        return None
    filled = bool(element.value)
    return (
        filled == match["not"].startswith("filled"),
        0.95,
        "it holds something" if filled else "it is empty",
    )


def _only(what: str, page: Page) -> Candidate | None:
    """The one element that has this name, whatever noun stands behind it."""
    every = tuple(candidate_of(e) for e in page.elements)
    decision = exact.decide(Question(what, "", every))
    return next((c for c in every if decision is not None and c.ref == decision.ref), None)


# ---- words -----------------------------------------------------------------------------------


def _compared(words: str, page: Page, _: Vectors) -> _Found | None:
    """'Is the total more than 50?': the value is looked up, and then it is arithmetic."""
    match = _COMPARE.match(words)
    limit = number(match["number"]) if match else None
    if match is None or limit is None:
        return None
    asked = f"{match['what']} {match['after']}".strip()
    found = values.judge(Question(asked, "", value_candidates(page), kind="value"))
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
        yes != bool(_NOT.search(words)),
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


def _on_topic(words: str, page: Page, _: Vectors) -> _Found | None:
    for topic in topics():
        way = topic.asked(words)
        if way is not None:
            yes, sure, why = _weighed(topic, page)
            negated = bool(_NOT.search(words)) and not _meant_so(topic, words)
            return (yes == way) != negated, sure, f"{topic.name}: {why}"
    return None


def _meant_so(topic: Topic, words: str) -> bool:
    """Whether the "not" is part of what is asked ("not found", "not available")."""
    plain = _NOT.sub(" ", words)
    return topic.asked(" ".join(plain.split())) is None


def _weighed(topic: Topic, page: Page) -> _Found:
    lines = _lines(page)
    pro, contra = topic.evidence(lines, yes=True), topic.evidence(lines, yes=False)
    if topic.no_field and any(e.type == topic.no_field for e in page.elements):
        contra.append(f"a {topic.no_field} field")
    if not pro and not contra:
        return *topic.otherwise, "nothing on the page speaks of it"
    if bool(pro) != bool(contra):
        said = (pro or contra)[0]
        return bool(pro), 0.93 if len(said.split()) <= 12 else 0.85, f'"{said[:60]}"'
    return True, 0.65, f'"{pro[0][:40]}", but also "{contra[0][:40]}"'


def _at_place(words: str, page: Page, vectors: Vectors) -> _Found | None:
    """'Is this the checkout page?': its title, address and first lines say what it is."""
    match = _PLACE.match(words)
    wanted = _stems(match["what"]) if match else ()
    if not wanted:
        return None
    url = re.sub(r"^\w+://", "", page.url)
    heads = (page.title, re.sub(r"[/?=&_.-]", " ", url), *page.lines[:3])
    best = max((_cover(wanted, _stems(head)), -place) for place, head in enumerate(heads))
    dialogs = [e.context for e in page.elements if e.landmark in ("dialog", "alertdialog")]
    cover = max([best[0], *(_cover(wanted, _stems(d)) for d in dialogs)])
    yes = (cover >= 0.5) != bool(_NOT.search(words))
    sure = 0.55 + 0.4 * abs(cover - 0.5) * 2
    return yes, min(0.95, sure), f"title, address and heading share {cover:.0%} of the words"


def _exists(words: str, page: Page, vectors: Vectors) -> _Found | None:
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
        return bool(_NOT.search(words)), 0.93, "nothing of that kind is there"
    if roles and not [s for s in _stems(what) if s not in ROLE_NOUNS]:
        return not _NOT.search(words), 0.95, f"{len(fitting)} of that kind are there"
    found = ranker.rank(Question(what, "", fitting, or_none=True), vectors)
    named = found.ref is not None
    line_yes, line_sure, line_why = _said(what, page)
    if not named and line_yes and not roles:
        return not _NOT.search(words), line_sure, line_why
    return named != bool(_NOT.search(words)), found.probability, found.reason


def _said(words: str, page: Page) -> _Found:
    """Whether a line of the page says it, or denies it, by the share of the words in it."""
    wanted = _stems(words)
    negated = bool(_NOT.search(words))
    if not wanted:
        return False, 0.5, "the question has no words to look for"
    best, line = max(
        ((_cover(wanted, _stems(each)), each) for each in _lines(page)), default=(0.0, "")
    )
    denied = bool(_DENIED.search(line)) and best > 0
    yes = (best >= 0.6 and not denied) != negated
    sure = 0.5 + 0.35 * abs(best - 0.6) / (0.4 if best >= 0.6 else 0.6)
    return (
        yes,
        sure,
        f'{best:.0%} of the words are in "{line[:60]}"' if line else "the page is empty",
    )


_DENIED = re.compile(
    r"\b(?:no|not|never|without|none|isnt|doesnt|cannot|cant|kein\w*|nicht|pas|sin)\b"
)
_FILLER = frozenset(
    map(stem, "page there show any have has been does did say website screen user".split())
)


def _stems(text: str) -> tuple[str, ...]:
    every = (stem(t) for t in tokens(text[:300]) if t not in STOPWORDS and not _NOT.fullmatch(t))
    return tuple(dict.fromkeys(s for s in every if s not in _FILLER))


def _cover(wanted: Sequence[str], there: Sequence[str]) -> float:
    if not wanted or not there:
        return 0.0
    return sum(max(related(w, t) for t in there) for w in wanted) / len(wanted)


_LINE = 300


def _lines(page: Page) -> list[str]:
    """Everything that the page says, folded: lines, labels, title and dialog."""
    labels = (e.name for e in page.elements)
    every = (page.dialog, *page.lines, *labels, page.title)
    return list(dict.fromkeys(fold(text[:_LINE]) for text in every if text.strip()))
