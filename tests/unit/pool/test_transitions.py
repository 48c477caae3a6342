"""What follows what, at given times."""

from __future__ import annotations

import pytest

from abos.pool.transitions import DOUBT, SUCCESSORS, Transitions


def journeys(count: int, *, gap_s: float = 20.0, apart_s: float = 1000.0) -> Transitions:
    """So many times mail, then bank; and as often news by itself."""
    habits = Transitions(window_s=300.0)
    for number in range(count):
        start = number * apart_s
        habits.observed("ada", "mail", start)
        habits.observed("ada", "bank", start + gap_s)
        for again in range(3):
            habits.observed("bob", "news", start + again * 310.0)
    return habits


def test_a_habit_is_learned_with_doubt() -> None:
    (name, chance), *_ = journeys(1).predict("mail", 50.0)
    assert name == "bank"
    assert chance == pytest.approx(1 / (1 + DOUBT), 0.01)
    (name, chance), *_ = journeys(50).predict("mail", 49_050.0)
    assert name == "bank"
    assert 0.8 < chance < 1.0
    assert journeys(1).predict("unknown", 0.0) == []


def test_the_likeliest_comes_first() -> None:
    habits = Transitions()
    for number, name in enumerate(["b", "c", "c", "b", "c"]):
        habits.observed("ada", "a", number * 1000.0)
        habits.observed("ada", name, number * 1000.0 + 5.0)
    assert [name for name, _ in habits.predict("a", 5000.0)] == ["c", "b"]


def test_old_evidence_counts_less() -> None:
    habits = journeys(5)
    soon, late = (habits.predict("mail", now)[0][1] for now in (5000.0, 100_000.0))
    assert late < soon / 5


def test_a_long_pause_or_another_profile_ends_a_session() -> None:
    habits = Transitions(window_s=300.0)
    habits.observed("ada", "mail", 0.0)
    habits.observed("bob", "bank", 1.0)
    habits.observed("ada", "bank", 301.0)
    assert habits.predict("mail", 301.0) == []


def test_right_after_a_visit_the_next_site_is_expected_more() -> None:
    habits = journeys(20)
    assert "bank" not in habits.boosts(19_700.0)
    habits.observed("ada", "mail", 30_000.0)
    boost = habits.boosts(30_001.0)["bank"]
    chance = habits.predict("mail", 30_001.0)[0][1]
    assert 0.0 < boost * 2 * 20.0 < chance, "no more calls than the visit leads to"
    assert habits.boosts(30_039.0).keys() == {"bank"}
    assert habits.boosts(30_041.0) == {}


def test_what_is_popular_anyway_gets_no_boost() -> None:
    habits = Transitions()
    for number in range(50):
        habits.observed("ada", "news", number * 20.0)
        habits.observed("ada", ("mail", "bank")[number % 2], number * 20.0 + 10.0)
    assert habits.predict("mail", 1000.0)[0][0] == "news"
    assert "news" in habits.boosts(1000.0), "every other visit leads there at once"
    mixed = Transitions()
    for number in range(200):
        name = "news" if number * 7 % 10 < 6 else "mail"
        mixed.observed(f"caller{number % 3}", name, number * 10.0)
    assert mixed.boosts(2000.0).get("news", 0.0) == 0.0


def test_everything_is_bounded() -> None:
    habits = Transitions(max_sites=5, max_profiles=5)
    for number in range(100):
        habits.observed(f"profile{number}", "start", float(number))
        habits.observed(f"profile{number}", f"site{number}", number + 0.5)
        habits.observed(f"profile{number}", "start", number + 0.6)
    assert len(habits.predict("start", 100.0)) <= SUCCESSORS
    assert habits.predict("site1", 100.0) == [], "forgotten"
