"""Instructions in many styles, out of a label, a noun phrase or a wording of the lexicon."""

from __future__ import annotations

import random
import re
import tomllib
from importlib import resources

_TEXT = (resources.files(__package__) / "phrasing.toml").read_text(encoding="utf-8")
_ALL = tomllib.loads(_TEXT)
_POOLS: dict[str, list[str]] = _ALL["values"]
_ENGLISH: dict[str, list[str]] = _ALL["english"]
_LOCAL: dict[str, dict[str, list[str]]] = _ALL["local"]
_BY_INTENT: dict[str, str] = _ALL["slots"]
_SLOT = re.compile(r"\{(\w+)\}")


def filled(text: str, rng: random.Random) -> str:
    """A wording with its {slots} filled by made-up values."""
    return _SLOT.sub(lambda m: rng.choice(_POOLS[m[1]]), text)


def asked(noun: str, action: str, rng: random.Random, intent: str = "") -> str:
    """An instruction that names the element: terse, polite, with a value, as it comes."""
    slot = _BY_INTENT.get(intent)
    if action in ("fill", "type") and rng.random() < 0.3:
        value = rng.choice(_POOLS[slot or "word"])
        text = rng.choice(_ENGLISH["value"]).replace("{v}", value)
    else:
        text = rng.choice(_ENGLISH.get("fill" if action == "type" else action, _ENGLISH["click"]))
    return polish(text.replace("{n}", noun), rng)


def asked_in(noun: str, action: str, lang: str, rng: random.Random) -> str:
    """The same in another language; in English where there are no patterns."""
    patterns = _LOCAL.get(lang, {})
    key = "fill" if action == "type" else action
    if key not in patterns:
        return asked(noun, action, rng)
    return polish(rng.choice(patterns[key]).replace("{n}", noun), rng)


def polish(text: str, rng: random.Random) -> str:
    """Capitals, full stops, politeness and typos as people leave or make them."""
    chance = rng.random()
    if chance < 0.12:
        text = text[:1].lower() + text[1:]
    elif chance < 0.15:
        text = text.lower()
    if rng.random() < 0.2 and text[-1:].isalnum():
        text += "."
    if rng.random() < 0.04:
        text = rng.choice(("Please ", "Now ", "Then ", "Next, ", "I'd like you to ")) + text
    return slip(text, rng) if rng.random() < 0.04 else text


def slip(text: str, rng: random.Random) -> str:
    """One typing slip: two letters swapped, one dropped or doubled."""
    places = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
    if not places:
        return text
    at, kind = rng.choice(places), rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[:at] + text[at] + text[at:]


def part_of(name: str, rng: random.Random) -> str:
    """Some words of a longer label, as people shorten it."""
    words = name.split()
    if len(words) < 3:
        return name
    count = rng.randint(2, min(5, len(words)))
    start = rng.randint(0, len(words) - count) if rng.random() < 0.4 else 0
    return " ".join(words[start : start + count]).strip(" ,.:;-–|")
