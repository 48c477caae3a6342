"""Recordings as bytes, alone and sealed with a snapshot."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import BadSnapshot, SnapshotLocked
from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns
from abos.snapshot.live.parcel import parcel, unpack
from abos.snapshot.live.recording import MAX_RESPONSES, Recording, Response
from abos.snapshot.sealing import is_sealed

KEY = bytes(range(32))
PAGE = Response("https://a.test/", "document", 200, (("content-type", "text/html"),), b"<p>\xff")
RECORDING = Recording(
    storage={"cookies": [{"name": "sid", "value": "s3cret"}], "origins": []},
    session={"https://a.test": (("a", "1"), ("b", "\ud800 lone")), "https://b.test": (("c", ""),)},
    document=PAGE,
    responses=(Response("https://a.test/x", "fetch", 404, (), b""),),
    left_out=("https://a.test/film (audio or video)",),
)


def test_there_and_back() -> None:
    for recording in (RECORDING, Recording()):
        assert Recording.from_bytes(recording.to_bytes()) == recording
    assert RECORDING.size == len(PAGE.body)
    assert RECORDING.answer("https://a.test/x#y") is RECORDING.responses[0]


def test_nothing_of_it_shows_in_its_repr() -> None:
    assert "s3cret" not in repr(RECORDING)
    assert "lone" not in repr(RECORDING)


def packed(**other: Any) -> bytes:
    parts: dict[str, Any] = {
        "storage": b"{}",
        "session": [],
        "document": None,
        "responses": [],
        "left_out": [],
    }
    data: bytes = msgpack.packb(parts | other)
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        msgpack.packb([1]),
        packed(more=1),
        packed(storage="{}"),
        packed(storage=b"[]"),
        packed(storage=b"{"),
        packed(storage=b'{"cookies": 1}'),
        packed(session=[["https://a.test", "a"]]),
        packed(session=[["https://a.test", "a", 1]]),
        packed(document=["https://a.test/", "document", 200, []]),
        packed(document=["https://a.test/", "document", 99, [], b""]),
        packed(document=["https://a.test/", "document", True, [], b""]),
        packed(document=["https://a.test/", "document", 200, [["a"]], b""]),
        packed(document=["https://a.test/", "document", 200, [], "text"]),
        packed(responses=[["u", "fetch", 200, [], b""]] * (MAX_RESPONSES + 1)),
        packed(left_out=[1]),
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 5000,
    ],
)
def test_malformed_bytes_are_refused(data: bytes) -> None:
    assert Recording.from_bytes(packed()) == Recording()
    with pytest.raises(BadSnapshot):
        Recording.from_bytes(data)


@given(st.binary(max_size=200), st.integers(0, 150))
def test_noise_is_refused(noise: bytes, at: int) -> None:
    good = RECORDING.to_bytes()
    for data in (noise, good[:at], good[:at] + noise + good[at + len(noise) :]):
        try:
            Recording.from_bytes(data)
        except BadSnapshot:
            continue


def test_sealed_with_a_snapshot(columns_of: Callable[..., Columns]) -> None:
    page = columns_of("<p>the page")
    data = parcel(page, RECORDING, KEY).data
    assert is_sealed(data)
    assert b"the page" not in data
    snapshot, recording = unpack(data, KEY)
    assert (snapshot.text(), recording) == ("the page", RECORDING)
    assert parcel(page, RECORDING, KEY).data != data
    assert unpack(encode(page), None)[1] is None


def test_it_opens_with_its_key_alone_and_as_it_was(columns_of: Callable[..., Columns]) -> None:
    data = parcel(columns_of("<p>the page"), RECORDING, KEY).data
    for key in (None, os.urandom(32), b"short"):
        with pytest.raises(SnapshotLocked):
            unpack(data, key)
    for at in range(8, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 4
        with pytest.raises(BadSnapshot):
            unpack(bytes(changed), KEY)
    for length in (8, 20, 45, len(data) - 1):
        with pytest.raises(BadSnapshot):
            unpack(data[:length], KEY)


def test_a_recording_in_the_open_is_refused(columns_of: Callable[..., Columns]) -> None:
    data = encode(columns_of("<p>the page"), extras={"LIVE": RECORDING.to_bytes()})
    with pytest.raises(BadSnapshot, match="not sealed"):
        unpack(data, None)
