"""``make calibrate``: fits the shipped calibration to labelled decisions, and writes it.

    python -m abos.planner.calibrate FILE.jsonl...

The files hold records that nothing was taught on. All local tiers answer every record; what they
state is fitted to how often they are right. To be run again whenever a model or a weight changes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .calibration import FILE, TAUGHT, VERSION, Calibration, identity
from .calibration_fit import Answers, Judged, fitted
from .config import LocalConfig, PlannerConfig
from .decide import Decider
from .errors import PlannerError
from .evaluating import local_only, reliability_rows, run
from .measures import calibration_error
from .question import Kind
from .records import Record, read

_PATIENT = LocalConfig(deadline_s=30.0)
"""A busy machine must not leave answers out of what is fitted."""


async def answered(records: Sequence[Record], decider: Decider) -> dict[Kind, list[Answers]]:
    """What every tier states to every record, uncalibrated."""
    found: dict[Kind, list[Answers]] = {}
    for each in records:
        said = await decider.every_answer(each.question)
        row = [Judged(decision, each.is_right(decision.ref)) for decision in said]
        found.setdefault(each.ask, []).append(row)
    return found


async def calibrate(paths: Sequence[Path], out: Path) -> dict[str, Any]:
    """Fit, write the file, and return what is in it. Raises BadRecord, OSError."""
    records = [record for path in paths for record in read(path)]
    config = local_only(replace(PlannerConfig(), local=_PATIENT))
    decider = Decider(config)
    await decider.warm_up()
    try:
        known = fitted(await answered(records, decider))
    finally:
        await decider.close()
    checked = Decider(config, calibration=known)
    await checked.warm_up()
    try:
        outcomes = await run(records, checked)
    finally:
        await checked.close()
    document = {
        "version": VERSION,
        "models": identity(),
        "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths},
        "records": {ask: sum(r.ask == ask for r in records) for ask in known.needed},
        "needed": {ask: {"95": low, "99": high} for ask, (low, high) in known.needed.items()},
        "curves": _points(known),
        "ece": round(calibration_error([(o.probability, o.right) for o in outcomes]) or 0.0, 4),
        "reliability": reliability_rows(outcomes),
    }
    _write(out, json.dumps(document, indent=1) + "\n")
    return document


def _points(known: Calibration) -> dict[str, list[list[float]]]:
    return {
        name: [[round(x, 6), y] for x, y in zip(curve.stated, curve.observed, strict=True)]
        for name, curve in sorted(known.curves.items())
    }


def _write(path: Path, text: str) -> None:
    """Whole or not at all: others may be reading it."""
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit to the files and say what came out; 2 when a file cannot be used."""
    parser = argparse.ArgumentParser(description="Fit the calibration to labelled decisions.")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.jsonl")
    parser.add_argument("--out", type=Path, default=TAUGHT / FILE)
    options = parser.parse_args(arguments)
    try:
        made = asyncio.run(calibrate(options.files, options.out))
    except (PlannerError, OSError) as error:
        print(f"cannot calibrate: {error}", file=sys.stderr)
        return 2
    for ask, n in made["records"].items():
        low, high = made["needed"][ask]["95"], made["needed"][ask]["99"]
        print(f"{ask:<8} {n:>6} records   95 %: {low:.3f}   99 %: {high:.3f}")
    print(f"calibration error on the same records {made['ece']:.3f}; wrote {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
