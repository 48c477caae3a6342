"""`abos snapshot show`: what is known of a snapshot, and what it is made of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from ..errors import AbosError
from .stored import ConfigFile, Folder, Json, Page, looked_up, opened
from .terminal import size, visible

if TYPE_CHECKING:
    from ...snapshot import Recording, Snapshot

_TIMES = frozenset(("created", "used", "taken_at"))
_out = Console(highlight=False, emoji=False)


class Part(NamedTuple):
    """One row of the table; bytes as they are before compression."""

    part: str
    rows: int
    bytes: int


def show(
    which: Page,
    text: Annotated[bool, typer.Option("--text", help="The words of the page as well.")] = False,
    folder: Folder = None,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Show what is known of a snapshot: its labels, the page it holds, and its parts."""
    said, data = looked_up(which, folder, config)
    said["page"] = _page(data, config, with_text=text)
    if as_json:
        print(json.dumps(said))
        return
    page = said.pop("page")
    words, parts, lacks = (page.pop(name, ()) for name in ("text", "parts", "not_recorded"))
    for name, value in {**said, **page}.items():
        if value not in ("", 0, False):
            _out.print(f"{name:<13}{_said(name, value)}", markup=False, soft_wrap=True)
    if parts:
        _out.print(_table(parts))
    for line in lacks:
        _out.print(f"not recorded: {visible(line)}", markup=False, soft_wrap=True)
    if words:
        print("\n" + "\n".join(visible(line) for line in words.splitlines()))


def parts_of(snapshot: Snapshot, recording: Recording | None) -> list[Part]:
    """What a snapshot is made of, in groups of columns."""
    columns = snapshot.columns
    texts = sum(len(text.encode("utf-8", "surrogatepass")) for text in columns.strings)
    groups: list[tuple[str, int, tuple[Any, ...]]] = [
        ("nodes", len(columns.kind),
         (columns.parent, columns.kind, columns.label, columns.attr_count, columns.hidden)),
        ("attributes", len(columns.attrs) // 2, (columns.attrs,)),
        ("boxes", len(columns.boxes) // 4, (columns.boxes,)),
        ("form state", len(columns.state_node),
         (columns.state_node, columns.state_field, columns.state_value)),
        ("scroll", len(columns.scroll_node), (columns.scroll_node, columns.scroll_xy)),
        ("style sheets", len(columns.sheet_node),
         (columns.sheet_node, columns.sheet_flags, columns.sheet_texts)),
        ("marks", len(columns.mark_node),
         (columns.mark_node, columns.mark_kind, columns.mark_value)),
    ]  # fmt: skip
    found = [
        Part(name, rows, sum(column.nbytes for column in group)) for name, rows, group in groups
    ]
    found.append(Part("strings", len(columns.strings), texts))
    return found + (_recorded(recording) if recording else [])


def _recorded(recording: Recording) -> list[Part]:
    storage = {name: len(rows) for name, rows in recording.storage.items()}
    session = sum(map(len, recording.session.values()))
    answers = len(recording.responses) + (recording.document is not None)
    return [
        Part("responses", answers, recording.size),
        Part("cookies", storage.get("cookies", 0), _json_size(recording.storage.get("cookies"))),
        Part("storage", storage.get("origins", 0), _json_size(recording.storage.get("origins"))),
        Part("session", session, _json_size(dict(recording.session))),
    ]


def _json_size(value: object) -> int:
    return len(json.dumps(value)) if value else 0


def _table(parts: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("PART", width=12)
    table.add_column("ROWS", justify="right", min_width=7)
    table.add_column("UNPACKED", justify="right", min_width=10)
    for part in parts:
        if part["rows"]:
            table.add_row(part["part"], str(part["rows"]), size(part["bytes"]))
    return table


def _said(name: str, value: object) -> str:
    """A value for a person."""
    if name in _TIMES and isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return size(value) if name == "size" and isinstance(value, int) else visible(str(value))


def _page(data: bytes, config: Path | None, *, with_text: bool) -> dict[str, Any]:
    try:
        snapshot, recording = opened(data, config)
    except AbosError as error:  # a delta, perhaps, or sealed with another key
        return {"unreadable": str(error)}
    said = _facts(snapshot)
    said["parts"] = [part._asdict() for part in parts_of(snapshot, recording)]
    if recording is not None:
        said |= {"sealed": True, "not_recorded": list(recording.left_out)}
    return {**said, **({"text": snapshot.text()} if with_text else {})}


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
