"""What the planner asks of a model, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..prompting import PlanRequest
from ..question import Decision, Question
from ..stream import Pieces


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model.

    ``rss_mb`` is how much this process grew by loading it; 0 when it runs elsewhere, or is not
    loaded. ``identity`` changes with the weights: what one model said is not good for another.
    """

    name: str
    path: str = ""
    bytes: int = 0
    load_s: float = 0.0
    rss_mb: float = 0.0
    identity: str = ""
    taught: bool = False
    """It was taught to choose elements: `choose` may be asked, and its answers are calibrated."""
    tokens_s: float = 0.0
    """Prompt tokens it reads in a second here; 0 until it was measured."""
    first_token_s: float = 0.0
    """Seconds from the prompt of an average decision to its first answer."""
    threads: int = 0
    shortlist: int = 8
    """Candidates that it is asked to choose from."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a model is. ``expected_s`` is when an answer to a call made now may be there."""

    waiting: int = 0
    expected_s: float = 0.0


class LocalModel(Protocol):
    """A model that weighs given options; it is never asked to write."""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model; zeros until it is loaded."""

    @property
    def load(self) -> Load:
        """How busy it is."""

    async def warm_up(self) -> None:
        """Load it now rather than at the first call. Raises ModelError."""

    async def weigh(self, wanted: str, options: Sequence[str], deadline_s: float) -> list[float]:
        """How well each option is what is ``wanted``: natural log-odds, good to compare only.

        ``wanted`` completes "To ..., one uses the"; an option is what a person would call an
        element. At least two options. Raises ModelBusy when the answer is not there after
        ``deadline_s`` seconds, and ModelError.
        """

    async def close(self) -> None:
        """Give memory and connections back."""


@runtime_checkable
class Chooser(Protocol):
    """What a model can do besides that was taught to choose elements."""

    async def choose(
        self, instruction: str, action: str, options: Sequence[str], deadline_s: float
    ) -> Sequence[float]:
        """Log-odds that each option, at most 8 of them, is meant; "none of these" is 0.

        Asked only when ``info.taught`` is true. Raises ModelBusy when the answer is not there
        after ``deadline_s`` seconds, and ModelError.
        """


class CloudModel(Protocol):
    """A remote model that plans open goals, and chooses where the local tiers are unsure."""

    @property
    def identity(self) -> str:
        """Which model it is: what one said is not good for another."""

    async def warm_up(self) -> None:
        """Load what the first call needs, so that it does not hold anything up. Never raises."""

    def stream(self, request: PlanRequest) -> Pieces:
        """The text of a plan as it comes, and what it cost. Raises CloudError on the way."""

    async def choose(self, question: Question) -> Decision:
        """The element that is meant. Raises CloudError."""

    async def close(self) -> None:
        """Close the connections."""
