"""What the planner asks of a model, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ...snapshot.observe import Observation
from ..question import Decision, Question
from ..steps import Plan, Usage

__all__ = ["CloudModel", "LocalModel", "ModelInfo", "Usage"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a loaded model. ``rss_mb`` is how much the process grew by loading it."""

    name: str
    path: str = ""
    bytes: int = 0
    load_s: float = 0.0
    rss_mb: float = 0.0


class LocalModel(Protocol):
    """A model that scores given answers; it is never asked to write."""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model; zeros until it is loaded."""

    async def score(
        self, prompt_prefix: str, continuations: Sequence[str], deadline_s: float
    ) -> list[float]:
        """Natural log-probability of each continuation after the prefix, in order.

        Raises ModelBusy when the answer is not there after ``deadline_s`` seconds, and ModelError.
        """

    async def close(self) -> None:
        """Give the memory back."""


class CloudModel(Protocol):
    """A remote model that plans open goals, and chooses where the local tiers are unsure."""

    async def plan(self, goal: str, observation: Observation | None) -> Plan:
        """Steps for a goal. Raises CloudError, BadPlan."""

    async def choose(self, question: Question) -> Decision:
        """The element that is meant. Raises CloudError."""

    async def close(self) -> None:
        """Close the connections."""
