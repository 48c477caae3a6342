"""Snapshots in a form that a fuzzer can change without breaking every hash in them.

A framed snapshot is a flag byte, the three counts of the header (u32), and for each section a byte
with its place in `NAMES`, its length (u16) and its bytes. `assembled` makes the container of it,
its hashes true. With flag 1 what follows is a container as it stands, with flag 2 compressible
sections are compressed. Whatever the bytes are, they are the frame of something.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import msgpack  # type: ignore[import-untyped]
import xxhash
import zstandard

NAMES = ("META", "NODE", "ATTR", "STR", "RECT", "STATE", "LOOK", "CSS", "MARK", "FRAME", "CANVAS",
         "HTML", "DELTA", "LIVE", "x", "")  # fmt: skip
AS_IT_IS, COMPRESSED = 1, 2

_COUNTS = struct.Struct("<III")
_SECTION = struct.Struct("<BH")
_HEAD = struct.Struct("<8sHHIIIQIIQQ")


def framed(counts: tuple[int, ...], sections: Mapping[str, bytes], flags: int = 0) -> bytes:
    """The frame of these sections."""
    pieces = [bytes([flags]), _COUNTS.pack(*counts)]
    for name, data in sections.items():
        pieces += (_SECTION.pack(NAMES.index(name), len(data)), data)
    return b"".join(pieces)


def assembled(frame: bytes) -> bytes:
    """The container of a frame; the last section may be cut short."""
    flags, rest = frame[0] if frame else 0, frame[1:]
    if flags & AS_IT_IS:
        return rest
    counts = _COUNTS.unpack(rest[: _COUNTS.size].ljust(_COUNTS.size, b"\0"))
    sections: dict[str, bytes] = {}
    at = _COUNTS.size
    while at + _SECTION.size <= len(rest):
        name, length = _SECTION.unpack_from(rest, at)
        at += _SECTION.size
        sections[NAMES[name % len(NAMES)]] = rest[at : at + length]
        at += length
    return container(counts, sections, compress=bool(flags & COMPRESSED))


def container(counts: tuple[int, ...], sections: Mapping[str, bytes], *, compress: bool) -> bytes:
    """A container whose hashes and places are true."""
    place, pieces, rows = 64, [], {}
    for name, data in sections.items():
        stored = zstandard.compress(data, 1) if compress else data
        rows[name] = (
            int(compress), place, len(stored), len(data), xxhash.xxh3_64_intdigest(stored),
        )  # fmt: skip
        pieces += [stored, bytes(-len(stored) % 8)]
        place += len(stored) + -len(stored) % 8
    packed = msgpack.packb(rows)
    head = _HEAD.pack(
        b"ABOSDOM\0", 1, 0, *counts, place, len(packed), 0, place + len(packed),
        xxhash.xxh3_64_intdigest(packed),
    )  # fmt: skip
    return b"".join((head, struct.pack("<Q", xxhash.xxh3_64_intdigest(head)), *pieces, packed))
