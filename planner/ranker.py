"""The ranker tier: word overlap, vectors, role and type, weighed by taught trees.

What is taught lies in ``taught/`` (an encoder of names and a booster over all features). Without
those files the weights below decide, which are set by hand, one line each with the reason. Harm
that nobody asked for is no matter of learning: it is kept out by a rule.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .question import ROLES, Candidate, Decision, Question, Tier
from .taught import booster, encoder
from .taught.matrix import COLUMNS, table
from .vectors import SHARED, Vectors
from .words import ROLE_NOUNS, STOPWORDS, dice, fold, groups, related, stem, tokens

WEIGHTS = {
    "same": 2.5,  # the name is what was said, word for word
    "cover_name": 2.0,  # share of the name's words that were said: names without strange words
    "cover_said": 4.0,  # share of what was said that the name holds: the strongest sign
    "hint": 1.8,  # the same for placeholder, type, value and options
    "context": 1.2,  # the same for heading and group around it: tells twins apart
    "letters": 1.2,  # shared trigrams: typos, compounds, other word forms
    "meaning": 2.5,  # cosine of word vectors: paraphrases
    "role": 2.5,  # the action can be done to this role at all
    "misfit": -4.0,  # text cannot be typed into a link, nor a link be ticked
    "only": 2.5,  # the one candidate of a fitting role: an unnamed lone text field is meant
    "noun": 1.2,  # "the ... button" and it is one
    "type": 1.8,  # an email goes into type=email, a password into type=password
    "submits": 2.2,  # "submit", "send it": the button after the fields
    "off": -1.5,  # disabled, or outside the view
    "aside": -0.5,  # in the page's navigation or footer
    "danger": -8.0,  # it deletes, empties, orders or signs out, and nobody said so
    "undone": -3.0,  # "add to cart" is not a link called Cart: the verb is what was asked
}
NONE_SCORE = 3.4
"""Score of "none of these": what a candidate of the right role with nothing in common reaches."""

TREE = 2.0
"""What the local model's opinion can add to a score or take from it."""

SHARPNESS = 1.25
"""Inverse temperature of the softmax."""

_EQUAL, _ONE_OF = 1e-6, 0.7
"""Odds that are equal, and how probable such candidates are together at most."""

_ABOUT, _MORE = 0.6, 0.3
"""This share of the best odds is about as likely; so much more of the words is clearly more."""

_LABEL, _UNSHARED = 2, 0.25
"""What is called by so few words must share one with them, or is only so probable at most: then
the next tier is asked, and nothing is pressed without one."""
_SHARED = ("same", "cover_name", "cover_said", "hint", "context", "type", "only")

_SAID, _NEAR = 0.5, 0.2
"""Twins hold this share of what was said, and are this little apart to the encoder."""

_READ, _UNREAD = 100, 0.0
"""Most names that the encoder reads, those that words speak for first; how near the others are."""

_EMPTY = frozenset(stem(w) for w in ("open", "show", "it", "that", "this", "thing", "go", "click"))
"""Words that ask for something, but say nothing of what."""

_WHOLE, _SURER = 0.75, 1.5
"""A name is meant as a whole from this share on; else one may be only this much surer."""

_TELLING = ("same", "cover_said", "cover_name", "hint", "context", "noun", "type", "off", "aside")
"""Features that tell twins apart."""

