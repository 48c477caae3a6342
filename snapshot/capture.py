"""A page into a snapshot: one walk, one round trip, nothing changed in the page."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from .codec import encode
from .columns import Columns, Page
from .errors import PageTooLarge, ScriptFailed
from .reader import Snapshot
from .world import World

_HERE = Path(__file__).parent
CAPTURE_JS = "\n".join(
    (_HERE / name).read_text(encoding="utf-8") for name in ("capture.js", "replay.js")
)
"""Give this to `World.attach` for a world that can be captured and restored."""

_FLOATS = {"boxes", "scroll_xy"}
_BYTES = {"kind", "state_field", "sheet_flags", "mark_kind"}
_WHOLE = {"focus", "selection_start", "selection_end"}
_SIGNED = {"parent", "state_value", "selection"}


async def capture(
    world: World,
    *,
    taken_at: float,
    secrets: bool = False,
    boxes: bool = True,
    timeout_s: float = 10.0,
) -> Snapshot:
    """The page as it is now.

    `taken_at` is seconds since the epoch. Passwords, card data and one-time codes are left out
    unless `secrets`. `boxes` adds the layout box of each element, which costs most of the time
    when the page has not been laid out. Raises `WorldLost`, `PageHung`, `PageTooLarge`.
    """
    try:
        answer = await world.call(
            "capture", {"secrets": secrets, "boxes": boxes}, timeout_s=timeout_s
        )
    except ScriptFailed as error:
        if "RangeError" in str(error):  # more nodes, or a longer text, than there may be
            raise PageTooLarge(str(error)) from error
        raise
    return Snapshot.from_bytes(encode(parse(json.loads(answer), taken_at)))


def parse(tape: dict[str, Any], taken_at: float) -> Columns:
    """Columns from what capture.js returned."""
    page: dict[str, Any] = {
        name: float(value) if type(value) is int and name not in _WHOLE else value
        for name, value in tape["page"].items()
    }
    return Columns(
        page=Page(taken_at=taken_at, **page),
        strings=tuple(tape["strings"]),
        **{name: _column(name, data) for name, data in tape["columns"].items()},
    )


def _column(name: str, data: str) -> Any:
    raw = base64.b64decode(data)
    if name in _FLOATS:
        return np.frombuffer(raw, "<f4")
    numbers = np.frombuffer(raw, "<i4")
    if name in _SIGNED:
        return numbers
    return numbers.astype(np.uint8 if name in _BYTES else np.uint32)
