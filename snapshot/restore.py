"""A snapshot back into a live page, and an honest account of how much of it came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urldefrag, urlsplit

import numpy as np

from .capture import capture
from .columns import Field, Kind, Mark, Sheet
from .errors import WorldLost
from .reader import Snapshot
from .replay import left_out, replay_state
from .reviving import Revived, revive
from .world import World

T = TypeVar("T")
State = Literal["exact", "close", "diverged"]

CLOSE_SHARE = 0.2
"""A page of the same address is `close` while at most this share of its elements differs."""

_LIVE = frozenset(("http", "https", "file"))
_ALWAYS_LOST = (
    "variables and closures of the page's scripts",
    "timers and animations",
    "event listeners that were added after the load",
    "open connections, workers and streams",
    "handles of files",
)
_UNREAD = frozenset(("script", "style", "noscript", "template"))
_LOST_WITH = {
    "canvas": "WebGL, and what scripts would draw next on canvas",
    "video": "positions of audio and video",
    "audio": "positions of audio and video",
}


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What came back. Says `exact` only of what was compared."""

    url: str
    """Where the page is now."""
    mode: Literal["live", "inert"]
    """`live`: loaded from its address, scripts and all. `inert`: from the snapshot, without."""
    state: State
    """`exact`: address, element tree, texts, fields, scroll and focus are all as they were;
    attributes, styles and pictures are not compared. `close`: the same address, and most of the
    elements. `diverged`: another page."""
    elements_differ: int
    """Elements that one tree has and the other has not, counted by tag and depth."""
    fields_restored: int
    fields_missed: tuple[str, ...]
    """Names of form fields that are not as they were, those left out as secrets among them."""
    scroll_restored: bool
    focus_restored: bool
    not_restorable: tuple[str, ...]
    """What no restore brings back, in words."""
    seconds: float
    rebuilt: int = 0
    """Elements that markup alone would not give, and that were built one by one."""
    texts_differ: int = 0
    """Texts that one page has and the other has not; of live pages alone."""
    source: Literal["network", "recording", "snapshot"] = "network"
    """Where the document came from."""
    answered: int = 0
    """Requests that a recording answered."""
    missing: tuple[str, ...] = ()
    """Requests that the recording had no answer to, at most 50: `GET https://a.example/b`."""

    @property
    def exact(self) -> bool:
        """Whether everything that was compared is as it was."""
        return self.state == "exact"


@dataclass(frozen=True, slots=True)
class _Replayed:
    missed: tuple[str, ...]
    restored: int
    scrolled: bool
    focused: bool


async def restore(  # noqa: PLR0913
    world: World,
    navigate: Callable[[str], Awaitable[None]],
    snapshot: Snapshot,
    *,
    clock: Callable[[], float],
    inert: bool = False,
    assets: bool = False,
    on_tree: Callable[[], Awaitable[object]] | None = None,
    settle_s: float = 1.0,
    timeout_s: float = 10.0,
) -> RestoreReport:
    """Bring `snapshot` back into the page of `world`.

    `navigate` loads an address and returns when the document is there; its errors pass through.
    Pages of the web are loaded again and form state, scroll and focus are replayed into them; a
    server that gives another page now (the answer to a POST, a session that ended) makes the
    report say `diverged`. With `inert`, and for all other pages (about:blank, data:, blob:), the
    page comes from the snapshot alone: no script runs and no request is made, but with `assets`
    for pictures and fonts; `on_tree` is awaited once its element tree is there, checked, and
    answers queries, which is before it has been laid out. `settle_s` bounds the wait for what the
    page builds late; `clock` gives seconds. Raises `WorldLost` when the page keeps navigating, and
    `PageHung`.
    """
    start = clock()
    if inert or urlsplit(snapshot.url).scheme not in _LIVE:
        revived = await revive(
            world, navigate, snapshot, assets=assets, on_tree=on_tree, timeout_s=timeout_s
        )
        return _inert_report(snapshot, revived, clock() - start)
    await world.load(navigate, snapshot.url, timeout_s)
    replayed = await _replay(world, snapshot, settle_s, timeout_s)
    now = await _compared(world, snapshot, clock, settle_s, timeout_s)
    differ, words = elements_differ(snapshot, now), texts_differ(snapshot, now)
    moved = urldefrag(now.url).url != urldefrag(snapshot.url).url
    state = _state(snapshot, differ, moved, replayed)
    return RestoreReport(
        url=now.url,
        mode="live",
        state="close" if words and state == "exact" else state,
        elements_differ=differ,
        fields_restored=replayed.restored,
        fields_missed=replayed.missed,
        scroll_restored=replayed.scrolled,
        focus_restored=replayed.focused,
        not_restorable=not_restorable(snapshot),
        seconds=clock() - start,
        texts_differ=words,
    )


