"""The commands `abos snapshot take|render|restore`: those that need a browser."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from ..errors import AbosError, UsageError, WaitFailed
from ..translate import translate
from .stored import ConfigFile, Folder, Json, Page, key_for, looked_up, opened, with_store
from .terminal import milliseconds, plural, size, visible

if TYPE_CHECKING:
    from ...snapshot import RestoreReport, Snapshot
    from ...snapshot.store import SnapshotStore

T = TypeVar("T")

_out = Console(highlight=False, emoji=False)
_err = Console(stderr=True, highlight=False, emoji=False)
_COLOURS = {"exact": "green", "close": "yellow", "diverged": "red"}
_SHOWN = 12


class Mode(StrEnum):
    """How a page is brought back; see `Restore.mode`."""

    auto = "auto"
    live = "live"
    inert = "inert"


class From(StrEnum):
    """Where a live page gets what its recording lacks; see `Restore.network`."""

    live = "live"
    recorded = "recorded"


Assets = Annotated[
    bool, typer.Option("--assets", help="Get pictures and fonts of an inert page from the network.")
]
Profile = Annotated[str, typer.Option(help="Whose cookies and storage to use.")]


def take(  # noqa: PLR0913, PLR0917
    url: Annotated[str, typer.Argument(help="The page.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write.")] = None,
    keep: Annotated[str, typer.Option(help="Put it into the store under this name.")] = "",
    live: Annotated[
        bool, typer.Option("--live", help="With cookies, storage and responses; sealed.")
    ] = False,
    boxes: Annotated[
        bool, typer.Option("--boxes", help="With the layout box of each element.")
    ] = False,
    wait: Annotated[str, typer.Option(help="Take it once the page shows this text.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the page.", min=0.1)] = 15,
    profile: Profile = "default",
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Open a page and turn it into bytes: a file, a stored snapshot, or both."""
    from ..syscalls import TakeSnapshot

    if out is None and not keep:
        raise UsageError("nowhere to put it", hint="Give a file with -o, or a name with --keep.")
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"no such folder: {out.parent}")
    how = TakeSnapshot(boxes=boxes, live=live)
    snapshot, settled = _run(_taken(url, how, wait, timeout, profile, config))
    if not settled:
        _err.print("abos: the page was still loading; it was taken as it was", soft_wrap=True)
    key = _kept(snapshot, keep, folder, config) if keep else ""
    if out is not None:
        _write(out, snapshot.data)
    said = _told(snapshot, out, key, live=live, settled=settled)
    if as_json:
        print(json.dumps(said))
        return
    where = " and ".join([str(out)] * (out is not None) + [key[:_SHOWN]] * bool(key))
    _out.print(visible(f"{snapshot.title}  {snapshot.url}").strip(), style="bold", markup=False)
    sealed = ", sealed" if live else ""
    counts = f"{plural(snapshot.element_count, 'element')}, {size(snapshot.size)}{sealed}"
    _out.print(visible(f"{counts}  -> {where}"), markup=False, soft_wrap=True)


