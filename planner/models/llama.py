"""llama.cpp in this process: one owner thread, a bounded queue, and scores instead of text.

A prefix is evaluated once and stays in the KV cache: the next call keeps as much of it as the
two prompts share. Each continuation is a sequence of its own over that prefix, and all of them
are evaluated in one batch.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config import LocalConfig
from ..errors import ModelBusy, ModelCorrupt, ModelMissing
from .artifact import default_model_path
from .base import ModelInfo
from .library import library

_BRANCHES = 16
"""Continuations that one call can score; more are scored in several batches."""


def model_file(config: LocalConfig) -> Path:
    """The configured model file. Raises ModelMissing."""
    path = config.path or default_model_path()
    if not path.is_file():
        raise ModelMissing(f"There is no model at {path}.", "Get it with: abos doctor --fix")
    return path


class LlamaModel:
    """A GGUF model that scores continuations. Made cheaply; loaded at the first call.

    Safe to use from any task of one event loop; all work happens in one thread of its own.
    """

    def __init__(self, config: LocalConfig | None = None) -> None:
        self._config = config or LocalConfig()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="abos-llama")
        self._waiting = 0
        self._count = threading.Lock()
        self._engine: _Engine | None = None
        self._closed = False
        self._info = ModelInfo("llama.cpp")

    @property
    def info(self) -> ModelInfo:
        """Name, size, load time and memory; zeros until it is loaded."""
        return self._info

    async def load(self) -> None:
        """Load the model now rather than at the first call. Raises ModelError."""
        await self._run(self._loaded, self._config.load_s)

    async def score(
        self, prompt_prefix: str, continuations: Sequence[str], deadline_s: float
    ) -> list[float]:
        """Natural log-probability of each continuation after the prefix.

        The deadline is for waiting and computing; loading, the first time, has its own. Raises
        ModelBusy (queue full, deadline passed), ModelMissing, ModelCorrupt,
        LocalModelUnavailable.
        """
        if self._engine is None:
            await self.load()
        ends = time.monotonic() + deadline_s
        texts = tuple(continuations)
        scores: list[float] = await self._run(
            lambda: self._loaded().score(prompt_prefix, texts, ends), deadline_s
        )
        return scores

    async def close(self) -> None:
        """Free the model. Work that is under way ends at its own deadline first."""
        if self._closed:
            return
        self._closed = True
        self._thread.submit(self._free)
        await asyncio.to_thread(self._thread.shutdown, True)

    async def _run(self, work: Any, deadline_s: float) -> Any:
        """Work in the owner thread, within a bounded queue and a deadline."""
        if self._closed:
            raise ModelBusy("The local model is closed.")
        with self._count:
            if self._waiting >= self._config.queue:
                raise ModelBusy(f"{self._waiting} calls are waiting for the local model already.")
            self._waiting += 1
        future = self._thread.submit(work)
        future.add_done_callback(lambda _: self._leave())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), deadline_s)
        except TimeoutError as error:
            future.cancel()
            raise ModelBusy(f"The local model did not answer within {deadline_s:g} s.") from error

    def _leave(self) -> None:
        with self._count:
            self._waiting -= 1

    def _loaded(self) -> _Engine:
        """The engine, in the owner thread."""
        if self._engine is None:
            path = model_file(self._config)
            before, started = _rss(), time.perf_counter()
            self._engine = _Engine(library(), path, self._config)
            self._info = ModelInfo(
                path.stem,
                str(path),
                path.stat().st_size,
                time.perf_counter() - started,
                max(0.0, _rss() - before),
            )
        return self._engine

    def _free(self) -> None:
        if self._engine is not None:
            self._engine.free()
            self._engine = None
            self._info = replace(self._info, rss_mb=0.0)


def _rss() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


class _Engine:
    """The model and its context. Used by the owner thread only."""

    def __init__(self, lib: Any, path: Path, config: LocalConfig) -> None:
        self._lib = lib
        self._model = lib.llama_model_load_from_file(
            os.fsencode(path), lib.llama_model_default_params()
        )
        if not self._model:
            raise ModelCorrupt(
                f"{path} cannot be loaded as a model.", "Remove it and run: abos doctor --fix"
            )
        self._size = config.context_tokens
        self._context = lib.llama_init_from_model(self._model, self._settings(config))
        if not self._context:
            lib.llama_model_free(self._model)
            raise ModelCorrupt(f"{path} cannot be used with {self._size} tokens of context.")
        self._memory = lib.llama_get_memory(self._context)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self._words = lib.llama_vocab_n_tokens(self._vocab)
        self._batch = lib.llama_batch_init(self._size, 0, 1)
        self._kept: list[int] = []
        self._last: Any = None
        self._ends = float("inf")
        self._abort = lib.ggml_abort_callback(lambda _: time.monotonic() > self._ends)
        lib.llama_set_abort_callback(self._context, self._abort, ctypes.c_void_p(0))

    def _settings(self, config: LocalConfig) -> Any:
        """Half of the cores: llama.cpp's threads wait by spinning, and beside a busy browser a
        thread that is not scheduled holds up all the others (measured: 2 threads on 2 busy cores
        took 10 times as long as one)."""
        threads = config.threads or max(1, min(4, (os.cpu_count() or 1) // 2))
        settings = self._lib.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = self._size
        settings.n_seq_max = _BRANCHES + 1
        settings.kv_unified = True
        settings.n_threads = settings.n_threads_batch = threads
        settings.no_perf = True
        return settings

    def score(self, prefix: str, texts: Sequence[str], ends: float) -> list[float]:
        """Log-probabilities of the texts after the prefix, or ModelBusy soon after ``ends``."""
        self._ends = ends
        tokens = self._tokens(prefix, special=True)[-(self._size // 2) :]
        after = [self._tokens(t, special=False)[:48] for t in texts]
        self._prefix(tokens)
        first = _log_softmax(self._last)
        room = self._size - len(tokens)
        found: list[float] = []
        for group in _batches(after, room):
            found += self._branches(group, len(tokens), first)
        return found

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        raw = text.encode()
        room = (ctypes.c_int32 * (len(raw) + 8))()
        count = self._lib.llama_tokenize(
            self._vocab, raw, len(raw), room, len(room), special, False
        )
        return list(room[: max(0, count)])

    def _prefix(self, tokens: list[int]) -> None:
        """Evaluate the prefix; what it shares with the last one is in the cache already."""
        same = 0
        for old, new in zip(self._kept, tokens, strict=False):
            if old != new:
                break
            same += 1
        if same == len(tokens) == len(self._kept) and self._last is not None:
            return
        same = min(same, len(tokens) - 1)
        self._kept = []
        self._lib.llama_memory_seq_rm(self._memory, 0, same, -1)
        self._fill(
            [(t, same + i, 0, same + i == len(tokens) - 1) for i, t in enumerate(tokens[same:])]
        )
        self._decode()
        self._last = self._logits(len(tokens) - same - 1)
        self._kept = tokens

    def _branches(self, group: list[list[int]], start: int, first: Any) -> list[float]:
        """One batch: every text is a sequence that begins where the prefix ends."""
        rows: list[tuple[int, int, int, bool]] = []
        for branch, tokens in enumerate(group, 1):
            self._lib.llama_memory_seq_cp(self._memory, 0, branch, -1, -1)
            rows += [(t, start + i, branch, True) for i, t in enumerate(tokens[:-1])]
        scores = [float(first[tokens[0]]) if tokens else 0.0 for tokens in group]
        try:
            if rows:
                self._fill(rows)
                self._decode()
                self._add_up(group, scores)
        finally:
            for branch in range(1, len(group) + 1):
                self._lib.llama_memory_seq_rm(self._memory, branch, -1, -1)
        return scores

    def _add_up(self, group: list[list[int]], scores: list[float]) -> None:
        row = 0
        for branch, tokens in enumerate(group):
            for following in tokens[1:]:
                scores[branch] += float(_log_softmax(self._logits(row))[following])
                row += 1

    def _fill(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = wanted

    def _decode(self) -> None:
        status = self._lib.llama_decode(self._context, self._batch)
        if status:
            self._kept, self._last = [], None
            self._lib.llama_memory_clear(self._memory, True)
            late = time.monotonic() > self._ends
            raise ModelBusy(
                "The local model ran out of time."
                if late
                else f"llama.cpp could not evaluate the prompt (status {status})."
            )

    def _logits(self, row: int) -> Any:
        """A copy of one row of logits: the library reuses its memory."""
        pointer = self._lib.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self._words,)).astype(np.float64)

    def free(self) -> None:
        """Give everything back to the system."""
        self._lib.llama_batch_free(self._batch)
        self._lib.llama_free(self._context)
        self._lib.llama_model_free(self._model)


def _log_softmax(logits: Any) -> Any:
    top = logits.max()
    return logits - (top + np.log(np.exp(logits - top).sum()))


def _batches(texts: list[list[int]], room: int) -> list[list[list[int]]]:
    """Groups of at most as many texts, and tokens, as fit beside the prefix."""
    groups: list[list[list[int]]] = [[]]
    used = 0
    for tokens in texts:
        if groups[-1] and (len(groups[-1]) == _BRANCHES or used + len(tokens) > room):
            groups.append([])
            used = 0
        groups[-1].append(tokens)
        used += len(tokens)
    return groups if groups[-1] else []
