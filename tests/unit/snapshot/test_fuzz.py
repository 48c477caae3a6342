"""A short run of `make fuzz`: the same inputs every time."""

from __future__ import annotations

import pytest
from _asking import ask
from _corpus import corpus
from _framing import AS_IT_IS, COMPRESSED, assembled, framed
from _mutate import Mutator
from hypothesis import given, settings
from hypothesis import strategies as st

from abos.snapshot import Snapshot
from abos.snapshot.container import Container


def test_good_ones_are_read() -> None:
    for first in range(12):
        assert [ask(data, first=first) for data in corpus()] == [""] * len(corpus())


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_ones_are_read_or_refused(seed: int) -> None:
    mutator = Mutator(corpus(), seed)
    refused = sum(bool(ask(mutator.next(), first=i)) for i in range(1500))
    assert 750 < refused < 1500


@given(st.data())
@settings(max_examples=100)
def test_hypothesis_breaks_them(data: st.DataObject) -> None:
    mutator = Mutator(corpus(), data.draw(st.integers(0, 2**32)))
    ask(mutator.next(), first=data.draw(st.integers(0, 11)))


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_bytes_are_the_frame_of_something(frame: bytes) -> None:
    ask(assembled(frame), first=0)


@pytest.mark.parametrize("flags", [0, COMPRESSED])
def test_a_frame_gives_back_what_it_is_of(flags: int) -> None:
    for data in corpus():
        whole = Container(data)
        sections = {name: bytes(whole[name]) for name in whole.directory}
        again = assembled(framed(tuple(whole.header.counts), sections, flags))
        assert ask(again, first=0) == ""
        assert (
            Snapshot.from_bytes(again).columns.strings == Snapshot.from_bytes(data).columns.strings
        )
        assert assembled(bytes([AS_IT_IS]) + data) == data
