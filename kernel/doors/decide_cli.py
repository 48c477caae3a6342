"""`abos decide`: one small decision about a page, and how sure it is."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from ...planner import Decision, Kind
from ...planner.question import KINDS
from ..errors import UsageError
from .terminal import milliseconds, visible


def decide(
    url: Annotated[str, typer.Argument(help="The page.")],
    words: Annotated[str, typer.Argument(help='"the search button", "is the cart empty?"...')],
    kind: Annotated[
        str, typer.Option(help="element, option, yesno or value: what is asked for.")
    ] = "element",
    action: Annotated[str, typer.Option(help="click, fill, select, check... or any.")] = "",
    profile: Annotated[str, typer.Option(help="Whose cookies and storage to use.")] = "default",
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file; default $ABOS_CONFIG or abos.toml.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Open a page and decide something about it: answer, probability, tier, evidence, time."""
    asked = next((k for k in KINDS if k == kind and k != "done"), None)
    if asked is None:
        raise UsageError(f"no such kind of decision: {kind}", hint="See abos decide --help.")
    decision = asyncio.run(_decided(url, words, asked, action, profile, config))
    if as_json:
        print(json.dumps(dataclasses.asdict(decision)))
        return
    answer = "none of these" if decision.answer is None else decision.answer
    took = milliseconds(decision.seconds)
    print(visible(f"{answer}  ({decision.by} at {decision.probability:.2f}, {took})"))
    print(visible(f"  {decision.reason}"))


async def _decided(
    url: str, words: str, kind: Kind, action: str, profile: str, config: Path | None
) -> Decision:
    from ..config import load
    from ..kernel import Kernel

    async with Kernel(load(config)) as kernel:
        process = await kernel.spawn(url, profile=profile, task="decide")
        async with process:
            return await process.decide(words, action, kind=kind, or_none=True)
