"""Questions about a page: one element is meant, or none of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from . import lexicon
from .made import word
from .phrasing import asked, asked_in, filled, part_of, polish
from .records import Label, Page, Part, Record, thin
from .synonyms import Synonyms

_ACTIONS = {
    "textbox": "type",
    "searchbox": "type",
    "spinbutton": "type",
    "slider": "type",
    "combobox": "select",
    "checkbox": "click",
    "radio": "click",
    "switch": "click",
    "file": "upload",
    "option": "select",
}
_STYLE = {
    "type": "fill",
    "fill": "fill",
    "select": "select",
    "click": "click",
    "check": "check",
    "upload": "upload",
}
_KEEP = 0.35
"""Share of candidates that keep hint, type, context and landmark."""


def questions(
    page: Page, count: int, rng: random.Random, near: Synonyms | None = None, none: float = 0.2
) -> Iterator[Record]:
    """Up to ``count`` records about a page; a share of them has no answer."""
    usable = [i for i, p in enumerate(page.parts) if p.intent or p.english or p.label["name"]]
    weights = [
        6.0 if page.parts[i].intent else 2.0 if page.parts[i].english else 0.5 for i in usable
    ]
    for number in range(count):
        if not usable:
            return
        target = rng.choices(usable, weights)[0]
        made = _none(page, target, rng) if rng.random() < none else _one(page, target, rng, near)
        if made is not None:
            made["id"] = f"{page.source}:{page.group}#{number}"
            yield made


def _one(page: Page, target: int, rng: random.Random, near: Synonyms | None) -> Record | None:
    part = page.parts[target]
    text, paraphrase = _say(part, page, rng)
    if near is not None and not part.intent and page.lang in ("", "en") and rng.random() < 0.2:
        swapped = near.swap(part.label["name"], rng)
        text = asked(swapped, _STYLE[_action(part, rng)], rng) if swapped else text
    if not text:
        return None
    rivals = _rivals(page, target, paraphrase)
    if rivals is None:
        return None
    places = _window(page, [target, *rivals], rng)
    answer = [places.index(i) for i in [target, *rivals]]
    return _record(page, places, text, paraphrase, _action(part, rng), answer, rng)


def _rivals(page: Page, target: int, paraphrase: bool) -> list[int] | None:
    """Others that are meant as well; None when the words would not tell which."""
    part = page.parts[target]
    same = [
        i
        for i, p in enumerate(page.parts)
        if i != target
        and (
            (p.label["name"].casefold() == part.label["name"].casefold() and part.label["name"])
            or (part.intent and p.intent == part.intent)
        )
    ]
    if paraphrase and part.intent:
        mixed = lexicon.confusable().get(part.intent, frozenset()) - {part.intent}
        if part.intent in _VAGUE and any(p.intent in mixed for p in page.parts):
            return None
    return same if len(same) <= 3 else None


_VAGUE = frozenset(
    [
        "submit",
        "yes",
        "next",
        "save",
        "close",
        "cancel",
        "more",
        "login",
        "register",
        "full_name",
        "message",
        "subject",
        "address",
    ]
)
"""Intents whose paraphrases fit their neighbours: asked only where no neighbour is."""


def _say(part: Part, page: Page, rng: random.Random) -> tuple[str, bool]:
    """What is said for an element, and whether it avoids the label's words."""
    style = _STYLE[_action(part, random.Random(0))]
    name = part.label["name"].strip(" *:")
    if part.intent:
        return _by_purpose(part, page, style, rng)
    if part.english:
        if rng.random() < 0.7:
            return asked(_lowered(part.english, rng), style, rng), False
        return asked_in(name, style, page.lang, rng), False
    if not name or len(name) < 2:
        return "", False
    short = part_of(name, rng)
    return asked(short if rng.random() < 0.7 else _lowered(short, rng), style, rng), False


def _by_purpose(part: Part, page: Page, style: str, rng: random.Random) -> tuple[str, bool]:
    intent = lexicon.intents()[part.intent]
    if intent.action == "check" and style == "click" and rng.random() < 0.7:
        style = "check"
    chance = rng.random()
    if chance < 0.36 and intent.wordings:
        return polish(filled(rng.choice(intent.wordings), rng), rng), True
    if chance < 0.66 and intent.nouns:
        return asked(rng.choice(intent.nouns), style, rng, intent.name), False
    if chance < 0.80:
        label = rng.choice(intent.labels["en"]).strip(" *:.").removesuffix(" (required)")
        return asked(_lowered(label, rng), style, rng, intent.name), False
    if chance < 0.90 and page.lang not in ("", "en"):
        local = rng.choice(intent.labels.get(page.lang) or (part.label["name"],))
        return asked_in(local.strip(" *:"), style, page.lang, rng), False
    name = part.label["name"].strip(" *:")
    return (
        (asked(_lowered(part_of(name, rng), rng), style, rng, intent.name), False)
        if name
        else ("", False)
    )


