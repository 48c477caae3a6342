"""`abos prompts report`: where the tokens of cloud calls go, and what they cost."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ...planner import CloudCall, Ledger
from ..config import load
from ..minds import ledger_path

prompts = typer.Typer(no_args_is_help=True, help="What cloud models are told, and what that costs.")
_out = Console(highlight=False, emoji=False)
_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of the prompts for one purpose, or the response. Tokens are means a call."""

    purpose: str
    part: str
    tokens: float
    share: float
    """Of all tokens for that purpose, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Total:
    """All calls for one purpose to one model."""

    purpose: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float
    seconds: float
    """Mean a call."""


def parts_of(calls: Iterable[CloudCall]) -> list[PartRow]:
    """Where the tokens go, by purpose. A prompt's parts are estimates. Pure."""
    by_purpose: dict[str, list[CloudCall]] = defaultdict(list)
    for call in calls:
        by_purpose[call.purpose].append(call)
    rows = []
    for purpose, made in sorted(by_purpose.items()):
        sums: dict[str, float] = defaultdict(float)
        for call in made:
            for part, tokens in call.parts.items():
                sums[part] += tokens
            sums["response"] += call.usage.tokens_out
        whole = sum(sums.values()) or 1.0
        rows += [
            PartRow(purpose, part, tokens / len(made), tokens / whole)
            for part, tokens in sums.items()
        ]
    return rows


def totals_of(calls: Iterable[CloudCall]) -> list[Total]:
    """What was spent, by purpose and model. Pure."""
    groups: dict[tuple[str, str], list[CloudCall]] = defaultdict(list)
    for call in calls:
        groups[call.purpose, call.model].append(call)
    return [
        Total(
            purpose,
            model,
            len(made),
            sum(call.usage.tokens_in for call in made),
            sum(call.usage.tokens_out for call in made),
            sum(call.cost for call in made),
            fmean(call.seconds for call in made),
        )
        for (purpose, model), made in sorted(groups.items())
    ]


@prompts.callback()
def _group() -> None:
    """What cloud models are told, and what that costs."""


@prompts.command()
def report(
    days: Annotated[float, typer.Option(help="How far back to look.")] = 7.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Tokens by part of the prompt, and the cost by model, over the recorded calls."""
    calls = Ledger(load().planner.ledger or ledger_path()).calls(time.time() - days * _DAY_S)
    parts, totals = parts_of(calls), totals_of(calls)
    if as_json:
        print(json.dumps({"parts": list(map(asdict, parts)), "totals": list(map(asdict, totals))}))
    elif not calls:
        _out.print(f"No cloud call in the last {days:g} days.")
    else:
        _out.print(_parts_table(parts), _totals_table(totals))


def _parts_table(rows: Iterable[PartRow]) -> Table:
    table = _table("tokens a call, by part", "purpose", "part", "tokens", "share")
    for row in rows:
        table.add_row(row.purpose, row.part, f"{row.tokens:.0f}", f"{row.share:.0%}")
    return table


def _totals_table(rows: Iterable[Total]) -> Table:
    table = _table("in all", "purpose", "model", "calls", "tokens in", "out", "cost", "s a call")
    for row in rows:
        table.add_row(
            row.purpose, row.model, str(row.calls), str(row.tokens_in), str(row.tokens_out),
            f"{row.cost:.4f}", f"{row.seconds:.2f}",
        )  # fmt: skip
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for column in columns:
        words = column in {"purpose", "part", "model"}
        table.add_column(column, justify="left" if words else "right")
    return table
