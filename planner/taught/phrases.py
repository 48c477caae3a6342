"""How a question is put to the tree: pure, and the same in teaching and at run time.

The prefix says what is to be done, and each option is one way to go on. All of it is short: the
tree is asked about eight options in some eighty tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..question import Candidate, Question

MOST = 8
"""Options that the tree is asked about."""

END = "?"
"""What every option ends with; the answer is read there."""

YES, NO = " Yes", " No"

_NAME = 60
"""Characters of a name."""
_SAID = 240
"""Characters of an instruction."""
_ASIDE = 30
"""Characters of what is said besides the name."""
_OFFERED = 3
"""Options of a list that are named."""
_TELLING = frozenset({"email", "password", "tel", "url", "search", "date", "number", "time"})
_SPACE = re.compile(r"\s+")


def prefix(instruction: str, action: str) -> str:
    """What all options have in common."""
    return f"Action: {action or 'use'}\nInstruction: {_line(instruction, _SAID)}\nElement:"


def branches(question: Question, places: Sequence[int]) -> list[str]:
    """The candidates at these places of the page, as options."""
    shown = [_named(question.candidates[place]) for place in places]
    return [
        _option(question.candidates, place, twin=shown.count(name) > 1)
        for place, name in zip(places, shown, strict=True)
    ]


def _option(candidates: Sequence[Candidate], place: int, *, twin: bool) -> str:
    """One element: its role and name, and as little else as tells it apart."""
    candidate = candidates[place]
    said = _named(candidate)
    if candidate.type in _TELLING and candidate.type not in said.casefold():
        said += f" ({candidate.type})"
    if candidate.options:
        said += f" [{_line(', '.join(candidate.options[:_OFFERED]), _ASIDE)}]"
    if candidate.context and (twin or not candidate.name):
        return f"{said} in {_line(candidate.context, _ASIDE)}"
    return said if _tells(candidate.name or candidate.hint) else said + _beside(candidates, place)


def _named(candidate: Candidate) -> str:
    return f"{candidate.role} {_line(candidate.name or candidate.hint, _NAME)}".rstrip()


def _tells(name: str) -> bool:
    return any(c.isalnum() for c in name)


def _beside(candidates: Sequence[Candidate], place: int) -> str:
    """What stands next to an element without a name."""
    said = ""
    for word, at in (("after", place - 1), ("before", place + 1)):
        name = candidates[at].name if 0 <= at < len(candidates) else ""
        if _tells(name):
            said += f" {word} {_line(name, _ASIDE)}"
    return said


def _line(text: str, most: int) -> str:
    """One line without line breaks, cut: a page cannot begin a line of its own."""
    return _SPACE.sub(" ", text[: 4 * most]).strip()[:most]
