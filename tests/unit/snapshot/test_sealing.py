"""Snapshots that only a key opens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import BadSnapshot, Snapshot, SnapshotLocked, WrongKey
from abos.snapshot.codec import decode, encode
from abos.snapshot.columns import Columns
from abos.snapshot.sealing import is_sealed, seal

Build = Callable[..., Columns]
KEY, OTHER = bytes(range(32)), bytes(32)


def test_the_key_opens_it(columns_of: Build) -> None:
    columns = columns_of("<p>secret words</p>")
    data = encode(columns, key=KEY)
    assert is_sealed(data)
    assert not is_sealed(encode(columns))
    assert b"secret" not in data
    snapshot = Snapshot.from_bytes(data, KEY)
    assert (snapshot.text(), snapshot.data) == ("secret words", data)
    assert decode(data, KEY).strings == columns.strings


def test_without_the_key_nothing_is_said(columns_of: Build) -> None:
    data = encode(columns_of("<p>secret words</p>"), key=KEY)
    with pytest.raises(SnapshotLocked, match="sealed with key"):
        Snapshot.from_bytes(data)
    with pytest.raises(WrongKey, match="not with"):
        Snapshot.from_bytes(data, OTHER)
    for key in (b"", KEY + b"x"):
        with pytest.raises(WrongKey, match="32 bytes"):
            Snapshot.from_bytes(data, key)
        with pytest.raises(WrongKey, match="32 bytes"):
            encode(columns_of("<p>x</p>"), key=key)


def test_two_seals_differ(columns_of: Build) -> None:
    columns = columns_of("<p>x</p>")
    assert encode(columns, key=KEY) != encode(columns, key=KEY)


@given(st.data())
def test_any_change_is_seen(columns_of: Build, data: st.DataObject) -> None:
    whole = encode(columns_of("<p>x</p>"), key=KEY)
    at = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    for broken in (
        whole[:at],
        whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :],
        whole + b"x",
    ):
        with pytest.raises(BadSnapshot):
            decode(broken, KEY)


def test_sealed_twice_is_refused(columns_of: Build) -> None:
    with pytest.raises(BadSnapshot, match="twice"):
        decode(seal(encode(columns_of("<p>x</p>"), key=KEY), KEY), KEY)
