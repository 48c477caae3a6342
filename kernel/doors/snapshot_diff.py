"""`abos snapshot diff A B`: what changed between two snapshots, in words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AbosError
from ..translate import translate
from .terminal import visible

if TYPE_CHECKING:
    from ...snapshot.columns import Columns

LookUp = Callable[[str, Path | None, Path | None], tuple[dict[str, Any], bytes]]
"""The labels and bytes of a file, an id, the beginning of one or a name; the folder of the store
and the configuration, None for the usual ones."""

_SIGNS = {"added": "+", "removed": "-", "moved": ">"}


def register(app: typer.Typer, look_up: LookUp) -> None:
    """Give `app` the command `diff`."""

    @app.command()
    def diff(
        one: Annotated[str, typer.Argument(help="The earlier: an id, 8 digits, a name, a file.")],
        other: Annotated[str, typer.Argument(help="The later one.")],
        folder: Annotated[Path | None, typer.Option("--store", help="The store's folder.")] = None,
        config: Annotated[Path | None, typer.Option("--config", help="TOML file.")] = None,
        exit_code: Annotated[
            bool, typer.Option("--exit-code", help="Exit with 1 if they differ.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
    ) -> None:
        """Show what changed from one snapshot to another; passwords are masked."""
        said = _compared(*_pages(one, other, lambda which: look_up(which, folder, config)))
        if as_json:
            print(json.dumps(said))
        else:
            _show(said)
        raise typer.Exit(1 if exit_code and not said["same"] else 0)


def _pages(
    one: str, other: str, look_up: Callable[[str], tuple[dict[str, Any], bytes]]
) -> tuple[Columns, Columns]:
    """Both pages. Raises `AbosError`s."""
    from ...snapshot import SnapshotError
    from ...snapshot.delta import Chain, Stored, is_delta, materialize

    def read(which: str) -> Stored:
        labels, data = look_up(which)
        return Stored(data, str(labels.get("base", "")))

    def page(found: Stored) -> Columns:
        chain = Chain()
        following = chain.follow(found)
        while following:
            following = chain.follow(read(following))
        return chain.page()

    try:
        before, later = page(read(one)), read(other)
        if is_delta(later.data) and not later.base:  # a file: of what, if not of the other?
            return before, materialize(before, (later.data,))
        return before, page(later)
    except SnapshotError as error:
        known: AbosError = translate(error)
        raise known from error


def _compared(one: Columns, other: Columns) -> dict[str, Any]:
    from ...snapshot.delta import diff, encode, tell

    delta = diff(one, other)
    return {
        "same": delta.empty,
        "nodes": [len(one.kind), len(other.kind)],
        "nodes_changed": delta.changed_nodes,
        "delta_bytes": len(encode(delta)),
        "seconds": other.page.taken_at - one.page.taken_at,
        "changes": [
            {**dataclasses.asdict(change), "line": change.line}
            for change in tell(one, other).changes
        ],
    }


def _show(said: dict[str, Any]) -> None:
    for change in said["changes"]:
        print(f"{_SIGNS.get(change['kind'], '~')} {visible(change['line'])}")
    if not said["changes"]:
        print("the same" if said["same"] else "nothing that a person would see")
    before, after = said["nodes"]
    print(f"{before} nodes before, {after} after; as a delta {said['delta_bytes']} bytes")
