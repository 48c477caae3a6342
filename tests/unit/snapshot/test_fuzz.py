"""A short run of `make fuzz`: the same inputs every time."""

from __future__ import annotations

import pytest
from _asking import ask
from _corpus import corpus
from _mutate import Mutator
from hypothesis import given, settings
from hypothesis import strategies as st


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
