"""``abos eval decisions FILE.jsonl``: how right, how sure and how fast the local tiers are.

Records: ``{"id", "source", "kind", "paraphrase", "instruction", "action",
"candidates": [{"role", "name"}], "answer": [index]}``; an empty answer means "none of these".
Tiers are run as shipped: exact first, then the ranker; nothing is refitted on the file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abos.planner import exact, ranker
from abos.planner.config import Thresholds
from abos.planner.question import Candidate, Decision, Question
from abos.planner.vectors import SHARED

_BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record's answer against its label."""

    record: dict[str, Any]
    decision: Decision
    right: bool


def question(record: dict[str, Any]) -> Question:
    """A record as a question; the candidates' refs are their places."""
    candidates = tuple(
        Candidate(str(i), c["role"], c["name"], c.get("context", ""), c.get("hint", ""))
        for i, c in enumerate(record["candidates"])
    )
    return Question(record["instruction"], record["action"], candidates)


def answer(asked: Question) -> Decision:
    """The answer of the local tiers, with the time of the tier that gave it."""
    started = time.perf_counter()
    decision = exact.decide(asked) or ranker.rank(asked)
    seconds = time.perf_counter() - started
    return Decision(decision.ref, decision.probability, decision.by, seconds, decision.evidence)


def judge(record: dict[str, Any]) -> Outcome:
    """Whether the answer is one of the labelled ones (or none, where none is right)."""
    decision = answer(question(record))
    wanted = {str(i) for i in record["answer"]}
    right = decision.ref in wanted if wanted else decision.ref is None
    return Outcome(record, decision, right)


def coverage(outcomes: Sequence[Outcome], accuracy: float) -> float:
    """Largest share of records, taken by falling probability, that is right this often."""
    ordered = sorted(outcomes, key=lambda o: -o.decision.probability)
    right, best = 0, 0
    for number, outcome in enumerate(ordered, 1):
        right += outcome.right
        if right / number >= accuracy:
            best = number
    return best / len(ordered) if ordered else 0.0


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """Expected calibration error over ten bins of equal width."""
    total = 0.0
    for low in range(_BINS):
        of_bin = [o for o in outcomes if min(_BINS - 1, int(o.decision.probability * _BINS)) == low]
        if of_bin:
            stated = sum(o.decision.probability for o in of_bin) / len(of_bin)
            found = sum(o.right for o in of_bin) / len(of_bin)
            total += abs(stated - found) * len(of_bin)
    return total / len(outcomes) if outcomes else 0.0


def _percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def row(name: str, outcomes: Sequence[Outcome], accept: float) -> dict[str, Any]:
    """One line of the table. ``taken`` is the share at the shipped threshold, with its accuracy."""
    taken = [o for o in outcomes if o.decision.probability >= accept]
    return {
        "id": name,
        "n": len(outcomes),
        "accuracy": sum(o.right for o in outcomes) / len(outcomes),
        "taken": len(taken) / len(outcomes),
        "taken_accuracy": sum(o.right for o in taken) / len(taken) if taken else None,
        "coverage95": coverage(outcomes, 0.95),
        "coverage99": coverage(outcomes, 0.99),
        "ece": calibration_error(outcomes),
        "p50_ms": 1000 * _percentile((o.decision.seconds for o in outcomes), 0.5),
        "p95_ms": 1000 * _percentile((o.decision.seconds for o in outcomes), 0.95),
    }


def report(outcomes: Sequence[Outcome], accept: float) -> list[dict[str, Any]]:
    """Rows for the whole, by kind, by paraphrase, by action and by tier."""
    groups: list[tuple[str, Callable[[Outcome], str]]] = [
        ("kind", lambda o: str(o.record.get("kind", ""))),
        ("paraphrase", lambda o: str(bool(o.record.get("paraphrase"))).lower()),
        ("action", lambda o: str(o.record.get("action", ""))),
        ("tier", lambda o: o.decision.by),
        ("none", lambda o: str(not o.record["answer"]).lower()),
    ]
    rows = [row("all", outcomes, accept)]
    for label, key in groups:
        rows += [
            row(f"{label}={value}", [o for o in outcomes if key(o) == value], accept)
            for value in sorted({key(o) for o in outcomes})
        ]
    return rows


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, timeout=10
    )
    return done.stdout.strip()


def _table(rows: Sequence[dict[str, Any]]) -> str:
    heads = tuple(rows[0])
    lines = [f"{heads[0]:<18}" + "".join(f"{h:>15}" for h in heads[1:])]
    for r in rows:
        cells = [r[h] for h in heads[1:]]
        shown = [f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells]
        lines.append(f"{r['id']:<18}" + "".join(f"{s:>15}" for s in shown))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table (or JSON with ``--json``) and write ``build/eval/decisions.json``."""
    parser = argparse.ArgumentParser(description="Evaluate the local decision tiers on a file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--wrong", action="store_true", help="list the wrong answers")
    parser.add_argument("--out", type=Path, default=Path("build/eval/decisions.json"))
    options = parser.parse_args(arguments)
    try:
        records = [json.loads(line) for line in options.file.read_text().splitlines() if line]
    except (OSError, ValueError) as error:
        print(f"cannot read {options.file}: {error}", file=sys.stderr)
        return 2
    if not records:
        print(f"{options.file} has no records", file=sys.stderr)
        return 2
    SHARED.load()
    outcomes = [judge(r) for r in records]
    rows = report(outcomes, Thresholds().accept)
    result = {
        "name": "decisions",
        "commit": _commit(),
        "machine": {
            "cpus": os.cpu_count(),
            "cpu": platform.processor(),
            "python": platform.python_version(),
        },
        "rows": rows,
        "missing": ["local", "cloud"] + ([] if SHARED.ready else ["vectors"]),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1))
    print(json.dumps(result, indent=1) if options.json else _table(rows))
    if options.wrong:
        for o in (o for o in outcomes if not o.right):
            print(o.record["id"], o.record["instruction"], "->", o.decision.ref, o.record["answer"])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
