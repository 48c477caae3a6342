"""The command line `abos`. Errors are one line; exit code 2 for usage, 1 for failure."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from ...pool.errors import ProfileError
from ..errors import AbosError, UsageError
from ..translate import translate
from ..version import version as installed_version
from .decide_cli import decide
from .eval_cli import evals
from .pool_cli import pools
from .prompts_cli import prompts
from .snapshot_cli import snapshots
from .why_cli import why

app = typer.Typer(
    name="abos",
    help="An operating system for browser agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_out = Console(highlight=False, emoji=False)
_err = Console(stderr=True, highlight=False, emoji=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default $ABOS_CONFIG or abos.toml.")
]
Site = Literal["shop", "tracker", "directory"]
Profile = Annotated[str, typer.Option(help="Whose cookies and storage to use.")]


@app.command()
def run(
    goal: Annotated[str, typer.Argument(help="What to do, in plain words.")],
    url: Annotated[str, typer.Option(help="Where to begin.")] = "",
    profile: Profile = "default",
    max_steps: Annotated[int, typer.Option(help="Most actions on pages.", min=1)] = 60,
    timeout: Annotated[float, typer.Option(help="Seconds for the whole task.", min=1)] = 300,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Carry out a task in a browser and show each step: what, who decided, how long."""
    from ..task import Task

    if not goal.strip():
        raise UsageError("the goal is empty")
    task = Task(goal, url, profile, max_steps, timeout)
    raise typer.Exit(_await(_run(task, config, as_json=as_json)))


