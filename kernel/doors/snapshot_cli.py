"""The commands `abos snapshot ...`: what the store holds, and what becomes of it."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from .snapshot_diff import register
from .snapshot_pages import render, restore, take
from .snapshot_show import show
from .stored import ConfigFile, Folder, Json, id_of, row, unsealed, with_store
from .terminal import age, size, visible

if TYPE_CHECKING:
    from ...snapshot.store import Entry, SnapshotStore

snapshots = typer.Typer(help="Snapshots of pages: take, look, keep.", no_args_is_help=True)
for command in (take, show, render, restore):
    snapshots.command()(command)
_out = Console(highlight=False, emoji=False)
_SHOWN = 12
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
    found = with_store(lambda store: store.find(query), folder, config)
    if as_json:
        print(json.dumps([row(entry) for entry in found]))
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


@snapshots.command(name="rm")
def remove(
    which: Annotated[list[str], typer.Argument(help="Ids, 8 digits of them, or names.")],
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Remove snapshots, pinned or not."""

    async def removed(store: SnapshotStore) -> list[Entry]:
        return [await store.remove(await id_of(store, each)) for each in which]

    done = with_store(removed, folder, config)
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
        key = await id_of(store, which)
        return await (store.unpin(key) if off else store.pin(key))

    entry = with_store(pinned, folder, config)
    print(json.dumps(row(entry)) if as_json else entry.id)


@snapshots.command()
def gc(folder: Folder = None, config: ConfigFile = None, as_json: Json = False) -> None:
    """Move and drop what is past its age or over the sizes. A running store does it by itself."""

    async def collected(store: SnapshotStore) -> dict[str, Any]:
        done = dataclasses.asdict(await store.collect())
        seen = store.statistics()
        return {**done, "warm_bytes": seen.warm.bytes, "cold_bytes": seen.cold.bytes}

    done = with_store(collected, folder, config)
    if as_json:
        print(json.dumps(done))
        return
    print(f"{done['moved']} moved, {done['dropped']} dropped, {size(done['freed_bytes'])} freed")
    print(f"{size(done['warm_bytes'])} in the warm tier, {size(done['cold_bytes'])} in the cold")


@snapshots.command()
def verify(folder: Folder = None, config: ConfigFile = None, as_json: Json = False) -> None:
    """Read and check every snapshot; exit code 1 if anything was damaged or lost."""
    report = with_store(lambda store: store.verify(), folder, config)
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


register(snapshots, unsealed)
