"""Rates and warm-up times, at given times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool.demand import FIRST_WARM_UP_S, WARM_UPS, Demand


def steady(rate: float, until: float, demand: Demand[str] | None = None) -> Demand[str]:
    demand = demand or Demand(600.0)
    for number in range(int(until * rate)):
        demand.observed("a", number / rate)
    return demand


def test_the_rate_is_the_moving_average_of_the_window() -> None:
    demand = steady(0.5, 1200.0)
    assert demand.rate("a", 1200.0) == pytest.approx(0.5, rel=0.01)
    assert demand.rate("a", 1500.0) == pytest.approx(0.25, rel=0.02)
    assert demand.rate("a", 1800.1) == pytest.approx(0.0, abs=0.01)
    assert demand.rate("b", 1200.0) == 0.0


def test_early_on_the_average_is_over_the_time_there_was() -> None:
    assert steady(0.5, 120.0).rate("a", 120.0) == pytest.approx(0.5)
    one = Demand[str](600.0)
    one.observed("a", 1000.0)
    assert one.rate("a", 1000.0) == pytest.approx(1 / 60), "one early caller is no flood"


def test_what_the_window_forgot_the_long_average_remembers() -> None:
    demand = steady(0.1, 3600.0)
    assert demand.long_rate("a", 3600.0) == pytest.approx(0.1, rel=0.1)
    assert demand.expected("a", 3600.0) == pytest.approx(0.1, rel=0.1)
    assert demand.rate("a", 4300.0) == 0.0
    assert 0.0 < demand.expected("a", 4300.0) < demand.long_rate("a", 4300.0)


def test_crowding_is_one_for_steady_calls_and_more_in_a_burst() -> None:
    assert steady(0.05, 3600.0).crowding("a", 3600.0) == 1.0
    demand = Demand[str](600.0)
    for burst in range(10):
        for number in range(10):
            demand.observed("a", burst * 300.0 + number)
    assert demand.crowding("a", 2709.0) > 5.0
    assert demand.crowding("a", 3000.0) == pytest.approx(1.0, abs=0.01), "bursts end"
    assert demand.crowding("b", 0.0) == 1.0


def test_keys_asked_for_once_tell_how_many_are_still_unseen() -> None:
    demand = Demand[str](600.0)
    assert demand.unseen(0.0) == 0.0
    for number in range(30):
        demand.observed("a", float(number))
    assert demand.unseen(30.0) == 0.0
    for number in range(10):
        demand.observed(f"rare{number}", 30.0)
    assert demand.unseen(30.0) == pytest.approx(0.25, rel=0.01)


def test_the_least_recently_used_keys_are_forgotten() -> None:
    demand = Demand[str](600.0, max_keys=2)
    for time, key in enumerate("abac"):
        demand.observed(key, float(time))
        demand.warmed(key, 1.0)
    assert demand.keys == ("a", "c")
    assert len(demand) == 2


def test_warm_up_is_the_median_of_the_latest() -> None:
    demand = Demand[str]()
    assert demand.warm_up("a") == FIRST_WARM_UP_S
    for seconds in (3.0, 1.0, 90.0):
        demand.warmed("a", seconds)
    assert demand.warm_up("a") == 3.0
    assert demand.warm_up("new") == 3.0, "taken for the last one that was warmed"
    for _ in range(WARM_UPS):
        demand.warmed("a", 2.0)
    assert demand.warm_up("a") == 2.0


def test_bad_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="window_s"):
        Demand[str](0.0)
    with pytest.raises(ValueError, match="max_keys"):
        Demand[str](1.0, max_keys=0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1e5)), max_size=60))
def test_rates_are_never_negative_nor_above_the_calls(calls: list[tuple[str, float]]) -> None:
    demand = Demand[str](600.0)
    for key, time in calls:  # in any order: clocks are not trusted
        demand.observed(key, time)
    now = max((time for _, time in calls), default=0.0)
    for key in "abc":
        count = sum(each == key for each, _ in calls)
        assert 0.0 <= demand.rate(key, now) <= count / 60.0 + 1e-9
        assert 0.0 <= demand.expected(key, now) < float("inf")
        assert demand.crowding(key, now) >= 1.0
