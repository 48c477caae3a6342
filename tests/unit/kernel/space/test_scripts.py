"""The scripts of a page share one object: no two may give it the same name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import abos

ROOT = Path(abos.__file__).parent
_SET = re.compile(r"^\s*abos\.(\w+) = ", re.MULTILINE)
_ASSIGNED = re.compile(r"^Object\.assign\(abos, \{$(.*?)^\}\);$", re.MULTILINE | re.DOTALL)
_METHOD = re.compile(r"^  (?:async )?(\w+)\(.*\{", re.MULTILINE)


def test_every_name_is_given_once() -> None:
    names: Counter[str] = Counter()
    for room in ("snapshot", "kernel/space"):
        for file in (ROOT / room).rglob("*.js"):
            text = file.read_text()
            names.update(set(_SET.findall(text)))
            for block in _ASSIGNED.findall(text):
                names.update(set(_METHOD.findall(block)))
    assert {"begin", "beginPage", "capture"} <= names.keys()
    assert [name for name, count in names.items() if count > 1] == []
