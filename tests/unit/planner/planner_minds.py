"""Models for tests of the decider: they count their calls, and are slow or fail on request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from abos.planner import Candidate, Decision, LocalConfig, PlannerConfig, Question
from abos.planner.config import BUILT_IN
from abos.planner.models.base import Load, ModelInfo

NO_LOCAL = PlannerConfig(local=LocalConfig(enabled=False), thresholds=BUILT_IN)


def ask(
    instruction: str, action: str, *names: str, value: str = "", irreversible: bool = False
) -> Question:
    """A question over "role name" candidates with refs e1, e2, ..."""
    found = tuple(
        Candidate(f"e{i}", n.partition(" ")[0], n.partition(" ")[2]) for i, n in enumerate(names, 1)
    )
    return Question(instruction, action, found, value, irreversible)


TWINS = ask(
    "open the details", "click", "link Details of Xanthe", "link Details of Yorick", "link Home"
)


class CountedLocal:
    """Prefers what its preference names; slow or failing on request."""

    def __init__(
        self, prefers: str, error: Exception | None = None, *, load: Load | None = None
    ) -> None:
        self.prefers, self.error, self.calls, self.closed = prefers, error, 0, False
        self.info = ModelInfo("fake", identity="fake-1")
        self.load = load or Load()

    async def warm_up(self) -> None:
        pass

    async def weigh(self, wanted: str, options: Sequence[str], deadline_s: float) -> list[float]:
        self.calls += 1
        if self.error:
            raise self.error
        return [8.0 if self.prefers in option else 0.0 for option in options]

    async def close(self) -> None:
        self.closed = True


class CountedCloud:
    """Chooses one ref, after a delay."""

    def __init__(self, ref: str, delay_s: float = 0.0) -> None:
        self.ref, self.delay_s, self.calls = ref, delay_s, 0
        self.identity = "fake cloud"

    async def warm_up(self) -> None:
        pass

    async def plan(self, goal: str, observation: object) -> object:
        raise NotImplementedError

    async def choose(self, question: Question) -> Decision:
        self.calls += 1
        await asyncio.sleep(self.delay_s)
        return Decision(self.ref, 0.95, "cloud")

    async def close(self) -> None:
        pass
