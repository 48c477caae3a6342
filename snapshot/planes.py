"""Numbers of four bytes as four runs of bytes: what is alike stands together, and compresses well.

The first bytes of small numbers all vary, their last ones are all zero. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .errors import BadSnapshot

_WORD = 4
_HEAD = 8
"""The lengths of the two columns of a section of texts stay in front, as they are."""


def apart(body: bytes, *, steps: bool) -> bytes:
    """A section in planes.

    With `steps` it is one of texts, of whose numbers alone the planes are made, each as its
    difference to the one before.
    """
    if not steps:
        return _turned(np.frombuffer(body, "u1").reshape(-1, _WORD))
    end = _end(body)
    starts = np.frombuffer(body[_HEAD:end], "<u4")
    differences = np.diff(starts, prepend=np.uint32(0)).astype("<u4")
    planes = _turned(differences.view("u1").reshape(-1, _WORD))
    return body[:_HEAD] + planes + body[end:]


def together(planes: bytes, *, steps: bool) -> bytes:
    """The section again. Raises `BadSnapshot` for what `apart` did not make."""
    if not steps:
        if len(planes) % _WORD:
            raise BadSnapshot("a section of numbers is cut short")
        return _turned(np.frombuffer(planes, "u1").reshape(_WORD, -1))
    end = _end(planes)
    words = _turned(np.frombuffer(planes[_HEAD:end], "u1").reshape(_WORD, -1))
    starts = np.frombuffer(words, "<u4").cumsum(dtype="<u4")
    return planes[:_HEAD] + starts.tobytes() + planes[end:]


def _turned(rows: NDArray[np.uint8]) -> bytes:
    turned: bytes = rows.T.tobytes()
    return turned


def _end(body: bytes) -> int:
    """Where the numbers of a section of texts end; their count is its first number."""
    count = int.from_bytes(body[:_WORD], "little")
    end = _HEAD + (count + count % 2) * _WORD
    if len(body) < end:
        raise BadSnapshot("a section of texts is cut short")
    return end
