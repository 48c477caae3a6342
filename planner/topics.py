"""Yes/no questions that come up on every site, and the words on a page that answer them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources


@dataclass(slots=True)
class Topic:
    """One block of ``topics.txt``: patterns over folded text."""

    name: str
    ask: list[re.Pattern[str]] = field(default_factory=list)
    ask_not: list[re.Pattern[str]] = field(default_factory=list)
    yes: list[re.Pattern[str]] = field(default_factory=list)
    no: list[re.Pattern[str]] = field(default_factory=list)
    no_field: str = ""
    otherwise: tuple[bool, float] = (False, 0.5)

    def asked(self, question: str) -> bool | None:
        """Whether the folded question is about this (True), about its contrary, or neither."""
        if any(p.search(question) for p in self.ask_not):
            return False
        return True if any(p.search(question) for p in self.ask) else None

    def evidence(self, lines: Iterable[str], *, yes: bool) -> list[str]:
        """The folded lines that speak for one answer."""
        patterns = self.yes if yes else self.no
        return [line for line in lines if any(p.search(line) for p in patterns)]


@cache
def topics() -> tuple[Topic, ...]:
    """All topics, in the order in which they are tried."""
    text = resources.files(__package__).joinpath("topics.txt").read_text("utf-8")
    found: list[Topic] = []
    for line in text.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "topic":
            found.append(Topic(rest))
        elif word == "else":
            answer, _, sure = rest.partition(" ")
            found[-1].otherwise = (answer == "yes", float(sure))
        elif word == "field-no":
            found[-1].no_field = rest
        elif word in ("ask", "ask-not", "yes", "no"):
            getattr(found[-1], word.replace("-", "_")).append(re.compile(rest))
    return tuple(found)
