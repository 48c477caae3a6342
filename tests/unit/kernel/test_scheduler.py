"""Which submitted task starts when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.scheduler import Waiting, next_deadline, schedule

TASKS = st.lists(
    st.builds(
        Waiting,
        id=st.integers(0, 10_000),
        arrived=st.floats(0, 100),
        deadline=st.floats(0, 200),
    ),
    max_size=30,
    unique_by=lambda task: task.id,
)


def test_first_come_first_served() -> None:
    waiting = [Waiting(2, 5.0, 99.0), Waiting(1, 3.0, 99.0), Waiting(3, 7.0, 99.0)]
    assert schedule(waiting, running=1, slots=3, now=10.0).start == (1, 2)


def test_what_is_too_late_is_never_started() -> None:
    verdict = schedule([Waiting(1, 0.0, 10.0)], running=0, slots=4, now=10.0)
    assert verdict.start == ()
    assert verdict.expire == (1,)


@given(TASKS, st.integers(0, 10), st.integers(1, 10), st.floats(0, 200))
def test_bounds_hold_and_nobody_overtakes(
    waiting: list[Waiting], running: int, slots: int, now: float
) -> None:
    verdict = schedule(waiting, running, slots, now)
    assert len(verdict.start) <= max(0, slots - running)
    assert not set(verdict.start) & set(verdict.expire)
    alive = [task for task in waiting if task.deadline > now]
    assert len(verdict.start) == min(len(alive), max(0, slots - running))
    by_id = {task.id: task for task in waiting}
    passed_over = [task for task in alive if task.id not in verdict.start]
    if verdict.start and passed_over:
        latest = max(by_id[number].arrived for number in verdict.start)
        assert latest <= min(task.arrived for task in passed_over)


def test_next_deadline() -> None:
    assert next_deadline([]) is None
    assert next_deadline([Waiting(1, 0.0, 9.0), Waiting(2, 0.0, 4.0)]) == 4.0
