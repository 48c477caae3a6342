"""The slot's state table keeps the promises written above it."""

from __future__ import annotations

import itertools

import pytest

from abos.pool.errors import IllegalTransition
from abos.pool.shelf import Key
from abos.pool.slot import TRANSITIONS, Event, Slot, State, transition

KEY = Key("shop", "default", "f")


@pytest.mark.parametrize(("state", "event"), [*itertools.product(State, Event)])
def test_every_pair_is_either_in_the_table_or_refused(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert transition(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(IllegalTransition, match=f"{state} cannot {event}"):
            transition(state, event)


def test_a_used_slot_becomes_ready_again_only_by_a_reset() -> None:
    reached, edge = {State.LEASED}, {State.LEASED}
    while edge:
        ways = {s: TRANSITIONS[s].items() for s in edge}
        after = {to for s in edge for event, to in ways[s] if event is not Event.RESET}
        edge = after - reached - {State.EMPTY}
        reached |= edge
    assert reached == {State.LEASED, State.QUARANTINED, State.CLOSING}


def test_every_living_state_can_be_retired_and_ends_empty() -> None:
    for state in set(State) - {State.EMPTY, State.CLOSING}:
        assert transition(state, Event.RETIRE) is State.CLOSING
    assert TRANSITIONS[State.CLOSING] == {Event.CLOSED: State.EMPTY}


def test_a_refused_move_changes_nothing() -> None:
    slot: Slot[object, object] = Slot(1, KEY)  # type: ignore[type-var]
    with pytest.raises(IllegalTransition):
        slot.move(Event.LEASE)
    assert slot.state is State.EMPTY
