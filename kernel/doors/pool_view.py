"""What the pools of running kernels look like on a terminal. Pure: values in, renderables out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...pool import BrowserInfo, PoolStatistics, SlotInfo, State
from .terminal import milliseconds, plural, visible

_COLOURS = {
    State.WARMING: "yellow",
    State.READY: "green",
    State.PARKED: "cyan",
    State.LEASED: "bold",
    State.QUARANTINED: "red",
    State.CLOSING: "dim",
}
_NOTHING = Text("-", style="dim")


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    show: Callable[[SlotInfo], str | Text]
    right: bool = False
    yields: bool = False
    """On a narrow terminal it gives its place to the others."""


_SLOTS = (
    _Column("ID", lambda slot: str(slot.id), right=True),
    _Column("SITE", lambda slot: _name(slot.site), yields=True),
    _Column("PROFILE", lambda slot: _name(slot.profile), yields=True),
    _Column("STATE", lambda slot: Text(slot.state, style=_COLOURS.get(slot.state, ""))),
    _Column("AGE", lambda slot: duration(slot.age_s), right=True),
    _Column("USES", lambda slot: str(slot.uses), right=True),
    _Column("SCORE", lambda slot: _number(slot.score), right=True),
    _Column("MB", lambda slot: _number(slot.pss_mb), right=True),
    _Column("BROWSER", lambda slot: _number(slot.browser_pid), right=True),
)


def slot_table(seen: Mapping[str, Sequence[SlotInfo]]) -> RenderableType:
    """One row per slot of each kernel; the kernel is named where there are several."""
    rows = [(kernel, slot) for kernel, slots in seen.items() for slot in _sorted(slots)]
    if not rows:
        return Text("no slots in use")
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    several = len(seen) > 1
    if several:
        table.add_column("KERNEL", no_wrap=True)
    for column in _SLOTS:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(column.head, justify=justify, no_wrap=not column.yields)
    for kernel, slot in rows:
        cells = [column.show(slot) for column in _SLOTS]
        table.add_row(*([kernel] if several else []), *cells)
    return table


def statistics_view(seen: Mapping[str, PoolStatistics]) -> RenderableType:
    """A block of facts per kernel."""
    blocks: list[RenderableType] = []
    for kernel, found in seen.items():
        blocks += [Text(f"kernel {kernel}", style="bold"), _facts(found)]
    return Group(*blocks)


def duration(seconds: float) -> str:
    """`8 s`, `12 min`, `3.5 h`, `2 d`: short, for ages."""
    if seconds < 100:
        return f"{max(0.0, seconds):.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 100 * 3600 else f"{seconds / 86400:.0f} d"


def _facts(found: PoolStatistics) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(found):
        table.add_row(f"  {name}", value)
    return table


def _lines(found: PoolStatistics) -> list[tuple[str, Text]]:
    lines = [
        ("hit rate", _hit_rate(found)),
        ("slots", _counts(found.slots.items())),
        ("ready", _ready(found.ready)),
        ("refills", _refills(found)),
        ("retired", _counts(found.retirements.items())),
        *([("used again", Text(str(found.reuses)))] if found.reuses else []),
        *(("browser", _browser(each)) for each in found.browsers),
    ]
    if found.waiting:
        lines.append(("waiting", Text(plural(found.waiting, "caller"), style="yellow")))
    if found.draining:
        lines.append(("draining", Text(visible(", ".join(sorted(found.draining))), style="yellow")))
    if found.last_error:
        lines.append(("last error", Text(visible(found.last_error), style="red")))
    return lines


def _hit_rate(found: PoolStatistics) -> Text:
    total = found.hits + found.misses
    if not total:
        return Text("nothing acquired yet", style="dim")
    of = f"{found.hits} of {plural(total, 'acquire')} warm"
    return Text.assemble((f"{found.hit_rate:.1%}", "bold"), f"  {of}")


def _refills(found: PoolStatistics) -> Text:
    text = Text(str(found.refills))
    if found.refills:
        text.append(f", {milliseconds(found.refill_seconds / found.refills)} each")
    if found.last_refill_s is not None:
        text.append(f", the latest {milliseconds(found.last_refill_s)}")
    if found.refill_failures:
        text.append(f", {found.refill_failures} failed", style="red")
    return text


def _browser(found: BrowserInfo) -> Text:
    memory = "" if found.pss_mb is None else f", {found.pss_mb:.0f} MB"
    live = f"{plural(found.sessions, 'session')}, {found.served} served{memory}"
    tenant = visible(found.tenant) or "shared"
    return Text(f"{found.pid} {tenant}  {found.standing}: {live}")


def _ready(ready: Mapping[str, int]) -> Text:
    """By site, those without a page as well."""
    shown = [f"{visible(site)} {count}" for site, count in ready.items()]
    return Text(" · ".join(shown) or "no site is kept warm")


def _counts(counts: Iterable[tuple[str, int]]) -> Text:
    shown = [f"{count} {name}" for name, count in counts if count]
    return Text(" · ".join(shown) or "none")


def _sorted(slots: Sequence[SlotInfo]) -> list[SlotInfo]:
    return sorted(slots, key=lambda slot: (slot.site, slot.profile, slot.id))


def _name(text: str) -> Text:
    return Text(visible(text), no_wrap=True, overflow="ellipsis") if text else _NOTHING


def _number(value: float | None) -> str | Text:
    return _NOTHING if value is None else f"{value:.0f}"
