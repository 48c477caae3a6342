"""A page into a snapshot: one walk, one round trip, nothing changed in the page."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .codec import encode
from .columns import Columns, Page, Sheet
from .errors import KeyNeeded, PageTooLarge, ScriptFailed, WorldLost, WrongKey
from .graft import graft, lost
from .piercing import frame_of, lend_closed_roots
from .reader import Snapshot
from .sealing import KEY_BYTES
from .world import World

_HERE = Path(__file__).parent
CAPTURE_JS = "\n".join(
    f"{{\n{(_HERE / name).read_text(encoding='utf-8')}\n}}"
    for name in ("styles.js", "capture.js", "replay.js", "revive.js")
)
"""Give this to `World.attach` for a world that can be captured and restored."""

_FLOATS = {"boxes", "scroll_xy"}
_BYTES = {"kind", "state_field", "sheet_flags", "mark_kind"}
_WHOLE = {"focus", "selection_start", "selection_end"}
_FROM_SOURCE = Sheet.UNREADABLE | Sheet.SOURCE
_SIGNED = {"parent", "state_value", "selection"}


async def capture(  # noqa: PLR0913
    world: World,
    *,
    taken_at: float,
    secrets: bool = False,
    key: bytes | None = None,
    boxes: bool = True,
    styles: bool = True,
    look: bool = True,
    pierce: bool = False,
    timeout_s: float = 10.0,
) -> Snapshot:
    """The page as it is now.

    `taken_at` is seconds since the epoch. Passwords, card data and one-time codes are left out
    unless `secrets`, and then the bytes are sealed with `key`, which has 32 bytes. `boxes` adds the
    layout box of each element, which costs most of the time when the page has not been laid out;
    `styles` adds the rules of style sheets and the pixels of canvases; `look` adds which elements
    are invisible and which have a pointing hand, without which an observation from the bytes is not
    that of the page. Closed shadow roots of custom elements are always found; `pierce` finds those
    of plain elements too, at several times the cost. Raises `WorldLost`, `PageHung`,
    `PageTooLarge`, `KeyNeeded`, `WrongKey`.
    """
    check_key(key, secrets=secrets)
    options = {
        "secrets": secrets, "boxes": boxes, "styles": styles, "look": look, "pierce": pierce,
    }  # fmt: skip
    columns = await _frame(world, options, taken_at, timeout_s)
    if columns is None:
        raise WorldLost("there is no document")
    if styles:
        columns = await with_sheets(world, columns)
    return Snapshot.from_bytes(encode(columns, key=key), key)


def check_key(key: bytes | None, *, secrets: bool) -> None:
    """Raises `KeyNeeded` for secrets that would lie in the open, `WrongKey` for what is no key."""
    if secrets and key is None:
        raise KeyNeeded("a snapshot with secrets is sealed, and no key was given")
    if key is not None and len(key) != KEY_BYTES:
        raise WrongKey(f"a key has {KEY_BYTES} bytes, this one has {len(key)}")


async def _frame(
    world: World, options: dict[str, Any], taken_at: float, timeout_s: float
) -> Columns | None:
    """One document with all frames in it, each by the way that reaches it.

    None for the browser's own page about a frame that failed.
    """
    if options.get("pierce"):
        await lend_closed_roots(world, everywhere=True)
    tape = await _tape(world, options, timeout_s)
    if tape is None:
        return None
    if tape["suspects"] and await lend_closed_roots(world):
        tape = await _tape(world, options, timeout_s) or tape
    return await with_frames(world, parse(tape, taken_at), tape["unread"], options, timeout_s)


async def with_frames(
    world: World, columns: Columns, unread: list[Any], options: dict[str, Any], timeout_s: float
) -> Columns:
    """`columns` with the documents of frames that the page's own scripts can't reach."""
    taken_at = columns.page.taken_at
    # From the last to the first, so that the indexes of those before stay as they are.
    for i, (at, x, y, src) in reversed(list(enumerate(unread))):
        asked = options | {"inner": {"src": src}}
        try:
            inner = await _unread_frame(world, i, asked, taken_at, timeout_s)
        except WorldLost:  # gone meanwhile
            columns = lost(columns, at, "the inside of a frame")
        else:
            if inner is not None:
                columns = graft(columns, at, inner, x, y)
    return columns


async def _unread_frame(
    world: World, i: int, options: dict[str, Any], taken_at: float, timeout_s: float
) -> Columns | None:
    frame = await frame_of(world, await world.handle("unreadFrame", i))
    try:
        return await _inside(world, frame, options, taken_at, timeout_s)
    except WorldLost:  # it may just have gone to another process
        return await _inside(world, frame, options, taken_at, timeout_s)


async def _inside(
    world: World, frame: str, options: dict[str, Any], taken_at: float, timeout_s: float
) -> Columns | None:
    inside = await world.reach(frame, timeout_s)
    columns = await _frame(inside, options, taken_at, timeout_s)
    if columns is not None and inside.cdp is not world.cdp and options["styles"]:
        return await with_sheets(inside, columns)  # its own session alone knows them
    return columns


async def _tape(world: World, options: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
    try:
        answer = await world.call("capture", options, timeout_s=timeout_s)
    except ScriptFailed as error:
        if "RangeError" in str(error):  # more nodes, or a longer text, than there may be
            raise PageTooLarge(str(error)) from error
        raise
    tape: dict[str, Any] | None = json.loads(answer)
    return tape


async def with_sheets(world: World, columns: Columns) -> Columns:
    """Sheets of other origins hide their rules from scripts, and some rules are not written down
    whole; the browser kept the source of both."""
    if not (columns.sheet_flags & _FROM_SOURCE).any():
        return columns
    strings = list(columns.strings)
    texts, flags = columns.sheet_texts.copy(), columns.sheet_flags.copy()
    rows = np.flatnonzero(flags & _FROM_SOURCE).tolist()
    sources = await world.sources().texts({strings[texts[3 * row + 2]] for row in rows})
    for row in rows:
        source = sources.get(strings[texts[3 * row + 2]])
        if source:
            texts[3 * row] = len(strings)
            strings.append(source)
            flags[row] = (flags[row] & ~np.uint8(Sheet.UNREADABLE)) | Sheet.SOURCE
    return replace(columns, strings=tuple(strings), sheet_texts=texts, sheet_flags=flags)


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
