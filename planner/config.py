"""Configuration of the planner: one frozen tree, read from files and environment elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

Backend = Literal["gguf", "ollama", "openai"]


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """The model of the local tier: in this process, or behind a server near by.

    ``backend`` is ``gguf`` (llama.cpp in this process), ``ollama``, or ``openai`` for any server
    that speaks that protocol; those two need ``base_url`` and ``model``, such as
    ``mistral:7b-instruct-q4_K_M``. ``deadline_s`` is for one decision, loading excluded; ``load_s``
    bounds the loading. ``queue`` is how many calls may wait or be under way. A model that nobody
    used for ``keep_s`` seconds is unloaded, and loaded again when it is needed; 0 keeps it.
    """

    enabled: bool = True
    backend: Backend = "gguf"
    path: Path | None = None
    """A GGUF file; None means the one that ``abos doctor --fix`` gets."""
    taught: bool = True
    """Whether that file is used with what ABOS taught it: to choose elements."""
    lora_path: Path | None = None
    """A LoRA adapter for it, as GGUF."""
    lora_scale: float = 1.0
    context_tokens: int = 0
    """0 means as many as suit this machine (see ``models.tuning``); 1024 until that is known."""
    threads: int = 0
    """0 means as many as suit this machine; until that is known half of the cores, at most four."""
    memory_reserve_mb: float = 256.0
    """Megabytes that must stay free when the model is loaded; else it is not."""
    base_url: str = ""
    """Address of the server; Ollama's own default is used for that when it is empty."""
    model: str = ""
    api_key: str = field(default="", repr=False)
    deadline_s: float = 0.4
    load_s: float = 20.0
    queue: int = 16
    keep_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where else a remote model can be asked."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    price_in: float = 0.0
    price_out: float = 0.0


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
    first_token_s: float = 15.0
    """Seconds until a plan has begun to arrive; `planner.plan_deadline_s` bounds the whole."""
    connect_s: float = 5.0
    retries: int = 2
    max_tokens: int = 1200
    keep_alive_s: float = 300.0
    """Seconds that an idle connection is kept for the next call."""
    price_in: float = 0.0
    """What a million tokens of prompts cost, in any currency; 0 = nothing is counted."""
    price_out: float = 0.0
    """The same for tokens of answers."""
    max_task_cost: float = 0.0
    """Ceiling for one process, in that currency; 0 = none."""
    max_day_cost: float = 0.0
    """Ceiling for all kernels of this user and a day (UTC); 0 = none."""
    fallbacks: tuple[Endpoint, ...] = ()
    """Asked in this order when those before fail."""

    @property
    def endpoints(self) -> tuple[CloudConfig, ...]:
        """Each endpoint with all settings, this one first. Only a lone one is tried again."""
        if not self.fallbacks:
            return (self,)
        lone = replace(self, fallbacks=(), retries=0)
        others = (
            replace(
                lone,
                base_url=each.base_url,
                model=each.model,
                api_key=each.api_key,
                price_in=each.price_in,
                price_out=each.price_out,
            )
            for each in self.fallbacks
        )
        return (lone, *others)

    @property
    def configured(self) -> bool:
        """Whether there is anything to call."""
        return bool(self.base_url and self.model)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities in [0, 1] from which a decision is acted on.

    ``accept``: a tier's answer is taken at once. ``irreversible``: the same for a step that
    cannot be undone. 0 means where answers of the models in the package were measured to be right
    95 and 99 times of 100. ``stated_accept`` and ``stated_irreversible``: the same for answers of
    models that nobody calibrated, whose probabilities are what they state themselves; 0 means
    ``BUILT_IN``. ``tie_margin``: the two best of the ranker are a tie when they are nearer than
    this. ``floor``: with no better tier left, the best answer is still taken from here on (never
    for an irreversible step).
    """

    accept: float = 0.0
    irreversible: float = 0.0
    stated_accept: float = 0.0
    stated_irreversible: float = 0.0
    tie_margin: float = 0.25
    floor: float = 0.6


BUILT_IN = Thresholds(0.75, 0.9, 0.75, 0.9)
"""The conservative ones."""


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """What is remembered of answers. Keys are hashes; nothing of page or goal is stored.

    ``size`` is in entries, the least recently used goes first. ``secret`` keys the hashes and
    seals what lies in Redis: set it where others can read or write there.
    """

    enabled: bool = True
    size: int = 4096
    ttl_s: float = 3600.0
    """Seconds that a model's response is good for."""
    route_s: float = 60.0
    """Seconds that a routing decision is good for."""
    secret: str = field(default="", repr=False)
    redis_timeout_s: float = 0.1
    """Seconds for one command; a Redis that takes longer counts as gone."""
    redis_retry_s: float = 2.0
    """Seconds until a Redis that was gone is tried again."""


@dataclass(frozen=True, slots=True)
class PlannerConfig:
    """Everything the planner can be told."""

    local: LocalConfig = field(default_factory=LocalConfig)
    cloud: CloudConfig = field(default_factory=CloudConfig)
    thresholds: Thresholds = field(default_factory=Thresholds)
    cache: CacheConfig = field(default_factory=CacheConfig)
    redis_url: str = field(default="", repr=False)
    """``redis://`` or ``rediss://``: responses are shared there with other kernels of yours."""
    keep_decisions: int = 1000
    """Explained decisions that are kept for ``abos why``."""
    ledger: Path | None = None
    """The book of cloud calls; None = `abos/ledger.sqlite` in the user's data folder."""
    max_steps: int = 40
    plan_deadline_s: float = 60.0
