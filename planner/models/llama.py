"""The GGUF backend: llama.cpp in this process, behind one owner thread.

It is loaded once it is needed or warmed up, and unloaded when nobody used it for a while.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..config import LocalConfig
from ..errors import ModelBusy, ModelCorrupt, ModelError, ModelMissing, ModelUnavailable
from ..taught import phrases
from . import taught
from .artifact import default_model_path
from .base import Load, ModelInfo
from .engine import Engine
from .gguf import identity, refuse_unless_loadable
from .library import library
from .room import refuse_unless_it_fits
from .tuning import PROBE_S, Tuning
from .worker import Stop, Worker

_TOLD = "A web page has these parts. To {wanted}, one uses the"
_BLIND = "A web page has these parts. One uses the"


def model_file(config: LocalConfig) -> Path:
    """The configured model file. Raises ModelMissing, also for a missing adapter."""
    path = config.path or default_model_path()
    if not path.is_file():
        raise ModelMissing(f"There is no model at {path}.", "Get it with: abos doctor --fix")
    if config.lora_path is not None and not config.lora_path.is_file():
        raise ModelMissing(f"There is no LoRA adapter at {config.lora_path}.")
    return path


class LlamaModel:
    """A GGUF model that scores continuations. Made cheaply; loaded at the first call.

    Safe to use from any task of one event loop; all work happens in one thread of its own.
    """

    def __init__(self, config: LocalConfig | None = None) -> None:
        self._config = config or LocalConfig()
        self._worker = Worker("abos-llama", self._config.queue)
        self._engine: Engine | None = None
        self._loading: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tuning: asyncio.Task[None] | None = None
        self._broken: tuple[str, ModelError] | None = None
        self._info = ModelInfo("llama.cpp", taught=self._is_taught())

    @property
    def info(self) -> ModelInfo:
        """Name, size, load time and memory; zeros until it is loaded.

        Whether it is taught is known at once.
        """
        return self._info

    @property
    def load(self) -> Load:
        """How many calls wait, and when a further one may be done."""
        return self._worker.load

    @property
    def loaded(self) -> bool:
        """Whether it is in memory."""
        return self._engine is not None

    async def warm_up(self) -> None:
        """Load the model now rather than at the first call, all callers together.

        Raises ModelError.
        """
        if self._engine is not None:
            return
        if self._loading is None or self._loading.done():
            self._loading = asyncio.ensure_future(
                self._worker.run(self._open, self._config.load_s, measured=False)
            )
            self._loading.add_done_callback(_noticed)
        await asyncio.shield(self._loading)
        self._watch_idleness()
        if self._tuning is None:
            self._tuning = asyncio.ensure_future(self._tune())

    async def weigh(self, wanted: str, options: Sequence[str], deadline_s: float) -> list[float]:
        """The likelihood of each option after the words, minus the same after none.

        Without that the commoner name would win. Raises ModelError.
        """
        named = [f" {option}" for option in options]
        ends = time.monotonic() + deadline_s
        told = await self.score(_TOLD.format(wanted=wanted), named, deadline_s)
        blind = await self.score(_BLIND, named, ends - time.monotonic())
        gains = [t - b for t, b in zip(told, blind, strict=True)]
        if not all(map(math.isfinite, gains)):
            raise ModelCorrupt(f"The model {self._info.name} answers with no numbers.")
        return gains

    async def choose(
        self, instruction: str, action: str, options: Sequence[str], deadline_s: float
    ) -> list[float]:
        """Log-odds that each option is meant; "none of these" is 0. See ``phrases.branches``.

        Raises ModelUnavailable when it was not taught to, and what ``score`` raises.
        """
        if not self._info.taught:
            raise ModelUnavailable(f"The model {self._info.name} was not taught to choose.")
        prefix, named = phrases.prefix(instruction, action), [f" {each}" for each in options]
        answers = (phrases.YES, phrases.NO)
        odds = await self._ask(
            lambda engine, stop: engine.compare(prefix, named, phrases.END, answers, stop),
            deadline_s,
        )
        if not all(map(math.isfinite, odds)):
            raise ModelCorrupt(f"The model {self._info.name} answers with no numbers.")
        return odds

    async def score(
        self, prompt_prefix: str, continuations: Sequence[str], deadline_s: float
    ) -> list[float]:
        """Natural log-probability of each continuation after the prefix, in order.

        A model that is not loaded is, behind the call's back when that takes too long. Raises
        ModelBusy (queue full, deadline passed), ModelMissing, ModelCorrupt, ModelTooLarge,
        LocalModelUnavailable.
        """
        texts = tuple(continuations)
        return await self._ask(
            lambda engine, stop: engine.score(prompt_prefix, texts, stop), deadline_s
        )

    async def _ask(
        self, work: Callable[[Engine, Stop], list[float]], deadline_s: float
    ) -> list[float]:
        """Have the engine do some work within the deadline, after loading it where it must be."""
        ends = time.monotonic() + deadline_s
        if self._engine is None:
            try:
                await asyncio.wait_for(self.warm_up(), deadline_s)
            except TimeoutError as error:
                raise ModelBusy("The local model is being loaded.") from error
        return await self._worker.run(
            lambda stop: work(self._opened(stop), stop),
            max(0.0, ends - time.monotonic()),
        )

    async def close(self) -> None:
        """Have what is under way stop, and free the model."""
        if self._timer is not None:
            self._timer.cancel()
        await self._worker.close(self._free)
        under_way = [task for task in (self._loading, self._tuning) if task is not None]
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _tune(self) -> None:
        """Behind everybody's back: measure what suits this machine, or remember it."""
        with suppress(ModelError):
            found = await self._worker.run(self._probe, PROBE_S, measured=False, counted=False)
            if found is not None:
                self._info = replace(
                    self._info,
                    tokens_s=found.tokens_s,
                    first_token_s=found.first_token_s,
                    threads=self._config.threads or found.threads,
                    shortlist=found.shortlist,
                )

    # ---- in the owner thread ---------------------------------------------------------------

    def _open(self, stop: Stop) -> None:
        self._opened(stop)

    def _probe(self, stop: Stop) -> Tuning | None:
        return self._opened(stop).tune(stop, lambda: self._worker.load.waiting > 0)

    def _opened(self, stop: Stop) -> Engine:
        """The engine; made when there is none. A broken file is not tried twice."""
        if self._engine is None:
            path = model_file(self._config)
            adapter = taught.ADAPTER if self._info.taught else self._config.lora_path
            stamp = identity(path, adapter)
            if self._broken is not None and self._broken[0] == stamp:
                raise self._broken[1]
            try:
                self._engine = self._made(self._merged(path, stop), stamp, stop)
            except ModelCorrupt as error:
                self._broken = stamp, error
                raise
        return self._engine

    def _merged(self, path: Path, stop: Stop) -> Path:
        """The file with what was taught; the same one when nothing was."""
        if not self._info.taught:
            return path
        return taught.merged(path, stop, taught.ADAPTER, taught.quickest(library()))

    def _is_taught(self) -> bool:
        try:
            return taught.belongs(self._config, model_file(self._config))
        except ModelMissing:
            return False

    def _made(self, path: Path, stamp: str, stop: Stop) -> Engine:
        size = path.stat().st_size
        refuse_unless_it_fits(path.name, size, self._config.memory_reserve_mb)
        refuse_unless_loadable(path, self._config.lora_path, stop)
        before, started = _rss(), time.perf_counter()
        engine = Engine(library(), path, self._config)
        seconds, grown = time.perf_counter() - started, max(0.0, _rss() - before)
        about = (path.stem, str(path), size, seconds, grown, stamp)
        self._info = ModelInfo(*about, taught=self._info.taught)
        return engine

    def _free(self) -> None:
        if self._engine is not None:
            self._engine.free()
            self._engine = None
            self._info = replace(self._info, rss_mb=0.0)

    # ---- kept as long as it is used ----------------------------------------------------------

    def _watch_idleness(self) -> None:
        """Look again when it could have been idle for long enough."""
        if self._config.keep_s <= 0:
            return
        if self._timer is not None:
            self._timer.cancel()
        left = self._worker.used + self._config.keep_s - time.monotonic()
        left = max(left, self._config.keep_s / 10)
        self._timer = asyncio.get_running_loop().call_later(left, self._unload_if_idle)

    def _unload_if_idle(self) -> None:
        unused = time.monotonic() - self._worker.used
        if self._worker.idle and unused >= self._config.keep_s:
            self._worker.in_turn(self._free)
        else:
            self._watch_idleness()


def _noticed(task: asyncio.Task[None]) -> None:
    """A failure to load reaches whoever waits; when nobody does, it is no news for asyncio."""
    if not task.cancelled():
        task.exception()


def _rss() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6