_STRICT = frozenset({"fill", "type", "check", "uncheck", "select"})
_QUOTED = re.compile(r"[\"“„«‘'](?P<x>[^\"”“»’]+)[\"”“»’'](?=\W|$)")
_SUBMIT_GROUPS = groups(stem("submit")) | groups(stem("signin")) | groups(stem("search"))
_DATA_TYPES = {
    "email": "email", "tel": "phone", "password": "password", "url": "website", "search": "search",
    "date": "birthdate", "number": "quantity", "file": "upload",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """The instruction taken apart: content stems, role nouns, and the text to compare."""

    stems: tuple[str, ...]
    nouns: tuple[str, ...]
    core: str
    submits: bool


def rank(
    question: Question, vectors: Vectors = SHARED, tree: Mapping[str, float] | None = None
) -> Decision:
    """The likeliest candidate with a probability; ``ref`` is None when none seems meant. Pure.

    ``tree`` holds the local model's log-odds for some refs: with it, the answer is the local
    tier's. ``evidence`` has the eight best, best first. Cost is linear in the candidates (about 10
    microseconds each once their names were seen).
    """
    by: Tier = "ranker" if tree is None else "local"
    if not question.candidates:
        return Decision(None, 1.0, by, 0.0, (), "there is nothing this can be done to")
    said = understand(question)
    rows = features(question, said, vectors)
    odds = _taught_odds(question, said, rows, tree) or _hand_odds(question, rows, tree)
    order = sorted(range(len(rows)), key=lambda i: (-odds[i], i))
    best = _settled(order, odds, rows)
    order.remove(best)
    order.insert(0, best)
    evidence = tuple((question.candidates[i].ref, round(odds[i], 4)) for i in order[:8])
    if odds[-1] > odds[best]:
        return Decision(None, odds[-1], by, 0.0, evidence, "nothing here fits the words")
    alike = sum(abs(odd - odds[best]) < _EQUAL for odd in odds[:-1])
    if alike > 1:  # one of them is meant, and nothing tells which
        odds[best] = min(odds[best], _ONE_OF / alike)
    if _is_label(said, question) and not any(rows[best][name] for name in _SHARED):
        odds[best] = min(odds[best], _UNSHARED)
    return Decision(question.candidates[best].ref, odds[best], by, 0.0, evidence, _why(rows[best]))


def _settled(order: Sequence[int], odds: Sequence[float], rows: Sequence[dict[str, float]]) -> int:
    """Of those about as likely as the best, the one that holds clearly more of what was said."""
    best = order[0]
    near = [i for i in order if odds[i] >= _ABOUT * odds[best]]
    fullest = max(near, key=lambda i: rows[i]["cover_said"])
    more = rows[fullest]["cover_said"] - rows[best]["cover_said"]
    return fullest if more >= _MORE else best


def _is_label(said: Said, question: Question) -> bool:
    """Whether what was said can only be a name: "Terms of use", "the Okay button"."""
    return question.action in ("click", "") and len(said.stems) <= _LABEL and not said.submits


def matrix(
    question: Question,
    vectors: Vectors,
    near: encoder.Encoder,
    tree: Mapping[str, float] | None,
) -> NDArray[np.float32]:
    """What the booster is shown of a question: a row for each candidate and one for "none"."""
    said = understand(question)
    return _matrix(question, said, features(question, said, vectors), near, tree)


def _matrix(
    question: Question,
    said: Said,
    rows: Sequence[dict[str, float]],
    near: encoder.Encoder,
    tree: Mapping[str, float] | None,
) -> NDArray[np.float32]:
    names = [(c.role, c.name or c.hint) for c in question.candidates]
    words = question.instruction or question.value
    hand = _hand_scores(rows, danger=False)
    likely = sorted(sorted(range(len(hand)), key=lambda i: -hand[i])[:_READ])
    nearness = near.nearness(question.action, words, [names[i] for i in likely])
    if nearness is not None and len(likely) < len(hand):
        each = np.full(len(hand), _UNREAD, np.float32)
        each[likely] = nearness.each
        nearness = replace(nearness, each=each)
    return table(question, len(said.stems), rows, hand, nearness, tree)


def _taught_odds(
    question: Question,
    said: Said,
    rows: Sequence[dict[str, float]],
    tree: Mapping[str, float] | None,
) -> list[float] | None:
    """The taught probabilities of each candidate and of "none"; None without the files."""
    both = booster.shared("tree") if tree else None
    trees = both or booster.shared("ranker")
    if trees is None or not encoder.SHARED.load():
        return None
    x = _matrix(question, said, rows, encoder.SHARED, tree)
    opinions = [(tree or {}).get(c.ref, math.nan) for c in question.candidates]
    model = np.array([*opinions, 0.0], np.float32) if tree and both is None else None
    scores = [float(s) for s in trees.mixed(x, hand_row(rows), model)]
    near = x[:, COLUMNS.index("near")]
    twins = _twins(question, said, rows, near, max(range(len(rows)), key=lambda i: scores[i]))
    shared = sum(scores[i] for i in twins) / len(twins)
    for place in twins:
        scores[place] = shared
    for place in _rivals(question, rows, twins[0]):
        scores[place] = max(scores[place], shared - _SURER)
    for place, row in enumerate(rows):
        if row["danger"]:  # never before "none", whatever was learned
            scores[place] = min(scores[place], scores[-1]) + WEIGHTS["danger"]
    return _softmax(scores, 1.0)


def _twins(
    question: Question,
    said: Said,
    rows: Sequence[dict[str, float]],
    near: NDArray[np.float32],
    best: int,
) -> list[int]:
    """The best and those that what was said fits just as well: "details" of one or the other.

    What their other words happen to be near to is no reason to choose between them.
    """
    one, role = rows[best], question.candidates[best].role
    if all(s in _EMPTY for s in said.stems) and not one["noun"] and one["cover_said"] == 0:
        return [i for i, c in enumerate(question.candidates) if c.role == role]
    if one["cover_said"] < _SAID:
        return [best]
    return [
        place
        for place, row in enumerate(rows)
        if question.candidates[place].role == role
        and all(abs(row[name] - one[name]) < 0.02 for name in _TELLING)
        and abs(float(near[place] - near[best])) < _NEAR
    ]


def _rivals(question: Question, rows: Sequence[dict[str, float]], best: int) -> list[int]:
    """Others that hold the same share of what was said, when all have words besides.

    Nothing that such words say can make one of them a sure thing.
    """
    one, role = rows[best], question.candidates[best].role
    if one["cover_said"] < _SAID or one["cover_name"] >= _WHOLE:
        return []
    return [
        place
        for place, row in enumerate(rows)
        if question.candidates[place].role == role
        and abs(row["cover_said"] - one["cover_said"]) < 0.02
        and row["cover_name"] < _WHOLE
    ]


def hand_row(rows: Sequence[dict[str, float]]) -> NDArray[np.float32]:
    """The hand-set scores of candidates and of "none", without the rule on harm."""
    return np.array([*_hand_scores(rows, danger=False), NONE_SCORE], np.float32)


def _hand_odds(
    question: Question, rows: Sequence[dict[str, float]], tree: Mapping[str, float] | None
) -> list[float]:
    scores = _hand_scores(rows)
    for place, candidate in enumerate(question.candidates):
        scores[place] += TREE * math.tanh((tree or {}).get(candidate.ref, 0.0) / 4)
    return _softmax([*scores, NONE_SCORE], SHARPNESS)


def _hand_scores(rows: Sequence[dict[str, float]], *, danger: bool = True) -> list[float]:
    return [
        sum(WEIGHTS[name] * value for name, value in row.items() if danger or name != "danger")
        for row in rows
    ]


def _softmax(scores: Sequence[float], sharpness: float) -> list[float]:
    top = max(scores)
    powers = [math.exp(sharpness * (s - top)) for s in scores]
    total = sum(powers)
    return [p / total for p in powers]


def _why(row: dict[str, float]) -> str:
    parts = sorted(row, key=lambda name: -WEIGHTS[name] * row[name])
    return "fits by " + ", ".join(p for p in parts[:3] if WEIGHTS[p] * row[p] > 0)


def understand(question: Question) -> Said:
    """What an instruction says about the element: the text to be typed is not part of that."""
    words = question.instruction
    if question.action in ("fill", "type"):
        without = _QUOTED.sub(" ", words)
        words = without if fold(without) else words
        words = re.sub(r"\S+@\S+", " email ", words)
    elif _QUOTED.search(words):
        words = _quoted_or_rest(words, question.candidates)
    if question.action == "select" and question.value:
        words = f"{words} {question.value}" if not words.strip() else words
    every = tokens(words)
    content = [t for t in every if t not in STOPWORDS] or [t for t in every if len(t) > 1]
    nouns = tuple(t for t in every if t in ROLE_NOUNS)
    if len(content) > 1 and content[-1] in ROLE_NOUNS and not _named_so(content[-1], question):
        content = content[:-1]  # "the Kitchen category" is called Kitchen
    stems = tuple(dict.fromkeys(stem(t) for t in content))
    submits = any(groups(s) & _SUBMIT_GROUPS for s in stems) and question.action in ("click", "")
    return Said(stems, nouns, " ".join(content), submits)


def _named_so(noun: str, question: Question) -> bool:
    return any(noun in tokens(c.name[:200]) for c in question.candidates)


def _quoted_or_rest(words: str, candidates: Sequence[Candidate]) -> str:
    """Quoted words are the name when an element has them; else the rest is what counts."""
    quoted = [m["x"] for m in _QUOTED.finditer(words)]
    names = [fold(c.name) for c in candidates]
    if any(fold(q) in name for q in quoted for name in names if fold(q)):
        return " ".join(quoted) + " " + _role_words(words)
    rest = _QUOTED.sub(" ", words)
    return rest if fold(rest) else words


def _role_words(words: str) -> str:
    return " ".join(t for t in tokens(words) if t in ROLE_NOUNS)


def features(question: Question, said: Said, vectors: Vectors = SHARED) -> list[dict[str, float]]:
    """One row of features for each candidate, all between 0 and 1."""
    names = [c.name or c.hint for c in question.candidates]
    idf = _idf([_stems(n) for n in names])
    close = _cosines(said.core, names, vectors)
    last_field = max(
        (i for i, c in enumerate(question.candidates) if c.role in ROLES["fill"]), default=-1
    )
    fits = ROLES.get(question.action)
    lone = [c.ref for c in question.candidates if fits and c.role in fits]
    rows = []
    for place, candidate in enumerate(question.candidates):
        row = _lexical(candidate, names[place], said, idf)
        row["meaning"] = close[place]
        row |= _kind(candidate, question, said) | _risk(candidate, said)
        row["misfit"] = float(
            question.action in _STRICT and candidate.role not in ROLES[question.action]
        )
        row["only"] = float(lone == [candidate.ref] and question.action in _STRICT)
        row["submits"] = _submits(candidate, said, place, last_field)
        rows.append(row)
    return rows


def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(t) for t in tokens(text[:200]))


