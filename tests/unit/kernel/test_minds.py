"""What a process is given of the models: its profile, its budget, and the bill."""

from __future__ import annotations

import math
import time

import pytest

from abos.kernel.fake import FakePage, FakeSpace
from abos.kernel.handlers import HANDLERS
from abos.kernel.minds import Minds
from abos.kernel.process import Limits, ProcessRecord
from abos.kernel.syscalls import ALL_CAPABILITIES, Decide
from abos.planner import CLOUD_COST, Decision, LocalConfig, PlannerConfig, Question, Tier

HOME = "https://shop.example/"


class Asked:
    """A decider that answers by one tier, and remembers what it was asked with."""

    def __init__(self, by: Tier) -> None:
        self.by = by
        self.given: dict[str, object] = {}

    async def decide(self, question: Question, **given: object) -> Decision:
        self.given = given
        return Decision("e1", 0.9, self.by)


@pytest.mark.parametrize(("by", "cost"), [("cloud", CLOUD_COST), ("ranker", 0.0)])
async def test_a_call_to_the_cloud_is_charged(by: Tier, cost: float) -> None:
    minds = Minds(PlannerConfig(local=LocalConfig(enabled=False)))
    minds.decider = asked = Asked(by)  # type: ignore[assignment]
    limits = Limits(cost=250.0)
    record = ProcessRecord(1, "shop", "ada", ALL_CAPABILITIES, limits, time.monotonic())
    record.usage.cost = 100.0
    at = minds.resources(FakeSpace({HOME: FakePage()}), record, bytes)
    await HANDLERS[Decide](at, Decide("cart"))
    assert asked.given == {"profile": "ada", "budget": 150.0}
    assert record.usage.cost == 100.0 + cost
    assert minds.resources(at.space, record, bytes).budget == 150.0 - cost
    assert not math.isinf(at.budget)
