"""Static word vectors (wordllama): 256 numbers for a short text in some 20 microseconds."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
_CACHE = 20_000
_AT_ONCE = 64
"""Texts in one call into the library, which holds the interpreter for as long as that takes."""


class Vectors:
    """Unit vectors of texts, loaded once for the process; without the package, none.

    Thread-safe. ``ready`` is false until ``load`` has succeeded; ``missing`` says why it did not.
    """

    def __init__(self) -> None:
        self._model: Any = None
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        self.missing = "word vectors are not loaded yet"

    @property
    def ready(self) -> bool:
        """Whether vectors can be had."""
        return self._model is not None

    def load(self) -> bool:
        """Load the vectors (once, below a second); false when package or files are missing."""
        with self._lock:
            if self._model is None:
                try:
                    self._model, self.missing = _load(), ""
                except (ImportError, OSError, ValueError) as error:
                    self.missing = f"no word vectors ({error}): pip install wordllama"
        return self.ready

    async def load_async(self) -> bool:
        """The same in a thread, so that the event loop goes on."""
        return self.ready or await asyncio.to_thread(self.load)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Unit vectors, one row a text (zeros for an empty one); None when nothing is loaded."""
        if self._model is None:
            return None
        with self._lock:
            new = sorted({t for t in texts if t.strip() and t not in self._cache})
            for at in range(0, len(new), _AT_ONCE):
                some = new[at : at + _AT_ONCE]
                self._keep(some, self._model.embed([_encodable(text) for text in some]))
            zero = np.zeros(256, dtype=np.float32)
            return np.stack([self._cache.get(t, zero) for t in texts]) if texts else zero[None, :0]

    def _keep(self, texts: Sequence[str], rows: NDArray[np.float32]) -> None:
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.maximum(lengths, 1e-9)
        self._cache.update(zip(texts, rows, strict=True))
        while len(self._cache) > _CACHE:
            self._cache.popitem(last=False)


def _encodable(text: str) -> str:
    """Half a character, which a script can put into a page, is replaced: no tokenizer takes it."""
    return text.encode(errors="replace").decode()


def _load() -> Any:
    """The vectors out of the package itself, never downloaded.

    Importing wordllama calls ``logging.basicConfig``, which would give the host program a log
    handler it did not ask for; that does nothing while the root logger has a handler.
    """
    root, guard = logging.getLogger(), logging.NullHandler()
    root.addHandler(guard)
    try:
        package = import_module("wordllama")
    finally:
        root.removeHandler(guard)
    folder = Path(str(package.__file__)).parent
    model = package.WordLlama.load(cache_dir=folder, disable_download=True)
    model.tokenize = _one_by_one(model.tokenizer)
    return model


def _one_by_one(tokenizer: Any) -> Callable[[list[str]], list[Any]]:
    """The library spreads a batch over threads of all cores: for a few short names on a busy
    machine, waiting for those takes thirty times as long as the work."""

    def tokenize(texts: list[str]) -> list[Any]:
        found = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        longest = max((len(each) for each in found), default=0)
        for each in found:
            each.pad(longest)
        return found

    return tokenize


SHARED = Vectors()
"""The vectors of this process: 16 MB are enough once."""
