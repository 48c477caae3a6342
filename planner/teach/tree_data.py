"""Records to trees: the shortlist that tier 1 would make of a page, put into words and tokens."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..models.library import library
from ..question import Candidate, Question
from ..ranker import rank
from ..taught import phrases
from ..vectors import Vectors
from .encoder import for_booster
from .tree_batch import Tree

Record = Mapping[str, Any]

_TOO_MANY = 24
"""Tokens of one option; the run time cuts there too."""


@dataclass(frozen=True, slots=True)
class Example:
    """A record of a data file: the question, the right places on the page, the shortlisted ones."""

    id: str
    question: Question
    right: frozenset[int]
    places: tuple[int, ...]


def records(paths: Sequence[Path], most: int, seed: int, *, spare: bool = False) -> list[Record]:
    """The records of files of JSON lines; a fair sample when there are more.

    With ``spare``, a quarter of the pages is left to the booster, which learns on them how far the
    tree can be trusted on what it was not taught.
    """
    lines = [line for path in paths for line in path.read_text().splitlines()]
    if spare:
        lines = [line for line in lines if not for_booster(json.loads(line).get("group", ""))]
    if len(lines) > most:
        kept = np.random.default_rng(seed).permutation(len(lines))[:most]
        lines = [lines[i] for i in sorted(kept)]
    return [json.loads(line) for line in lines]


def examples(
    found: Sequence[Record], vectors: Vectors, *, help_in: bool = False
) -> Iterator[Example]:
    """Records with their shortlists; those of pages without candidates are left out.

    With ``help_in``, as in teaching, a right place that tier 1 missed takes the last one's.
    """
    for record in found:
        question = _question(record)
        right = frozenset(map(int, record["answer"]))
        places = [int(ref) for ref, _ in rank(question, vectors).evidence[: phrases.MOST]]
        if help_in and right and not right & set(places):
            places[-1:] = [min(right)]
        if places:
            yield Example(str(record["id"]), question, right, tuple(places))


def narrowed(example: Example, most: int, rng: np.random.Generator) -> Example:
    """With fewer places, which costs less to teach: right ones, the hardest, one of the rest."""
    right = [p for p in example.places if p in example.right][: most // 2]
    wrong = [p for p in example.places if p not in example.right]
    kept = wrong[: max(1, most - len(right) - 1)]
    rest = wrong[len(kept) :]
    if rest and len(right) + len(kept) < most:
        kept.append(rest[rng.integers(len(rest))])
    return replace(example, places=(*right, *kept))


def _question(record: Record) -> Question:
    candidates = tuple(_candidate(i, c) for i, c in enumerate(record["candidates"]))
    return Question(record["instruction"], record["action"], candidates, record.get("value", ""))


def _candidate(place: int, told: Mapping[str, Any]) -> Candidate:
    def text(key: str) -> str:
        return str(told.get(key) or "")

    return Candidate(
        str(place),
        text("role"),
        text("name"),
        text("context"),
        text("hint"),
        text("value"),
        type=text("type"),
        options=tuple(map(str, told.get("options") or ())),
        landmark=text("landmark"),
    )


class Tokenizer:
    """The model's own tokenizer, out of its GGUF file."""

    def __init__(self, path: Path) -> None:
        self._lib = library()
        settings = self._lib.llama_model_default_params()
        settings.vocab_only = True
        self._model = self._lib.llama_model_load_from_file(os.fsencode(path), settings)
        self._vocab = self._lib.llama_model_get_vocab(self._model)

    def __call__(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """The tokens of a text."""
        raw = text.encode(errors="replace")
        room = (ctypes.c_int32 * (len(raw) + 8))()
        count = self._lib.llama_tokenize(
            self._vocab, raw, len(raw), room, len(room), special, False
        )
        return tuple(room[: max(0, count)])


def tree(example: Example, tokens: Callable[..., tuple[int, ...]]) -> Tree:
    """An example in tokens."""
    question = example.question
    words = phrases.branches(question, example.places)
    return Tree(
        tokens(phrases.prefix(question.instruction, question.action), special=True),
        tuple(option_tokens(each, tokens) for each in words),
        tuple(i for i, place in enumerate(example.places) if place in example.right),
    )


def option_tokens(option: str, tokens: Callable[..., tuple[int, ...]]) -> tuple[int, ...]:
    """A branch: as much of the option as counts, and its end."""
    return tokens(f" {option}")[:_TOO_MANY] + tokens(phrases.END)


def trees(found: Sequence[Example], tokens: Callable[..., tuple[int, ...]]) -> list[Tree]:
    """All of them."""
    return [tree(each, tokens) for each in found]