@app.command(name="open")
def open_page(
    url: Annotated[str, typer.Argument(help="The page to read.")],
    max_tokens: Annotated[int, typer.Option(help="Budget of the text view.", min=10)] = 1500,
    profile: Profile = "default",
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Open a page and print what an agent sees of it, with refs."""
    raise typer.Exit(_await(_open(url, profile, max_tokens, config, as_json=as_json)))


@app.command()
def ps(
    as_json: Json = False,
    every: Annotated[bool, typer.Option("--all", help="Ended processes as well.")] = False,
) -> None:
    """List the processes of all kernels of this user on this machine."""
    from ..procfs import read_all

    rows = [row for row in read_all() if every or row["exit_code"] is None]
    if as_json:
        print(json.dumps(rows))
        return
    table = Table(box=None, header_style="bold")
    for name in ("KERNEL", "PID", "STATE", "SITE", "PROFILE", "START", "CALLS", "LAST", "TASK"):
        table.add_column(name)
    for row in rows:
        start = f"{row['how']} {row['startup_s'] * 1000:.0f} ms" if row["how"] else ""
        table.add_row(
            *(str(row[name]) for name in ("kernel", "pid", "state", "site", "profile")),
            start,
            str(row["syscalls"]),
            row["last_call"],
            row["task"][:60],
        )
    _out.print(table)


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Get what is missing.")] = False,
    as_json: Json = False,
) -> None:
    """Check what ABOS needs on this machine, and get what is missing."""
    from ..doctor import run_doctor

    raise typer.Exit(run_doctor(fix, as_json, _out))


@app.command()
def demo(
    delay_ms: Annotated[int, typer.Option(help="Server delay of the shop.", min=0)] = 50,
    as_json: Json = False,
) -> None:
    """Serve the demo shop, run three tasks in it, and show what happened and how long it took."""
    from ..demo.showcase import showcase

    raise typer.Exit(_await(showcase(_out, delay_ms=delay_ms, as_json=as_json)))


@app.command(name="demo-site")
def demo_site(
    site: Annotated[Site, typer.Argument(help="Which site.")] = "shop",
    port: Annotated[int, typer.Option(help="Port on loopback; 0 picks one.", min=0)] = 8420,
    delay_ms: Annotated[int, typer.Option(help="Delay of every page.", min=0)] = 0,
) -> None:
    """Serve one of the demo sites on loopback until interrupted."""
    from ..demo import SITES, DemoError, serve_forever

    try:
        serve_forever(
            SITES[site](port, delay_ms),
            on_ready=lambda it: print(f"{it.url}  (Ctrl-C ends it)", flush=True),
        )
    except (DemoError, ValueError) as error:
        raise UsageError(str(error), hint="Choose another port or delay.") from error


@app.command()
def version(as_json: Json = False) -> None:
    """Print the version."""
    print(json.dumps({"abos": installed_version()}) if as_json else f"abos {installed_version()}")


profiles = typer.Typer(help="Stored profiles: cookies, storage and settings, encrypted at rest.")
app.add_typer(profiles, name="profile")
app.add_typer(pools, name="pool")
app.add_typer(snapshots, name="snapshot")
app.add_typer(prompts, name="prompts")
app.add_typer(evals, name="eval")
app.command()(why)
app.command()(decide)
Name = Annotated[str, typer.Argument(help="The profile's name.")]


@profiles.command(name="ls")
def list_profiles(config: ConfigFile = None, as_json: Json = False) -> None:
    """List the stored profiles, and copies that conflicts left."""
    store = _profile_store(config)
    rows = [{"name": name, "conflicts": list(store.conflicts(name))} for name in store.list()]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(row["name"], *row["conflicts"])


@profiles.command(name="import")
def import_profile(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A Playwright storageState file.")],
    config: ConfigFile = None,
) -> None:
    """Store a profile from a Playwright storageState file."""
    if not file.is_file():
        raise UsageError(f"no such file: {file}")
    _profile_store(config).import_state(name, file)


@profiles.command(name="export")
def export_profile(name: Name, config: ConfigFile = None) -> None:
    """Print a profile as Playwright storageState. It holds its sign-ins in clear."""
    print(json.dumps(_profile_store(config).export_state(name)))


@profiles.command(name="rm")
def remove_profile(name: Name, config: ConfigFile = None) -> None:
    """Delete a stored profile."""
    _profile_store(config).delete(name)


def _profile_store(config: Path | None) -> Any:
    from ..config import load
    from ..personas import Personas

    return Personas(load(config).kernel.profiles).store()


# ---- performing ------------------------------------------------------------------------------


async def _run(task: Any, config: Path | None, *, as_json: bool) -> int:
    from ..config import load
    from ..kernel import Kernel
    from .terminal import printer

    show = printer(_out, as_json=as_json)
    async with Kernel(load(config)) as kernel:
        run = await kernel.submit(task)
        async for event in run:
            show(event)
        return (await run.result()).exit_code


async def _open(
    url: str, profile: str, max_tokens: int, config: Path | None, *, as_json: bool
) -> int:
    from ..config import load
    from ..kernel import Kernel

    async with Kernel(load(config)) as kernel:
        process = await kernel.spawn(url, profile=profile, task="open")
        async with process:
            view = await process.observe(max_tokens)
    if as_json:
        print(json.dumps(dataclasses.asdict(view), default=sorted))
    else:
        _out.print(f"{view.title}  {view.url}  ({view.tokens} tokens)", style="bold", markup=False)
        print(view.text)
    return 0


def _await(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end. Ctrl-C cancels the work, which closes the browser, and ends with 130."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        _err.print("interrupted")
        return 130


def main() -> None:
    """Entry point of the `abos` command."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with contextlib.suppress(BrokenPipeError):
        sys.exit(_guarded())


def _guarded() -> int:
    try:
        return int(app(standalone_mode=False) or 0)
    except typer.Exit as finished:
        return finished.exit_code
    except (AbosError, ProfileError) as error:
        known = translate(error)
        _complain(str(known), known.hint)
        return known.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _err.print("interrupted")
        return 130
    except Exception as error:
        # Click reports wrong usage by exceptions of its own that know their exit code.
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        words = getattr(error, "format_message", error.__str__)()
        if words:  # `abos` alone prints its help as the whole answer
            _complain(words, "See abos --help.")
        return int(code)


def _complain(message: str, hint: str) -> None:
    _err.print(f"abos: {message}" + (f" ({hint})" if hint else ""), markup=False, soft_wrap=True)