def _idf(names: Sequence[tuple[str, ...]]) -> dict[str, float]:
    """Words that many candidates share say little: 1 for a rare word, near 0 for a common one."""
    count = Counter(s for name in names for s in set(name))
    many = math.log(len(names) + 1)
    return {s: max(0.25, math.log((len(names) + 1) / n) / many) for s, n in count.items()}


def _cosines(core: str, names: Sequence[str], vectors: Vectors) -> list[float]:
    """Cosine of what was said with each name, cut so that unrelated texts are at 0."""
    rows = vectors.of([core, *(n[:80].casefold() for n in names)])
    if rows is None:
        return [0.0] * len(names)
    return [max(0.0, (float(c) - 0.15) / 0.85) for c in rows[1:] @ rows[0]]


def _lexical(
    candidate: Candidate, name: str, said: Said, idf: dict[str, float]
) -> dict[str, float]:
    stems = _stems(name)
    hints = _stems(" ".join((candidate.hint, candidate.value, *candidate.options[:30])))
    folded = fold(name)
    content = [s for s in stems if s not in STOPWORDS] or list(stems)
    in_name = _cover(said.stems, stems, idf)
    return {
        "same": 1.0 if folded and " ".join(tokens(name)) == said.core else 0.0,
        "cover_name": _cover(content, said.stems, idf),
        "cover_said": in_name,
        "hint": _cover(said.stems, hints, idf) * (1 - in_name),
        "context": _cover(said.stems, _stems(candidate.context), idf) * (1 - in_name),
        "letters": dice(said.core, folded),
    }


