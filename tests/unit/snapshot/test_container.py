"""Hostile containers: every hash is right, and yet nothing is believed."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
import zstandard
from _crafting import container, digest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import BadSnapshot, Snapshot
from abos.snapshot.codec import decode, encode
from abos.snapshot.columns import Columns
from abos.snapshot.container import MAX_RAW, Container
from abos.snapshot.layout import SECTIONS

Build = Callable[..., Columns]


def parts_of(data: bytes) -> dict[str, bytes]:
    opened = Container(data)
    return {name: bytes(opened[name]) for name in opened.directory}


@pytest.fixture
def sections(columns_of: Build) -> dict[str, bytes]:
    return parts_of(encode(columns_of("<p id=a>x</p>"), compress=False))


@pytest.fixture
def good(columns_of: Build) -> bytes:
    return encode(columns_of("<p id=a>x</p>"), compress=False)


def test_a_crafted_container_is_like_a_written_one(sections: dict[str, bytes], good: bytes) -> None:
    assert container(sections, counts=Container(good).header.counts) == good


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 9}, "version 9"), ({"version": 0}, "version 0"), ({"flags": 2}, "flags"),
        ({"zero": 1}, "flags"), ({"size": 10}, "cut short"), ({"start": 8}, "directory"),
        ({"start": 2**63}, "directory"), ({"length": 2**32 - 1}, "directory"),
        ({"length": 0}, "directory"), ({"directory": []}, "not a map"),
        ({"directory": {1: (0, 64, 0, 0, 0)}}, "msgpack"), ({"directory": {"": ()}}, "name"),
        ({"directory": {"STR": 5}}, "malformed"), ({"directory": {"STR": (1, 2)}}, "malformed"),
        ({"directory": {"STR": (0, 64, -1, 0, 0)}}, "malformed"),
        ({"directory": {"STR": (0, 64, True, 0, 0)}}, "malformed"),
        ({"directory": {str(i): (0, 64, 0, 0, 0) for i in range(40)}}, "msgpack"),
        ({"directory": b"\xdd\x07\xff\xff\xff" * 400}, "msgpack"),
        ({"directory": b"\xc1"}, "msgpack"), ({"directory": b"\x81"}, "msgpack"),
        ({"directory": bytes([0x91]) * 4000}, "msgpack"),
        ({"rows": {"NODE": {0: 7}}}, "unknown way"), ({"rows": {"NODE": {1: 65}}}, "out of place"),
        ({"rows": {"NODE": {1: 2**40}}}, "out of place"),
        ({"rows": {"NODE": {2: 2**40, 3: 2**40}}}, "out of place|end"),
        ({"rows": {"META": {0: 1, 3: MAX_RAW + 1}}}, "larger"),
        ({"rows": {"META": {3: 1}}}, "unknown way"), ({"rows": {"NODE": {4: 1}}}, "changed"),
        ({"counts": (99, 1, 9)}, "counts"), ({"counts": (3, 9, 9)}, "counts"),
    ],
)  # fmt: skip
def test_headers_and_directories(
    sections: dict[str, bytes], good: bytes, change: dict[str, Any], words: str
) -> None:
    settings: dict[str, Any] = {"counts": Container(good).header.counts} | change
    with pytest.raises(BadSnapshot, match=words):
        decode(container(sections, **settings))


def test_a_bomb_is_refused_before_it_is_unpacked(sections: dict[str, bytes], good: bytes) -> None:
    bomb = zstandard.compress(bytes(64 * 1024 * 1024))
    rows = {"STR": {0: 1, 3: 100}}
    with pytest.raises(BadSnapshot, match="another length"):
        decode(
            container({**sections, "STR": bomb}, rows=rows, counts=Container(good).header.counts)
        )
    streamed = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(2**20))
    with pytest.raises(BadSnapshot, match="another length"):
        decode(container({**sections, "STR": streamed}, rows=rows, counts=(3, 1, 9)))


@pytest.mark.parametrize("name", [*SECTIONS, "META"])
@given(junk=st.binary(max_size=80))
def test_sections_of_any_bytes(columns_of: Build, name: str, junk: bytes) -> None:
    data = encode(columns_of("<p id=a>x</p>"), compress=False)
    with pytest.raises(BadSnapshot):
        decode(container({**parts_of(data), name: junk}, counts=Container(data).header.counts))


@given(st.recursive(st.none() | st.integers() | st.binary() | st.text(), st.lists, max_leaves=20))
def test_a_true_hash_makes_nothing_true(value: Any) -> None:
    packed = msgpack.packb(value, default=str, unicode_errors="surrogatepass")
    with pytest.raises(BadSnapshot):
        decode(container({}, directory=packed))
    with pytest.raises(BadSnapshot):
        decode(container({"META": packed, "NODE": packed, "STR": packed, "ATTR": packed}))


@given(st.binary(max_size=200))
def test_any_other_bytes_are_a_bad_snapshot(junk: bytes) -> None:
    for data in (junk, b"ABOSDOM\0" + junk, container({"META": junk}), container({}) + junk[:1]):
        with pytest.raises(BadSnapshot):
            decode(data)


def test_errors_say_what_is_wrong(good: bytes) -> None:
    cases = {
        b"": "too short",
        b"PK\3\4" + bytes(60): "not a snapshot",
        good[:8] + b"\x09" + good[9:]: "version 9",
        good[:-1]: "cut short",
        good[:12] + b"\x01" + good[13:]: "header was changed",
        good[:-1] + bytes([good[-1] ^ 1]): "changed",
    }
    for broken, words in cases.items():
        with pytest.raises(BadSnapshot, match=words):
            decode(broken)


def test_what_lies_between_sections_is_seen(good: bytes) -> None:
    row = next(s for s in Container(good).directory.values() if s.stored % 8)
    at = row.offset + row.stored
    with pytest.raises(BadSnapshot, match="something before"):
        decode(good[:at] + b"\1" + good[at + 1 :])


def test_unknown_sections_are_skipped(sections: dict[str, bytes], good: bytes) -> None:
    counts = Container(good).header.counts
    newer = container({**sections, "LATER": b"whatever"}, counts=counts)
    assert Snapshot.from_bytes(newer).text() == "x"
    decode(newer)


def test_opening_reads_no_section(sections: dict[str, bytes], good: bytes) -> None:
    counts = Container(good).header.counts
    broken = container({**sections, "STR": b"junk"}, counts=counts)
    snapshot = Snapshot.from_bytes(broken)
    assert (snapshot.node_count, snapshot.element_count, snapshot.title) == (3, 1, "Shop")
    with pytest.raises(BadSnapshot):
        snapshot.text()
    with pytest.raises(BadSnapshot):
        snapshot.verify()


def test_files_and_maps(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "page.abos"
    path.write_bytes(good)
    opened = Snapshot.open(path)
    assert isinstance(opened.source, mmap.mmap)
    assert (opened.text(), opened.size, opened.data) == ("x", len(good), good)
    assert opened == Snapshot.from_bytes(good)
    path.write_bytes(b"")
    with pytest.raises(BadSnapshot, match="empty"):
        Snapshot.open(path)
    assert Snapshot.from_bytes(bytearray(good)).text() == "x"


def test_the_header_is_64_bytes_as_documented(good: bytes) -> None:
    magic, version, flags, nodes, elements, strings = struct.unpack_from("<8sHHIII", good)
    assert (magic, version, flags, nodes, elements) == (b"ABOSDOM\0", 1, 0, 3, 1)
    start, length, zero, size, check = struct.unpack_from("<QIIQQ", good, 24)
    assert (start + length, zero, size) == (len(good), 0, len(good))
    assert digest(good[start:]) == check
    assert strings == len(Snapshot.from_bytes(good).columns.strings)
