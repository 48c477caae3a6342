"""When a browser gives way to another."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from abos.pool import BrowserInfo, PoolConfig, Standing, Wear
from abos.pool.rotation import RetireBrowser, StartSpare, departing, rotate

CONFIG = PoolConfig(browser_contexts=100, browser_mb=1000.0, browser_idle_s=60.0)
NEW = BrowserInfo(1, 4711, "", Standing.CURRENT, 10, 2, 150.0, None)
SPARE = BrowserInfo(2, 4712, "", Standing.SPARE, 0, 0, None, 0.0)


def test_a_browser_that_is_not_worn_stays() -> None:
    assert rotate([NEW], CONFIG, 5.0) == []
    assert rotate([NEW, SPARE], CONFIG, 5.0) == []


def test_a_spare_is_started_before_a_browser_is_worn() -> None:
    assert rotate([replace(NEW, served=90)], CONFIG, 5.0) == [StartSpare()]
    assert rotate([replace(NEW, pss_mb=900.0)], CONFIG, 5.0) == [StartSpare()]


def test_without_a_spare_no_browser_is_retired_however_worn() -> None:
    assert rotate([replace(NEW, served=500)], CONFIG, 5.0) == [StartSpare()]


def test_with_a_spare_a_worn_browser_is_retired_one_at_a_time() -> None:
    worn = [replace(NEW, served=100), replace(NEW, id=3, tenant="ada", pss_mb=1000.0)]
    assert rotate([*worn, SPARE], CONFIG, 5.0) == [RetireBrowser(1, Wear.CONTEXTS)]
    assert rotate([worn[1], SPARE], CONFIG, 5.0) == [RetireBrowser(3, Wear.MEMORY)]


def test_a_browser_that_is_to_go_is_not_retired_again() -> None:
    assert rotate([replace(NEW, served=500, standing=Standing.RETIRING)], CONFIG, 5.0) == []


def test_a_limit_of_0_is_none() -> None:
    none = PoolConfig(browser_contexts=0, browser_mb=0.0)
    assert rotate([replace(NEW, served=10**6, pss_mb=1e6), SPARE], none, 5.0) == []


def test_the_browser_of_a_profile_goes_when_it_was_idle_for_long_and_the_shared_one_stays() -> None:
    idle = replace(NEW, sessions=0, idle_since=10.0)
    ada = replace(idle, id=3, tenant="ada")
    assert rotate([idle, ada], CONFIG, 69.9) == []
    assert rotate([idle, ada], CONFIG, 70.0) == [RetireBrowser(3, Wear.IDLE)]


def test_ready_pages_go_when_others_took_their_place() -> None:
    shelved = [(1, "shop"), (2, "news"), (3, "shop"), (4, "news")]
    assert departing(shelved, {1, 2, 4}, crowded=False) == [1]
    assert departing(shelved, {1, 2, 3, 4}, crowded=False) == []


def test_when_there_is_no_room_for_others_the_first_goes_all_the_same() -> None:
    assert departing([(1, "shop"), (2, "news")], {1, 2}, crowded=True) == [1]
    assert departing([(1, "shop")], set(), crowded=True) == []


@given(
    shelved=st.dictionaries(st.integers(1, 20), st.sampled_from("abc"), max_size=12),
    leaving=st.sets(st.integers(1, 20)),
    crowded=st.booleans(),
)
def test_no_key_is_left_without_a_page_unless_it_is_crowded(
    shelved: dict[int, str], leaving: set[int], crowded: bool
) -> None:
    gone = departing(list(shelved.items()), leaving, crowded=crowded)
    assert set(gone) <= leaving & shelved.keys()
    left = {key for slot, key in shelved.items() if slot not in gone}
    if not crowded:
        assert left == set(shelved.values())
    else:
        assert len(gone) <= max(1, len(shelved) - len(left))
