"""A live restore from a recording: storage first, then the page from its recorded responses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ..errors import NotLive, PageHung
from ..reader import Snapshot
from ..restore import RestoreReport, restore
from ..world import World
from .playing import Network
from .recording import Recording
from .sessions import leave_session_storage, put_session_storage

Storage = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Makes cookies, localStorage and IndexedDB of the context those of a `storageState`."""


async def restore_live(  # noqa: PLR0913
    world: World,
    navigate: Callable[[str], Awaitable[None]],
    snapshot: Snapshot,
    recording: Recording,
    *,
    store: Storage,
    clock: Callable[[], float],
    network: Network = "live",
    settle_s: float = 1.0,
    timeout_s: float = 10.0,
) -> RestoreReport:
    """Load the page of `snapshot` from `recording`, scripts and all, and replay its state.

    The tab is emptied first, then the context's storage is replaced (`store`), and only then is
    the page loaded: nothing of an older page writes into what comes. What the recording lacks comes
    from the network, or fails with `network="recorded"`. Afterwards the page is one like any other,
    and its requests go to the network. Other arguments and errors as for `restore`; also `NotLive`.
    """
    if urlsplit(snapshot.url).scheme not in {"http", "https"}:
        raise NotLive(f"{snapshot.url[:100]!r} is not a page of the web")
    playback = world.playback()

    async def load(url: str) -> None:
        await navigate(_blank(url))
        if not playback.emptied:
            raise PageHung("the page that was there does not let go of the tab")
        await store(recording.storage)
        script = await put_session_storage(world.cdp, recording.session)
        try:
            playback.play()
            await navigate(url)
        finally:
            await leave_session_storage(world.cdp, script)

    await world.stage().clear()
    await playback.start(recording, network)
    try:
        report = await restore(
            world, load, snapshot, clock=clock, settle_s=settle_s, timeout_s=timeout_s
        )
    finally:
        await playback.stop()
    return replace(
        report,
        source="recording" if recording.document else "network",
        answered=playback.answered,
        missing=tuple(playback.missing),
        not_restorable=(*report.not_restorable, *map(_words, recording.left_out)),
    )


def _blank(url: str) -> str:
    """Where the tab is emptied: at the page's own address, so that its history has it once.

    From there to the same address with a fragment would be no navigation.
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="blank", fragment="")) if parts.fragment else url


def _words(left_out: str) -> str:
    return f"not recorded: {left_out}"
