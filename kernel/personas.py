"""Profiles for processes: loaded before a start, written back after a clean exit.

A profile that is stored (`abos profile import`) is loaded and kept; any other name is only a name,
and what its process leaves behind ends with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import platformdirs

from ..pool import (
    Profile,
    ProfileNotFound,
    ProfileStore,
    SessionOptions,
    Vault,
    captured,
    open_vault,
)

_KEPT = 32


class Personas:
    """The stored profiles, off the event loop. Raises `pool.ProfileError`s.

    `changed` is called with the name of a profile that is not what it was, whoever changed it.
    """

    def __init__(self, folder: Path | None, changed: Callable[[str], None] | None = None) -> None:
        self._folder = folder or Path(platformdirs.user_data_dir("abos")) / "profiles"
        self._changed = changed
        self._store: ProfileStore | None = None
        self._vault: Vault | None = None
        self._read: dict[str, tuple[tuple[int, ...], Profile | None]] = {}

    async def find(self, name: str) -> Profile | None:
        """The stored profile of this name, if there is one."""
        # Without a folder nothing was ever stored, and looking must not create a key.
        if not self._folder.is_dir():
            return None
        # A thread would cost a warm start a tenth of its time, a look at the file does not.
        before = self._read.get(name)
        if before is not None and before[0] == self.store().stamp(name):
            return before[1]
        stamp, profile = await asyncio.to_thread(self._find, name)
        self._remember(name, stamp, profile)
        return profile

    async def options(self, name: str, base: SessionOptions) -> SessionOptions | None:
        """The options of a context for this profile; None if it is not stored."""
        profile = await self.find(name)
        return profile.options(base) if profile is not None else None

    async def keep(
        self, profile: Profile, state: Mapping[str, Any], origins: Collection[str] = ()
    ) -> None:
        """Store what a process left, if that is anything new. Raises `ProfileConflict`.

        `origins`: those whose storage it was given, if not all.
        """
        changed = captured(profile, state, origins=origins)
        if changed is not profile:
            await asyncio.to_thread(self.store().put, changed)
            await self.find(profile.name)

    def store(self) -> ProfileStore:
        """The store itself; making it may create the folder's key. Blocks."""
        if self._store is None:
            self._store = ProfileStore(self._folder, self._opened())
        return self._store

    def snapshot_key(self) -> bytes:
        """The 32 bytes that live snapshots are sealed with; see `store`."""
        return self._opened().subkey("snapshots")

    def _opened(self) -> Vault:
        if self._vault is None:
            self._vault = open_vault(self._folder)
        return self._vault

    def _find(self, name: str) -> tuple[tuple[int, ...], Profile | None]:
        stamp = self.store().stamp(name)  # first: what is stored after it is found next time
        try:
            return stamp, self.store().get(name)
        except ProfileNotFound:
            return stamp, None

    def _remember(self, name: str, stamp: tuple[int, ...], profile: Profile | None) -> None:
        before = self._read.pop(name, None)
        while len(self._read) >= _KEPT:
            del self._read[next(iter(self._read))]
        self._read[name] = stamp, profile
        if self._changed is not None and before is not None and before[0] != stamp:
            self._changed(name)
