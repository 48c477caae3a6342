"""`abos pool`: what the warm pools of running kernels hold, and how to change it by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console, Group, RenderableType
from rich.text import Text

from ...pool import PoolStatistics, SlotInfo
from ..control import Drained, KernelSocket, Warmed, call, ready_of, the_one
from ..errors import AbosError, DeadlinePassed, TooBusy
from .ask import Answers, ask_all, checked
from .pool_view import slot_table, statistics_view
from .terminal import milliseconds, plural, visible
from .watch import repeat, show, watch

T = TypeVar("T")

pools = typer.Typer(
    help="Warm pages of running kernels: see them, make some, retire some.", no_args_is_help=True
)
_out = Console(highlight=False, emoji=False)
_err = Console(stderr=True, highlight=False, emoji=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Which = Annotated[str, typer.Option("--kernel", metavar="PID", help="One kernel of several.")]
Follow = Annotated[bool, typer.Option("--watch", help="Show it anew each second, until Ctrl-C.")]

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class _Look(Generic[T]):
    """Something that every kernel can be asked for, and how it is shown."""

    command: str
    kind: TypeAdapter[T]
    view: Callable[[Mapping[str, T]], RenderableType]
    """Takes what was told by kernel."""


_SLOTS = _Look("pool.ls", TypeAdapter(list[SlotInfo]), slot_table)
_STATISTICS = _Look("pool.stats", TypeAdapter(PoolStatistics), statistics_view)
_WARMED = TypeAdapter(Warmed)
_DRAINED = TypeAdapter(Drained)


@pools.command(name="ls")
def list_slots(kernel: Which = "", follow: Follow = False, as_json: Json = False) -> None:
    """List the slots of all kernels: one row per page, ready, lent or closing."""
    _present(_SLOTS, kernel, follow=follow, as_json=as_json)


@pools.command()
def stats(kernel: Which = "", follow: Follow = False, as_json: Json = False) -> None:
    """Show hit rate, slots, refills, retirements and browsers of all kernels."""
    _present(_STATISTICS, kernel, follow=follow, as_json=as_json)


@pools.command()
def warm(
    site: Annotated[str, typer.Argument(help="Name of a configured site.")],
    count: Annotated[int, typer.Option(help="How many more than there are.", min=1)] = 1,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for them.", min=0)] = 30,
    kernel: Which = "",
    as_json: Json = False,
) -> None:
    """Make more ready pages of a site, and wait for them. Ends its draining."""
    at = the_one(kernel)
    began = time.monotonic()
    asked = checked(_WARMED, call(at, "pool.warm", {"site": site, "count": count}))
    more = asked.aimed - asked.ready
    if more < 1:
        raise TooBusy(
            f"no slot is free for another page of {site} ({asked.ready} ready)",
            hint="Drain another site, end a process, or raise pool.max_slots.",
        )
    ready = _wait(at, asked, timeout)
    seconds = time.monotonic() - began
    if as_json:
        told = {"kernel": at.pid, "site": site, "ready": ready, "more": more, "seconds": seconds}
        print(json.dumps(told))
        return
    short = f" (no slot is free for {count - more} more)" if more < count else ""
    _say(f"{site}: {plural(ready, 'page')} ready after {milliseconds(seconds)}{short}")


@pools.command()
def drain(
    site: Annotated[str, typer.Argument(help="Name of a configured site; without it, all.")] = "",
    kernel: Which = "",
    as_json: Json = False,
) -> None:
    """Retire the ready pages of a site, or of all, and make no others until `abos pool warm`.

    Pages that processes have are left alone.
    """
    at = the_one(kernel)
    drained = checked(_DRAINED, call(at, "pool.drain", {"site": site or None}))
    if as_json:
        told = {"kernel": at.pid, "retired": drained.retired, "draining": drained.draining}
        print(json.dumps(told))
        return
    _say(f"{plural(drained.retired, 'ready page')} retired")
    if drained.draining:
        _say(f"No refills until `abos pool warm` or a restart: {', '.join(drained.draining)}")


# ---- performing ------------------------------------------------------------------------------


def _present(look: _Look[T], kernel: str, *, follow: bool, as_json: bool) -> None:
    def ask() -> Answers[T]:
        return ask_all(kernel, look.command, look.kind)

    def again() -> Answers[T]:
        """Kernels may come and go while somebody watches."""
        try:
            return ask()
        except AbosError as error:
            return Answers((), (str(error),))

    first = ask()
    if follow and as_json:
        repeat(lambda: print(_to_json(again()), flush=True))
    elif follow:
        watch(_out, lambda: _framed(look, again()))
    elif as_json:
        print(_to_json(first))
    else:
        show(_out, _view(look, first))
    for complaint in first.complaints if not follow else ():
        _err.print(f"abos: {complaint}", markup=False, soft_wrap=True)


def _view(look: _Look[T], answers: Answers[T]) -> RenderableType:
    return look.view({answer.kernel: answer.told for answer in answers.given})


def _framed(look: _Look[T], answers: Answers[T]) -> RenderableType:
    """A line that moves shows that the table lives."""
    now = Text(time.strftime("%H:%M:%S") + "  Ctrl-C ends" * _out.is_terminal, style="dim")
    complaints = [Text(visible(each), style="red") for each in answers.complaints]
    return Group(now, *([_view(look, answers)] if answers.given else []), *complaints)


def _to_json(answers: Answers[T]) -> str:
    """One list of what all kernels told, each row with its kernel's pid."""
    rows = []
    for answer in answers.given:
        told = answer.raw if isinstance(answer.raw, list) else [answer.raw]
        rows += [{"kernel": answer.pid, **row} for row in told]
    return json.dumps(rows)


def _wait(at: KernelSocket, asked: Warmed, timeout_s: float) -> int:
    """The ready pages, once they are as many as was aimed at. Raises `DeadlinePassed`."""
    end = time.monotonic() + timeout_s
    ready = asked.ready
    with _err.status("") as status:
        while True:
            found = checked(_STATISTICS.kind, call(at, "pool.stats"))
            ready = ready_of(found.ready, asked.site)
            if ready >= asked.aimed:
                return ready
            if time.monotonic() >= end:
                break
            status.update(Text(visible(f"{asked.site}: {ready} of {asked.aimed} pages ready")))
            time.sleep(_POLL_S)
    raise DeadlinePassed(
        f"{asked.site}: {ready} of {asked.aimed} pages ready after {timeout_s:g} s",
        hint=_cause(found.last_error, asked.site)
        or "They are still being made, or wait for a free slot: `abos pool ls --watch`.",
    )


def _cause(last_error: str, site: str) -> str:
    """Why pages of a site could not be made; "" when the latest trouble was another's."""
    return visible(last_error) if ready_of({last_error.split(": ", maxsplit=1)[0]: 1}, site) else ""


def _say(text: str) -> None:
    _out.print(visible(text), markup=False, soft_wrap=True)
