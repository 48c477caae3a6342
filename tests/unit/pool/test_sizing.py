"""Sizing decisions, as tables."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool.config import SiteConfig
from abos.pool.poisson import Curve
from abos.pool.sizing import (
    Admission,
    Budget,
    Cover,
    Limit,
    Load,
    Refill,
    Shrink,
    Sizes,
    Stock,
    admit,
    grants,
    pause_after,
    plan,
    sizes,
    targets,
)

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


# -- demand ------------------------------------------------------------------------------------

KEYS = ["a", "b", "c", "d"]
RATES = st.fixed_dictionaries({key: st.floats(0.0, 50.0) for key in KEYS})
WARM_UPS = st.fixed_dictionaries({key: st.floats(0.0, 20.0) for key in KEYS})
LIMITS = st.fixed_dictionaries(
    {
        key: st.builds(lambda floor, more: Limit(floor, floor + more), ints, ints)
        for key in KEYS
        for ints in [st.integers(0, 6)]
    }
)
BUDGETS = st.builds(Budget, st.integers(0, 40), st.sampled_from([0.0, 100.0, 1e4]))


@given(RATES, WARM_UPS, BUDGETS, LIMITS)
def test_targets_keep_to_budget_caps_and_floors(
    rates: dict[str, float],
    warm_ups: dict[str, float],
    budget: Budget,
    limits: dict[str, Limit],
) -> None:
    wanted = targets(rates, warm_ups, budget, limits)
    assert sum(wanted.values()) <= budget.pages
    assert all(wanted[key] <= limit.cap for key, limit in limits.items())
    if budget.pages >= sum(limit.floor for limit in limits.values()):
        assert all(wanted[key] >= limit.floor for key, limit in limits.items())


@given(RATES, WARM_UPS, BUDGETS, LIMITS, st.integers(0, 10))
def test_targets_never_fall_with_a_larger_budget(
    rates: dict[str, float],
    warm_ups: dict[str, float],
    budget: Budget,
    limits: dict[str, Limit],
    more: int,
) -> None:
    larger = Budget(budget.slots + more, budget.mb and budget.mb + 40.0 * more)
    before = grants(rates, warm_ups, budget, limits)
    assert grants(rates, warm_ups, larger, limits)[: len(before)] == before


@given(RATES, WARM_UPS, BUDGETS, LIMITS)
def test_what_is_kept_begins_with_what_is_wanted(
    rates: dict[str, float],
    warm_ups: dict[str, float],
    budget: Budget,
    limits: dict[str, Limit],
) -> None:
    decided = sizes(rates, warm_ups, budget, limits, headrooms={}, cover=Cover(0.9, 0.99))
    assert list(decided.wanted) == grants(rates, warm_ups, budget, limits, coverage=0.9)
    assert decided.kept == Counter(grants(rates, warm_ups, budget, limits, coverage=0.99))


def test_each_slot_goes_where_it_catches_most_calls() -> None:
    limits = {"busy": Limit(0, 99), "calm": Limit(0, 99)}
    rates = {"busy": 0.2, "calm": 0.02}
    # busy: a mean of 0.4 under way, so .2 x (.670, .268, .054); calm: .02 x (.961, .038)
    given_ = grants(rates, {"busy": 1.0, "calm": 1.0}, Budget(99), limits, coverage=0.98)
    assert given_ == ["busy", "busy", "calm", "busy"]


def test_nobody_asks_so_only_floors_are_kept() -> None:
    limits = {"a": Limit(2, 5), "b": Limit(1, 5)}
    assert grants({}, {}, Budget(9), limits) == ["a", "b", "a"]
    assert grants({}, {}, Budget(2), limits) == ["a", "b"]


def test_a_capped_key_does_not_make_the_others_greedy() -> None:
    limits = {"busy": Limit(0, 1), "calm": Limit(0, 1000)}
    wanted = targets({"busy": 5.0, "calm": 0.01}, {"busy": 5.0, "calm": 1.0}, Budget(999), limits)
    assert wanted["busy"] == 1
    assert 1 <= wanted["calm"] <= 4


@pytest.mark.parametrize("load", [0.0, 1e-9, 1.0, 100.0, 1e3, 1e4])
def test_any_load_is_sized_within_reason(load: float) -> None:
    wanted = targets({"a": load or 1.0}, {"a": 1.0 if load else 0.0}, Budget(10**6), {"a": BIG})
    mean = 2 * load
    assert mean <= wanted["a"] <= mean + 4 * math.sqrt(mean) + 2


def test_a_short_budget_is_not_wasted_on_a_key_that_is_too_busy() -> None:
    wanted = targets({"a": 1e4, "b": 1.0}, {"a": 1.0, "b": 1.0}, Budget(50), {"a": BIG, "b": BIG})
    assert sum(wanted.values()) == 50, "though P(Poisson(20000) = 0) is nothing"


BIG = Limit(0, 10**6)


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.0, 7.5, 300.0, 2e4, 1e5])
def test_gains_never_rise_and_sum_to_one(mean: float) -> None:
    curve = Curve.of(mean)
    count = int(mean + 12 * math.sqrt(mean) + 40)
    values = list(itertools.islice(curve.gains(), count))
    assert all(a >= b for a, b in itertools.pairwise(values))
    assert math.fsum(values) == pytest.approx(1.0, abs=1e-6)
    assert curve.covered(3) == pytest.approx(sum(values[:3]))
    assert list(itertools.islice(curve.gains(2), 3)) == pytest.approx(values[2:5])


def test_memory_limits_the_budget() -> None:
    assert Budget(8).pages == 8
    assert Budget(8, mb=100.0, slot_mb=40.0).pages == 2
    assert Budget(8, mb=1e6).pages == 8
    assert Budget(-3).pages == 0


# -- plans from sizes --------------------------------------------------------------------------


def test_demand_decides_what_is_made_and_what_is_closed() -> None:
    wanted = Sizes(["b", "a", "b"], {"a": 1, "b": 3})
    stock = {"a": Stock(ready=2)}
    load = Load(live=2, warming=0, acquiring=0)
    decided = plan([A, B], stock, load, max_slots=9, refills=9, sizes=wanted)
    assert decided == [Shrink(A), Refill(B), Refill(B)]


def test_what_is_kept_but_not_wanted_goes_when_others_need_the_room() -> None:
    wanted = Sizes(["a", "b"], {"a": 2, "b": 2})
    stock = {"a": Stock(ready=2)}
    load = Load(live=2, warming=0, acquiring=0)
    roomy = plan([A, B], stock, load, max_slots=3, refills=1, sizes=wanted)
    tight = plan([A, B], stock, load, max_slots=2, refills=1, sizes=wanted)
    assert (roomy, tight) == ([Refill(B)], [Shrink(A)])


def test_while_somebody_acquires_demand_closes_nothing() -> None:
    load = Load(live=2, warming=0, acquiring=1)
    none = Sizes([], {})
    assert plan([A, B], {"a": Stock(2)}, load, max_slots=9, refills=1, sizes=none) == []
