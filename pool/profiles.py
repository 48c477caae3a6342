"""Profiles on disk: one encrypted file each, replaced whole, and never overwritten unseen.

    store = ProfileStore(folder, open_vault(folder))
    profile = store.get("ada")
    ...                                     # a lease with profile.options(), ended well
    store.put(captured(profile, state))     # raises ProfileConflict if somebody was faster

Every method blocks, for milliseconds as a rule (a save waits for the disk): call them through
`asyncio.to_thread` where an event loop must not wait. Threads, and kernels in other processes of
this machine, may use one folder at the same time.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from .durable import locked, sweep, sync_folder, write_file
from .errors import (
    BadProfile,
    ProfileConflict,
    ProfileCorrupt,
    ProfileError,
    ProfileNotFound,
    ProfileNotSaved,
    SealBroken,
    VaultLocked,
)
from .options import Proxy
from .profile import Profile, check_name
from .storage_state import MAX_BYTES, checked, same, to_json
from .vault import OVERHEAD, Vault

SUFFIX = ".profile"
MAX_CONFLICTS = 3

_LOCK_TIMEOUT_S = 10.0
_log = logging.getLogger(__name__)
_COPY = re.compile(r"(?P<name>.+)\.conflict-(?P<number>[1-9][0-9]{0,8})")


class ProfileStore:
    """The profiles of one folder. Errors never say what is in a profile."""

    def __init__(
        self, folder: Path, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since 1970, for versions."""
        self._folder = folder
        self._vault = vault
        self._clock = clock

    def __repr__(self) -> str:
        return f"ProfileStore({str(self._folder)!r}, {self._vault!r})"

    # -- reading -------------------------------------------------------------------------------

    def list(self) -> tuple[str, ...]:
        """Names of the stored profiles, sorted. Raises ProfileError."""
        return tuple(sorted(name for name in self._names(SUFFIX) if _is_name(name)))

    def conflicts(self, name: str) -> tuple[str, ...]:
        """Names of the copies that conflicts left of a profile, oldest first. Raises ProfileError.

        `get`, `export_state` and `delete` take them like names of profiles.
        """
        found = [match for copy in self._names("") if (match := _COPY.fullmatch(copy))]
        mine = sorted((int(match["number"]), match[0]) for match in found if match["name"] == name)
        return tuple(copy for _, copy in mine)

    def get(self, name: str) -> Profile:
        """A stored profile, or the copy of a conflict, which bears the name it was meant for.

        Raises ProfileNotFound, ProfileCorrupt, VaultLocked, BadProfile for a name that none can
        have, ProfileError for a file that cannot be read.
        """
        path = self._path(name)
        try:
            with path.open("rb") as file:
                blob = file.read(MAX_BYTES + MAX_BYTES // 4 + OVERHEAD)
        except FileNotFoundError:
            raise ProfileNotFound(f"No profile {name!r} is stored") from None
        except OSError as error:
            raise ProfileError(f"Profile {name!r} cannot be read: {error.strerror}") from error
        try:
            opened = self._vault.open(blob, name)
        except SealBroken as error:
            raise ProfileCorrupt(f"Profile {name!r} is lost: {error.message}") from error
        except VaultLocked as error:
            raise VaultLocked(f"Profile {name!r}: {error.message}", hint=error.hint) from error
        profile = _decoded(_meant_for(name), opened.content, opened.version)
        if profile is None:
            raise ProfileCorrupt(f"Profile {name!r} opened, but holds no profile")
        return profile

    def export_state(self, name: str) -> dict[str, Any]:
        """A copy of the profile's plain Playwright `storageState`, secrets and all; see `get`."""
        state: dict[str, Any] = json.loads(to_json(self.get(name).storage_state))
        return state

    def stamp(self, name: str) -> tuple[int, ...]:
        """Changes when the stored profile does; () while there is none. Takes microseconds."""
        try:
            found = self._path(name).stat()
        except (OSError, BadProfile):
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    # -- writing -------------------------------------------------------------------------------

    def put(self, profile: Profile, base_version: int | None = None) -> Profile:
        """Save a profile that was made from `base_version` (default: its own).

        Returns it as stored, with its new version. What is stored already is not written again.
        Raises ProfileConflict when another version than the base is stored: that one stands, and
        this one is kept beside it. Raises ProfileNotSaved, VaultLocked, ProfileError.
        """
        base = profile.version if base_version is None else base_version
        with self._writing(profile.name):
            try:
                current = self._stored(profile.name)
            except ProfileCorrupt as error:
                raise self._conflict(profile, base, "cannot be read any more", 0) from error
            if current is not None and _alike(current, profile):
                return current
            stored = current.version if current is not None else 0
            if stored == base:
                return self._save(profile, stored)
            what = "was saved by somebody else meanwhile" if current else "was deleted meanwhile"
            raise self._conflict(profile, base, what, stored)

    def import_state(
        self, name: str, source: Mapping[str, object] | str | os.PathLike[str]
    ) -> Profile:
        """Give a profile, new or not, a Playwright `storageState`: the value, or a file of it.

        The rest of the profile stays as it is. Returns it as stored. Raises BadProfile,
        ProfileNotSaved, ProfileCorrupt, VaultLocked, ProfileError.
        """
        state = source if isinstance(source, Mapping) else _read_state(Path(source))
        fresh = Profile(name, state)
        with self._writing(name):
            current = self._stored(name)
            if current is None:
                return self._save(fresh, 0)
            if _same_state(current, fresh):
                return current
            wanted = replace(current, storage_state=fresh.storage_state)
            return self._save(wanted, current.version)

    def delete(self, name: str) -> None:
        """Remove a profile with the copies of its conflicts; or, by its name, one such copy.

        A lease that is still out meets a ProfileConflict when it is saved. Raises
        ProfileNotFound, ProfileError, BadProfile.
        """
        path = self._path(name)
        try:
            with locked(self._folder, _LOCK_TIMEOUT_S):
                copies = [self._folder / copy for copy in self.conflicts(name)]
                doomed = [file for file in (*copies, path) if file.exists()]
                if not doomed:
                    raise ProfileNotFound(f"No profile {name!r} is stored")
                for file in doomed:
                    file.unlink()
                sync_folder(self._folder)
        except OSError as error:
            raise ProfileError(f"Profile {name!r} was not deleted: {error.strerror}") from error

    # -- inside --------------------------------------------------------------------------------

    def _names(self, suffix: str) -> Iterator[str]:
        try:
            files = [entry.name for entry in self._folder.iterdir() if entry.is_file()]
        except FileNotFoundError:
            files = []
        except OSError as error:
            raise ProfileError(f"Profiles cannot be listed: {error.strerror}") from error
        return (file.removesuffix(suffix) for file in files if file.endswith(suffix))

    def _path(self, name: str) -> Path:
        copy = _COPY.fullmatch(name)
        check_name(copy["name"] if copy else name)
        return self._folder / (name if copy else name + SUFFIX)

    def _stored(self, name: str) -> Profile | None:
        try:
            return self.get(name)
        except ProfileNotFound:
            return None

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """The folder, locked; what goes wrong with files in it becomes a ProfileNotSaved."""
        try:
            with locked(self._folder, _LOCK_TIMEOUT_S):
                sweep(self._folder)
                yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            _log.warning("Profile %r was not saved: %s", name, reason)
            raise ProfileNotSaved(f"Profile {name!r} was not saved: {reason}") from error

    def _save(self, profile: Profile, stored: int) -> Profile:
        """Write what the lock protects; versions grow even if a profile was deleted in between."""
        version = max(stored + 1, int(self._clock() * 1000))
        blob = self._vault.seal(_encoded(profile), profile.name, version)
        write_file(self._path(profile.name), blob)
        return replace(profile, version=version)

    def _conflict(self, profile: Profile, base: int, what: str, stored: int) -> ProfileConflict:
        kept = self._keep(profile, base)
        _log.warning("Profile %r %s: the other state is kept as %r", profile.name, what, kept)
        return ProfileConflict(profile.name, what, kept=kept, version=stored)

    def _keep(self, profile: Profile, base: int) -> str:
        """Write a refused profile beside the stored one; of the copies, the oldest goes."""
        copies = self.conflicts(profile.name)
        for copy in copies:
            if self._holds(copy, profile):
                return copy
        last = int(copies[-1].rpartition("-")[2]) if copies else 0
        kept = f"{profile.name}.conflict-{last + 1}"
        write_file(self._folder / kept, self._vault.seal(_encoded(profile), kept, base))
        for copy in copies[: len(copies) + 1 - MAX_CONFLICTS]:
            (self._folder / copy).unlink(missing_ok=True)
        return kept

    def _holds(self, copy: str, profile: Profile) -> bool:
        try:
            return _alike(self.get(copy), profile)
        except (ProfileError, VaultLocked):
            return False  # what cannot be read holds nothing


def _is_name(name: str) -> bool:
    try:
        return bool(check_name(name))
    except BadProfile:
        return False


def _meant_for(name: str) -> str:
    copy = _COPY.fullmatch(name)
    return copy["name"] if copy else name


def _alike(one: Profile, other: Profile) -> bool:
    """Whether two profiles differ in nothing but the version."""
    bare = [replace(profile, storage_state={}, version=0) for profile in (one, other)]
    return bare[0] == bare[1] and _same_state(one, other)


def _same_state(one: Profile, other: Profile) -> bool:
    return same(checked(one.storage_state), checked(other.storage_state))


def _encoded(profile: Profile) -> bytes:
    table = {item.name: getattr(profile, item.name) for item in fields(profile)}
    del table["name"], table["version"]  # they are in the seal
    if profile.proxy is not None:
        table["proxy"] = {item.name: getattr(profile.proxy, item.name) for item in fields(Proxy)}
    return to_json(table)


def _decoded(name: str, content: bytes, version: int) -> Profile | None:
    """None for content that is no profile: an error would carry the content along."""
    try:
        table = json.loads(content)
        if table["proxy"] is not None:
            table["proxy"] = Proxy(**table["proxy"])
        return Profile(name=name, version=version, **table)
    except (ValueError, TypeError, KeyError, RecursionError, BadProfile):
        return None


def _read_state(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadProfile(f"The storage state cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise BadProfile(f"The storage state is longer than {MAX_BYTES >> 20} MiB")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        pass  # raised below: the error at hand holds the whole file
    raise BadProfile("The storage state is not JSON")
