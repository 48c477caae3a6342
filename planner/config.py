"""Configuration of the planner: one frozen tree, read from files and environment elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """The small model that runs in this process.

    ``path`` is a GGUF file; None means the one that ``abos doctor --fix`` gets.
    ``threads`` 0 means half of the cores, at most four. ``deadline_s`` is for one decision, loading
    excluded; ``load_s`` bounds the loading. ``queue`` is how many calls may wait.
    """

    enabled: bool = True
    path: Path | None = None
    context_tokens: int = 1024
    threads: int = 0
    deadline_s: float = 0.4
    load_s: float = 20.0
    queue: int = 16


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """A remote model behind the OpenAI protocol; off until base URL and model are given.

    ``timeout_s`` bounds one attempt, ``connect_s`` the connection; ``retries`` are on top of the
    first attempt and happen for time-outs, 429 and 5xx only.
    """

    base_url: str = ""
    model: str = ""
    api_key: str = field(default="", repr=False)
    timeout_s: float = 30.0
    connect_s: float = 5.0
    retries: int = 2
    max_tokens: int = 1200

    @property
    def configured(self) -> bool:
        """Whether there is anything to call."""
        return bool(self.base_url and self.model)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities in [0, 1] from which a decision is acted on.

    ``accept``: a tier's answer is taken at once. ``irreversible``: the same for a step that
    cannot be undone. ``tie_margin``: the two best of the ranker are a tie when they are nearer
    than this. ``floor``: with no better tier left, the best answer is still taken from here on
    (never for an irreversible step).
    """

    accept: float = 0.75
    irreversible: float = 0.9
    tie_margin: float = 0.25
    floor: float = 0.6


@dataclass(frozen=True, slots=True)
class PlannerConfig:
    """Everything the planner can be told."""

    local: LocalConfig = field(default_factory=LocalConfig)
    cloud: CloudConfig = field(default_factory=CloudConfig)
    thresholds: Thresholds = field(default_factory=Thresholds)
    max_steps: int = 40
    plan_deadline_s: float = 60.0
