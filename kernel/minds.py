"""The models of a kernel: made from the configuration, warmed at boot, closed at the end.

Why each decision went as it did is kept here, and told to the span of the call that asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import platformdirs
from opentelemetry import trace

from ..planner import (
    Decider,
    Explanation,
    Explanations,
    Ledger,
    Planner,
    PlannerConfig,
    Spending,
)
from ..planner.models.base import CloudModel
from ..planner.models.cloud import cloud_from
from .handlers import Resources, Space
from .process import ProcessRecord
from .redact import redact


class Minds:
    """The planner and the decider over one local and one remote model."""

    def __init__(self, config: PlannerConfig) -> None:
        self._cloud: CloudModel | None = cloud_from(
            config.cloud, Spending(config.cloud, Ledger(config.ledger or ledger_path()))
        )
        self.why = Explanations(config.keep_decisions)
        self.decider = Decider(config, cloud=self._cloud, told=self._told)
        self.planner = Planner(config, cloud=self._cloud)

    def resources(self, space: Space, record: ProcessRecord, key: Callable[[], bytes]) -> Resources:
        """What a call of a process may use; `key` gives that of sealed snapshots."""

        def charge(cost: float) -> None:
            record.usage.cost += cost

        left = record.limits.cost - record.usage.cost
        return Resources(
            space,
            record,
            self.planner,
            self.decider,
            key,
            record.profile,
            record.past,
            left,
            charge,
        )

    async def warm_up(self) -> None:
        """Load what decisions need. A missing model is no failure: its tier is left out."""
        await self.decider.warm_up()

    async def close(self) -> None:
        """Give memory and connections back."""
        await self.decider.close()

    def _told(self, explanation: Explanation) -> None:
        self.why.add(replace(explanation, instruction=redact(explanation.instruction)))
        trace.get_current_span().set_attributes(attributes(explanation))


def ledger_path() -> Path:
    """The book of cloud calls of this user."""
    return Path(platformdirs.user_data_dir("abos")) / "ledger.sqlite"


def attributes(explanation: Explanation) -> dict[str, str | float | bool]:
    """What a span tells of a decision: the tiers and their numbers, nothing of page or goal."""
    asked = {
        f"abos.decision.{note.tier}": note.outcome
        if note.outcome != "answered"
        else f"{note.probability:.2f}"
        for note in explanation.tiers
    }
    return {
        "abos.decision.id": explanation.id,
        "abos.decision.route": explanation.line,
        "abos.decision.needed": explanation.needed,
        "abos.decision.candidates": explanation.candidates,
        "abos.decision.irreversible": explanation.irreversible,
        "abos.decision.cached": explanation.cached,
        **asked,
    }
