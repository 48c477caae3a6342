"""What every benchmark shares: statistics, targets that are computed, the table and the JSON file.

Rows follow one contract, so that figures of two commits can be compared by id.
"""

from __future__ import annotations

import json
import operator
import os
import platform
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_CONDITION = re.compile(r"(\w+) (<=|>=|<|>) ([\d.]+)")


@dataclass(frozen=True)
class Row:
    """One measured thing. `samples` in `unit`; `ratio` is the baseline's p50 over this p50."""

    id: str
    what: str
    samples: Sequence[float]
    unit: str = "ms"
    baseline: str = ""
    target: str = ""
    extra: Mapping[str, float] = field(default_factory=dict)
    """Further figures by name; a target may ask for them, too."""

    @property
    def p50(self) -> float:
        return median(self.samples)

    @property
    def p95(self) -> float:
        if len(self.samples) < 2:
            return self.samples[0]
        return quantiles(self.samples, n=20, method="inclusive")[-1]


def met(target: str, figures: dict[str, float | None]) -> bool:
    """Whether `p95 <= 50 and ratio >= 20` holds for the figures."""
    for condition in target.split(" and "):
        match = _CONDITION.fullmatch(condition.strip())
        if match is None:
            raise ValueError(f"not a target: {condition!r}")
        name, comparison, number = match.groups()
        value = figures[name]
        if value is None or not _OPERATORS[comparison](value, float(number)):
            return False
    return True


def report(name: str, rows: Sequence[Row], *, folder: str = "bench", missing: Any = ()) -> bool:
    """Print the table, write `build/<folder>/<name>.json`; returns whether all targets are met."""
    by_id = {row.id: row for row in rows}
    entries = [_entry(row, by_id) for row in rows]
    _print(name, entries)
    path = ROOT / "build" / folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "name": name,
        "commit": _commit(),
        "machine": machine(),
        "rows": entries,
        "missing": list(missing),
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    return all(entry.get("met", True) for entry in entries)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    from abos.pool import find_chromium

    return {
        "cpus": os.cpu_count(),
        "cpu": _cpu(),
        "python": platform.python_version(),
        "browser": _output(str(find_chromium()), "--version"),
    }


def _entry(row: Row, by_id: dict[str, Row]) -> dict[str, Any]:
    ratio = by_id[row.baseline].p50 / row.p50 if row.baseline else None
    entry: dict[str, Any] = {
        "id": row.id,
        "what": row.what,
        "unit": row.unit,
        "n": len(row.samples),
        "p50": round(row.p50, 3),
        "p95": round(row.p95, 3),
    }
    if row.baseline:
        entry |= {"baseline": row.baseline, "ratio": round(ratio or 0.0, 2)}
    entry |= {name: round(value, 3) for name, value in row.extra.items()}
    if row.target:
        figures = {"p50": row.p50, "p95": row.p95, "ratio": ratio, **row.extra}
        entry |= {"target": row.target, "met": met(row.target, figures)}
    return entry


MARKS: dict[bool | None, str] = {
    True: "[green]met[/green]", False: "[red]missed[/red]", None: "",
}  # fmt: skip


def _print(name: str, entries: Sequence[dict[str, Any]]) -> None:
    table = Table(title=name, title_justify="left", box=None, header_style="bold")
    for column in ("", "n", "p50", "p95", "unit", "ratio", "target", ""):
        table.add_column(column, justify="right" if column in {"n", "p50", "p95"} else "left")
    for entry in entries:
        ratio = f"{entry['ratio']:g}x {entry['baseline']}" if "ratio" in entry else ""
        mark = MARKS[entry.get("met")]
        figures = (entry["n"], f"{entry['p50']:.1f}", f"{entry['p95']:.1f}", entry["unit"])
        table.add_row(entry["what"], *map(str, figures), ratio, entry.get("target", ""), mark)
    Console(width=150).print(table)


def _commit() -> str:
    return _output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    found = re.search(r"model name\s*: (.*)", text)
    return found.group(1) if found else platform.processor()


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
