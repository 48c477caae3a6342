"""Who may be stopped, decided without touching a process; and which process a page is."""

from __future__ import annotations

import os
from collections.abc import Collection

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from abos.pool.parking import Berth, Change, Parking, Sharing
from abos.pool.renderers import Sample, is_renderer, match


def change(stop: Collection[int] = (), resume: Collection[int] = ()) -> Change:
    return Change(frozenset(stop), frozenset(resume))


def test_a_page_alone_is_stopped_and_continued() -> None:
    sharing = Sharing()
    assert sharing.enter("a", [1, 2]) == change()
    assert sharing.sleep("a") == change(stop=[1, 2])
    assert sharing.sleep("a") == change()
    assert sharing.asleep("a")
    assert sharing.wake("a") == change(resume=[1, 2])
    assert sharing.wake("a") == change()


def test_a_shared_renderer_stops_when_the_last_one_sleeps() -> None:
    sharing = Sharing()
    sharing.enter("a", [1, 2])
    sharing.enter("b", [2, 3])
    assert sharing.sleep("a") == change(stop=[1])
    assert sharing.sleep("b") == change(stop=[2, 3])
    assert sharing.wake("a") == change(resume=[1, 2])
    assert sharing.asleep("b")


def test_who_leaves_leaves_running() -> None:
    sharing = Sharing()
    sharing.enter("a", [1, 2])
    sharing.enter("b", [2, 3])
    sharing.sleep("a")
    sharing.sleep("b")
    assert sharing.leave("a") == change(resume=[1, 2, 3])
    assert not sharing.asleep("b")
    assert sharing.known == {2, 3}
    assert sharing.leave("nobody") == change()


def test_a_page_that_moved_gives_its_old_renderer_up() -> None:
    sharing = Sharing()
    sharing.enter("a", [1])
    sharing.enter("b", [1])
    sharing.sleep("a")
    assert sharing.enter("b", [2]) == change(stop=[1])
    assert sharing.enter("a", [3]) == change(resume=[1])
    assert sharing.others("a") == {2}


def test_nothing_is_known_of_a_guest_that_never_came() -> None:
    sharing = Sharing()
    assert sharing.sleep("a") == change()
    assert not sharing.asleep("a")


GUESTS = st.sampled_from("abcd")
PIDS = st.sets(st.integers(1, 4), min_size=1)


class SharingMachine(RuleBasedStateMachine):
    """Carries the changes out on a set, as a kernel would, and keeps its own books."""

    def __init__(self) -> None:
        super().__init__()
        self.sharing = Sharing()
        self.stopped: set[int] = set()
        self.books: dict[str, tuple[set[int], bool]] = {}

    def carry_out(self, done: Change) -> None:
        assert not done.stop & done.resume
        assert not done.stop & self.stopped
        assert done.resume <= self.stopped
        self.stopped = (self.stopped - done.resume) | done.stop

    @rule(guest=GUESTS, pids=PIDS)
    def enter(self, guest: str, pids: set[int]) -> None:
        self.carry_out(self.sharing.enter(guest, pids))
        self.books[guest] = (pids, False)

    @rule(guest=GUESTS)
    def sleep(self, guest: str) -> None:
        self.carry_out(self.sharing.sleep(guest))
        if guest in self.books:
            self.books[guest] = (self.books[guest][0], True)

    @rule(guest=GUESTS)
    def wake(self, guest: str) -> None:
        self.carry_out(self.sharing.wake(guest))
        if guest in self.books:
            self.books[guest] = (self.books[guest][0], False)

    @rule(guest=GUESTS)
    def leave(self, guest: str) -> None:
        pids, _ = self.books.pop(guest, (set[int](), False))
        self.carry_out(self.sharing.leave(guest))
        assert not self.stopped & pids
        for other, (theirs, _) in self.books.items():
            if theirs & pids:
                self.books[other] = (theirs, False)

    @rule()
    def clear(self) -> None:
        self.carry_out(self.sharing.clear())
        self.books.clear()
        assert not self.stopped

    @invariant()
    def nobody_awake_stands_still(self) -> None:
        awake = {pid for pids, asleep in self.books.values() if not asleep for pid in pids}
        assert not self.stopped & awake

    @invariant()
    def everybody_else_does(self) -> None:
        awake = {pid for pids, asleep in self.books.values() if not asleep for pid in pids}
        asleep = {pid for pids, asleep in self.books.values() if asleep for pid in pids}
        assert self.stopped == asleep - awake == self.sharing.stopped


TestSharing = SharingMachine.TestCase


STRANGERS = {"this": os.getpid(), "parent": os.getppid(), "init": 1, "none": 2**22 + 1}


@pytest.mark.parametrize("pid", [*STRANGERS.values(), 0, -1], ids=[*STRANGERS, "group", "all"])
def test_strangers_are_refused(pid: int) -> None:
    parking = Parking(browser_pid=os.getpid())
    assert not parking.park("a", [pid])
    assert not parking.hold("a", [pid])
    assert parking.stopped == frozenset()
    assert not is_renderer(pid, os.getpid())


def test_no_renderers_no_parking() -> None:
    assert not Parking(browser_pid=os.getpid()).park("a", [])


async def test_whoever_wants_a_page_calls_its_parking_off() -> None:
    parking = Parking(browser_pid=os.getpid())
    asked: list[Collection[int]] = []

    async def find(others: Collection[int]) -> frozenset[int]:
        asked.append(others)
        berth.unpark()
        return frozenset({os.getpid()})

    berth = Berth(parking, find)
    assert not await berth.park()
    assert not berth.parked
    assert asked == [frozenset()]
    berth.leave()


# -- which process a page is -----------------------------------------------------------------------


def sample(page_ms: float, **candidates_ms: tuple[float, float]) -> Sample:
    bounds = {int(name[1:]): (low / 1e3, high / 1e3) for name, (low, high) in candidates_ms.items()}
    return Sample(page_ms / 1e3, bounds)


def test_the_one_that_used_as_much_in_every_round() -> None:
    rounds = [
        sample(5, p1=(4.9, 5.2), p2=(0, 0.3), p3=(6, 8)),
        sample(0, p1=(0, 0.1), p2=(0, 0.3), p3=(5, 6)),
        sample(9, p1=(8.8, 9.1), p2=(0, 0.3), p3=(9, 11)),
    ]
    assert match(rounds) == 1


def test_two_that_fit_are_no_answer() -> None:
    assert match([sample(5, p1=(5, 5.1), p2=(4.8, 5.3))]) is None


def test_none_that_fits_is_no_answer() -> None:
    assert match([sample(5, p1=(0, 1), p2=(9, 10))]) is None
    assert match([sample(5)]) is None


def test_a_page_that_did_nothing_is_no_answer() -> None:
    assert match([sample(0.5, p1=(0.4, 0.6), p2=(7, 9))]) is None
    assert match([]) is None


def test_a_process_that_ended_is_out() -> None:
    assert match([sample(5, p1=(5, 5), p2=(5, 5)), sample(5, p1=(5, 5))]) == 1


def test_a_busy_page_is_known_by_its_bounds() -> None:
    """Asked between two long tasks, its figure lies anywhere between what it used before, after."""
    rounds = [
        sample(70, p1=(20, 120), p2=(0, 8)),
        sample(50, p1=(0, 100), p2=(0, 8)),
    ]
    assert match(rounds) == 1
