"""The container of `FORMAT.md`: a header, a directory, and sections with a hash each.

Opening reads the header and the directory alone. A section is hashed, decompressed and kept when
it is first asked for. Pure: nothing here knows what a section means.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from mmap import mmap
from typing import NamedTuple

import msgpack  # type: ignore[import-untyped]
import xxhash
import zstandard

from .errors import BadSnapshot, PageTooLarge
from .planes import apart, together

MAGIC = b"ABOSDOM\0"
VERSION = 1
SEALED = 1
"""Flag: all after the header is sealed, see `sealing`."""
MAX_RAW = 128 * 1024 * 1024
"""Bytes of all sections together once unpacked: bounds what a hostile file makes us allocate."""
MAX_DIRECTORY = 4096
MAX_SECTIONS = 32
HEADER_BYTES = 64

Source = bytes | bytearray | memoryview | mmap

_HEADER = struct.Struct("<8sHHIIIQIIQQ")
_HASH = struct.Struct("<Q")
_RAW, _ZSTD, _PLANES, _STEPS = range(4)
_CODINGS = {"NODE": _PLANES, "ATTR": _PLANES, "RECT": _PLANES, "STR": _STEPS}
"""What makes a section smaller than zstd alone does."""
_COMPRESS_ABOVE = 1024
_LEVEL = 3
_NAME_BYTES = 8
_PADDING = bytes(8)


class Counts(NamedTuple):
    """What the header counts."""

    nodes: int = 0
    elements: int = 0
    strings: int = 0


class Section(NamedTuple):
    """One row of the directory; sizes and places in bytes."""

    coding: int
    offset: int
    stored: int
    raw: int
    digest: int


@dataclass(frozen=True, slots=True)
class Header:
    """The first 64 bytes. `directory` is where it is, `length` how long, `digest` its XXH3-64."""

    flags: int
    counts: Counts
    directory: int
    length: int
    size: int
    digest: int

    def to_bytes(self) -> bytes:
        head = _HEADER.pack(
            MAGIC, VERSION, self.flags, *self.counts, self.directory, self.length, 0, self.size,
            self.digest,
        )  # fmt: skip
        return head + _HASH.pack(xxhash.xxh3_64_intdigest(head))


def write(
    counts: Counts, sections: Mapping[str, Sequence[bytes | memoryview]], *, compress: bool = True
) -> bytes:
    """A container of these sections, in this order, each the join of its pieces.

    Raises `PageTooLarge` above `MAX_RAW`.
    """
    place = HEADER_BYTES
    directory: dict[str, Section] = {}
    pieces = [b""]
    total = 0
    for name, parts in sections.items():
        body = b"".join(parts)
        total += len(body)
        coding, stored = _stored(name, body) if compress else (_RAW, body)
        digest = xxhash.xxh3_64_intdigest(stored)
        directory[name] = Section(coding, place, len(stored), len(body), digest)
        pieces += (stored, _PADDING[: -len(stored) % 8])
        place += len(stored) + -len(stored) % 8
    if total > MAX_RAW:
        raise PageTooLarge(f"the page takes {total} bytes, more than {MAX_RAW}")
    packed: bytes = msgpack.packb(directory)
    pieces.append(packed)
    digest = xxhash.xxh3_64_intdigest(packed)
    header = Header(0, counts, place, len(packed), place + len(packed), digest)
    pieces[0] = header.to_bytes()
    return b"".join(pieces)


def _stored(name: str, body: bytes) -> tuple[int, bytes]:
    if len(body) > _COMPRESS_ABOVE:
        coding = _CODINGS.get(name, _ZSTD)
        plain = body if coding == _ZSTD else apart(body, steps=coding == _STEPS)
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(plain)
        if len(packed) < len(body):
            return coding, packed
    return _RAW, body


def read_header(data: Source) -> Header:
    """The header, once its hash agrees. Raises `BadSnapshot`."""
    if len(data) < HEADER_BYTES:
        raise BadSnapshot("too short to be a snapshot")
    magic, version, flags, *counts, directory, length, zero, size, digest = _HEADER.unpack_from(
        data
    )
    if magic != MAGIC:
        raise BadSnapshot("these bytes are not a snapshot")
    if version != VERSION:
        raise BadSnapshot(f"snapshot version {version} is not known here, only {VERSION}")
    (wanted,) = _HASH.unpack_from(data, _HEADER.size)
    if xxhash.xxh3_64_intdigest(data[: _HEADER.size]) != wanted:
        raise BadSnapshot("the header was changed: its hash is another")
    if flags & ~SEALED or zero:
        raise BadSnapshot("unknown flags")
    if size != len(data):
        raise BadSnapshot(f"{len(data)} bytes instead of {size}: cut short or joined")
    return Header(flags, Counts(*counts), directory, length, size, digest)


class Container:
    """Sections by name. Raises `BadSnapshot` when what is asked for is not as it was written."""

    def __init__(self, data: Source) -> None:
        self.data = memoryview(data)
        self.header = read_header(data)
        self.directory = _read_directory(self.data, self.header)
        self._kept: dict[str, memoryview] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.directory

    def __getitem__(self, name: str) -> memoryview:
        """A section's bytes, checked and unpacked at the first call."""
        if name not in self._kept:
            if name not in self.directory:
                raise BadSnapshot(f"there is no section {name}")
            self._kept[name] = self._unpacked(name, self.directory[name])
        return self._kept[name]

    def verify(self) -> None:
        """Check the hash of every section, and that nothing lies between them."""
        place = HEADER_BYTES
        for name, section in self.directory.items():
            if any(self.data[place : section.offset]):
                raise BadSnapshot(f"there is something before section {name}")
            self[name]
            place = section.offset + section.stored
        if any(self.data[place : self.header.directory]):
            raise BadSnapshot("there is something before the directory")

    def _unpacked(self, name: str, section: Section) -> memoryview:
        stored = self.data[section.offset : section.offset + section.stored]
        if xxhash.xxh3_64_intdigest(stored) != section.digest:
            raise BadSnapshot(f"section {name} was changed: its hash is another")
        if section.coding == _RAW:
            return stored
        plain = _inflate(name, stored, section.raw)
        if section.coding != _ZSTD:
            plain = together(plain, steps=section.coding == _STEPS)
        return memoryview(plain)


