"""A live page, captured again and again: after the first time only what happened since."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..capture import check_key, parse, with_frames, with_sheets
from ..checks import check
from ..codec import encode
from ..columns import Columns, Sheet
from ..errors import PageTooLarge, ScriptFailed
from ..piercing import lend_closed_roots
from ..reader import Snapshot
from ..world import World
from .align import align
from .content import content_hash
from .delta import Delta
from .make import diff, make
from .numbering import digests, number
from .tree import attribute_starts, flat_ranges

RECORDER_JS = Path(__file__).with_name("recorder.js").read_text(encoding="utf-8")
"""Give this to `World.attach` after `CAPTURE_JS` for a world that can be recorded."""

_FROM_SOURCE = Sheet.UNREADABLE | Sheet.SOURCE
_STRINGS = 10_000
_REPLACED = 48
"""New nodes from which it pays to look whether they are like nodes that went."""


@dataclass(frozen=True)
class Recording:
    """The page at one moment, and how it came of the recording before."""

    columns: Columns
    hash: bytes
    """Its `content_hash`."""
    delta: Delta | None
    """None when it was captured whole: the first time, after a navigation, after large changes."""
    key: bytes | None = field(default=None, repr=False)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The page as a snapshot of its own."""
        return Snapshot.from_bytes(encode(self.columns, key=self.key), self.key)


@dataclass(frozen=True, slots=True)
class _State:
    """What the last answer of the page left here."""

    serial: int
    own: Columns
    """Without the insides of frames that only DevTools reaches."""
    columns: Columns
    hash: bytes
    whole: bool
    """Whether nothing was put into `own` from elsewhere."""
    long: tuple[str, ...]


class Recorder:
    """Records one page. Not for two callers at once.

    The options are those of `capture`; `look` is not one: to ask every element for its style again
    costs what recording saves. With `secrets` snapshots of recordings are sealed with `key`;
    columns and deltas are not, and hold them. A page is the same to both: `record` and
    `capture(look=False)` at one moment give columns of one `content_hash`.
    """

    def __init__(
        self,
        world: World,
        *,
        secrets: bool = False,
        key: bytes | None = None,
        boxes: bool = False,
        styles: bool = True,
    ) -> None:
        """Raises `KeyNeeded`, `WrongKey`."""
        check_key(key, secrets=secrets)
        self._world = world
        self._key = key
        self._options: dict[str, Any] = {"secrets": secrets, "boxes": boxes, "styles": styles}
        self._strings = _Strings()
        self._state: _State | None = None

    async def record(self, *, taken_at: float, timeout_s: float = 10.0) -> Recording:
        """The page as it is now. `taken_at` is seconds since the epoch.

        Raises `WorldLost`, `PageHung`, `PageTooLarge`; the next recording is then a whole one.
        """
        before, self._state = self._state, None
        if self._strings.grown:
            before = None
        answer = await self._asked(before.serial if before else -1, timeout_s)
        if answer["tape"]["suspects"] and await lend_closed_roots(self._world):
            before = None
            answer = await self._asked(-1, timeout_s)
        if answer["full"]:
            before = None
            self._strings = _Strings(2 * len(answer["tape"]["strings"]) + _STRINGS)
        state, delta = await self._read(answer, before, float(taken_at), timeout_s)
        self._state = state
        return Recording(state.columns, state.hash, delta, self._key)

    async def forget(self) -> None:
        """Let go of the page; the next recording is a whole one."""
        self._state = None
        await self._world.call("forget")

    async def _asked(self, base: int, timeout_s: float) -> dict[str, Any]:
        try:
            text = await self._world.call("record", self._options, base, timeout_s=timeout_s)
        except ScriptFailed as error:
            if "RangeError" in str(error):  # more nodes, or a longer text, than there may be
                raise PageTooLarge(str(error)) from error
            raise
        answer: dict[str, Any] = json.loads(text)
        return answer

    async def _read(
        self, answer: dict[str, Any], before: _State | None, taken_at: float, timeout_s: float
    ) -> tuple[_State, Delta | None]:
        tape = answer["tape"]
        tape["strings"], long = _full_texts(tape["strings"], before.long if before else ())
        rows = _numbers(answer["rows"]).reshape(-1, 6)
        new = replace(parse(tape, taken_at), label=rows[:, 3].astype("u4"))
        own, was = _assembled(answer, rows, number(new, self._strings.index), before)
        own = replace(own, strings=self._strings.table)
        columns = own
        if tape["unread"]:
            options, unread = self._options, tape["unread"]
            columns = await with_frames(self._world, own, unread, options, timeout_s)
        if self._options["styles"] and (columns.sheet_flags & _FROM_SOURCE).any():
            columns = await with_sheets(self._world, columns)
        if columns is not own:
            columns = replace(number(columns, self._strings.index), strings=self._strings.table)
        check(columns)
        whole = not tape["unread"]
        state = _State(
            answer["serial"],
            own,
            columns,
            content_hash(columns, self._strings.digests),
            whole,
            long,
        )
        return state, self._delta(before, state, was) if before else None

    def _delta(self, before: _State, after: _State, was: NDArray[np.int64]) -> Delta:
        if not (before.whole and after.whole):
            return diff(before.columns, after.columns)
        found = was.astype("i4")
        if int((was < 0).sum()) > _REPLACED:
            found = align(before.columns, after.columns, self._strings.id)
        return make(
            before.columns,
            after.columns,
            found,
            self._strings.table,
            (before.hash, after.hash),
        )


