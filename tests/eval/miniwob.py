"""`make eval-miniwob TASKS="a b" SEEDS="0 1"`: the agent on the pages of the package `miniwob`.

The pages are served from the installed package on loopback. Each episode is one page load: the
page's random numbers are seeded, the page states its goal, our agent carries it out through a real
kernel with its local tiers alone, and the page's own core.js says what it was worth.

- An episode counts as a success when its reward, without the discount for time, is above 0.
- The pages' time limits are lifted: the agent has `LIMIT_S` instead.
- The goal, the clock and the score that core.js draws around a task are made invisible, since they
  are no part of it; core.js leaves them out of its own account of the page, too.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import math
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import PathFinder
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from _harness import ROOT, _commit, machine, met
from rich.console import Console
from rich.table import Table

from abos.kernel import config as configuration
from abos.kernel.agent import run_agent
from abos.kernel.config import Config
from abos.kernel.errors import AbosError
from abos.kernel.handle import Process
from abos.kernel.kernel import Kernel
from abos.kernel.process import Limits
from abos.kernel.task import Task, TaskResult
from abos.planner import CloudConfig

LIMIT_S = 20.0
"""An episode that takes longer has failed."""
TARGET = "success >= 0.6"
_SEEDS = (0, 1, 2, 3, 4)
_UNBOUNDED = Limits(syscalls=sys.maxsize, cost=math.inf, wall_s=math.inf)
"""One process plays all episodes."""

_PREPARE = """
(() => {
  if (typeof core === 'undefined' || core.cover_div === null || window.WOB_TASK_READY === false) {
    return false;
  }
  const style = document.createElement('style');
  style.textContent = '#query, #reward-display, #click-canvas { visibility: hidden; }';
  document.head.appendChild(style);
  Math.seedrandom(%d);
  core.EPISODE_MAX_TIME = 2147483647;
  const end = core.endEpisode;
  window.abosOutcome = { done: false, reward: 0, reason: '' };
  core.endEpisode = (reward, proportional, reason) => {
    if (!window.abosOutcome.done && core.EP_TIMER !== null) {
      window.abosOutcome = { done: true, reward, reason: String(reason || '') };
    }
    return end(reward, proportional, reason);
  };
  core.startEpisodeReal();
  core.clearTimer();
  core.startEpisode = () => {};
  return true;
})()
"""
_GOAL = """
(() => {
  const said = core.getUtterance();
  return typeof said === 'string' ? said : said.utterance;
})()
"""


@dataclass(frozen=True, slots=True)
class Episode:
    """One task with one seed, and what came of it."""

    task: str
    seed: int
    goal: str
    reward: float
    done: bool
    steps: int
    seconds: float
    error: str
    """What the agent said, when it gave up."""
    moves: tuple[str, ...] = ()

    @property
    def success(self) -> bool:
        return self.reward > 0


def pages() -> Path | None:
    """The folder of the package's pages; None when it is not installed."""
    here = Path(__file__).resolve().parent
    elsewhere = [path for path in sys.path if Path(path or ".").resolve() != here]
    # Found without being imported, which would need selenium; this script bears the same name.
    found = PathFinder.find_spec("miniwob", elsewhere)
    places = list(found.submodule_search_locations or ()) if found else []
    folder = Path(places[0]) / "html" if places else None
    return folder if folder is not None and (folder / "miniwob").is_dir() else None


def tasks_of(folder: Path) -> tuple[str, ...]:
    """The names of the tasks."""
    return tuple(sorted(path.stem for path in (folder / "miniwob").glob("*.html")))


