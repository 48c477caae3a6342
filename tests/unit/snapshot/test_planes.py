"""Sections in another order, which compresses better."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot.errors import BadSnapshot
from abos.snapshot.planes import apart, together

WORDS = st.lists(st.integers(0, 2**32 - 1), max_size=40)


def words(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


@given(WORDS)
def test_numbers_come_back(numbers: list[int]) -> None:
    assert together(apart(words(numbers), steps=False), steps=False) == words(numbers)


@given(WORDS, st.binary(max_size=30))
def test_texts_come_back(starts: list[int], text: bytes) -> None:
    padding = [0] * (len(starts) % 2)
    body = words([len(starts), len(text), *starts, *padding]) + text
    planes = apart(body, steps=True)
    assert (len(planes), planes.endswith(text)) == (len(body), True)
    assert together(planes, steps=True) == body


def test_first_bytes_stand_together() -> None:
    assert apart(words([1, 2, 3]), steps=False) == bytes([1, 2, 3]) + bytes(9)
    assert apart(words([3, 0, 5, 7, 9, 0]), steps=True)[8:12] == bytes([5, 2, 2, 0xF7])


@pytest.mark.parametrize(("planes", "steps"), [(b"12345", False), (b"\xff" * 8, True), (b"", True)])
def test_what_was_cut(planes: bytes, steps: bool) -> None:
    with pytest.raises(BadSnapshot):
        together(planes, steps=steps)
