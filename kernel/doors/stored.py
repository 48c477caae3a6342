"""The store of snapshots, as commands use it: opened for one piece of work, errors translated."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ..errors import AbosError, NoSuchSnapshot, UsageError
from ..translate import translate

if TYPE_CHECKING:
    from ...snapshot import Recording, Snapshot
    from ...snapshot.store import Entry, SnapshotStore

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default $ABOS_CONFIG or abos.toml.")
]
Folder = Annotated[
    Path | None, typer.Option("--store", help="The store's folder; default kernel.snapshots.")
]
Page = Annotated[str, typer.Argument(help="An id, 8 digits of one, a name, or a file.")]


def row(entry: Entry) -> dict[str, Any]:
    row = dataclasses.asdict(entry)
    return {**row, **row.pop("labels")}


def opened(data: bytes, config: Path | None) -> tuple[Snapshot, Recording | None]:
    """A snapshot, and what was recorded with it; sealed ones with the key of the profiles.

    Raises `AbosError`s.
    """
    from ...snapshot import SnapshotError, unpack

    try:
        return unpack(data, key_for(data, config))
    except SnapshotError as error:
        raise translate(error) from error


def key_for(data: bytes, config: Path | None) -> bytes | None:
    """The key that opens these bytes, if they need one."""
    from ...snapshot import is_sealed
    from ..config import load
    from ..personas import Personas

    return Personas(load(config).kernel.profiles).snapshot_key() if is_sealed(data) else None


def looked_up(which: str, folder: Path | None, config: Path | None) -> tuple[dict[str, Any], bytes]:
    """What is known of a file or a stored snapshot, and its bytes. Raises `AbosError`s."""
    path = Path(which)
    if path.is_file():
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{which} can't be read: {error.strerror}") from error
        return {"file": which, "size": len(data)}, data

    async def read(store: SnapshotStore) -> tuple[dict[str, Any], bytes]:
        entry = await store.entry(await id_of(store, which))
        return row(entry), await store.get(entry.id)

    try:
        return with_store(read, folder, config)
    except NoSuchSnapshot as error:
        if path.suffix or len(path.parts) > 1:
            raise UsageError(f"no such file, nor a stored snapshot: {which}") from error
        raise


async def id_of(store: SnapshotStore, which: str) -> str:
    """The id that an id, its beginning or a name means; of several of a name the newest."""
    from ...snapshot.store import Query

    named = await store.find(Query(name=which, limit=1)) if which else ()
    return named[0].id if named else which


def with_store(
    work: Callable[[SnapshotStore], Awaitable[T]], folder: Path | None, config: Path | None
) -> T:
    """What `work` gives, done on the store. Raises `AbosError`s."""
    import platformdirs

    from ...snapshot import SnapshotError
    from ...snapshot.store import SnapshotStore
    from ..config import load

    settings = load(config)
    where = folder or settings.kernel.snapshots
    place = where or Path(platformdirs.user_data_dir("abos")) / "snapshots"
    if folder is not None and not folder.is_dir():
        raise UsageError(f"no such folder: {folder}")
    once = dataclasses.replace(settings.store, collect_every_s=math.inf)

    async def done() -> T:
        async with SnapshotStore(place, once) as store:
            return await work(store)

    try:
        return asyncio.run(done())
    except SnapshotError as error:
        known: AbosError = translate(error)
        raise known from error


def unsealed(which: str, folder: Path | None, config: Path | None) -> tuple[dict[str, Any], bytes]:
    """Like `looked_up`; sealed bytes are opened with the key of the profiles."""
    from ...snapshot import SnapshotError, is_sealed
    from ...snapshot.delta import is_delta
    from ...snapshot.sealing import unseal

    said, data = looked_up(which, folder, config)
    try:
        if not is_delta(data) and is_sealed(data):
            data = unseal(data, key_for(data, config))
    except SnapshotError as error:
        raise translate(error) from error
    return said, data
