"""Plans that are acted on while they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from abos.planner import BadPlan, CloudUnavailable, PlanRefused, PlanRequest, Usage
from abos.planner.stream import Piece, PlanStream

BACK, FORWARD = {"do": "back"}, {"do": "forward"}
BUY = {"do": "click", "on": "Buy now"}
REQUEST = PlanRequest("buy something nice")


class Model:
    """Sends what it is told, when it is told."""

    def __init__(self) -> None:
        self.asked: list[PlanRequest] = []
        self.pieces: asyncio.Queue[Piece | Exception | None] = asyncio.Queue()
        self.ended = 0

    def send(self, *pieces: Piece | Exception | None) -> None:
        for piece in pieces:
            self.pieces.put_nowait(piece)

    async def ask(self, request: PlanRequest) -> AsyncGenerator[Piece, None]:
        self.asked.append(request)
        try:
            while (piece := await self.pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.ended += 1


def text(*steps: dict[str, Any]) -> str:
    return json.dumps({"steps": steps})


def stream(model: Model, total_s: float = 5.0) -> PlanStream:
    return PlanStream(model.ask, REQUEST, total_s=total_s)


async def test_a_step_can_be_taken_before_the_next_has_come() -> None:
    model = Model()
    plan = stream(model)
    model.send('{"steps":[{"do":"back"},')
    first = await plan.more(0)
    assert [step.verb for step in first.steps] == ["back"]
    assert not first.complete
    model.send('{"do":"forward"}]}', Usage(7, 5), None)
    rest = await plan.more(1)
    while not rest.complete:
        rest = await plan.more(1)
    assert [step.verb for step in rest.steps] == ["forward"]
    assert rest.usage == Usage(7, 5)
    assert (await plan.more(2)).steps == ()
    await plan.close()


async def test_what_cannot_be_undone_waits_for_the_whole_plan() -> None:
    model = Model()
    plan = stream(model)
    model.send('{"steps":[{"do":"back"},{"do":"click","on":"Buy now"},{"do":"forward"}')
    assert len((await plan.more(0)).steps) == 1
    more = asyncio.ensure_future(plan.more(1))
    await asyncio.sleep(0.01)
    assert not more.done()
    model.send("]}", None)
    assert [step.target for step in (await more).steps] == ["Buy now", ""]
    await plan.close()


async def test_a_plan_that_breaks_off_never_pays() -> None:
    model = Model()
    plan = stream(model)
    model.send('{"steps":[{"do":"back"},{"do":"click","on":"Buy now"},', "oops", None)
    assert len((await plan.more(0)).steps) == 1
    with pytest.raises(BadPlan):
        await plan.more(1)
    await plan.close()


async def test_a_deed_that_nobody_asked_for_ends_the_plan() -> None:
    model = Model()
    plan = PlanStream(model.ask, PlanRequest("look around"), total_s=5)
    model.send(text(BACK, BUY), None)
    assert len((await plan.more(0)).steps) == 1
    with pytest.raises(PlanRefused):
        await plan.more(1)
    await plan.close()


async def test_a_bad_answer_is_sent_back_once() -> None:
    model = Model()
    plan = stream(model)
    model.send("nonsense", None, text(BACK), None)
    assert len((await plan.whole()).steps) == 1
    assert model.asked[0].wrong == ""
    assert "did not answer with a plan" in model.asked[1].wrong
    await plan.close()

    model.send("nonsense", None, "nonsense", None, CloudUnavailable("there is no other"))
    plan = stream(model)
    with pytest.raises(BadPlan):
        await plan.whole()
    assert [request.elsewhere for request in model.asked[2:]] == [False, False, True]
    await plan.close()


async def test_steps_that_were_given_out_are_not_asked_for_again() -> None:
    model = Model()
    plan = stream(model)
    model.send('{"steps":[{"do":"back"},', "oops", None)
    with pytest.raises(BadPlan):
        await plan.whole()
    assert len(model.asked) == 1
    await plan.close()


async def test_a_cloud_that_goes_away_in_the_middle() -> None:
    model = Model()
    plan = stream(model)
    model.send('{"steps":[{"do":"back"},', CloudUnavailable("gone"))
    assert len((await plan.more(0)).steps) == 1
    with pytest.raises(CloudUnavailable, match="gone"):
        await plan.more(1)
    await plan.close()


async def test_every_wait_has_a_deadline() -> None:
    model = Model()
    plan = stream(model, total_s=0.03)
    model.send('{"steps":[{"do":"back"},')
    assert len((await plan.more(0)).steps) == 1
    with pytest.raises(CloudUnavailable, match=r"within 0\.03 s"):
        await plan.more(1)
    await plan.close()


async def test_closing_ends_the_call() -> None:
    model = Model()
    plan = stream(model)
    model.send('{"steps":[')
    await asyncio.sleep(0.01)
    await plan.close()
    assert model.ended == 1
    await plan.close()