def render(
    which: Page,
    out: Annotated[Path, typer.Option("-o", "--out", help="PNG file to write.")],
    full: Annotated[bool, typer.Option("--full", help="The whole page, not the window.")] = False,
    assets: Assets = False,
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Show a snapshot in a browser, inert, and take a picture of it."""
    if not out.parent.is_dir():
        raise UsageError(f"no such folder: {out.parent}")
    _, data = looked_up(which, folder, config)
    snapshot, _ = opened(data, config)
    picture, report = _run(
        _rendered(snapshot, data, key_for(data, config), config, full=full, assets=assets)
    )
    _write(out, picture)
    if as_json:
        said = dataclasses.asdict(report)
        print(json.dumps({"file": str(out), "size": len(picture), "report": said}))
        return
    _out.print(
        f"{_state(report)}  {size(len(picture))} in {milliseconds(report.seconds)}  -> ", end=""
    )
    _out.print(visible(str(out)), markup=False, soft_wrap=True)


def restore(  # noqa: PLR0913, PLR0917
    which: Page,
    mode: Annotated[Mode, typer.Option(help="With its scripts, or without.")] = Mode.auto,
    network: Annotated[
        From, typer.Option(help="Whether the network may give what was not recorded.")
    ] = From.live,
    assets: Assets = False,
    text: Annotated[bool, typer.Option("--text", help="What an agent sees then.")] = False,
    profile: Profile = "default",
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Bring a snapshot back into a browser, and tell what came back; exit code 1 if diverged."""
    from ..syscalls import Restore

    _, data = looked_up(which, folder, config)
    opened(data, config)  # so that nothing is started for bytes that are no snapshot
    what = Restore(data, mode.value, assets, network.value)
    report, words = _run(_restored(what, profile, config))
    if as_json:
        seen = {"text": words} if text else {}
        print(json.dumps({**dataclasses.asdict(report), **seen}))
    else:
        _show(report)
        if text:
            print("\n" + "\n".join(visible(line) for line in words.splitlines()))
    raise typer.Exit(1 if report.state == "diverged" else 0)


# ---- performing ----------------------------------------------------------------------------------


async def _taken(
    url: str, how: Any, wait: str, timeout: float, profile: str, config: Path | None
) -> tuple[Snapshot, bool]:
    """The snapshot, and whether the page had come to rest. Raises when `wait` never showed."""
    from ..actions import WaitFor
    from ..config import load
    from ..kernel import Kernel

    async with (
        Kernel(load(config)) as kernel,
        await kernel.spawn(url, profile=profile, task="snapshot take") as process,
    ):
        if wait:
            await process.act(WaitFor(wait, timeout_s=timeout))
        settled = True
        try:
            await process.act(WaitFor(idle=True, timeout_s=timeout))
        except WaitFailed:
            settled = False
        return await process.syscall(how), settled


async def _restored(what: Any, profile: str, config: Path | None) -> tuple[RestoreReport, str]:
    from ..config import load
    from ..kernel import Kernel

    async with (
        Kernel(load(config)) as kernel,
        await kernel.spawn("", profile=profile, task="snapshot restore") as process,
    ):
        report: RestoreReport = await process.syscall(what)
        return report, (await process.observe()).text


async def _rendered(
    snapshot: Snapshot,
    data: bytes,
    key: bytes | None,
    config: Path | None,
    *,
    full: bool,
    assets: bool,
) -> tuple[bytes, RestoreReport]:
    from ..config import load
    from .picture import picture

    return await picture(load(config).browser, snapshot, data, key, full=full, assets=assets)


def _kept(snapshot: Snapshot, name: str, folder: Path | None, config: Path | None) -> str:
    from ...snapshot.store import Labels

    labels = Labels(name=name, url=snapshot.url, title=snapshot.title)

    async def put(store: SnapshotStore) -> str:
        return str(await store.put(snapshot.data, labels))

    return with_store(put, folder, config)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives. Raises `AbosError`s."""
    try:
        return asyncio.run(work)
    except AbosError:
        raise
    except Exception as error:
        raise translate(error) from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error


# ---- words ---------------------------------------------------------------------------------------


def _told(
    snapshot: Snapshot, out: Path | None, key: str, *, live: bool, settled: bool
) -> dict[str, Any]:
    return {
        "url": snapshot.url,
        "title": snapshot.title,
        "elements": snapshot.element_count,
        "size": snapshot.size,
        "tree_hash": snapshot.tree_hash,
        "file": str(out) if out is not None else "",
        "id": key,
        "sealed": live,
        "settled": settled,
    }


def _state(report: RestoreReport) -> str:
    return f"[{_COLOURS[report.state]}]{report.state}[/]"


def _show(report: RestoreReport) -> None:
    _out.print(_state(report) + " " * (12 - len(report.state)), end="")
    _out.print(visible(report.url), markup=False, soft_wrap=True)
    for name, value in _lines(report):
        _out.print(f"{name:<12}{visible(value)}", markup=False, soft_wrap=True)


def _lines(report: RestoreReport) -> list[tuple[str, str]]:
    answers = plural(report.answered, "answer")
    missed = report.fields_missed
    differ = f"{plural(report.elements_differ, 'element')}, {plural(report.texts_differ, 'text')}"
    lines = [
        ("mode", f"{report.mode}, from the {report.source}, {milliseconds(report.seconds)}"),
        ("recording", f"{answers}, {len(report.missing)} missing" * (report.answered > 0)),
        ("differ", differ),
        ("fields", f"{report.fields_restored} back, {len(missed)} missed"),
        ("scroll", "back" if report.scroll_restored else "not back"),
        ("focus", "back" if report.focus_restored else "not back"),
    ]
    lines += [("missing", request) for request in report.missing]
    lines += [("missed", field) for field in missed]
    lines += [("lost", words) for words in report.not_restorable]
    return [(name, value) for name, value in lines if value]
