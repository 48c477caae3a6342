"""`abos eval`: how right, how sure and how fast ABOS decides, on labelled files."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ...planner import Decider, PlannerError
from ...planner.evaluating import local_only, reliability_rows, report, run
from ...planner.measures import Outcome
from ...planner.records import Record, read
from ...planner.vectors import SHARED
from ..config import load
from ..errors import UsageError
from .terminal import visible

evals = typer.Typer(help="Measure how ABOS decides, on labelled files.")
_out = Console(highlight=False, emoji=False, width=150)

_SHARES = ("accuracy", "coverage95", "accuracy95", "coverage99", "accuracy99", "ece")
_NONES = ("none_recall", "false_none")


@evals.callback()
def _group() -> None:
    """Keeps `decisions` a name of its own while it is the only one."""


@evals.command()
def decisions(
    file: Annotated[Path, typer.Argument(help="Labelled decisions, one JSON object a line.")],
    wrong: Annotated[bool, typer.Option("--wrong", help="List the wrong answers too.")] = False,
    out: Annotated[Path, typer.Option(help="Where the same figures are written as JSON.")] = Path(
        "build/eval/decisions.json"
    ),
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file; default $ABOS_CONFIG or abos.toml.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Run labelled decisions through the local tiers: accuracy, coverage, calibration, time.

    Coverage is the share that would be acted on at the shipped thresholds for 95 and 99 %, the
    accuracy beside it what those reached. Nothing is fitted to the file, and no cloud is asked.
    """
    try:
        records = read(file)
    except PlannerError as error:
        raise UsageError(error.message) from error
    if not records:
        raise UsageError(f"{file} has no records")
    outcomes, tiers = asyncio.run(_measured(records, config))
    document = _document(outcomes, tiers)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        _show(document)
    if wrong:
        _list_wrong(records, outcomes, to_stderr=as_json)


async def _measured(
    records: Sequence[Record], config: Path | None
) -> tuple[list[Outcome], frozenset[str]]:
    decider = Decider(local_only(load(config).planner))
    await decider.warm_up()
    try:
        return await run(records, decider), frozenset(decider.available)
    finally:
        await decider.close()


def _document(outcomes: Sequence[Outcome], tiers: frozenset[str]) -> dict[str, Any]:
    missing = [tier for tier in ("local", "cloud") if tier not in tiers]
    return {
        "name": "decisions",
        "commit": _commit(),
        "machine": {
            "cpus": os.cpu_count(),
            "cpu": platform.processor() or platform.machine(),
            "python": platform.python_version(),
        },
        "rows": report(outcomes),
        "reliability": reliability_rows(outcomes),
        "missing": missing + ([] if SHARED.ready else ["vectors"]),
    }


def _commit() -> str:
    """Of the source that runs; empty outside of a clone."""
    here = Path(__file__).parent
    try:
        done = subprocess.run(
            ("git", "-C", str(here), "rev-parse", "--short", "HEAD"),
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _show(document: dict[str, Any]) -> None:
    shares = Table(title="decisions", title_justify="left", box=None, header_style="bold")
    for name in ("", "n", *_SHARES, *_NONES, "target"):
        shares.add_column(name, justify="left" if name in {"", "target"} else "right")
    times = Table(box=None, header_style="bold")
    for name in ("", "n", "p50 ms", "p95 ms", "target"):
        times.add_column(name)
    for row in document["rows"]:
        if row["unit"] == "ms":
            figures = (f"{row['p50']:.2f}", f"{row['p95']:.2f}")
            times.add_row(row["what"], str(row["n"]), *figures, _target(row))
        else:
            cells = (_percent(row[name]) for name in (*_SHARES, *_NONES))
            shares.add_row(visible(row["id"]), str(row["n"]), *cells, _target(row))
    stated = Table(title="stated and come true", title_justify="left", box=None)
    for name in ("between", "n", "stated", "right"):
        stated.add_column(name)
    for row in document["reliability"]:
        between = f"{row['from']:.1f}-{row['to']:.1f}"
        stated.add_row(between, str(row["n"]), _percent(row["stated"]), _percent(row["right"]))
    for table in (shares, times, stated):
        _out.print(table, markup=False)
    _out.print(f"not there: {', '.join(document['missing']) or 'nothing'}", markup=False)


def _target(row: dict[str, Any]) -> str:
    if "target" not in row:
        return ""
    return ("met" if row["met"] else "missed") + f": {row['target']}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _list_wrong(records: Sequence[Record], outcomes: Sequence[Outcome], *, to_stderr: bool) -> None:
    where = Console(stderr=to_stderr, highlight=False, emoji=False)
    for record, outcome in zip(records, outcomes, strict=True):
        if not outcome.right:
            wanted = ", ".join(sorted(record.right)) or "none"
            line = (
                f"{outcome.id}  {record.question.action} {record.question.instruction}"
                f" -> {outcome.said or 'none'} at {outcome.probability:.2f}, right: {wanted}"
            )
            where.print(visible(line), markup=False, soft_wrap=True)
