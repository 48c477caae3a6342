"""`abos why`: how a running kernel came to a decision, tier by tier."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console

from ...planner import Explanation, TierNote
from ..control import KernelSocket, call, chosen
from ..errors import AbosError, NoKernel, NoSuchDecision
from .ask import ask_all, checked
from .terminal import milliseconds, visible

_out = Console(highlight=False, emoji=False)

_ONE = TypeAdapter(Explanation)
_SEVERAL = TypeAdapter(list[Explanation])


def why(
    decision: Annotated[
        str, typer.Argument(metavar="[DECISION-ID]", help="Without it, the latest are listed.")
    ] = "",
    kernel: Annotated[
        str, typer.Option("--kernel", metavar="PID", help="One kernel of several.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Explain a decision: what each tier said, how surely, and why the next was asked or not."""
    if not decision:
        _list(kernel, as_json=as_json)
        return
    found = _found(chosen(kernel), decision)
    _say(json.dumps(asdict(found)) if as_json else explained(found))


def explained(found: Explanation) -> str:
    """A decision for people."""
    risk = ", can't be undone" if found.irreversible else ""
    head = (
        f'{found.id}  {found.action or "any action"} "{found.instruction}"'
        f"  ({found.candidates} candidates{risk})"
    )
    rows = [_row(note) for note in found.tiers]
    end = f"{found.ref} by {found.by} at {found.probability:.2f}" if found.by else "undecided"
    total = f"in {milliseconds(found.seconds)}, {found.needed:.2f} needed"
    return "\n".join([head, *rows, f"  -> {end} {total}: {found.reason}"])


def _row(note: TierNote) -> str:
    start = f"  {note.tier:<8}"
    if note.outcome != "answered":
        return f"{start}{note.outcome:<9}{note.reason}"
    element = f"{note.ref} {note.name}" if note.ref else "none of these"
    time_taken = milliseconds(note.seconds)
    moved = abs(note.stated - note.probability) >= 0.005 and not note.cached
    stated = f"; it states {note.stated:.2f}" if moved else ""
    return f"{start}{note.probability:<9.2f}{element}  ({note.reason}{stated}; {time_taken})"


def _found(kernels: list[KernelSocket], decision: str) -> Explanation:
    """From whichever kernel keeps it. Raises the last trouble when none does."""
    trouble: AbosError = NoSuchDecision(f"no kernel keeps a decision {visible(decision)}")
    for each in kernels:
        try:
            return checked(_ONE, _strict(call(each, "why", {"id": decision})))
        except NoKernel:
            continue  # it has ended since it was found
        except AbosError as error:
            if getattr(error, "kind", "") != NoSuchDecision.__name__:
                trouble = error
    raise trouble


def _strict(raw: object) -> object:
    return raw if isinstance(raw, Mapping) else None


def _list(kernel: str, *, as_json: bool) -> None:
    answers = ask_all(kernel, "why.ls", _SEVERAL)
    rows = [(answer.kernel, each) for answer in answers.given for each in answer.told]
    rows.sort(key=lambda row: -row[1].at)
    if as_json:
        _say(json.dumps([{"kernel": name, **asdict(each)} for name, each in rows]))
        return
    for _, each in rows:
        clock = time.strftime("%H:%M:%S", time.localtime(each.at))
        end = f"{each.by} {each.probability:.2f}" if each.by else "undecided"
        _say(f'{each.id}  {clock}  {end:<14}  {each.action} "{each.instruction}"')
    if not rows:
        _say("No decision was taken yet.")


def _say(text: str) -> None:
    _out.print(visible(text, "\n"), markup=False, soft_wrap=True)
