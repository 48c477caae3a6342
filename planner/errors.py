"""Errors of the planner. Each one carries a ``hint``: what the caller can do about it."""

from __future__ import annotations


class PlannerError(Exception):
    """Base of all planner errors.

    ``hint`` is one sentence in the imperative that says what to do next; it is part of ``str()``.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class NoPlan(PlannerError):
    """The goal is open, and nothing that could plan it is configured or answered."""


class UnsafeGoal(PlannerError):
    """The goal would harm somebody; nothing was planned and nothing was done."""


class BadPlan(PlannerError):
    """A model returned something that is not a valid plan, also after one repair."""


class CostReached(PlannerError):
    """A cloud call would cross a ceiling of cost, and was not made."""


class LedgerFailed(PlannerError):
    """The book of cloud calls cannot be read or written."""


class PlanRefused(PlannerError):
    """The model says that the goal cannot be done, or asks for harm, and why."""


class Undecided(PlannerError):
    """No available tier is sure enough which element is meant.

    ``missing`` names the tiers that were not available or failed, with the reason.
    """

    def __init__(self, message: str, hint: str = "", missing: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.missing = missing


class ModelError(PlannerError):
    """Base of errors that concern the local model."""


class ModelMissing(ModelError):
    """The model file is not there (``abos doctor --fix`` gets it)."""


class ModelCorrupt(ModelError):
    """The model file is there, but is not the file it should be, or cannot be loaded."""


class ModelBusy(ModelError):
    """The model's queue is full, or it did not answer before its deadline."""


class ModelTooLarge(ModelError):
    """The model does not fit into the memory that is free; nothing of it was loaded."""


class ModelUnavailable(ModelError):
    """A model server cannot be reached, hangs, or answers something that is no answer."""


class ModelDownloadFailed(ModelError):
    """The model file could not be downloaded or unpacked."""


class LocalModelUnavailable(ModelError):
    """llama-cpp-python is not installed, so that no local model can run."""


class CloudError(PlannerError):
    """Base of errors that concern the cloud model."""


class CloudUnavailable(CloudError):
    """The endpoint did not answer in time, cannot be reached, or failed on its side.

    ``retry_after_s`` is what it said about when to ask again, if it did.
    """

    def __init__(self, message: str, hint: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class CloudRefused(CloudError):
    """The endpoint refused the request: wrong key, no such model, no permission."""
