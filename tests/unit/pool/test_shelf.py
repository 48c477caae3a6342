"""The shelf: freshest first, nothing expired, nothing twice."""

from __future__ import annotations

import pytest

from abos.pool.shelf import Key, Shelf

SHOP = Key("shop", "default", "f")
NEWS = Key("news", "default", "f")


def shelf(*entries: tuple[Key, int, float]) -> Shelf:
    made = Shelf()
    for key, slot, expires_at in entries:
        made.put(key, slot, expires_at)
    return made


def test_the_freshest_of_the_key_is_taken_first() -> None:
    stocked = shelf((SHOP, 1, 9.0), (SHOP, 2, 9.0), (NEWS, 3, 9.0))
    assert [stocked.take(SHOP, 0.0) for _ in range(3)] == [2, 1, None]
    assert stocked.take(NEWS, 0.0) == 3


@pytest.mark.parametrize(
    "other",
    [Key("shop", "ada", "f"), Key("shop", "default", "g"), Key("news", "default", "f")],
)
def test_nothing_is_taken_for_another_key(other: Key) -> None:
    stocked = shelf((SHOP, 1, 9.0))
    assert stocked.take(other, 0.0) is None
    assert not stocked.has(other, 0.0)


def test_expired_slots_are_listed_and_not_handed_out() -> None:
    stocked = shelf((SHOP, 1, 5.0), (SHOP, 2, 6.0))
    assert stocked.next_expiry() == 5.0
    assert stocked.expired(5.0) == [1]
    assert stocked.take(SHOP, 5.0) == 2
    assert stocked.take(SHOP, 5.0) is None
    assert 1 in stocked  # until it is removed


def test_remove_says_whether_it_was_there() -> None:
    stocked = shelf((SHOP, 1, 9.0))
    assert stocked.remove(1)
    assert not stocked.remove(1)
    assert len(stocked) == 0
    assert stocked.next_expiry() is None


def test_the_stalest_is_the_first_shelved() -> None:
    stocked = shelf((SHOP, 1, 9.0), (NEWS, 2, 9.0), (NEWS, 3, 9.0))
    assert stocked.stalest() == 1
    assert stocked.stalest(NEWS) == 2
    assert Shelf().stalest() is None


def test_shelving_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="slot 1"):
        shelf((SHOP, 1, 9.0), (NEWS, 1, 9.0))


def test_counts_are_per_key() -> None:
    assert shelf((SHOP, 1, 9.0), (SHOP, 2, 9.0), (NEWS, 3, 9.0)).counts() == {SHOP: 2, NEWS: 1}
