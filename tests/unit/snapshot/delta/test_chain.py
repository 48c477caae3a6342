"""Deltas one after the other, from a store's ids."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from abos.snapshot import BadSnapshot
from abos.snapshot.codec import encode as encode_page
from abos.snapshot.columns import Columns
from abos.snapshot.delta import MAX_CHAIN, Stored, diff, encode, materialize, read_chain, same

Build = Callable[..., Columns]


def chain(columns_of: Build, length: int) -> tuple[list[Columns], list[bytes]]:
    pages = [columns_of(f"<p>step {i}</p>" + "<b>x</b>" * (i % 5)) for i in range(length + 1)]
    return pages, [encode(diff(a, b)) for a, b in pairwise(pages)]


def test_a_chain_leads_to_its_last_page(columns_of: Build) -> None:
    pages, deltas = chain(columns_of, MAX_CHAIN)
    first = encode_page(pages[0])
    for length in (0, 1, 7, MAX_CHAIN):
        assert same(materialize(first, deltas[:length]), pages[length])


def test_a_chain_that_misses_a_step_or_is_too_long(columns_of: Build) -> None:
    pages, deltas = chain(columns_of, MAX_CHAIN + 1)
    with pytest.raises(BadSnapshot, match="another page"):
        materialize(pages[0], deltas[1:3])
    with pytest.raises(BadSnapshot, match="more than"):
        materialize(pages[0], deltas)


async def test_ids_lead_back_to_the_whole_page(columns_of: Build) -> None:
    pages, deltas = chain(columns_of, 3)
    kept = {"0": Stored(encode_page(pages[0]))}
    kept |= {str(i + 1): Stored(data, str(i)) for i, data in enumerate(deltas)}

    async def read(key: str) -> Stored:
        return kept[key]

    for i, page in enumerate(pages):
        assert same(await read_chain(str(i), read), page)
    kept["2"] = Stored(deltas[1], "3")  # a circle
    with pytest.raises(BadSnapshot, match="more than"):
        await read_chain("3", read)
    kept["2"] = Stored(deltas[1])
    with pytest.raises(BadSnapshot, match="nobody wrote down"):
        await read_chain("3", read)
