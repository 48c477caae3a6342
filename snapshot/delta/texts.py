"""The texts that a delta brings, each once, and long ones as changes of what the base has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..columns import Columns
from .delta import STRING_COLUMNS, Splice, Text
from .numbering import TEXT_FIELDS

_LONG = 24
"""Code points from which a text is looked for in the base."""
_GAIN = 16
"""Code points that a splice must save."""


class Texts:
    """Gathers the texts of one delta. `base` is numbered by `strings`."""

    def __init__(self, base: Columns, strings: Sequence[str]) -> None:
        self._base, self._strings = base, strings
        self._index: dict[int, int] = {}
        self._texts: list[Text] = []

    def ref(self, number: int, column: str = "", row: int = -1) -> int:
        """The place of a text in the delta; `column` and `row` say what it may have been."""
        found = self._index.get(number)
        if found is None:
            found = self._index[number] = len(self._texts)
            self._texts.append(self._text(number, column, row))
        return found

    def result(self) -> tuple[Text, ...]:
        return tuple(self._texts)

    def _text(self, number: int, column: str, row: int) -> Text:
        text = self._strings[number]
        if len(text) < _LONG:
            return text
        place = self._place(number)
        if place is not None:
            return Splice(*place, len(text), 0, "")
        if row < 0:
            return text
        old = self._strings[int(getattr(self._base, column)[row])]
        prefix = common(old, text)
        limit = min(len(old), len(text)) - prefix
        suffix = common(old[::-1], text[::-1], limit)
        if prefix + suffix < _GAIN:
            return text
        middle = text[prefix : len(text) - suffix]
        return Splice(STRING_COLUMNS.index(column), row, prefix, suffix, middle)

    def _place(self, number: int) -> tuple[int, int] | None:
        """Where the base has this very text."""
        for i, name in enumerate(STRING_COLUMNS):
            hits: Any = getattr(self._base, name) == number
            if name == "state_value":
                hits &= np.isin(self._base.state_field, TEXT_FIELDS)
            at = int(hits.argmax()) if len(hits) else 0
            if len(hits) and hits[at]:
                return i, at
        return None


def common(one: str, other: str, limit: int | None = None) -> int:
    """The length of the longest common beginning, at most `limit`."""
    low, high = 0, min(len(one), len(other))
    high = high if limit is None else min(high, limit)
    while low < high:
        half = (low + high + 1) // 2
        if one[low:half] == other[low:half]:
            low = half
        else:
            high = half - 1
    return low