def _cover(wanted: Sequence[str], there: Sequence[str], idf: dict[str, float]) -> float:
    """Weighted share of ``wanted`` that is met by something in ``there``."""
    if not wanted or not there:
        return 0.0
    weights = [idf.get(w, 1.0) for w in wanted]
    met = [max(related(w, t) for t in there) for w in wanted]
    return sum(w * m for w, m in zip(weights, met, strict=True)) / sum(weights)


def _kind(candidate: Candidate, question: Question, said: Said) -> dict[str, float]:
    """How well the candidate's kind fits: role, noun, input type, state."""
    fits = ROLES.get(question.action)
    native = {"fill": "textbox", "type": "textbox", "check": "checkbox", "uncheck": "checkbox"}
    role = 0.0 if fits and candidate.role not in fits else 1.0
    if question.action == "click" and candidate.role in ROLES["fill"]:
        role = 0.4
    if question.action == "select" and candidate.role in ("link", "button", "spinbutton", "slider"):
        role = 0.7
    if role == 1.0 and native.get(question.action) not in (None, candidate.role):
        role = 0.9
    noun = any(candidate.role in ROLE_NOUNS[n] for n in said.nouns)
    data = groups(stem(_DATA_TYPES.get(candidate.type, "")))
    typed = bool(data) and any(groups(s) & data for s in said.stems)
    hidden = bool(candidate.states & {"disabled", "offscreen"})
    aside = candidate.landmark in ("navigation", "contentinfo", "banner")
    return {
        "role": role,
        "noun": float(noun),
        "type": float(typed),
        "off": float(hidden) * (1.0 if "disabled" in candidate.states else 0.3),
        "aside": float(aside),
    }


