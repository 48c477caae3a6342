"""The record that is taught, and the page it is made from."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NotRequired, TypedDict


class Label(TypedDict):
    """A candidate as evaluation files have it; live pages know more."""

    role: str
    name: str
    hint: NotRequired[str]
    type: NotRequired[str]
    context: NotRequired[str]
    landmark: NotRequired[str]


class Record(TypedDict):
    """One labelled decision; ``answer`` is empty for "none of these"."""

    id: str
    source: str
    kind: str
    paraphrase: bool
    instruction: str
    action: str
    candidates: list[Label]
    answer: list[int]
    group: str
    lang: str


@dataclass(frozen=True, slots=True)
class Part:
    """An element of a page, with the intent that it serves when that is known."""

    label: Label
    intent: str = ""
    english: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Elements that stand together; ``group`` never lies in two splits."""

    source: str
    group: str
    lang: str
    parts: tuple[Part, ...] = field(default=())


def write(records: Iterable[Record], path: Path) -> int:
    """Write records as JSON lines; returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def read(path: Path) -> list[Record]:
    """Read what ``write`` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def thin(label: Label, rng: random.Random, keep: float) -> Label:
    """A candidate with its optional parts dropped but for a share: evaluation files lack them."""
    if rng.random() >= keep:
        return {"role": label["role"], "name": label["name"]}
    kept: Label = {"role": label["role"], "name": label["name"]}
    if "hint" in label and rng.random() < 0.7:
        kept["hint"] = label["hint"]
    if "type" in label and rng.random() < 0.7:
        kept["type"] = label["type"]
    if "context" in label and rng.random() < 0.7:
        kept["context"] = label["context"]
    if "landmark" in label and rng.random() < 0.7:
        kept["landmark"] = label["landmark"]
    return kept


def shown(instruction: str, candidates: Sequence[Label]) -> str:
    """A record for people, one line."""
    return f"{instruction!r} among {[c['name'][:24] for c in candidates]}"