def _inflate(name: str, stored: memoryview, raw: int) -> bytes:
    try:
        if zstandard.frame_content_size(stored) != raw:  # else it could ask for any memory
            raise BadSnapshot(f"section {name} has another length than the directory says")
        return zstandard.ZstdDecompressor().decompress(stored, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadSnapshot(f"section {name} can't be decompressed: {error}") from error


def _read_directory(data: memoryview, header: Header) -> dict[str, Section]:
    start, length = header.directory, header.length
    if length > MAX_DIRECTORY or start < HEADER_BYTES or start + length != len(data):
        raise BadSnapshot("the directory is not where the header says")
    packed = data[start:]
    if xxhash.xxh3_64_intdigest(packed) != header.digest:
        raise BadSnapshot("the directory was changed: its hash is another")
    try:
        found = msgpack.unpackb(
            packed, max_map_len=MAX_SECTIONS, max_array_len=len(Section._fields), max_ext_len=0,
            use_list=False,
        )  # fmt: skip
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise BadSnapshot(f"the directory is not msgpack: {error}") from error
    if not isinstance(found, dict):
        raise BadSnapshot("the directory is not a map")
    directory = {name: _section(name, row) for name, row in found.items()}
    _check_places(directory, start)
    return directory


def _section(name: object, row: object) -> Section:
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_BYTES:
        raise BadSnapshot("a section has no proper name")
    if not isinstance(row, tuple) or len(row) != len(Section._fields):
        raise BadSnapshot(f"the directory's row of {name} is malformed")
    if any(type(value) is not int or value < 0 for value in row):
        raise BadSnapshot(f"the directory's row of {name} is malformed")
    section = Section(*row)
    if section.coding > _STEPS or (section.coding == _RAW and section.stored != section.raw):
        raise BadSnapshot(f"section {name} is stored in an unknown way")
    return section


def _check_places(directory: Mapping[str, Section], end: int) -> None:
    """In order, without overlap, aligned to 8 bytes, and not too much of it."""
    place = HEADER_BYTES
    for name, section in directory.items():
        if section.offset % 8 or section.offset < place or section.offset - place > 7:
            raise BadSnapshot(f"section {name} is out of place")
        place = section.offset + section.stored
    if not place <= end <= place + 7:
        raise BadSnapshot("the sections don't end where the directory begins")
    if sum(section.raw for section in directory.values()) > MAX_RAW:
        raise BadSnapshot("larger than a snapshot may be")
