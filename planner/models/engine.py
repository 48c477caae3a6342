"""llama.cpp itself: prompts in, log-probabilities out. Everything here is for one thread.

A prefix is evaluated once and stays in the KV cache: the next call keeps as much of it as the
two prompts share. Each continuation is a sequence of its own over that prefix, and all of them
are evaluated in one batch.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..config import LocalConfig
from ..errors import ModelBusy, ModelCorrupt
from . import tuning
from .batch import SHARED, Batch, Row
from .gguf import identity
from .room import refuse_unless_it_fits
from .worker import Stop

_BRANCHES = 16
"""Continuations that one call can score; more are scored in several batches."""

_LONGEST = 48
"""Tokens of one continuation."""

_SHORT = 24
"""Tokens of one text to compare, as it was taught."""


class Engine:
    """A model and its context. Raises ModelCorrupt, ModelTooLarge when it cannot be made."""

    def __init__(self, lib: Any, path: Path, config: LocalConfig) -> None:
        self._lib = lib
        self._config = config
        self._key = identity(path)
        self.tuning = tuning.remembered(self._key)
        self._size = config.context_tokens or (self.tuning.context_tokens if self.tuning else 1024)
        self._context: Any = None
        self._model: Any = lib.llama_model_load_from_file(
            os.fsencode(path), lib.llama_model_default_params()
        )
        try:
            self._context = self._opened(path, config)
            if config.lora_path is not None:
                self._adapt(config.lora_path, config.lora_scale)
        except BaseException:
            self.free()
            raise
        self._memory = lib.llama_get_memory(self._context)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self._words = lib.llama_vocab_n_tokens(self._vocab)
        self._batch = Batch(lib, self._size, _BRANCHES + 1)
        self._kept: list[int] = []
        self._last: Any = None
        self._stop = Stop()
        # llama.cpp asks after every node of the graph whether to stop. A callback into Python
        # would wait for the interpreter each time, and some milliseconds of it beside a busy
        # event loop: `strlen` of the flag's string tells the same, as 0 or 1.
        self._abort = ctypes.cast(ctypes.CDLL(None).strlen, lib.ggml_abort_callback)

    def _opened(self, path: Path, config: LocalConfig) -> Any:
        """A context of the model, when there is room for it."""
        if not self._model:
            raise ModelCorrupt(f"{path} cannot be loaded as a model.", _REMOVE)
        refuse_unless_it_fits("its context", self._cache_bytes(), config.memory_reserve_mb)
        context = self._lib.llama_init_from_model(self._model, self._settings(config))
        if not context:
            raise ModelCorrupt(f"{path} cannot be used with {self._size} tokens of context.")
        return context

    def _cache_bytes(self) -> int:
        """What the KV cache takes: two values of 16 bits for each layer, token and dimension."""
        lib, model = self._lib, self._model
        heads = max(1, lib.llama_model_n_head(model))
        width = lib.llama_model_n_embd(model) * lib.llama_model_n_head_kv(model) // heads
        return int(4 * lib.llama_model_n_layer(model) * self._size * width)

    def _adapt(self, path: Path, scale: float) -> None:
        """Lay the adapter over the model, which frees it in the end."""
        lib = self._lib
        adapter = lib.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise ModelCorrupt(f"{path} is no LoRA adapter for this model.")
        adapters = (lib.llama_adapter_lora_p_ctypes * 1)(adapter)
        if lib.llama_set_adapters_lora(self._context, adapters, 1, (ctypes.c_float * 1)(scale)):
            raise ModelCorrupt(f"The LoRA adapter {path} cannot be used with this model.")

    def _settings(self, config: LocalConfig) -> Any:
        """Half of the cores: llama.cpp's threads wait by spinning, and beside a busy browser a
        thread that is not scheduled holds up all the others (measured: 2 threads on 2 busy cores
        took 10 times as long as one)."""
        tuned = self.tuning.threads if self.tuning else 0
        threads = config.threads or tuned or max(1, min(4, (os.cpu_count() or 1) // 2))
        settings = self._lib.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = self._size
        if self.tuning is not None:
            settings.n_ubatch = min(self._size, self.tuning.batch_tokens)
        settings.n_seq_max = _BRANCHES + 1
        settings.kv_unified = True
        settings.n_threads = settings.n_threads_batch = threads
        settings.no_perf = True
        return settings

    def score(self, prefix: str, texts: Sequence[str], stop: Stop) -> list[float]:
        """Log-probabilities of the texts after the prefix; ModelBusy soon after it is to stop."""
        self._begin(stop)
        tokens = self._tokens(prefix, special=True)[-(self._size // 2) :]
        after = [self._tokens(t, special=False)[:_LONGEST] for t in texts]
        self._prefix(tokens)
        first = _log_softmax(self._last)
        room = self._size - len(tokens)
        found: list[float] = []
        for group in _batches(after, room):
            found += self._branches(group, len(tokens), first)
        return found

    def compare(
        self, prefix: str, texts: Sequence[str], end: str, answers: tuple[str, str], stop: Stop
    ) -> list[float]:
        """By how much the first answer is likelier than the second after prefix, text and end.

        Up to 16 texts are one evaluation, together with what of the prefix is new; each costs as
        much as its tokens, of which the first are taken. Natural log-odds.
        """
        self._begin(stop)
        tokens = self._tokens(prefix, special=True)[-(self._size // 2) :]
        ending = self._tokens(end, special=False)
        yes, no = (self._tokens(answer, special=False)[0] for answer in answers)
        after = [self._tokens(t, special=False)[:_SHORT] + ending for t in texts]
        found: list[float] = []
        for group in _batches(after, self._size - len(tokens)):
            rows = self._tree(tokens, group)
            found += [row[yes] - row[no] for row in rows]
        return found

    def _tree(self, tokens: list[int], group: list[list[int]]) -> list[Any]:
        """The logits at the branches' ends. One batch: what is new of the prefix is shared."""
        same = self._shared(tokens)
        self._kept, self._last = [], None
        self._lib.llama_memory_seq_rm(self._memory, 0, same, -1)
        for branch in range(1, len(group) + 1):
            self._lib.llama_memory_seq_cp(self._memory, 0, branch, -1, -1)
        rows: list[Row] = [(t, i, SHARED, False) for i, t in enumerate(tokens[same:], same)]
        ends = []
        for branch, own in enumerate(group, 1):
            last = len(own) - 1
            rows += [(t, len(tokens) + i, branch, i == last) for i, t in enumerate(own)]
            ends.append(len(rows) - 1)
        self._decode(rows, len(group) + 1)
        found = [self._lib.llama_get_logits_ith(self._context, end) for end in ends]
        for branch in range(1, len(group) + 1):
            self._lib.llama_memory_seq_rm(self._memory, branch, -1, -1)
        self._kept = tokens
        return found

    def _begin(self, stop: Stop) -> None:
        self._stop = stop
        self._lib.llama_set_abort_callback(self._context, self._abort, stop.address)

    def tune(self, stop: Stop, wanted: Callable[[], bool] = lambda: False) -> tuning.Tuning | None:
        """Measure what suits this machine and go by it; once for a machine, if it is idle enough.

        ``wanted`` says that somebody waits: then it ends early, and is done another time. Raises
        ModelBusy soon after it is to stop.
        """
        if self.tuning is not None or not tuning.is_calm():
            return self.tuning
        self._begin(stop)
        seconds: dict[int, float] = {}
        try:
            for count in tuning.choices(os.cpu_count() or 1, self._config.threads):
                if wanted():
                    return None
                self._read_speed(count)  # the first one also wakes the threads
                seconds[count] = self._read_speed(count)
            self.tuning = tuning.suited(seconds, self._config.deadline_s)
        finally:
            self._set_threads(self.tuning.threads if self.tuning else 0)
        if self.tuning is not None:
            tuning.remember(self._key, self.tuning)
        return self.tuning

    def _read_speed(self, threads: int) -> float:
        """Seconds that the prompt of an average decision takes."""
        self._lib.llama_set_n_threads(self._context, threads, threads)
        self._kept, self._last = [], None
        self._lib.llama_memory_clear(self._memory, True)
        last = tuning.PROBE_TOKENS - 1
        rows = [(1 + i % (self._words - 1), i, 0, i == last) for i in range(last + 1)]
        started = time.perf_counter()
        self._decode(rows)
        self._logits(last)
        seconds = time.perf_counter() - started
        self._lib.llama_memory_clear(self._memory, True)
        return seconds

    def _set_threads(self, count: int) -> None:
        threads = self._config.threads or count or max(1, min(4, (os.cpu_count() or 1) // 2))
        self._lib.llama_set_n_threads(self._context, threads, threads)

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        raw = text.encode(errors="replace")
        room = (ctypes.c_int32 * (len(raw) + 8))()
        count = self._lib.llama_tokenize(
            self._vocab, raw, len(raw), room, len(room), special, False
        )
        return list(room[: max(0, count)])

    def _prefix(self, tokens: list[int]) -> None:
        """Evaluate the prefix; what it shares with the last one is in the cache already."""
        same = self._shared(tokens)
        if same == len(tokens) == len(self._kept) and self._last is not None:
            return
        same = min(same, len(tokens) - 1)
        self._kept = []
        self._lib.llama_memory_seq_rm(self._memory, 0, same, -1)
        last = len(tokens) - 1
        self._decode([(t, i, 0, i == last) for i, t in enumerate(tokens[same:], same)])
        self._last = self._logits(last - same)
        self._kept = tokens

    def _shared(self, tokens: list[int]) -> int:
        """How many of the first tokens are in the cache."""
        same = 0
        for old, new in zip(self._kept, tokens, strict=False):
            if old != new:
                break
            same += 1
        return same

    def _branches(self, group: list[list[int]], start: int, first: Any) -> list[float]:
        """One batch: every text is a sequence that begins where the prefix ends."""
        rows: list[Row] = []
        for branch, tokens in enumerate(group, 1):
            self._lib.llama_memory_seq_cp(self._memory, 0, branch, -1, -1)
            rows += [(t, start + i, branch, True) for i, t in enumerate(tokens[:-1])]
        scores = [float(first[tokens[0]]) if tokens else 0.0 for tokens in group]
        try:
            if rows:
                self._decode(rows)
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

    def _decode(self, rows: Sequence[Row], sequences: int = 1) -> None:
        status = self._lib.llama_decode(self._context, self._batch.of(rows, sequences))
        if status:
            self._kept, self._last = [], None
            self._lib.llama_memory_clear(self._memory, True)
            raise ModelBusy(
                "The local model was told to stop."
                if self._stop.is_set
                else f"llama.cpp could not evaluate the prompt (status {status})."
            )

    def _logits(self, row: int) -> Any:
        """A copy of one row of logits: the library reuses its memory."""
        pointer = self._lib.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self._words,)).astype(np.float64)

    def free(self) -> None:
        """Give everything back to the system."""
        if self._context:
            self._lib.llama_free(self._context)
        if self._model:
            self._lib.llama_model_free(self._model)
        self._context = self._model = None


_REMOVE = "Remove it and run: abos doctor --fix"


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