class _Strings:
    """All strings of one document's recordings."""

    def __init__(self, limit: int = 0) -> None:
        self._limit = limit
        self.index: dict[str, int] = {"": 0, "id": 1}
        self.id = 1
        self._table: tuple[str, ...] = ()
        self._digests = np.zeros(0, "u8")

    @property
    def grown(self) -> bool:
        """Whether there are so many that most of them must have gone from the page."""
        return len(self.index) > self._limit

    @property
    def table(self) -> tuple[str, ...]:
        if len(self._table) != len(self.index):
            self._table = tuple(self.index)
        return self._table

    @property
    def digests(self) -> NDArray[np.uint64]:
        known = len(self._digests)
        if known != len(self.index):
            self._digests = np.concatenate((self._digests, digests(self.table[known:])))
        return self._digests


def _full_texts(
    strings: Sequence[Any], long: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts of an answer, and the long ones among them for the next; see `thinned`."""
    texts = []
    found = []
    for each in strings:
        if isinstance(each, str):
            texts.append(each)
            continue
        text = long[each] if isinstance(each, int) else each[0]
        texts.append(text)
        found.append(text)
    return tuple(texts), tuple(found)


def _assembled(
    answer: dict[str, Any], rows: NDArray[np.int64], tape: Columns, before: _State | None
) -> tuple[Columns, NDArray[np.int64]]:
    """The whole page of an answer, and the earlier node of each of its nodes, -1 for none."""
    copies = _numbers(answer["copies"]).reshape(-1, 4)
    count: int = answer["count"]
    parent, kind = np.zeros(count, "i4"), np.zeros(count, "u1")
    label, counts, was = np.zeros(count, "u4"), np.zeros(count, "i8"), np.full(count, -1, "i8")
    at = rows[:, 0]
    parent[at], kind[at], counts[at], was[at] = rows[:, 1], rows[:, 2], rows[:, 5], rows[:, 4]
    label[at] = tape.label
    attrs: NDArray[np.uint32] = tape.attrs
    if before is not None and len(copies):
        old = before.own
        to, first, length = copies[:, 0], copies[:, 1], copies[:, 2]
        places, source = flat_ranges(to, length), flat_ranges(first, length)
        parent[places] = old.parent[source] + np.repeat(to - first, length)
        parent[to] = copies[:, 3]
        kind[places], label[places] = old.kind[source], old.label[source]
        counts[places], was[places] = old.attr_count[source], source
        starts = np.cumsum(counts) - counts
        attrs = np.zeros((int(counts.sum()), 2), "u4")
        attrs[flat_ranges(starts[at], counts[at])] = tape.attrs.reshape(-1, 2)
        theirs = flat_ranges(attribute_starts(old)[source], counts[places])
        attrs[flat_ranges(starts[places], counts[places])] = old.attrs.reshape(-1, 2)[theirs]
        attrs = attrs.reshape(-1)
    columns = replace(
        tape, parent=parent, kind=kind, label=label, attr_count=counts.astype("u4"), attrs=attrs
    )
    return columns, was


def _numbers(data: str) -> NDArray[np.int64]:
    return np.frombuffer(base64.b64decode(data), "<i4").astype("i8")
