"""Chains of deltas: each refers to the page before it by hash. Pure, but for the reading.

A store keeps the id of the base beside a delta's bytes; whoever asks for such a snapshot gets the
chain from its whole beginning, applied step by step and checked at each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from ..codec import decode as decode_page
from ..columns import Columns
from ..errors import BadSnapshot
from .apply import apply
from .wire import decode, is_delta

MAX_CHAIN = 64
"""Deltas from a whole page to the last one; who writes begins anew with a whole page after it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes from a store, and the id of the bytes they are a delta of, "" for a whole page."""

    data: bytes
    base: str = ""


def materialize(first: bytes | Columns, deltas: Iterable[bytes]) -> Columns:
    """A whole page and deltas one after the other, as the page that the last leads to.

    Raises `BadSnapshot` when one is of another page than the one before it leads to, is malformed
    or leads elsewhere than it says, or when there are more than `MAX_CHAIN`.
    """
    page = decode_page(first) if isinstance(first, bytes) else first
    for place, data in enumerate(deltas):
        if place == MAX_CHAIN:
            raise BadSnapshot(f"more than {MAX_CHAIN} deltas after one page")
        page = apply(page, decode(data))
    return page


class Chain:
    """The way back from a delta to the whole page it goes back to, however bytes are read."""

    def __init__(self) -> None:
        self._deltas: list[bytes] = []
        self._first = b""

    def follow(self, found: Stored) -> str:
        """The id to read next, "" when `found` is the whole page.

        Raises `BadSnapshot` for a chain that is too long, goes in a circle, or misses its base.
        """
        if not is_delta(found.data):
            self._first = found.data
            return ""
        if len(self._deltas) == MAX_CHAIN:
            raise BadSnapshot(f"more than {MAX_CHAIN} deltas after one page")
        if not found.base:
            raise BadSnapshot("nobody wrote down what the delta is a delta of")
        self._deltas.append(found.data)
        return found.base

    def page(self) -> Columns:
        """The page at the end. Raises as `materialize`."""
        return materialize(self._first, reversed(self._deltas))


async def read_chain(last: str, read: Callable[[str], Awaitable[Stored]]) -> Columns:
    """The page of a snapshot, whether it is whole or a delta; `read` gives the bytes of an id.

    Raises what `read` raises, and `BadSnapshot` as `Chain` says.
    """
    chain, following = Chain(), last
    while following:
        following = chain.follow(await read(following))
    return chain.page()
