"""Labelled decisions: JSON lines in the shared format, as questions with their right answers.

``{"id", "source", "kind", "paraphrase", "instruction", "action", "candidates": [{"role", "name"}],
"answer": [index]}``; an empty answer means "none of these". Optional: ``lang``, ``group``, and of
candidates ``hint type context landmark value options states``.

A record whose ``ask`` is another kind of decision has no candidates but a ``page`` (``url title
lines elements``), and for "done" a ``change`` (see ``question.Change``); its answer is a list of
texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..snapshot.observe import Element
from .asking import question_about
from .errors import PlannerError
from .question import KINDS, Candidate, Change, Kind, Page, Question
from .words import fold


class BadRecord(PlannerError):
    """A file of labelled decisions cannot be read."""


@dataclass(frozen=True, slots=True)
class _CandidateIn:
    role: str
    name: str
    context: str = ""
    hint: str = ""
    value: str = ""
    type: str = ""
    landmark: str = ""
    options: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()


_CANDIDATES = TypeAdapter(tuple[_CandidateIn, ...])


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled decision."""

    id: str
    ask: Kind
    """What is asked for."""
    kind: str
    """Where it is from, in the file's own words."""
    paraphrase: bool
    lang: str
    question: Question
    right: frozenset[str]
    """Refs, or answers in folded words; empty when "none of these" is right."""

    def is_right(self, ref: str | None) -> bool:
        """Whether this is one of the right answers."""
        return ref in self.right if self.right else ref is None


def read(path: Path) -> tuple[Record, ...]:
    """All records of a file. Raises BadRecord with the line that is wrong."""
    try:
        with path.open(encoding="utf-8") as lines:
            return tuple(_records(lines, path))
    except OSError as error:
        raise BadRecord(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadRecord(f"{path} is not UTF-8 text.") from error


def _records(lines: Iterable[str], path: Path) -> Iterable[Record]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield record(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
                what = " ".join(f"{type(error).__name__} {error}".split())[:120]
                raise BadRecord(f"{path}, line {number}: {what}.") from error


def record(raw: Mapping[str, Any]) -> Record:
    """One record. Raises ValueError, KeyError, TypeError, AttributeError."""
    ask: Kind = raw.get("ask", "element")
    if ask not in KINDS:
        raise ValueError(f"no such kind of decision: {ask}")
    question, right = _elements(raw, ask) if "candidates" in raw else _of_page(raw, ask)
    return Record(
        str(raw["id"]),
        ask,
        str(raw.get("kind", "")),
        bool(raw.get("paraphrase", False)),
        str(raw.get("lang", "en")),
        question,
        right,
    )


def _elements(raw: Mapping[str, Any], ask: Kind) -> tuple[Question, frozenset[str]]:
    """A question over candidates; their refs are their places."""
    given = _CANDIDATES.validate_python(raw["candidates"])
    candidates = tuple(
        Candidate(
            str(place),
            c.role,
            c.name,
            c.context,
            c.hint,
            c.value,
            c.states,
            c.type,
            options=c.options,
            landmark=c.landmark,
        )
        for place, c in enumerate(given)
    )
    places: Sequence[int] = raw["answer"]
    if not all(isinstance(p, int) and 0 <= p < len(candidates) for p in places):
        raise ValueError("the answer names no candidate")
    question = Question(
        str(raw["instruction"]),
        str(raw.get("action", "")),
        candidates,
        str(raw.get("value", "")),
        kind=ask,
        or_none=True,
    )
    return question, frozenset(map(str, places))


@dataclass(frozen=True, slots=True)
class _ElementIn:
    ref: str
    role: str
    name: str
    value: str = ""
    type: str = ""
    states: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    context: str = ""
    landmark: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class _PageIn:
    url: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    elements: tuple[_ElementIn, ...] = ()
    dialog: str = ""


@dataclass(frozen=True, slots=True)
class _ChangeIn:
    action: str = ""
    ref: str = ""
    value: str = ""
    got: str = ""
    before: _PageIn | None = None
    navigated: bool = False
    dialog: str = ""
    downloads: tuple[str, ...] = ()
    new_tab: str = ""
    changed: int = 0
    status: int = 0


_PAGE = TypeAdapter(_PageIn)
_CHANGE = TypeAdapter(_ChangeIn)


def _of_page(raw: Mapping[str, Any], ask: Kind) -> tuple[Question, frozenset[str]]:
    """A question about a page; the answers are texts, turned into the refs that say them."""
    seen = _CHANGE.validate_python(raw.get("change", {}))
    fields = {name: getattr(seen, name) for name in seen.__slots__ if name != "before"}
    change = Change(before=_page(seen.before) if seen.before else None, **fields)
    page = _page(_PAGE.validate_python(raw["page"]))
    asked = question_about(ask, str(raw["instruction"]), page, change=change)
    wanted = {fold(str(text)) for text in raw["answer"]}
    right = {c.ref for c in asked.candidates if fold(c.name) in wanted}
    # A value that the page shows and that is no candidate cannot be answered: it counts as wrong.
    return replace(asked, or_none=True), frozenset(right or wanted)


def _page(given: _PageIn) -> Page:
    elements = tuple(
        Element(
            e.ref,
            e.role,
            e.name,
            e.value,
            e.states,
            type=e.type,
            hint=e.hint,
            options=e.options,
            context=e.context,
            landmark=e.landmark,
        )
        for e in given.elements
    )
    return Page(given.url, given.title, given.lines, elements, given.dialog)
