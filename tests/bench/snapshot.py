"""What taking a page and bringing it back costs, against rrweb, MHTML, a reload and Chromium itself.

`make bench-snapshot`. Pages of mixed content with 1 k, 10 k, 38 k and 100 k nodes; with `DIR=...`
the pages of a folder as well. In each round every way takes its turn, and every restore goes into a
page that was opened for it. Times are those of the caller, until the answer to a query about the
page has come back; "laid out" asks for the height of the body, "DOM" counts the elements.

The limit is what Chromium needs to parse and lay out the same markup when it is handed over in one
command (`Page.setDocumentContent`): no navigation, no check, nothing else put back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import _mixed
from _harness import Row, report
from _reload import assets_site
from _rounds import Subject, Trial
from _rrweb import rrweb
from playwright.async_api import async_playwright

from abos.pool import find_chromium

SIZES = {"1k": 1_000, "10k": 10_000, "38k": 38_000, "100k": 100_000}
TARGETS: Mapping[str, Mapping[str, str]] = {
    "1k": {"tree": "p95 <= 15", "laid": "p95 <= 40 and reload >= 3 and rrweb >= 2", "size": "best <= 1.1"},
    "10k": {
        "plain": "ratio >= 3", "boxes": "ratio >= 2", "tree": "p95 <= 50",
        "laid": "limit <= 1.25 and reload >= 3 and rrweb >= 2", "size": "best <= 1.1",
    },
    "38k": {"laid": "rrweb >= 2", "size": "best <= 1.1"},
    "100k": {"laid": "rrweb >= 2", "size": "best <= 1.1"},
}  # fmt: skip
VIEWPORT: Any = {"width": 1280, "height": 720}


def rows(subject: Subject) -> list[Row]:
    """What was found, under the ids of one page."""
    name, times, words = subject.name, subject.times, f"{subject.name}: {subject.nodes} nodes"
    wanted = {"size": "best <= 1.1"} | dict(TARGETS.get(name, {}))
    found: list[Row] = []

    def row(key: str, what: str, base: str = "", extra: Mapping[str, float] | None = None) -> None:
        if key in times:
            target = wanted.get(key, "")
            if base and base not in times:
                base, target = "", ""
            given = extra or {}
            target = " and ".join(
                each for each in target.split(" and ")
                if each.split(" ")[0] in {"p50", "p95", "ratio", *given}
            )  # fmt: skip
            base = f"{base}.{name}" if base else ""
            found.append(
                Row(f"{key}.{name}", what, times[key], baseline=base, target=target, extra=given)
            )

    against = {"rrweb": "rrweb.laid", "reload": "reload"}
    laid = median(times["laid"])
    extra = {key: median(times[by]) / laid for key, by in against.items() if by in times}
    extra["limit"] = laid / median(times["limit"])
    row("rrweb", f"rrweb: capture, {words}")
    row("plain", "capture without boxes", "rrweb")
    row("boxes", "capture with boxes and look", "rrweb")
    row("mhtml", "MHTML: capture", "rrweb")
    row("limit", "Chromium: parse and lay out, one command")
    row("load", "Chromium: load the same markup, laid out", "limit")
    row("rrweb.tree", "rrweb: rebuild, DOM")
    row("rrweb.laid", "rrweb: rebuild, laid out")
    row("mhtml.load", "MHTML: load, laid out", "limit")
    row("reload", "reload with 30 assets at 20 ms, laid out")
    row("tree", "restore, DOM", "rrweb.tree")
    row("laid", "restore, laid out", "limit", extra)
    return [*found, *sizes(subject, wanted["size"])]


def sizes(subject: Subject, target: str) -> list[Row]:
    """Bytes at rest; `best` is ours against the smaller of the others."""
    name, known = subject.name, subject.sizes
    best = min(known[peer] for peer in ("rrweb", "mhtml") if peer in known)
    words = {
        "rrweb": "rrweb + zstd",
        "mhtml": "MHTML + zstd",
        "plain": "snapshot",
        "boxes": "snapshot with boxes and look",
    }
    return [
        Row(f"size.{key}.{name}", f"{words[key]}, bytes", [float(known[key])], unit="B",
            target=target if key == "plain" else "",
            extra={"best": known[key] / best} if key in {"plain", "boxes"} else {})
        for key in words if key in known
    ]  # fmt: skip


def subjects(given: argparse.Namespace) -> list[Subject]:
    """Made pages, then those of a folder."""
    found = []
    for name in given.sizes:
        nodes = SIZES[name]
        rounds = max(2, given.rounds * 1_000 // max(1_000, nodes // 3))
        found.append(Subject(name, _mixed.page(nodes), rounds, nodes))
    if given.dir:
        paths = sorted(Path(given.dir).glob("*.html"))
        found += [
            Subject(path.stem, path.read_text(encoding="utf-8", errors="replace"), max(2, given.rounds // 4))
            for path in paths
        ]  # fmt: skip
    return found


async def measure(given: argparse.Namespace) -> tuple[list[Row], list[str]]:
    missing: list[str] = []
    try:
        bundle = rrweb()
    except LookupError as error:
        bundle = ""
        missing.append(f"rrweb-snapshot: {error}")
    found: list[Row] = []
    with assets_site() as site, tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=str(find_chromium()),
                chromium_sandbox=os.geteuid() != 0,
                args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            )
            for subject in subjects(given):
                context = await browser.new_context(viewport=VIEWPORT)
                await Trial(context, subject, site, bundle, Path(folder)).run()
                await context.close()
                found += rows(subject)
            await browser.close()
    return found, missing


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help="of the smallest page; larger ones get fewer"
    )
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--dir", default=os.environ.get("DIR", ""), help="a folder of more pages")
    found, missing = asyncio.run(measure(parser.parse_args(arguments)))
    return 0 if report("snapshot", found, missing=missing) else 1


if __name__ == "__main__":
    sys.exit(main())
