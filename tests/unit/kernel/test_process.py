"""The process state table and its limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.errors import WrongState
from abos.kernel.process import (
    FINAL,
    TRANSITIONS,
    Event,
    Limits,
    ProcessRecord,
    State,
    Usage,
    info,
    step,
)


def record(**values: object) -> ProcessRecord:
    return ProcessRecord(
        pid=1,
        site="shop.example",
        profile="ada",
        capabilities=frozenset(),
        limits=Limits(),
        born=100.0,
        **values,  # type: ignore[arg-type]
    )


def test_every_state_has_a_row() -> None:
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leads_out_of_a_final_state(state: State) -> None:
    for event in Event:
        with pytest.raises(WrongState):
            step(state, event)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_every_living_state_can_end_in_three_ways(state: State) -> None:
    ends = {step(state, event) for event in (Event.EXIT, Event.FAIL, Event.KILL)}
    assert ends == FINAL


def test_the_ordinary_life() -> None:
    state = State.NEW
    for event in (Event.LOADED, Event.CALL, Event.RETURN, Event.PAUSE, Event.RESUME, Event.EXIT):
        state = step(state, event)
    assert state is State.EXITED


def test_a_paused_process_takes_no_calls() -> None:
    with pytest.raises(WrongState, match="paused cannot call"):
        step(State.PAUSED, Event.CALL)


@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_refused_events_leave_the_state_alone_and_ends_are_for_good(events: list[Event]) -> None:
    subject = record()
    ended_as: State | None = None
    for event in events:
        before = subject.state
        try:
            subject.move(event)
        except WrongState:
            assert subject.state is before
        if ended_as is not None:
            assert subject.state is ended_as
        elif subject.final:
            ended_as = subject.state


@pytest.mark.parametrize(
    ("usage", "age", "reached"),
    [
        (Usage(), 0.0, ""),
        (Usage(syscalls=10), 0.0, "10 system calls"),
        (Usage(cost=5.0), 0.0, "a cost of 5"),
        (Usage(), 60.0, "60 s of wall time"),
    ],
)
def test_limits_name_what_is_used_up(usage: Usage, age: float, reached: str) -> None:
    assert usage.exceeds(Limits(syscalls=10, cost=5.0, wall_s=60.0), age) == reached


def test_info_is_a_picture_of_the_moment() -> None:
    subject = record(how="warm", startup_s=0.005)
    picture = info(subject, 103.0)
    subject.move(Event.KILL)
    assert picture.state is State.NEW
    assert picture.age_s == 3.0
    assert picture.how == "warm"
