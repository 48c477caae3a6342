"""Made-up pages out of the lexicon: forms, bars of buttons, lists, in eleven languages."""

from __future__ import annotations

import random
from collections.abc import Sequence

from . import lexicon
from .records import Label, Page, Part

_ROLES = {
    "fill": ("textbox",) * 8 + ("searchbox", "spinbutton"),
    "select": ("combobox",) * 5 + ("radio", "textbox"),
    "check": ("checkbox",) * 8 + ("switch", "radio"),
    "click": ("button",) * 5 + ("link",) * 4 + ("menuitem",),
    "upload": ("file", "button"),
}
_LANGS = (
    *("en",) * 11,
    *["de", "de", "fr", "fr", "es", "es", "it", "it", "pt", "pt", "nl", "nl", "pl", "pl"],
    *["sv", "no", "da", "hu", "cs", "tr", "id", "fi", "ro", "ca", "hr", "gl"],
)
_TYPES = {
    "email": "email",
    "password": "password",
    "phone": "tel",
    "website": "url",
    "search_box": "search",
}
_LANDMARKS = ("navigation", "contentinfo", "banner")
COMMON = [
    "username",
    "email",
    "password",
    "search_box",
    "submit",
    "cancel",
    "login",
    "register",
    "home",
    "help",
    "contact",
    "menu",
    "close",
    "terms",
    "privacy",
    "next",
    "save",
    "more",
    "about",
]


def page(number: int, allowed: Sequence[str], rng: random.Random) -> Page:
    """A page of one theme in one language, with a few elements of other themes."""
    table = lexicon.intents()
    lang = rng.choice(_LANGS)
    theme = table[rng.choice(allowed)].theme
    inside = [n for n in allowed if table[n].theme == theme]
    wanted = rng.sample(inside, min(len(inside), rng.randint(1, 9)))
    others = [n for n in allowed if n not in wanted and rng.random() < 0.06]
    wanted += rng.sample(others, min(len(others), rng.randint(0, 14)))
    wanted += [n for n in COMMON if n in allowed and n not in wanted and rng.random() < 0.12]
    parts = [_part(name, lang, rng) for name in dict.fromkeys(wanted)]
    if rng.random() < 0.5:
        parts.sort(key=lambda p: p.label["role"] in ("button", "link"))
    else:
        rng.shuffle(parts)
    return Page("made", f"made:{number}", lang, tuple(parts))


def _part(name: str, lang: str, rng: random.Random) -> Part:
    intent = lexicon.intents()[name]
    own = intent.labels.get(lang)
    labels = own if own and rng.random() < 0.95 else intent.labels["en"]
    text = rng.choice(labels[:3] if rng.random() < 0.4 else labels)
    if rng.random() < 0.06:
        text = rng.choice(
            (text + " *", text.upper(), text + ":", text.lower(), f"{text} (required)")
        )
    label: Label = {"role": rng.choice(_ROLES[intent.action]), "name": text}
    if rng.random() < 0.5 and intent.action == "fill":
        label["hint"] = rng.choice(labels)
    if name in _TYPES and rng.random() < 0.5:
        label["type"] = _TYPES[name]
    if intent.theme in ("nav", "site") and rng.random() < 0.5:
        label["landmark"] = rng.choice(_LANDMARKS)
    return Part(label, name)


_SYLLABLES = [
    "ba",
    "co",
    "da",
    "el",
    "fi",
    "go",
    "ha",
    "in",
    "ju",
    "ka",
    "lo",
    "ma",
    "ne",
    "or",
    "pi",
    "qua",
    "ro",
    "sa",
    "te",
    "u",
    "vi",
    "wo",
    "xe",
    "yo",
    "zu",
    "mar",
    "ton",
    "lin",
    "ber",
]


def word(rng: random.Random) -> str:
    """A made-up name or code, to be found letter by letter."""
    if rng.random() < 0.3:
        pool = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        return "".join(rng.choice(pool) for _ in range(rng.randint(1, 7)))
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 3))).capitalize()


def listing(number: int, rng: random.Random) -> Page:
    """A list, group or inbox of made-up names: what is meant is what is called so."""
    role = rng.choice(
        ("option", "checkbox", "radio", "link", "clickable", "button", "menuitem", "tab")
    )
    names = list(dict.fromkeys(word(rng) for _ in range(rng.randint(2, 10))))
    if role == "clickable":
        names = [f"{n} {' '.join(word(rng).lower() for _ in range(3))}" for n in names]
    parts = [Part({"role": role, "name": n}, "", _called(n, role, rng)) for n in names]
    if role == "option":
        parts.insert(0, Part({"role": "combobox", "name": ""}))
    if rng.random() < 0.6:
        parts.append(
            Part({"role": "button", "name": rng.choice(("Submit", "OK", "Save", "Done"))}, "submit")
        )
    return Page("listing", f"list:{number}", "en", tuple(parts))


def _called(name: str, role: str, rng: random.Random) -> str:
    """What people say for an entry of an inbox: whose it is."""
    who = name.split(maxsplit=1)[0]
    patterns = (
        "{}",
        "{}'s message",
        "the mail from {}",
        "the entry of {}",
        "what {} wrote",
        "{}'s letter",
    )
    return rng.choice(patterns).format(who) if role == "clickable" else name


_FIELD_NAMES = ("text field", "text box", "input", "field", "box", "input field", "empty field")


def bare(number: int, rng: random.Random) -> Page:
    """A nameless field, alone among buttons or links: the kind is all that can be said."""
    parts = [Part({"role": "textbox", "name": ""}, "", rng.choice(_FIELD_NAMES))]
    buttons = rng.sample(
        ("OK", "Go", "Submit", "Search", "Cancel", "Send", "Next", "Help"), rng.randint(1, 3)
    )
    parts += [
        Part({"role": rng.choice(("button", "button", "link")), "name": b}, "", b) for b in buttons
    ]
    if rng.random() < 0.3:
        rng.shuffle(parts)
    return Page("listing", f"bare:{number}", "en", tuple(parts))
