"""The planner: instructions first, the cloud for open goals, else an error that helps."""

from __future__ import annotations

import asyncio
import time

from ..snapshot.observe import Observation
from .config import PlannerConfig
from .errors import CloudUnavailable, NoPlan, UnsafeGoal
from .goal_routes import GoalRoute, goal_route
from .models.base import CloudModel
from .models.cloud import cloud_from
from .steps import Plan

_SET = "Spell out the steps, or set ABOS_CLOUD_BASE_URL, ABOS_CLOUD_MODEL and ABOS_CLOUD_API_KEY."


class Planner:
    """Makes plans. ``cloud`` defaults to what the configuration says, which may be nothing."""

    def __init__(
        self, config: PlannerConfig | None = None, *, cloud: CloudModel | None = None
    ) -> None:
        self.config = config or PlannerConfig()
        self._cloud = cloud or cloud_from(self.config.cloud)

    async def plan(
        self,
        goal: str,
        observation: Observation | None = None,
        url: str = "",
        *,
        anew: bool = False,
    ) -> Plan:
        """Steps for a goal.

        A goal that spells out what to do needs no model and under a few milliseconds. `anew`: its
        words alone have led nowhere, so that the cloud is to plan it. Raises UnsafeGoal, NoPlan
        (open goal, nothing configured), CloudError and BadPlan.
        """
        started = time.perf_counter()
        route = goal_route(goal, url=url or (observation.url if observation else ""))
        if route.kind == "unsafe":
            raise UnsafeGoal(f"Refused: {route.why}.", "Ask for something that harms nobody.")
        if route.steps and not anew:
            return Plan(route.steps, "instructions", time.perf_counter() - started)
        if self._cloud is None:
            raise NoPlan(self._why(route), _SET)
        try:
            async with asyncio.timeout(self.config.plan_deadline_s):
                return await self._cloud.plan(goal, observation)
        except TimeoutError as error:
            raise CloudUnavailable(
                f"No plan within {self.config.plan_deadline_s:g} s.",
                "Raise plan_deadline_s, or spell out the steps.",
            ) from error

    def _why(self, route: GoalRoute) -> str:
        return (
            f"The goal is open {route.why}; planning it needs a cloud model, and none is "
            "configured."
        )

    async def close(self) -> None:
        """Close the connections to the cloud."""
        if self._cloud is not None:
            await self._cloud.close()