_FAR = re.compile(r"""<(?:script|link|img)\b[^>]*(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE)


def needs_network(folder: Path, task: str) -> bool:
    """Whether a page loads parts of itself from elsewhere."""
    text = (folder / "miniwob" / f"{task}.html").read_text(encoding="utf-8", errors="replace")
    return _FAR.search(text) is not None


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def play(process: Process, url: str, task: str, seed: int) -> Episode:
    """One episode."""
    await process.navigate(f"{url}/miniwob/{task}.html")
    while not await process.evaluate(_PREPARE % seed):
        await asyncio.sleep(0.02)
    goal = await process.evaluate(_GOAL)
    started = time.monotonic()
    result = await _run(process, Task(goal, url=f"{url}/miniwob/{task}.html", max_steps=100))
    seconds = time.monotonic() - started
    outcome = await process.evaluate("window.abosOutcome || { done: false, reward: 0 }")
    return Episode(
        task,
        seed,
        goal,
        float(outcome["reward"]),
        bool(outcome["done"]),
        len(result.moves),
        seconds,
        "" if result.ok else f"{result.error_type}: {result.error}",
        tuple(f"{move.by} {move.probability:.2f} {move.what} {move.note}" for move in result.moves),
    )


async def _run(process: Process, task: Task) -> TaskResult:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await run_agent(process, task, lambda _: None)
    except TimeoutError:
        return TaskResult(False, 1, error=f"not done in {LIMIT_S:g} s", error_type="DeadlinePassed")


async def play_all(
    url: str, tasks: Sequence[str], seeds: Sequence[int], jobs: int
) -> list[Episode]:
    """All episodes, through one kernel; `jobs` at a time."""
    config = _local_only(configuration.load())
    todo = [(task, seed) for task in tasks for seed in seeds]
    found: list[Episode] = []
    async with Kernel(config) as kernel:

        async def work() -> None:
            process: Process | None = None
            while todo:
                task, seed = todo.pop(0)
                try:
                    process = process or await kernel.spawn("", limits=_UNBOUNDED)
                    found.append(await play(process, url, task, seed))
                except AbosError as error:
                    failed = f"{type(error).__name__}: {error}"
                    found.append(Episode(task, seed, "", 0.0, False, 0, 0.0, failed))
                    process = None
            if process is not None:
                await process.exit()

        await asyncio.gather(*(work() for _ in range(jobs)))
    return sorted(found, key=lambda episode: (episode.task, episode.seed))


def _local_only(config: Config) -> Config:
    """The configuration without a cloud and without memory of earlier decisions."""
    cache = dataclasses.replace(config.planner.cache, enabled=False)
    planner = dataclasses.replace(config.planner, cloud=CloudConfig(), cache=cache, redis_url="")
    return dataclasses.replace(config, planner=planner)


def row(name: str, what: str, episodes: Sequence[Episode]) -> dict[str, Any]:
    """One line of the table and of the file."""
    steps = sum(e.steps for e in episodes)
    errors = Counter(_kind(e) for e in episodes if not e.success)
    return {
        "id": name,
        "what": what,
        "unit": "share",
        "n": len(episodes),
        "success": round(fmean(e.success for e in episodes), 4),
        "reward": round(fmean(e.reward for e in episodes), 4),
        "steps": round(steps / len(episodes), 2),
        "ms_per_step": round(1000 * sum(e.seconds for e in episodes) / max(1, steps), 1),
        "seconds": round(fmean(e.seconds for e in episodes), 3),
        "failures": dict(errors.most_common()),
    }


def _kind(episode: Episode) -> str:
    """How an episode without success ended, in a word or two."""
    if episode.error:
        return episode.error.split(":", 1)[0]
    return "wrong" if episode.done else "never submitted"


def report(episodes: Sequence[Episode], skipped: Sequence[str]) -> list[dict[str, Any]]:
    """The rows: the mean over all tasks first, then each task."""
    names = sorted({episode.task for episode in episodes})
    rows = [row(n, n, [e for e in episodes if e.task == n]) for n in names]
    total = row("all", "mean over tasks", episodes)
    total["success"] = round(fmean(r["success"] for r in rows), 4)
    total["tasks"] = len(rows)
    total["target"], total["met"] = TARGET, met(TARGET, {"success": total["success"]})
    rows = [total, *rows]
    path = ROOT / "build" / "eval" / "miniwob.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "name": "miniwob",
        "commit": _commit(),
        "machine": machine(),
        "rows": rows,
        "missing": list(skipped),
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    return rows


def show(rows: Sequence[dict[str, Any]], skipped: Sequence[str]) -> None:
    """The table for people."""
    table = Table(title="miniwob", title_justify="left", box=None, header_style="bold")
    for column in ("", "n", "success", "steps", "ms/step", "s", "what failed"):
        table.add_column(column, justify="left" if column in {"", "what failed"} else "right")
    for each in rows:
        failed = ", ".join(f"{count}x {kind}" for kind, count in each["failures"].items())
        if "target" in each:
            failed = (
                f"{each['tasks']} tasks; {each['target']}: {'met' if each['met'] else 'missed'}"
            )
        figures = (each["success"], each["steps"], each["ms_per_step"], each["seconds"])
        shown = (f"{figures[0]:.0%}", f"{figures[1]:.1f}", f"{figures[2]:.0f}", f"{figures[3]:.2f}")
        table.add_row(each["id"], str(each["n"]), *shown, failed)
    console = Console(width=130)
    console.print(table)
    for name in skipped:
        console.print(f"left out: {name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and write `build/eval/miniwob.json`."""
    parser = argparse.ArgumentParser(description="Run the agent on the package miniwob's pages.")
    parser.add_argument("--tasks", nargs="*", default=[], help="names of tasks; all, if left out")
    parser.add_argument("--seeds", nargs="*", type=int, default=[], help="0 to 4, if left out")
    parser.add_argument("--jobs", type=int, default=1, help="episodes at a time")
    parser.add_argument("--verbose", action="store_true", help="tell what each episode did")
    options = parser.parse_args(arguments)
    folder = pages()
    if folder is None:
        print("the package miniwob is not installed: pip install 'abos[eval]'", file=sys.stderr)
        return 2
    known = tasks_of(folder)
    unknown = [name for name in options.tasks if name not in known]
    if unknown:
        print(f"no such task: {', '.join(unknown)}", file=sys.stderr)
        return 2
    wanted = options.tasks or known
    skipped = [f"{name} (needs the network)" for name in wanted if needs_network(folder, name)]
    tasks = [name for name in wanted if not needs_network(folder, name)]
    if not tasks:
        print(f"nothing to run: {', '.join(skipped)}", file=sys.stderr)
        return 2
    with served(folder) as url:
        seeds = options.seeds or _SEEDS
        episodes = asyncio.run(play_all(url, tasks, seeds, options.jobs))
    if options.verbose:
        for e in episodes:
            print(f"{e.task} {e.seed} {e.reward:g} {e.seconds:.2f}s | {e.goal} | {e.error}")
            for move in e.moves:
                print(f"    {move}")
    show(report(episodes, skipped), skipped)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
