"""How many model calls routing avoids, and whether it costs success.

Every request of the suite is done twice on a fresh site: by an agent that asks the cloud for its
plan, each element and each answer, and by ABOS as it is shipped. Both ask the same stand-in cloud;
success is what the site's server recorded, not what the agent says.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from _agents import Ended, cloud_only, routed
from _run import Row, arguments, bench, chosen, report, show_failures, why_not
from _suite import SITES, load

from abos.planner.models.cloud import OpenAICloud


async def run(options: argparse.Namespace) -> tuple[list[Ended], list[Ended]]:
    """Both agents over the chosen requests, one request after the other."""
    requests = chosen(options)
    by_id = {request.id: request for request in load()}
    asked, done = [], []
    async with bench() as b:
        mind = OpenAICloud(b.config)
        for request in requests:
            site = b.sites[request.site]
            asked.append(await cloud_only(request, b.kernel, site, b.cloud, mind))
            done.append(await routed(request, b.kernel, site, b.cloud, by_id.get(request.after)))
            _progress(request.id, asked[-1], done[-1])
        await mind.close()
    return asked, done


def _progress(name: str, one: Ended, two: Ended) -> None:
    if sys.stderr.isatty():
        marks = (
            f"{'ok' if one.well else 'no'} {one.calls} / {'ok' if two.well else 'no'} {two.calls}"
        )
        print(f"\r{name}: {marks}        ", end="", file=sys.stderr, flush=True)


def _share(ended: Sequence[Ended]) -> float:
    return sum(one.well for one in ended) / len(ended)


def _avoided_when_done(asked: Sequence[Ended], done: Sequence[Ended]) -> float:
    """The share avoided in requests that both did well: giving up early saves calls, too."""
    both = [(a, d) for a, d in zip(asked, done, strict=True) if a.well and d.well]
    before = sum(a.calls for a, _ in both)
    return 1 - sum(d.calls for _, d in both) / before if before else 0.0


def _row(name: str, what: str, asked: Sequence[Ended], done: Sequence[Ended]) -> Row:
    before, after = sum(one.calls for one in asked), sum(one.calls for one in done)
    extra = {
        "cloud_only_calls": float(before),
        "avoided": 1 - after / before if before else 0.0,
        "avoided_both_well": _avoided_when_done(asked, done),
        "success": _share(done),
        "cloud_only_success": _share(asked),
        "lost": max(0.0, _share(asked) - _share(done)),
    }
    samples = [float(one.calls) for one in done]
    target = "avoided >= 0.8 and lost <= 0.0"
    return Row(name, what, samples, unit="calls", target=target, extra=extra)


def main(given: Sequence[str] | None = None) -> int:
    """Print the table and the failures, and write `build/eval/routing.json`."""
    options = arguments(__doc__ or "", given)
    asked, done = asyncio.run(run(options))

    print(
        f"{'site':<11}{'n':>5}{'cloud-only calls':>18}{'routed':>8}{'avoided':>9}"
        f"{'both well':>11}{'cloud-only ok':>15}{'routed ok':>11}"
    )
    rows = []
    for site in (*SITES, "total"):
        pair = [
            (a, d) for a, d in zip(asked, done, strict=True) if site in ("total", a.request.site)
        ]
        if not pair:
            continue
        ones, twos = [a for a, _ in pair], [d for _, d in pair]
        before, after = sum(a.calls for a in ones), sum(d.calls for d in twos)
        print(
            f"{site:<11}{len(pair):>5}{before:>18}{after:>8}{1 - after / max(before, 1):>9.1%}"
            f"{_avoided_when_done(ones, twos):>11.1%}"
            f"{_share(ones):>15.1%}{_share(twos):>11.1%}"
        )
        rows.append(_row(site, f"model calls per request, {site}", ones, twos))
    show_failures("cloud-only failed", [a for a in asked if not a.well], why_not, log=options.log)
    show_failures("routed failed", [d for d in done if not d.well], why_not, log=options.log)
    report("routing", rows, folder="eval")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
