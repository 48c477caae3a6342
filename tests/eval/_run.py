"""What both evaluations over the suite share: arguments, sites, kernels, one request at a time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from _agents import Ended
from _standin import StandIn
from _suite import SITES, Request, load

from abos import Kernel
from abos.kernel.config import load as load_config
from abos.kernel.demo import SITES as MAKE
from abos.kernel.demo import DemoSite
from abos.planner.config import CloudConfig

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from _harness import Row, report

__all__ = ["Bench", "Row", "arguments", "bench", "chosen", "report", "show_failures", "why_not"]


@dataclass(frozen=True)
class Bench:
    """The sites that are served, the stand-in cloud, and the kernel that knows it."""

    sites: dict[str, DemoSite]
    cloud: StandIn
    config: CloudConfig
    kernel: Kernel


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Serve everything while the block runs."""
    async with AsyncExitStack() as stack:
        cloud = stack.enter_context(StandIn(load()))
        sites = {name: stack.enter_context(MAKE[name](0, 0)) for name in SITES}
        config = load_config()
        told = CloudConfig(base_url=cloud.url, model="stand-in", retries=0)
        config = replace(config, planner=replace(config.planner, cloud=told))
        kernel = await stack.enter_async_context(Kernel(config))
        yield Bench(sites, cloud, told, kernel)


def arguments(what: str, given: Sequence[str] | None = None) -> argparse.Namespace:
    """Which requests, and how much to tell."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--site", choices=SITES, help="only this site")
    parser.add_argument("--only", default="", help="only ids that contain this")
    parser.add_argument("--log", action="store_true", help="show moves and calls of failures")
    return parser.parse_args(given)


def chosen(options: argparse.Namespace) -> list[Request]:
    """The requests that the arguments ask for."""
    everything = load((options.site,) if options.site else SITES)
    return [request for request in everything if options.only in request.id]


def show_failures(
    title: str, ended: Sequence[Ended], why: Callable[[Ended], str], *, log: bool
) -> None:
    """One line for each, and with `log` what it did."""
    if ended:
        print(f"\n{title}: {len(ended)}")
    for one in ended:
        print(f"  {one.request.id} [{one.request.style}] {one.request.goal[:90]}")
        print(f"      {why(one)[:300]}")
        for line in one.log if log else ():
            print(f"        {line[:160]}")


def why_not(one: Ended) -> str:
    """In words, what went wrong with a request."""
    if one.request.refused and one.ok:
        return "said that it was done" + (
            f", and {'; '.join(one.unmet)} does not hold" if one.unmet else ""
        )
    return "; ".join(part for part in (one.error, *(f"not: {u}" for u in one.unmet)) if part)
