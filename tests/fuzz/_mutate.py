"""Broken snapshots by the million: cuts, flips, hostile numbers, and containers whose hashes are
right around contents that are not. Structured, because a plain flip never gets past a hash."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from typing import Any

import msgpack  # type: ignore[import-untyped]
import xxhash
import zstandard

from abos.snapshot.container import HEADER_BYTES, Container

_NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 127, 128, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF,
            0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 2**27, 2**27 + 1)  # fmt: skip
_HUGE = (*_NUMBERS, 2**32, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
_HEAD = struct.Struct("<8sHHIIIQIIQQ")


class Mutator:
    """Makes inputs from a few good snapshots, the same ones for the same seed."""

    def __init__(self, corpus: Sequence[bytes], seed: int) -> None:
        self._random = random.Random(seed)
        self._corpus = list(corpus)
        self._opened = [self._take_apart(data) for data in corpus]

    @staticmethod
    def _take_apart(data: bytes) -> tuple[tuple[int, ...], dict[str, bytes]]:
        whole = Container(data)
        return tuple(whole.header.counts), {name: bytes(whole[name]) for name in whole.directory}

    def next(self) -> bytes:
        """The next input."""
        if self._random.random() < 0.15:
            return self._flipped(self._random.choice(self._corpus))
        return self._rebuilt()

    def _flipped(self, data: bytes) -> bytes:
        """Cut, flipped or doubled anywhere; hashes stay as they were."""
        pick = self._random
        match pick.randrange(4):
            case 0:
                return data[: pick.randrange(len(data) + 1)]
            case 1:
                return data + data[: pick.randrange(64)]
            case 2:
                return self._scribbled(data[:HEADER_BYTES]) + data[HEADER_BYTES:]
        return self._scribbled(data)

    def _scribbled(self, data: bytes) -> bytes:
        """A few bytes, or a few numbers, changed."""
        if not data:
            return data
        pick, changed = self._random, bytearray(data)
        for _ in range(pick.choice((1, 1, 2, 8))):
            at = pick.randrange(len(changed))
            match pick.randrange(5):
                case 0:
                    changed[at] ^= 1 << pick.randrange(8)
                case 1:
                    changed[at] = pick.randrange(256)
                case 2 | 3:
                    at -= at % 4
                    number = pick.choice(_NUMBERS)
                    if pick.random() < 0.5 and at + 4 <= len(changed):
                        (old,) = struct.unpack_from("<I", changed, at)
                        number = (old + pick.choice((-1, 1, 2, -2))) % 2**32
                    changed[at : at + 4] = struct.pack("<I", number)
                case 4:
                    end = min(len(changed), at + pick.randrange(1, 16))
                    del changed[at:end]
                    if not changed:
                        return b""
        return bytes(changed)

    def _rebuilt(self) -> bytes:
        """A container with true hashes around contents that were changed."""
        pick = self._random
        index = pick.randrange(len(self._opened))
        counts, sections = self._opened[index][0], dict(self._opened[index][1])
        for _ in range(pick.choice((1, 1, 1, 2, 3))):
            name = pick.choice(list(sections))
            match pick.randrange(12):
                case 0:
                    sections.pop(name)
                    if not sections:
                        sections = {"META": b""}
                case 1:
                    other = pick.choice(self._opened)[1]
                    sections[name] = other.get(name, b"")
                case 2:
                    counts = tuple(
                        pick.choice(_NUMBERS) if pick.random() < 0.4 else n for n in counts
                    )
                case 3:
                    sections["META"] = self._meta(sections.get("META", b"\x80"))
                case 4:
                    sections[name] = sections[name][: pick.randrange(len(sections[name]) + 1)]
                case 5:
                    items = list(sections.items())
                    pick.shuffle(items)
                    sections = dict(items)
                case _:
                    sections[name] = self._scribbled(sections[name])
        return self._assembled(counts, sections)

    def _meta(self, data: bytes) -> bytes:
        """META with one value of another kind."""
        pick = self._random
        try:
            found = msgpack.unpackb(data)
        except (ValueError, msgpack.UnpackException):
            return self._scribbled(data)
        if not isinstance(found, dict) or not found:
            return data
        wrong: Any = pick.choice((None, -1, 2**31, 1.5, float("nan"), float("inf"), "x", b"\xff",
                                  b"\xed\xa0\x80", [], {}, True, [[[[]]]]))  # fmt: skip
        found[pick.choice(list(found))] = wrong
        packed: bytes = msgpack.packb(found)
        return packed

    def _assembled(self, counts: tuple[int, ...], sections: dict[str, bytes]) -> bytes:
        pick = self._random
        place, pieces, rows = HEADER_BYTES, [], {}
        for name, data in sections.items():
            coding, stored, raw = 0, data, len(data)
            if pick.random() < 0.2:
                coding, stored = 1, zstandard.compress(data, 1)
                if pick.random() < 0.3:
                    stored = self._scribbled(stored)
            row: list[Any] = [coding, place, len(stored), raw, xxhash.xxh3_64_intdigest(stored)]
            if pick.random() < 0.02:
                row[pick.randrange(4)] = pick.choice((*_HUGE, -1, "x", None, 1.5))
            rows[name] = row
            pieces += [stored, bytes(-len(stored) % 8)]
            place += len(stored) + -len(stored) % 8
        packed = msgpack.packb(rows)
        if pick.random() < 0.02:
            packed = self._scribbled(packed)
        head = [b"ABOSDOM\0", 1, 0, *counts, place, len(packed), 0, place + len(packed),
                xxhash.xxh3_64_intdigest(packed)]  # fmt: skip
        if pick.random() < 0.02:
            at = pick.randrange(6, 10)
            head[at] = pick.choice(_HUGE) % (2**32 if at in {7, 8} else 2**64)
        begun = _HEAD.pack(*head)
        return b"".join(
            (begun, struct.pack("<Q", xxhash.xxh3_64_intdigest(begun)), *pieces, packed)
        )
