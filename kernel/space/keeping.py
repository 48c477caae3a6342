"""A tab to bytes and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ...snapshot import (
    RestoreReport,
    Snapshot,
    capture,
    parcel,
    restore,
    restore_live,
    unpack,
)
from ...snapshot.errors import NotLive
from ..syscalls import Restore, TakeSnapshot
from .reading import once, read
from .recording import record
from .tab import Tab

if TYPE_CHECKING:
    from playwright.async_api import StorageState

_STORE_S = 10.0
"""Storage of each origin takes a page of its own to be put back."""


async def take(tab: Tab, how: TakeSnapshot, key: bytes | None) -> Snapshot:
    """The page as bytes; taken live, with its recording and sealed with `key`."""

    def captured() -> Awaitable[Snapshot]:
        return capture(tab.world, taken_at=time.time(), boxes=how.boxes, pierce=how.pierce)

    snapshot = await read(tab, captured)
    if not how.live or key is None:
        return snapshot
    recording = await once(tab, record(tab))
    # Many megabytes take a moment to seal.
    return await asyncio.to_thread(parcel, snapshot.columns, recording, key)


async def bring_back(
    tab: Tab, navigate: Callable[[str], Awaitable[None]], what: Restore, key: bytes | None
) -> RestoreReport:
    """The page of a snapshot, in the way that was asked for. Raises `SnapshotError`s."""
    snapshot, recording = await asyncio.to_thread(unpack, what.data, key)
    # A snapshot may come from anywhere: it opens no file of this machine.
    of_the_web = urlsplit(snapshot.url).scheme in {"http", "https"}
    if what.mode == "live" and not of_the_web:
        raise NotLive(f"{snapshot.url[:100]!r} is not a page of the web")
    if what.mode == "inert" or not of_the_web:
        return await restore(
            tab.world, navigate, snapshot, clock=time.monotonic, inert=True, assets=what.assets
        )
    if recording is None:
        return await restore(tab.world, navigate, snapshot, clock=time.monotonic)

    async def store(state: Mapping[str, Any]) -> None:
        async with asyncio.timeout(_STORE_S):
            await tab.page.context.set_storage_state(cast("StorageState", state))

    return await restore_live(
        tab.world,
        navigate,
        snapshot,
        recording,
        store=store,
        clock=time.monotonic,
        network=what.network,
    )
