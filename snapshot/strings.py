"""The string table of a snapshot, read one string at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from .errors import BadSnapshot

MAX_STRINGS = 4_000_000


class Strings(Sequence[str]):
    """What `layout.texts` was given. A string is decoded when it is first asked for."""

    def __init__(self, start: NDArray[Any], text: NDArray[Any]) -> None:
        """Raises `BadSnapshot` unless the strings fill the text, each with a zero after it."""
        if len(start) > MAX_STRINGS:
            raise BadSnapshot("too many strings")
        after = np.append(start[1:], np.uint32(len(text))) if len(start) else start
        if (
            (len(start) == 0) != (len(text) == 0)
            or start[:1].any()
            or (after <= start).any()
            or text[after - 1].any()
        ):
            raise BadSnapshot("the string table is malformed")
        self._start, self._after, self.text = start, after, text.data
        self._found: dict[int, str] = {}
        self._outside: Mapping[int, str] = {}

    def put(self, outside: Mapping[int, str]) -> None:
        """Strings that are kept elsewhere."""
        self._outside = outside
        self._found |= outside

    def __len__(self) -> int:
        return len(self._start)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        """Raises `BadSnapshot` for bytes that are not UTF-8."""
        if isinstance(index, slice):
            return self.all[index]
        found = self._found.get(index)
        if found is None:
            start, after = self._start.item(index), self._after.item(index)
            found = self._found[index] = _decoded(self.text[start : after - 1])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.all)

    @cached_property
    def all(self) -> tuple[str, ...]:
        """All of them, decoded in one go."""
        if not len(self):
            return ()
        found = _decoded(self.text[:-1]).split("\0")
        if len(found) != len(self):  # some string has a zero in it
            found = [self[i] for i in range(len(self))]
        for index, text in self._outside.items():
            found[index] = text
        return tuple(found)

    @cached_property
    def maybe_blank(self) -> NDArray[np.bool_]:
        """Which may be empty or white space alone, by their first byte."""
        first = np.frombuffer(self.text, "u1")[self._start]
        found: NDArray[np.bool_] = (first <= 0x20) | (first >= 0x7F)
        return found

    def tidy(self, limit: int) -> NDArray[np.bool_]:
        """Which are ASCII of at most `limit` characters without control characters, spaces at
        their ends or two spaces in a row. Those that are kept elsewhere never are."""
        found: NDArray[np.bool_] = self._tidy & (self._after - self._start <= limit + 1)
        found[list(self._outside)] = False
        return found

    @cached_property
    def _tidy(self) -> NDArray[np.bool_]:
        text = np.frombuffer(self.text, "u1")
        space, edge = text == 0x20, text <= 0x20
        odd = (edge & (text != 0) & ~space) | (text >= 0x7F)
        odd[:-1] |= space[:-1] & edge[1:]
        odd[self._start] |= space[self._start]
        found: NDArray[np.bool_] = np.ones(len(self), bool)
        found[self._owners(np.flatnonzero(odd))] = False
        return found

    def _owners(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """The string that each byte is in."""
        found: NDArray[np.intp] = self._start.searchsorted(places, "right") - 1
        return found

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each string is; the last of equal ones."""
        return {text: i for i, text in enumerate(self.all)}


def _decoded(data: memoryview) -> str:
    try:
        return str(data, "utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise BadSnapshot("a string is not UTF-8") from error