def _lowered(text: str, rng: random.Random) -> str:
    return text if rng.random() < 0.5 else text[:1].lower() + text[1:]


def _none(page: Page, target: int, rng: random.Random) -> Record | None:
    """An instruction for something that is not on the page: removed, or never there."""
    part = page.parts[target]
    if part.intent and rng.random() < 0.55:
        return _removed(page, target, rng)
    here = {p.intent for p in page.parts if p.intent}
    near = {n for h in here for n in lexicon.confusable().get(h, frozenset((h,)))}
    names = {lexicon.plain(p.label["name"]) for p in page.parts}
    table = lexicon.intents()
    absent = [
        n
        for n in table
        if n not in near and not names & {lexicon.plain(x) for x in table[n].labels["en"]}
    ]
    if not absent or rng.random() < 0.08:
        text, paraphrase = asked(word(rng), "click", rng), False
        action = "click"
    else:
        intent = table[_near_theme(absent, here, rng)]
        text, paraphrase = _by_purpose(
            Part({"role": "", "name": ""}, intent.name), page, intent.action, rng
        )
        action = "type" if intent.action == "fill" else intent.action
    if not text:
        return None
    return _record(page, _window(page, [target], rng), text, paraphrase, action, [], rng)


def _near_theme(absent: Sequence[str], here: set[str], rng: random.Random) -> str:
    """An absent intent, mostly of a theme that the page is about: a hard negative."""
    table = lexicon.intents()
    themes = {table[h].theme for h in here}
    same = [n for n in absent if table[n].theme in themes]
    return rng.choice(same if same and rng.random() < 0.6 else list(absent))


def _removed(page: Page, target: int, rng: random.Random) -> Record | None:
    part = page.parts[target]
    mixed = lexicon.confusable().get(part.intent, frozenset((part.intent,)))
    sisters = [i for i, p in enumerate(page.parts) if i != target and p.intent in mixed]
    if any(page.parts[i].intent == part.intent for i in sisters):
        return None
    if sisters and part.intent not in _DISTINCT:
        return None
    text, paraphrase = _say(part, page, rng)
    rest = tuple(p for i, p in enumerate(page.parts) if i != target)
    name = part.label["name"].casefold()
    if not text or not rest or any(p.label["name"].casefold() == name for p in rest):
        return None
    left = Page(page.source, page.group, page.lang, rest)
    return _record(left, _window(left, [], rng), text, paraphrase, _action(part, rng), [], rng)


_DISTINCT = frozenset(
    [
        "password_again",
        "email_again",
        "captcha",
        "phone",
        "city",
        "state",
        "country",
        "postcode",
        "company",
        "website",
        "first_name",
        "last_name",
        "birth_year",
        "birth_date",
        "remember_me",
        "newsletter_optin",
        "accept_terms",
        "forgot_password",
        "register",
        "logout",
        "cancel",
        "card_cvc",
        "coupon",
        "quantity",
        "fax",
        "gender",
        "upload_file",
        "show_password",
        "reset_form",
        "previous",
        "delete",
        "subject",
    ]
)
"""Intents that are plainly missing even when a neighbour is there."""


def _action(part: Part, rng: random.Random) -> str:
    role = part.label["role"]
    if role in ("checkbox", "switch", "radio"):
        return "check" if rng.random() < 0.4 else "click"
    return _ACTIONS.get(role, "click")


def _window(page: Page, kept: Sequence[int], rng: random.Random) -> list[int]:
    """Places of the candidates that are shown: all of a small page, some of a big one."""
    size = len(page.parts)
    most = rng.choice((8, 14, 20, 30, 30, 45, 60))
    if size <= most and rng.random() < 0.7:
        return list(range(size))
    fixed = set(kept)
    marked = [i for i in range(size) if page.parts[i].intent and i not in fixed]
    fixed.update(i for i in marked if rng.random() < 0.85)
    rest = [i for i in range(size) if i not in fixed]
    room = max(0, min(len(rest), rng.randint(most // 3, most) - len(fixed)))
    shown = sorted(fixed | set(rng.sample(rest, room)))
    must = set(kept)
    while len(shown) > most:
        loose = [i for i in shown if i not in must]
        if not loose:
            break
        shown.remove(rng.choice(loose))
    return shown


def _record(
    page: Page, places: Sequence[int], text: str, paraphrase: bool, action: str,
    answer: Sequence[int], rng: random.Random,
) -> Record | None:  # fmt: skip
    if not places:
        return None
    candidates: list[Label] = [thin(page.parts[i].label, rng, _KEEP) for i in places]
    kind = page.source.split("/")[0].split("-")[0]
    return {
        "id": "",
        "source": page.source,
        "kind": kind,
        "paraphrase": paraphrase,
        "instruction": text,
        "action": action,
        "candidates": candidates,
        "answer": sorted(answer),
        "group": page.group,
        "lang": page.lang,
    }
