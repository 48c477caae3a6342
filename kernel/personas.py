"""Profiles for processes: loaded before a start, written back after a clean exit.

A profile that is stored (`abos profile import`) is loaded and kept; any other name is only a name,
and what its process leaves behind ends with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from ..pool import Profile, ProfileNotFound, ProfileStore, captured, open_vault


class Personas:
    """The stored profiles, off the event loop. Raises `pool.ProfileError`s."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder or Path(platformdirs.user_data_dir("abos")) / "profiles"
        self._store: ProfileStore | None = None

    async def find(self, name: str) -> Profile | None:
        """The stored profile of this name, if there is one."""
        # Without a folder nothing was ever stored, and looking must not create a key. A thread
        # would cost a warm start a tenth of its time.
        return await asyncio.to_thread(self._find, name) if self._folder.is_dir() else None

    async def keep(self, profile: Profile, state: Mapping[str, Any]) -> None:
        """Store what a process left, if that is anything new. Raises `ProfileConflict`."""
        changed = captured(profile, state)
        if changed is not profile:
            await asyncio.to_thread(self.store().put, changed)

    def store(self) -> ProfileStore:
        """The store itself; making it may create the folder's key. Blocks."""
        if self._store is None:
            self._store = ProfileStore(self._folder, open_vault(self._folder))
        return self._store

    def _find(self, name: str) -> Profile | None:
        try:
            return self.store().get(name)
        except ProfileNotFound:
            return None
