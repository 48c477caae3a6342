"""What the booster looks at: one row for each candidate, and a last one for "none of these"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..question import ROLES, Question
from .encoder import Nearness
from .wordpiece import ACTIONS, role_token

Array = NDArray[np.float32]

LEXICAL = (
    "same", "cover_name", "cover_said", "hint", "context", "letters", "meaning", "role", "noun",
    "misfit", "only", "type", "submits", "off", "aside", "undone",
)  # fmt: skip
"""The ranker's features but "danger": harm that nobody asked for is a rule, not learned."""

COLUMNS = (
    *LEXICAL,
    "hand", "hand_rank", "hand_gap",  # the hand-set score, its rank, and the gap to the best
    "near", "near_rank", "near_gap", "near_odds", "near_none",  # the encoder's, the same way
    "tree", "tree_rank", "tree_gap",  # the local model's, missing (NaN) without one
    "place", "from_end", "count", "kind", "action", "same_kind", "fitting", "before", "after",
    "name_words", "said_words", "nameless", "twins", "letters_left",
    "none", "hand_best", "hand_second", "near_best", "near_second", "tree_best", "cover_best",
)  # fmt: skip
"""Names of the columns, in order. "none" marks the last row; the last six are the page's."""

_AT = {name: place for place, name in enumerate(COLUMNS)}


def table(
    question: Question,
    said_words: int,
    rows: Sequence[Mapping[str, float]],
    hand: Sequence[float],
    near: Nearness | None,
    tree: Mapping[str, float] | None,
) -> Array:
    """The matrix of a question: candidates in their order, then "none"; unknown is NaN."""
    count = len(rows)
    x = np.full((count + 1, len(COLUMNS)), np.nan, np.float32)
    for place, name in enumerate(LEXICAL):
        x[:count, place] = [row[name] for row in rows]
    _opinion(x, "hand", np.asarray(hand, np.float32))
    if near is not None:
        _opinion(x, "near", near.each)
        x[:count, _AT["near_odds"]] = _odds(near)
        x[:, _AT["near_none"]] = near.none
        x[count, _AT["near"]] = near.none
        x[count, _AT["near_gap"]] = near.each.max() - near.none
    if tree:
        opinions = [tree.get(c.ref, np.nan) for c in question.candidates]
        _opinion(x, "tree", np.asarray(opinions, np.float32))
    _kinds(x, question)
    x[:, _AT["count"]] = count
    x[:, _AT["said_words"]] = said_words
    x[:, _AT["none"]] = 0
    x[count, _AT["none"]] = 1
    x[:, _AT["cover_best"]] = max(row["cover_said"] for row in rows)
    return x


def _opinion(x: Array, name: str, scores: Array) -> None:
    """One opinion of all candidates: score, rank, gap to the best; best and second for the page."""
    count = len(scores)
    known = np.where(np.isnan(scores), -np.inf, scores)
    best = np.sort(known)[::-1][:2]
    x[:count, _AT[name]] = scores
    order = np.argsort(-known, kind="stable")
    x[order, _AT[f"{name}_rank"]] = np.arange(count)
    with np.errstate(invalid="ignore"):
        x[:count, _AT[f"{name}_gap"]] = best[0] - scores
    x[:, _AT[f"{name}_best"]] = best[0]
    if f"{name}_second" in _AT and count > 1:
        x[:, _AT[f"{name}_second"]] = best[1]


def _odds(near: Nearness) -> Array:
    """The encoder's own probabilities, "none" among them."""
    scores = near.scale * np.append(near.each, np.float32(near.none))
    powers = np.exp(scores - scores.max())
    return np.asarray(powers[:-1] / powers.sum(), np.float32)


def _kinds(x: Array, question: Question) -> None:
    """Place, role and what stands around."""
    candidates = question.candidates
    roles = [role_token("item", c.role) for c in candidates]
    fits = ROLES.get(question.action)
    many, names = Counter(roles), Counter(c.name.casefold() for c in candidates)
    fitting = sum(1 for c in candidates if fits is None or c.role in fits)
    count = len(candidates)
    for place, candidate in enumerate(candidates):
        row = x[place]
        row[_AT["place"]] = place
        row[_AT["from_end"]] = count - 1 - place
        row[_AT["kind"]] = roles[place]
        row[_AT["same_kind"]] = many[roles[place]]
        row[_AT["before"]] = roles[place - 1] if place else 0
        row[_AT["after"]] = roles[place + 1] if place + 1 < count else 0
        row[_AT["name_words"]] = len(candidate.name.split())
        row[_AT["nameless"]] = not candidate.name
        row[_AT["twins"]] = names[candidate.name.casefold()]
        row[_AT["letters_left"]] = len(candidate.name)
    x[:, _AT["fitting"]] = fitting
    x[:, _AT["action"]] = role_token("query", question.action) - role_token("query", ACTIONS[0])
