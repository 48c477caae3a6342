"""Labelled decisions: JSON lines in the shared format, as questions with their right answers.

``{"id", "source", "kind", "paraphrase", "instruction", "action", "candidates": [{"role", "name"}],
"answer": [index]}``; an empty answer means "none of these". Optional: ``lang``, ``group``, and of
candidates ``hint type context landmark value options states``. A record with ``ask`` is of another
kind of decision than which element is meant, and has a ``page`` (and a ``change``): see ``asking``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .errors import PlannerError
from .question import KINDS, Candidate, Kind, Question


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
    question, right = _elements(raw, ask)
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
