"""NumPy's matrix products on one thread: a second one waits for a busy core, and all with it.

With both cores busy, products on two threads were seen ten times slower than on one.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_NAMES = ("scipy_openblas_{}64_", "openblas_{}64_", "scipy_openblas_{}", "openblas_{}")


@lru_cache(maxsize=1)
def _library() -> tuple[ctypes.CDLL, str] | None:
    """OpenBLAS as NumPy has loaded it, with its names' pattern; None for another library."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for path in sorted(
        {line.split(maxsplit=5)[5] for line in maps.splitlines() if "openblas" in line}
    ):
        with contextlib.suppress(OSError):
            library = ctypes.CDLL(path)
            for pattern in _NAMES:
                if hasattr(library, pattern.format("set_num_threads")):
                    return library, pattern
    return None


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within this, matrix products use the calling thread alone, where that can be set."""
    found = _library()
    if found is None:
        yield
        return
    library, pattern = found
    limit = getattr(library, pattern.format("set_num_threads"))
    before = int(getattr(library, pattern.format("get_num_threads"))())
    limit(1)
    try:
        yield
    finally:
        limit(before)