def _inert_report(snapshot: Snapshot, revived: Revived, seconds: float) -> RestoreReport:
    missed = tuple(snapshot.where(node) for node in revived.missed) + left_out(snapshot)
    replayed = _Replayed(missed, revived.restored, revived.scrolled, revived.focused)
    state = _state(snapshot, revived.elements_differ, False, replayed)
    return RestoreReport(
        url=revived.url,
        mode="inert",
        state=state if revived.whole or state != "exact" else "close",
        elements_differ=revived.elements_differ,
        fields_restored=replayed.restored,
        fields_missed=replayed.missed,
        scroll_restored=replayed.scrolled,
        focus_restored=replayed.focused,
        not_restorable=not_restorable(snapshot, inert=True),
        seconds=seconds,
        rebuilt=revived.rebuilt,
        source="snapshot",
    )


def elements_differ(before: Snapshot, after: Snapshot) -> int:
    """Elements that one tree has and the other has not, counted by tag and depth; 0 only when the
    trees are the same."""
    if before.tree_hash == after.tree_hash:
        return 0
    old, new = _census(before), _census(after)
    return max((old - new).total(), (new - old).total(), 1)


def texts_differ(before: Snapshot, after: Snapshot) -> int:
    """Texts that one page has and the other has not, wherever they stand."""
    old, new = _texts(before), _texts(after)
    return max((old - new).total(), (new - old).total())


def not_restorable(snapshot: Snapshot, *, inert: bool = False) -> tuple[str, ...]:
    """What of this page no restore brings back, in words."""
    columns = snapshot.columns
    lost = list(_ALWAYS_LOST)
    lost += [words for tag, words in _LOST_WITH.items() if snapshot.find(tag)]
    if (columns.state_field == Field.FILES).any():
        lost.append("chosen files")
    if len(columns.selection) and not inert:
        lost.append("text selected outside of fields")
    lost += [columns.strings[i] for i in columns.mark_value[columns.mark_kind == Mark.LOST]]
    if (columns.sheet_flags & Sheet.UNREADABLE).any():
        lost.append("style sheets of other sites that could not be read")
    if not inert and _has_foreign_frames(snapshot):
        lost.append("the state of frames from other sites")
    return tuple(dict.fromkeys(lost))


def _has_foreign_frames(snapshot: Snapshot) -> bool:
    """Whether there are frames that the page's own scripts don't reach."""
    frames = len(snapshot.find("iframe")) + len(snapshot.find("frame"))
    documents = np.flatnonzero(snapshot.columns.kind == Kind.DOCUMENT)[1:].tolist()
    crossed = any("cross" in snapshot.said(document) for document in documents)
    return crossed or frames > len(documents)


def _state(snapshot: Snapshot, differ: int, moved: bool, replayed: _Replayed) -> State:
    if moved or differ > CLOSE_SHARE * snapshot.element_count:
        return "diverged"
    whole = not differ and not replayed.missed and replayed.scrolled and replayed.focused
    return "exact" if whole else "close"


async def _replay(world: World, snapshot: Snapshot, settle_s: float, timeout_s: float) -> _Replayed:
    state = replay_state(snapshot)
    names = [field.pop("said") for field in state["fields"]]
    state["timeoutMs"] = settle_s * 1000
    answer = await _call(world, "replay", state, timeout_s=timeout_s + settle_s)
    missed = [names[i] for i in answer["missed"]]
    return _Replayed(
        missed=(*missed, *left_out(snapshot)),
        restored=len(names) - len(missed),
        scrolled=answer["scrolled"],
        focused=answer["focused"],
    )


async def _compared(
    world: World, snapshot: Snapshot, clock: Callable[[], float], settle_s: float, timeout_s: float
) -> Snapshot:
    """The page as it is, once tree and texts are those of `snapshot` or `settle_s` is over."""
    end = clock() + settle_s
    while True:
        now = await _captured(world, timeout_s)
        left = end - clock()
        same = now.tree_hash == snapshot.tree_hash and not texts_differ(snapshot, now)
        if same or left <= 0:
            return now
        if not await _call(world, "changed", left * 1000, timeout_s=timeout_s + left):
            return now


async def _captured(world: World, timeout_s: float) -> Snapshot:
    return await _twice(
        lambda: capture(
            world, taken_at=0.0, boxes=False, styles=False, look=False, timeout_s=timeout_s
        )
    )


async def _call(world: World, function: str, *args: Any, timeout_s: float) -> Any:
    return await _twice(lambda: world.call(function, *args, timeout_s=timeout_s))


async def _twice(ask: Callable[[], Awaitable[T]]) -> T:
    """One call, and once more when the document went away in it; each of ours may run twice."""
    try:
        return await ask()
    except WorldLost:
        return await ask()


def _census(snapshot: Snapshot) -> Counter[tuple[str, int]]:
    depths = snapshot.depths
    return Counter((snapshot.label(i), depths[i]) for i in snapshot.columns.elements.tolist())


def _texts(snapshot: Snapshot) -> Counter[str]:
    """The texts of a page, without those that nobody reads."""
    columns = snapshot.columns
    nodes = np.flatnonzero(columns.kind == Kind.TEXT)
    above = columns.parent[nodes].tolist()
    texts = (
        " ".join(snapshot.label(node).split())
        for node, parent in zip(nodes.tolist(), above, strict=True)
        if snapshot.label(parent) not in _UNREAD
    )
    return Counter(text for text in texts if text)
