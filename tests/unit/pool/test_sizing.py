"""Sizing decisions, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool.config import SiteConfig
from abos.pool.sizing import Admission, Load, Refill, Shrink, Stock, admit, pause_after, plan

A = SiteConfig("a", "http://a.example/", min_warm=2, max_warm=2)
B = SiteConfig("b", "http://b.example/", min_warm=2, max_warm=3)
IDLE = Load(live=0, warming=0, acquiring=0)


def test_every_site_gets_its_first_page_before_any_gets_its_second() -> None:
    refills = plan([A, B], {}, IDLE, max_slots=9, refills=9)
    assert refills == [Refill(A), Refill(B), Refill(A), Refill(B)]


def test_pages_under_way_count() -> None:
    stock = {"a": Stock(ready=1, warming=1), "b": Stock(ready=1)}
    load = Load(live=3, warming=1, acquiring=0)
    assert plan([A, B], stock, load, max_slots=9, refills=9) == [Refill(B)]


@pytest.mark.parametrize(
    ("load", "max_slots", "refills", "count"),
    [
        (IDLE, 9, 1, 1),
        (Load(live=1, warming=1, acquiring=0), 9, 1, 0),
        (Load(live=1, warming=1, acquiring=0), 9, 2, 1),
        (Load(live=8, warming=0, acquiring=0), 9, 9, 1),
        (Load(live=9, warming=0, acquiring=0), 9, 9, 0),
        (Load(live=12, warming=0, acquiring=0), 9, 9, 0),
        (Load(live=0, warming=0, acquiring=1), 9, 9, 0),
    ],
)
def test_limits_on_refills(load: Load, max_slots: int, refills: int, count: int) -> None:
    assert len(plan([A, B], {}, load, max_slots=max_slots, refills=refills)) == count


def test_a_resting_site_is_left_alone_and_does_not_block_the_others() -> None:
    decided = plan([A, B], {}, IDLE, max_slots=9, refills=1, resting={"a"})
    assert decided == [Refill(B)]


def test_pages_above_the_maximum_are_closed_even_while_somebody_acquires() -> None:
    stock = {"a": Stock(ready=4), "b": Stock(ready=3)}
    load = Load(live=7, warming=0, acquiring=1)
    assert plan([A, B], stock, load, max_slots=9, refills=1) == [Shrink(A), Shrink(A)]


@given(
    st.dictionaries(st.sampled_from("ab"), st.builds(Stock, st.integers(0, 4), st.integers(0, 4))),
    st.builds(Load, st.integers(0, 12), st.integers(0, 4), st.integers(0, 2)),
    st.integers(1, 9),
    st.integers(1, 4),
)
def test_no_plan_breaks_a_limit(
    stock: dict[str, Stock], load: Load, max_slots: int, refills: int
) -> None:
    decided = plan([A, B], stock, load, max_slots=max_slots, refills=refills)
    more = [d for d in decided if isinstance(d, Refill)]
    assert not more or load.live + len(more) <= max_slots
    assert not more or load.warming + len(more) <= refills
    assert not (more and load.acquiring)
    for site in (A, B):
        have = stock.get(site.name, Stock())
        wanted = have.ready + have.warming + more.count(Refill(site))
        assert wanted <= max(site.min_warm, have.ready + have.warming)


@pytest.mark.parametrize(
    ("ready", "live", "evictable", "closing", "waiting", "expected"),
    [
        (True, 9, True, 0, 1, Admission.TAKE),
        (False, 8, True, 0, 1, Admission.OPEN),
        (False, 9, True, 0, 1, Admission.EVICT),
        (False, 9, True, 1, 1, Admission.WAIT),
        (False, 9, True, 1, 2, Admission.EVICT),
        (False, 9, False, 0, 1, Admission.WAIT),
    ],
)
def test_admission(
    ready: bool, live: int, evictable: bool, closing: int, waiting: int, expected: Admission
) -> None:
    decided = admit(
        ready=ready, live=live, max_slots=9, evictable=evictable, closing=closing, waiting=waiting
    )
    assert decided is expected


def test_pauses_double_up_to_the_longest() -> None:
    assert [pause_after(n, 1.0, 5.0) for n in (0, 1, 2, 3, 4, 99)] == [0, 1, 2, 4, 5, 5]
