"""The blind test: hand-written instructions on pages of packages that are never taught."""

from __future__ import annotations

import random
import re
import tarfile
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from .markup import fields
from .records import Label, Record

PACKAGES = ("tabler-preview", "gentelella", "django-5")
"""Packages whose pages and catalogs are for this test alone."""

_LANGS = ["de", "fr", "es", "it", "pt", "nl", "pl", "sv", "hu", "tr", "cs", "da"]
_CATALOG = re.compile(r"contrib/(?:admin|auth)/locale/(\w\w)/LC_MESSAGES/django(?:js)?\.po$")
_PLAIN = re.compile(r'^msgid "(?P<id>[^"\n]+)"\nmsgstr "(?P<text>[^"\n]+)"', re.MULTILINE)
_OWN = 6
"""Elements on fewer pages than this are a page's own; the others are the site's navigation."""


def build(archives: Path, seed: int = 7) -> list[Record]:
    """All items, each with the candidates of its page; seeded."""
    rng = random.Random(seed)
    text = (resources.files(__package__) / "blind.txt").read_text(encoding="utf-8")
    items = [
        [p.strip() for p in line.split(" | ")]
        for line in text.splitlines()
        if " | " in line and line[0] != "#"
    ]
    sites = {"tabler": "tabler-preview-*.tgz", "gentel": "gentelella-*.tgz"}
    pages = {
        f"{site}/{name}": labels
        for site, pattern in sites.items()
        for name, labels in _pages(next(archives.glob(pattern)))
    }
    often: dict[tuple[str, str], int] = {}
    for labels in pages.values():
        for label in labels:
            key = (label["role"], label["name"])
            often[key] = often.get(key, 0) + 1
    found = [r for item in items if item[0] != "django" for r in _item(item, pages, often, rng)]
    django = [item for item in items if item[0] == "django"]
    return found + list(_translated(django, next(archives.glob("django-5*.whl")), rng))


def _pages(archive: Path) -> Iterator[tuple[str, list[Label]]]:
    from lxml import html

    seen = set()
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            name = Path(member.name).stem
            body = tar.extractfile(member) if member.name.endswith(".html") else None
            if body is not None and name not in seen:
                seen.add(name)
                root = html.document_fromstring(
                    body.read(), parser=html.HTMLParser(encoding="utf-8")
                )
                yield name, [label for _, label in fields(root)]


def _item(
    item: list[str],
    pages: dict[str, list[Label]],
    often: dict[tuple[str, str], int],
    rng: random.Random,
) -> Iterator[Record]:
    page, action, instruction, wanted = item
    labels = pages[page]
    right = (
        [] if wanted == "-" else [i for i, c in enumerate(labels) if c["name"].startswith(wanted)]
    )
    if wanted != "-" and not right:
        raise ValueError(f"{page} has no {wanted!r}")
    own = [i for i, c in enumerate(labels) if often[c["role"], c["name"]] < _OWN and c["name"]]
    rest = [i for i in range(len(labels)) if i not in own and labels[i]["name"]]
    places = sorted(
        {*right, *rng.sample(own, min(len(own), 30)), *rng.sample(rest, min(len(rest), 12))}
    )
    yield {
        "id": f"{page}:{instruction}",
        "source": page,
        "kind": "blind",
        "paraphrase": True,
        "instruction": instruction,
        "action": action,
        "group": page,
        "lang": "en",
        "candidates": [{"role": labels[i]["role"], "name": labels[i]["name"]} for i in places],
        "answer": [places.index(i) for i in right],
    }


def _translated(items: list[list[str]], wheel: Path, rng: random.Random) -> Iterator[Record]:
    texts: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(wheel) as files:
        for name in files.namelist():
            found = _CATALOG.search(name)
            if found and found[1] in _LANGS:
                for m in _PLAIN.finditer(files.read(name).decode()):
                    if m["text"] != m["id"]:
                        texts.setdefault(found[1], {}).setdefault(m["id"], m["text"])
    roles = {"type": "textbox", "click": "button"}
    for _, action, instruction, wanted in items:
        for lang in rng.sample(_LANGS, 5):
            if wanted not in texts[lang]:
                continue
            others = rng.sample([i for i in items if i[3] != wanted and i[3] in texts[lang]], 12)
            shown = [*others, ["", action, "", wanted]]
            rng.shuffle(shown)
            candidates: list[Label] = [
                {"role": roles[i[1]], "name": texts[lang][i[3]]} for i in shown
            ]
            yield {
                "id": f"django/{lang}:{instruction}",
                "source": "django",
                "kind": "blind",
                "paraphrase": True,
                "instruction": instruction,
                "action": action,
                "group": f"django/{lang}",
                "lang": lang,
                "candidates": candidates,
                "answer": [i for i, c in enumerate(candidates) if c["name"] == texts[lang][wanted]],
            }
