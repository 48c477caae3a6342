"""Several endpoints as one, and when one that fails is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.planner import CloudError, CloudRefused, CloudUnavailable, Decision, PlanRequest, Question
from abos.planner.models.breaker import FAILURES, FIRST_S, LONGEST_S, REFUSED_S, Breaker
from abos.planner.models.chain import CloudChain
from abos.planner.stream import Piece, Pieces

REQUEST = PlanRequest("goal")
DOWN = CloudUnavailable("down")


class Endpoint:
    """Answers what it was told; an error is raised where it stands."""

    def __init__(self, name: str, *answers: Sequence[Piece | Exception | float]) -> None:
        self.identity = name
        self.answers = list(answers)
        self.asked = 0

    async def warm_up(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def stream(self, request: PlanRequest) -> Pieces:
        self.asked += 1
        for piece in self.answers.pop(0):
            if isinstance(piece, float):
                await asyncio.sleep(piece)
                continue
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def choose(self, question: Question) -> Decision:
        self.asked += 1
        (answer,) = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Decision(str(answer), 1.0, "cloud", 0.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def chain(*endpoints: Endpoint, first_s: float = 5.0, clock: Clock | None = None) -> CloudChain:
    return CloudChain(endpoints, first_s=first_s, clock=clock or Clock())


async def text(model: CloudChain, request: PlanRequest = REQUEST) -> str:
    return "".join([piece async for piece in model.stream(request) if isinstance(piece, str)])


async def test_the_first_that_answers_is_taken() -> None:
    first, second = Endpoint("a", ["one"]), Endpoint("b", ["two"])
    assert await text(chain(first, second)) == "one"
    first, second = Endpoint("a", [DOWN]), Endpoint("b", ["two"])
    assert await text(chain(first, second)) == "two"
    assert (first.asked, second.asked) == (1, 1)


async def test_one_that_says_nothing_is_passed_over() -> None:
    first, second = Endpoint("a", [30.0, "late"]), Endpoint("b", ["two"])
    assert await text(chain(first, second, first_s=0.02)) == "two"


async def test_one_that_breaks_off_is_not_replaced_in_the_middle() -> None:
    first, second = Endpoint("a", ["o", DOWN]), Endpoint("b", ["two"])
    with pytest.raises(CloudUnavailable, match="down"):
        await text(chain(first, second))
    assert second.asked == 0


async def test_when_none_answers_all_reasons_are_told() -> None:
    first = Endpoint("a", [CloudRefused("wrong key")])
    with pytest.raises(CloudUnavailable, match=r"wrong key.*down"):
        await text(chain(first, Endpoint("b", [DOWN])))
    with pytest.raises(CloudRefused):
        await text(chain(Endpoint("a", [CloudRefused("wrong key")])))


async def test_one_that_keeps_failing_rests_and_is_tried_again() -> None:
    clock = Clock()
    first = Endpoint("a", *[[DOWN]] * FAILURES, ["one"])
    model = chain(first, Endpoint("b", *[["two"]] * 9), clock=clock)
    for _ in range(FAILURES + 2):
        assert await text(model) == "two"
    assert first.asked == FAILURES
    clock.now = FIRST_S
    assert await text(model) == "one"


async def test_without_anybody_to_ask_it_says_so_at_once() -> None:
    clock = Clock()
    model = chain(Endpoint("a", [CloudRefused("wrong key")]), clock=clock)
    with pytest.raises(CloudRefused):
        await text(model)
    with pytest.raises(CloudUnavailable, match=f"not asked for {REFUSED_S:.0f} s"):
        await text(model)


async def test_a_useless_answer_is_asked_for_elsewhere() -> None:
    model = chain(Endpoint("a", ["rubbish"]), Endpoint("b", ["two"]))
    assert await text(model) == "rubbish"
    assert await text(model, PlanRequest("goal", elsewhere=True)) == "two"


async def test_choosing_goes_along_the_chain_too() -> None:
    model = chain(Endpoint("a", [DOWN]), Endpoint("b", ["e1"]))
    assert (await model.choose(Question("x", "click", ()))).ref == "e1"


def test_an_endpoint_may_name_its_pause() -> None:
    asked = CloudUnavailable("429", retry_after_s=30.0)
    breaker = Breaker().failed(asked, 100.0)
    assert not breaker.allows(129.9)
    assert breaker.allows(130.0)
    assert Breaker().failed(CloudUnavailable("429", retry_after_s=1e9), 0.0).open_until <= 600


@given(st.lists(st.sampled_from([DOWN, CloudRefused("no"), None]), max_size=40))
def test_a_breaker_never_stays_open_for_long(outcomes: list[CloudError | None]) -> None:
    breaker, now = Breaker(), 0.0
    for outcome in outcomes:
        now = max(now, breaker.open_until)
        breaker = breaker.succeeded() if outcome is None else breaker.failed(outcome, now)
        assert breaker.open_until - now <= max(LONGEST_S, REFUSED_S)
        assert outcome is not None or breaker.allows(now)
