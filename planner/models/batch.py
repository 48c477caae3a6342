"""llama.cpp's batch over NumPy's memory: filled at once, where a loop through ctypes would keep
the interpreter from the event loop for milliseconds."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

Row = tuple[int, int, int, bool]
"""Token, position, sequence, and whether its logits are wanted."""

SHARED = -1
"""The sequence of a token that belongs to all of them."""


class Batch:
    """A batch with room for ``size`` tokens, of one sequence each or of up to ``most`` at once."""

    def __init__(self, lib: Any, size: int, most: int) -> None:
        self._columns = [np.zeros(size, np.int32) for _ in range(3)]
        self._logits = np.zeros(size, np.int8)
        self._counts = np.ones(size, np.int32)
        tokens, positions, sequences = self._columns
        step = sequences.itemsize
        # Where each token's list of sequences begins: they are lists of one, or the list of all.
        self._own = (sequences.ctypes.data + step * np.arange(size)).astype(np.uintp)
        self._all = np.arange(most, dtype=np.int32)
        self._lists = self._own.copy()
        batch = self._batch = lib.llama_batch()
        batch.token = _pointer(tokens, batch, "token")
        batch.pos = _pointer(positions, batch, "pos")
        batch.n_seq_id = _pointer(self._counts, batch, "n_seq_id")
        batch.seq_id = _pointer(self._lists, batch, "seq_id")
        batch.logits = _pointer(self._logits, batch, "logits")

    def of(self, rows: Sequence[Row], sequences: int = 1) -> Any:
        """The batch with these rows; good until the next one. Shared ones are in 0, 1, ..."""
        count = len(rows)
        table = np.array(rows, dtype=np.int32).reshape(count, 4)
        for place, column in enumerate(self._columns):
            column[:count] = table[:, place]
        self._logits[:count] = table[:, 3]
        shared = table[:, 2] == SHARED
        self._counts[:count] = np.where(shared, sequences, 1)
        self._lists[:count] = np.where(shared, self._all.ctypes.data, self._own[:count])
        self._batch.n_tokens = count
        return self._batch


def _pointer(array: Any, batch: Any, name: str) -> Any:
    return ctypes.cast(array.ctypes.data, dict(batch._fields_)[name])
