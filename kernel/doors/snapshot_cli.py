"""The commands `abos snapshot ...`: what the store holds, and what becomes of it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from ..errors import AbosError, UsageError
from ..translate import translate
from .snapshot_diff import register
from .terminal import visible

if TYPE_CHECKING:
    from ...snapshot import Snapshot
    from ...snapshot.store import Entry, SnapshotStore

snapshots = typer.Typer(help="Stored snapshots of pages.", no_args_is_help=True)
_out = Console(highlight=False, emoji=False)
_SHOWN = 12
T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default $ABOS_CONFIG or abos.toml.")
]
Folder = Annotated[
    Path | None, typer.Option("--store", help="The store's folder; default kernel.snapshots.")
]
Which = Annotated[str, typer.Argument(help="An id, at least 8 digits of one, or a name.")]


@snapshots.command(name="ls")
def list_snapshots(
    name: Annotated[str, typer.Option(help="Only those of this name.")] = "",
    url: Annotated[str, typer.Option(help="Only those whose address begins so.")] = "",
    limit: Annotated[int, typer.Option(help="Rows at most, newest first.", min=1)] = 100,
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """List the stored snapshots, newest first."""
    from ...snapshot.store import Query

    query = Query(name=name, url=url, limit=limit)
    found = _with_store(lambda store: store.find(query), folder, config)
    if as_json:
        print(json.dumps([_row(entry) for entry in found]))
        return
    table = Table(box=None, header_style="bold")
    for column in ("ID", "SIZE", "TIER", "AGE", "NAME", "TITLE", "ADDRESS"):
        table.add_column(column, no_wrap=column in {"ID", "SIZE", "AGE"})
    for entry in found:
        said = entry.labels
        words = (visible(text[:60]) for text in (said.name, said.title, said.url))
        pin = " pinned" if said.pinned else ""
        table.add_row(
            entry.id[:_SHOWN],
            size(entry.size),
            f"{entry.tier}{pin}",
            age(time.time() - entry.created),
            *words,
        )
    _out.print(table)


@snapshots.command()
def show(
    which: Annotated[str, typer.Argument(help="An id, 8 digits of one, a name, or a file.")],
    text: Annotated[bool, typer.Option("--text", help="The words of the page as well.")] = False,
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Show what is known of a snapshot: its labels, and the page it holds."""
    said, data = _looked_up(which, folder, config)
    said["page"] = _page(data, with_text=text)
    if as_json:
        print(json.dumps(said))
        return
    page = said.pop("page")
    words = page.pop("text", "")
    for name, value in {**said, **page}.items():
        if value not in ("", 0, False):
            _out.print(f"{name:<12}{visible(str(value))}", markup=False, soft_wrap=True)
    if words:
        print("\n" + "\n".join(visible(line) for line in words.splitlines()))


@snapshots.command(name="rm")
def remove(
    which: Annotated[list[str], typer.Argument(help="Ids, 8 digits of them, or names.")],
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Remove snapshots, pinned or not."""

    async def removed(store: SnapshotStore) -> list[Entry]:
        return [await store.remove(await _id(store, each)) for each in which]

    done = _with_store(removed, folder, config)
    if as_json:
        print(json.dumps([entry.id for entry in done]))
        return
    for entry in done:
        print(entry.id)


@snapshots.command()
def pin(
    which: Which,
    off: Annotated[bool, typer.Option("--off", help="Take the pin away.")] = False,
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Keep a snapshot until it is unpinned or removed."""

    async def pinned(store: SnapshotStore) -> Entry:
        key = await _id(store, which)
        return await (store.unpin(key) if off else store.pin(key))

    entry = _with_store(pinned, folder, config)
    print(json.dumps(_row(entry)) if as_json else entry.id)


@snapshots.command()
def gc(folder: Folder = None, config: ConfigFile = None, as_json: Json = False) -> None:
    """Move and drop what is past its age or over the sizes. A running store does it by itself."""

    async def collected(store: SnapshotStore) -> dict[str, Any]:
        done = dataclasses.asdict(await store.collect())
        seen = store.statistics()
        return {**done, "warm_bytes": seen.warm.bytes, "cold_bytes": seen.cold.bytes}

    done = _with_store(collected, folder, config)
    if as_json:
        print(json.dumps(done))
        return
    print(f"{done['moved']} moved, {done['dropped']} dropped, {size(done['freed_bytes'])} freed")
    print(f"{size(done['warm_bytes'])} in the warm tier, {size(done['cold_bytes'])} in the cold")


@snapshots.command()
def verify(folder: Folder = None, config: ConfigFile = None, as_json: Json = False) -> None:
    """Read and check every snapshot; exit code 1 if anything was damaged or lost."""
    report = _with_store(lambda store: store.verify(), folder, config)
    if as_json:
        print(json.dumps({**dataclasses.asdict(report), "clean": report.clean}))
    else:
        print(f"{report.checked} checked, {len(report.damaged)} damaged, {len(report.lost)} lost")
        for name in report.mended:
            print(f"the {name} database was broken and is made again")
        for what, keys in (("damaged", report.damaged), ("lost", report.lost)):
            for key in keys:
                print(f"{what} {key}")
    raise typer.Exit(0 if report.clean else 1)


# ---- words ---------------------------------------------------------------------------------------


def size(count: int) -> str:
    """`812 B`, `12.3 KiB`, `1.5 MiB`."""
    if count < 1024:
        return f"{count} B"
    power = min(int(math.log(count, 1024)), 3)
    return f"{count / 1024**power:.1f} {' KMG'[power]}iB"


def age(seconds: float) -> str:
    """`5 s`, `12 min`, `3 h`, `2 d`."""
    for name, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {name}"
    return f"{max(int(seconds), 0)} s"


def _row(entry: Entry) -> dict[str, Any]:
    row = dataclasses.asdict(entry)
    return {**row, **row.pop("labels")}


def _page(data: bytes, *, with_text: bool) -> dict[str, Any]:
    from ...snapshot import BadSnapshot, Snapshot

    try:
        snapshot = Snapshot.from_bytes(data)
    except BadSnapshot as error:  # a delta, perhaps
        return {"unreadable": str(error)}
    return {**_facts(snapshot), **({"text": snapshot.text()} if with_text else {})}


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    columns = snapshot.columns
    return {
        "page_url": snapshot.url,
        "page_title": snapshot.title,
        "taken_at": snapshot.taken_at,
        "viewport": f"{snapshot.page.width:g}x{snapshot.page.height:g}",
        "nodes": snapshot.node_count,
        "elements": snapshot.element_count,
        "strings": len(columns.strings),
        "boxes": len(columns.boxes) // 4,
        "form_state": len(columns.state_node),
        "tree_hash": snapshot.tree_hash,
    }


# ---- the store -----------------------------------------------------------------------------------


def _looked_up(
    which: str, folder: Path | None, config: Path | None
) -> tuple[dict[str, Any], bytes]:
    path = Path(which)
    if path.is_file():
        data = path.read_bytes()
        return {"file": which, "size": len(data)}, data

    async def read(store: SnapshotStore) -> tuple[dict[str, Any], bytes]:
        entry = await store.entry(await _id(store, which))
        return _row(entry), await store.get(entry.id)

    return _with_store(read, folder, config)


async def _id(store: SnapshotStore, which: str) -> str:
    """The id that an id, its beginning or a name means; of several of a name the newest."""
    from ...snapshot.store import Query

    named = await store.find(Query(name=which, limit=1)) if which else ()
    return named[0].id if named else which


def _with_store(
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


register(snapshots, _looked_up)
