"""The cold tier: one file for each snapshot, a line of labels and then the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import durable
from .entry import SnapshotId, is_id

_MAX_NOTE = 128 * 1024


class Cold:
    """Files under `folder`, spread over 256 folders by the beginning of their ids.

    Methods raise OSError. Those that write need the store's lock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        durable.make_folder(folder)

    def write(self, key: SnapshotId, note: bytes, data: bytes) -> None:
        """Keep bytes for good, in place of what was there."""
        path = self._path(key)
        durable.make_folder(path.parent)
        durable.write_file(path, (note, b"\n", data))

    def read(self, key: SnapshotId) -> tuple[bytes, bytes] | None:
        """The note and the bytes, unchecked; None if there is no such file."""
        try:
            with self._path(key).open("rb") as file:
                return file.readline(_MAX_NOTE).removesuffix(b"\n"), file.read()
        except FileNotFoundError:
            return None

    def glance(self, key: SnapshotId) -> tuple[bytes, int]:
        """The note and the number of bytes, without reading them."""
        path = self._path(key)
        with path.open("rb") as file:
            line = file.readline(_MAX_NOTE)
        return line.removesuffix(b"\n"), path.stat().st_size - len(line)

    def remove(self, key: SnapshotId) -> None:
        durable.remove_file(self._path(key))

    def ids(self) -> Iterator[SnapshotId]:
        """All there are, in no order."""
        for folder in self._folders():
            for path in folder.iterdir():
                if is_id(path.name):
                    yield SnapshotId(path.name)

    def sweep(self) -> None:
        """Remove files that writers left unfinished when they were killed."""
        for folder in self._folders():
            durable.sweep(folder)

    def _folders(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if path.is_dir()]

    def _path(self, key: SnapshotId) -> Path:
        return self._folder / key[:2] / key
