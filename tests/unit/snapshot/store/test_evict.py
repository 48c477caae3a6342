"""What moves and what goes: bounds are kept, orders respected, nothing protected is dropped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot.store.config import StoreConfig, TierConfig
from abos.snapshot.store.entry import Entry, Labels, SnapshotId, Tier, Uses, added, snapshot_id
from abos.snapshot.store.evict import Drop, Hot, Move, Totals, cooled, due, heat, place, plan

CONFIG = StoreConfig(
    hot=TierConfig(100, 10.0),
    warm=TierConfig(100, 50.0),
    cold=TierConfig(200, 200.0),
    half_life_s=10.0,
)
NOW = 1000.0


def entry(
    name: str,
    tier: Tier = Tier.WARM,
    size: int = 40,
    *,
    created: float = NOW,
    used: float = NOW,
    score: float = 1.0,
    labels: Labels | None = None,
) -> Entry:
    key = snapshot_id(name.encode())
    return Entry(key, size, tier, created, used, score, labels or Labels(title=name))


def said(decisions: Sequence[Move | Drop]) -> list[tuple[str, str]]:
    return [(type(each).__name__, each.entry.labels.title) for each in decisions]


def cold(title: str, created: float, **labels: Any) -> Entry:
    said = Labels(title=title, **labels)
    return entry(title, Tier.COLD, 80, created=created, used=created, labels=said)


def applied(entries: Sequence[Entry], decisions: Sequence[Move | Drop]) -> list[Entry]:
    left = {each.id: each for each in entries}
    for decision in decisions:
        assert left[decision.entry.id] == decision.entry, "each is decided on once"
        if isinstance(decision, Drop):
            del left[decision.entry.id]
        else:
            assert decision.entry.tier is Tier.WARM
            left[decision.entry.id] = replace(decision.entry, tier=Tier.COLD)
    return list(left.values())


# ---- by hand ------------------------------------------------------------------------------------


def test_the_least_used_leave_the_warm_tier_first() -> None:
    entries = [entry("often", score=9.0), entry("once"), entry("twice", score=2.0)]
    assert said(plan(entries, CONFIG, NOW)) == [("Move", "once")]


def test_the_favourite_of_yesterday_leaves_before_what_is_used_now() -> None:
    old = entry("favourite", score=30.0, used=NOW - 49.9)
    assert heat(old, 10.0) < heat(entry("now"), 10.0)
    assert said(plan([old, entry("now"), entry("too")], CONFIG, NOW)) == [("Move", "favourite")]
    forgetful_not = replace(CONFIG, half_life_s=1e9)
    assert ("Move", "favourite") not in said(
        plan([old, entry("now"), entry("too")], forgetful_not, NOW)
    )


def test_what_nobody_used_for_long_turns_cold() -> None:
    entries = [entry("old", used=NOW - 50.1), entry("new", used=NOW - 49.9)]
    assert said(plan(entries, CONFIG, NOW)) == [("Move", "old")]


def test_the_oldest_are_dropped_first() -> None:
    entries = [cold("new", NOW - 1), cold("old", NOW - 3), cold("mid", NOW - 2)]
    assert said(plan(entries, CONFIG, NOW)) == [("Drop", "old")]


@pytest.mark.parametrize("more", [{"pinned": True}, {"name": "kept"}])
def test_pinned_and_named_ones_are_not_dropped_for_want_of_room(more: dict[str, Any]) -> None:
    entries = [cold("kept", NOW - 9, **more), cold("a", NOW - 3), cold("b", NOW - 2)]
    assert said(plan(entries, CONFIG, NOW)) == [("Drop", "a")]


def test_age_drops_named_ones_and_not_pinned_ones() -> None:
    entries = [cold("named", NOW - 201, name="n"), cold("pinned", NOW - 201, pinned=True)]
    assert said(plan(entries, CONFIG, NOW)) == [("Drop", "named")]


def test_a_base_goes_right_after_its_last_delta() -> None:
    base = cold("base", NOW - 9)
    delta = cold("delta", NOW - 5, base=base.id)
    entries = [base, delta, cold("a", NOW - 4), cold("b", NOW - 3)]
    assert said(plan(entries, CONFIG, NOW)) == [("Drop", "delta"), ("Drop", "base")]


def test_the_base_of_a_living_delta_outlives_its_age() -> None:
    base = cold("base", NOW - 999)
    assert plan([base, cold("delta", NOW - 5, base=base.id)], CONFIG, NOW) == []


def test_what_would_move_only_to_be_dropped_is_dropped() -> None:
    assert said(plan([entry("old", used=NOW - 51, created=NOW - 201)], CONFIG, NOW)) == [
        ("Drop", "old")
    ]


def test_a_cycle_of_bases_ends() -> None:
    one, two = cold("one", 0), cold("two", 0)
    cycle = [
        replace(one, labels=replace(one.labels, base=two.id)),
        replace(two, labels=replace(two.labels, base=one.id)),
    ]
    assert plan(cycle, CONFIG, NOW) == []


def test_what_fills_the_warm_tier_alone_goes_straight_to_a_file() -> None:
    assert place(100, CONFIG) is Tier.WARM
    assert place(101, CONFIG) is Tier.COLD


# ---- by property --------------------------------------------------------------------------------


@st.composite
def stores(draw: st.DrawFn) -> list[Entry]:
    count = draw(st.integers(0, 12))
    made: list[Entry] = []
    for number in range(count):
        created = NOW - draw(st.floats(0, 300))
        base = draw(st.sampled_from([""] + [one.id for one in made]))
        made.append(
            entry(
                str(number),
                draw(st.sampled_from(Tier)),
                draw(st.integers(0, 120)),
                created=created,
                used=draw(st.floats(created, NOW)),
                score=draw(st.floats(0.01, 50)),
                labels=Labels(
                    title=str(number),
                    name=draw(st.sampled_from(["", "", "named"])),
                    base=base,
                    pinned=draw(st.sampled_from([False, False, True])),
                ),
            )
        )
    return draw(st.permutations(made))


def protected(entries: Sequence[Entry], itself: Callable[[Entry], bool]) -> set[str]:
    """Those that are so themselves, and what they need, directly or not."""
    by_id = {each.id: each for each in entries}
    found: set[str] = set()
    waiting = [each.id for each in entries if itself(each)]
    while waiting:
        key = waiting.pop()
        if key in by_id and key not in found:
            found.add(key)
            waiting.append(SnapshotId(by_id[key].labels.base))
    return found


def held(entries: Sequence[Entry], tier: Tier) -> int:
    return sum(each.size for each in entries if each.tier is tier)


@given(stores())
def test_afterwards_both_tiers_are_inside_their_bounds(entries: list[Entry]) -> None:
    left = applied(entries, plan(entries, CONFIG, NOW))
    assert held(left, Tier.WARM) <= CONFIG.warm.max_bytes
    assert all(NOW - each.used <= 50 for each in left if each.tier is Tier.WARM)
    if held(left, Tier.COLD) > CONFIG.cold.max_bytes:
        # What is still there is protected, or needed by something that is.
        held_up = protected(left, lambda each: each.kept or each.tier is Tier.WARM)
        assert all(each.id in held_up for each in left if each.tier is Tier.COLD)


@given(stores())
def test_nothing_protected_is_dropped(entries: list[Entry]) -> None:
    decisions = plan(entries, CONFIG, NOW)
    left = {each.id for each in applied(entries, decisions)}
    for dropped in (each.entry for each in decisions if isinstance(each, Drop)):
        assert not dropped.labels.pinned
        assert not dropped.kept or NOW - dropped.created > CONFIG.cold.max_age_s
    there = {each.id for each in entries}
    lost = [each for each in entries if each.id in left and each.labels.base in there - left]
    assert lost == [], "a delta lost its base"


@given(stores())
def test_nothing_is_dropped_without_need(entries: list[Entry]) -> None:
    """Before each drop for room there was too much; ages are reason enough."""
    decisions = plan(entries, CONFIG, NOW)
    drops = [each.entry for each in decisions if isinstance(each, Drop)]
    left = held(applied(entries, decisions), Tier.COLD) + sum(each.size for each in drops)
    for dropped in drops:
        assert left > CONFIG.cold.max_bytes or NOW - dropped.created > CONFIG.cold.max_age_s
        left -= dropped.size


@given(stores())
def test_the_order_is_respected(entries: list[Entry]) -> None:
    decisions = plan(entries, CONFIG, NOW)
    left = applied(entries, decisions)
    touched = {each.entry.id for each in decisions}
    fresh = [each for each in entries if each.tier is Tier.WARM and NOW - each.used <= 50]
    went = [heat(each, 10.0) for each in fresh if each.id in touched]
    stayed = [heat(each, 10.0) for each in fresh if each.id not in touched]
    assert max(went, default=-math.inf) <= min(stayed, default=math.inf)
    bases = {each.labels.base for each in entries}
    free = [
        each for each in left if each.tier is Tier.COLD and not each.kept and each.id not in bases
    ]
    for decision in decisions:
        if isinstance(decision, Drop) and NOW - decision.entry.created <= 200:
            gone = decision.entry
            assert all(gone.created <= each.created for each in free) or gone.id in bases


@given(stores())
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(entries: list[Entry]) -> None:
    assert plan(applied(entries, plan(entries, CONFIG, NOW)), CONFIG, NOW) == []


@given(stores())
def test_a_plan_has_something_in_it_only_when_it_is_due(entries: list[Entry]) -> None:
    totals = {}
    for tier in Tier:
        those = [each for each in entries if each.tier is tier]
        totals[tier] = Totals(
            len(those),
            held(entries, tier),
            min((each.used for each in those), default=math.inf),
            min((each.created for each in those), default=math.inf),
        )
    if plan(entries, CONFIG, NOW):
        assert due(totals[Tier.WARM], totals[Tier.COLD], CONFIG, NOW)


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0, 30)), max_size=12))
def test_the_least_recently_used_copies_cool_first(rows: list[tuple[int, float]]) -> None:
    copies = [
        Hot(snapshot_id(str(i).encode()), size, NOW - age)
        for i, (size, age) in enumerate(sorted(rows, key=lambda row: -row[1]))
    ]
    total = sum(copy.size for copy in copies)
    gone = list(cooled(copies, total, CONFIG.hot, NOW))
    stay = copies[len(gone) :]
    assert gone == copies[: len(gone)]
    assert sum(copy.size for copy in stay) <= 100
    assert all(NOW - copy.used <= 10 for copy in stay)
    for number, copy in enumerate(gone):
        before = sum(each.size for each in copies[number:])
        assert before > 100 or NOW - copy.used > 10


@given(st.lists(st.tuples(st.floats(0.01, 9), st.floats(0, 100)), min_size=2, max_size=6))
def test_uses_add_up_the_same_in_any_order(rows: list[tuple[float, float]]) -> None:
    def total(uses: list[Uses]) -> Uses:
        whole = uses[0]
        for use in uses[1:]:
            whole = added(whole, use, 10.0)
        return whole

    uses = [Uses(score, used) for score, used in rows]
    one, other = total(uses), total(uses[::-1])
    assert one.used == other.used
    assert one.score == pytest.approx(other.score)
