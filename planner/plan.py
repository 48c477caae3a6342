"""The planner: instructions first, the cloud for open goals, else an error that helps."""

from __future__ import annotations

import time

from ..snapshot.observe import Observation
from .config import PlannerConfig
from .errors import NoPlan, UnsafeGoal
from .goal_routes import GoalRoute, goal_route
from .models.base import CloudModel
from .models.cloud import cloud_from
from .prompting import PlanRequest
from .steps import Plan
from .stream import PlanStream

_SET = "Spell out the steps, or set ABOS_CLOUD_BASE_URL, ABOS_CLOUD_MODEL and ABOS_CLOUD_API_KEY."


class Planner:
    """Makes plans. ``cloud`` defaults to what the configuration says, which may be nothing."""

    def __init__(
        self, config: PlannerConfig | None = None, *, cloud: CloudModel | None = None
    ) -> None:
        self.config = config or PlannerConfig()
        self._cloud = cloud or cloud_from(self.config.cloud)

    def read(self, goal: str, url: str = "") -> GoalRoute | Plan:
        """The plan of a goal that spells out what to do, or what else the goal is.

        Needs no model, and a few milliseconds at most. Raises UnsafeGoal.
        """
        started = time.perf_counter()
        route = goal_route(goal, url=url)
        if route.kind == "unsafe":
            raise UnsafeGoal(f"Refused: {route.why}.", "Ask for something that harms nobody.")
        if not route.steps:
            return route
        return Plan(route.steps, "instructions", time.perf_counter() - started)

    def begin(self, request: PlanRequest, why: str) -> PlanStream:
        """Ask the cloud for the plan of an open goal; whoever begins it closes it.

        ``why`` says where the goal is open. Raises NoPlan when no model is configured.
        """
        if self._cloud is None:
            raise NoPlan(
                f"The goal is open {why}; planning it needs a cloud model, and none is configured.",
                _SET,
            )
        return PlanStream(self._cloud.stream, request, total_s=self.config.plan_deadline_s)

    async def plan(self, goal: str, observation: Observation | None = None, url: str = "") -> Plan:
        """All steps for a goal.

        Raises UnsafeGoal, NoPlan (open goal, nothing configured), CloudError, BadPlan, PlanRefused.
        """
        plan = self.read(goal, url or (observation.url if observation else ""))
        if isinstance(plan, Plan):
            return plan
        stream = self.begin(PlanRequest(goal, observation), plan.why)
        try:
            return await stream.whole()
        finally:
            await stream.close()

    async def close(self) -> None:
        """Close the connections to the cloud."""
        if self._cloud is not None:
            await self._cloud.close()