_HARM = "empty delete remove cancel clear erase discard unsubscribe signout buy pay order purchase"
DANGER = frozenset(map(stem, _HARM.split()))
"""Stems of words on buttons that do harm when pressed by mistake."""

_DOING = frozenset(stem(w) for w in ("add", "remove", "delete", "empty", "cancel", "apply"))


def _risk(candidate: Candidate, said: Said) -> dict[str, float]:
    """Harm that was not asked for, and deeds that were asked for and are not on the label."""
    name = _stems(candidate.name or candidate.hint)
    deed = said.stems[0] if said.stems else ""
    undone = deed in _DOING and not any(related(deed, s) for s in name)
    return {"danger": float(harm_unasked(candidate, said)), "undone": float(undone)}


def harm_unasked(candidate: Candidate, said: Said) -> bool:
    """Whether pressing it deletes, empties, orders or signs out, and nobody said so."""
    return any(not any(related(s, t) for t in said.stems) for s in _harm(candidate))


def harms_unasked(candidate: Candidate, question: Question) -> bool:
    """The same of one candidate alone, whatever the scores say."""
    return bool(_harm(candidate)) and harm_unasked(candidate, understand(question))


def _harm(candidate: Candidate) -> list[str]:
    """What of its name is a harm that a press does."""
    if candidate.role not in ("button", "link", "menuitem"):
        return []
    return [s for s in _stems(candidate.name or candidate.hint)[:3] if s in DANGER]


def _submits(candidate: Candidate, said: Said, place: int, last_field: int) -> float:
    """'Submit the credentials' is the button behind the fields, whatever it is called."""
    if not said.submits or candidate.role not in ("button", "submit"):
        return 0.0
    named = any(groups(s) & _SUBMIT_GROUPS for s in _stems(candidate.name))
    behind = 0.6 if 0 <= last_field < place <= last_field + 2 else 0.0
    return 1.0 if named and behind else max(behind, 0.5 * named)
