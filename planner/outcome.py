"""DONE: whether a step succeeded, from the page before and after it and what it changed. Pure.

``settle`` answers what can be read off: the field's value, the state, the address, nothing moved.
``judge`` weighs what the page says now and did not say before.
"""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit

from ..snapshot.observe import Element
from .question import Change, Decision, Page, Question, Tier
from .words import STOPWORDS, best_option, fold, related, stem, tokens
from .yesno import NO, YES

_ERROR = re.compile(
    r"\berror\b|\bfailed\b|went wrong|\b(?:invalid|incorrect|wrong|not valid|denied"
    r"|declined|rejected|expired|forbidden|already (?:taken|exists|in use))\b|(?:is|are"
    r"|field) (?:required|mandatory)|^please (?:enter|fill|select|choose|correct|provide"
    r"|try)|could not|couldnt|cannot be|unable to|try again|not found|no longer"
    r"|out of stock|fehler|ungultig|fehlgeschlagen|erreur|no se pudo"
)
_SUCCESS = re.compile(
    r"success\w*|thank you|thanks for|^(?:added|saved|sent|updated|removed|deleted|done"
    r"|created|copied|subscribed)\b|(?:has|have|was|were) been \w+(?:ed|t)\b|\b(?:added to"
    r"|confirmed|complete[d]?|placed|welcome(?: back)?|signed in as|logged in)\b"
    r"|we (?:have|ve) received|gespeichert|hinzugefugt|vielen dank|merci|gracias"
    r"|enregistre|anadido|ajoute"
)
_DOUBT = re.compile(
    r"\b(?:sorry|not|nothing|cant|cannot|didnt|doesnt|dont|must|should|first|sure|unknown"
    r"|sold out|oops|draft|which|who|who should|why|confirm|choose|pick|enter|nicht|bitte"
    r"|pas|veuillez)\b"
)
_SENDS = re.compile(
    r"\b(?:send|submit|post|create|log ?in|sign ?in|sign ?up|register|save|search|pay"
    r"|order|buy|book|publish|check ?out|open|go to|visit)\b"
)
_REMOVES = re.compile(
    r"\b(?:delete|remove|dismiss|close|reject|clear|empty|cancel|hide|accept|archive|discard)\b"
)
_GOES = re.compile(r"\b(?:open|go to|visit|show|navigate)\b")
_SIGN_IN = re.compile(r"\b(?:login|log-?in|signin|sign-?in|auth|account/?login)\b", re.IGNORECASE)

WEIGHTS = {
    "error": -3.2,  # the page complains now, and did not before
    "success": 3.0,  # it thanks or confirms
    "said": 2.6,  # what is new speaks of what was to be done
    "there": 1.6,  # title and address speak of it
    "moved": 1.1,  # another document or address
    "changed": 0.5,  # something changed at all
    "invalid": -2.4,  # fields are marked as invalid that were not
    "dialog": 0.2,  # it asks back
    "same": -1.2,  # nothing of it is to be seen on the page
    "doubt": -2.2,  # what is new says no, asks back, or wants something first
    "stayed": -1.0,  # what sends something off left the page where it was
    "elsewhere": -2.6,  # it led to a page that has none of the words
    "counted": 1.4,  # a number in a line went up, or down where something was to go
    "gone": 3.2,  # what was to go is no longer there
    "left": -2.6,  # it still is
}
BIAS = -0.4

_LINE = 300
"""Characters of a line that are looked at."""

_Found = tuple[bool, float, str]


def settle(question: Question) -> Decision | None:
    """The answer when it can be read off; None when it cannot."""
    change, page = question.change, question.page
    for find in (_failed, _filled, _chosen, _ticked, _opened, _loaded, _nothing):
        found = find(change, page)
        if found is not None:
            return _decision(*found, by="exact")
    return None


def judge(question: Question) -> Decision:
    """The likelier answer with a probability, from what is new on the page."""
    row, why = features(question)
    score = BIAS + sum(WEIGHTS[name] * value for name, value in row.items())
    yes = 1 / (1 + math.exp(-score))
    return _decision(yes >= 0.5, max(yes, 1 - yes), why, by="ranker")


def _decision(yes: bool, sure: float, why: str, *, by: Tier) -> Decision:
    ref, other = (YES, NO) if yes else (NO, YES)
    return Decision(ref, sure, by, 0.0, ((ref, sure), (other, round(1 - sure, 4))), why)


# ---- what can be read off --------------------------------------------------------------------


def _failed(change: Change, _: Page) -> _Found | None:
    if change.status >= 400:
        return False, 0.97, f"the server answered {change.status}"
    return None


def _filled(change: Change, page: Page) -> _Found | None:
    if change.action not in ("fill", "type") or not (change.got or change.value):
        return None
    got = change.got or _value_of(page, change.ref)
    if "•" in got:
        same = len(got) == len(change.value)
        return (True, 0.9, "a secret of that length is in the field") if same else None
    if got == change.value:
        return True, 0.99, "the field holds the value"
    same = _plain(got) == _plain(change.value)
    if same or (change.action == "type" and got.endswith(change.value) and change.value):
        return True, 0.95, "the field holds the value, written in its own way"
    return False, 0.95, "the field holds something else" if got else "the field is empty"


def _chosen(change: Change, page: Page) -> _Found | None:
    if change.action != "select" or not change.value:
        return None
    got = change.got or _value_of(page, change.ref)
    if not got:
        return None
    if best_option((got,), change.value, least=0.75) is not None:
        return True, 0.97, "it is chosen"
    return False, 0.93, "something else is chosen"


def _ticked(change: Change, page: Page) -> _Found | None:
    element = _element(page, change.ref)
    if change.action not in ("check", "uncheck") or element is None:
        return None
    is_on = "checked" in element.states or "selected" in element.states
    return is_on == (change.action == "check"), 0.98, "ticked" if is_on else "not ticked"


def _opened(change: Change, page: Page) -> _Found | None:
    """An address that was opened: it, or one of the same site that it led to."""
    if change.action != "navigate" or not change.value:
        return None
    wanted, there = urlsplit(change.value), urlsplit(page.url)
    if _place(change.value) == _place(page.url):
        return True, 0.97, "the address is the one that was asked for"
    if _SIGN_IN.search(there.path) and not _SIGN_IN.search(wanted.path):
        return False, 0.9, "it led to a sign-in page"
    if wanted.hostname != there.hostname:
        return False, 0.75, f"it led to {there.hostname or 'nowhere'}"
    return None


def _loaded(change: Change, _: Page) -> _Found | None:
    if change.downloads:
        return True, 0.9, f"a download began: {change.downloads[0][:40]}"
    return None


def _nothing(change: Change, page: Page) -> _Found | None:
    if change.action not in ("click", "press", "hover", "drag", "upload"):
        return None
    moved = change.navigated or change.dialog or change.new_tab or change.changed
    if moved or (change.before is not None and change.before.lines != page.lines):
        return None
    return False, 0.9, "nothing changed"


def _value_of(page: Page, ref: str) -> str:
    element = _element(page, ref)
    return element.value if element is not None else ""


def _element(page: Page, ref: str) -> Element | None:
    return next((e for e in page.elements if ref and e.ref == ref.removeprefix("@")), None)


def _plain(text: str) -> str:
    return re.sub(r"[^\w]", "", fold(text))


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query


# ---- what the page says now ------------------------------------------------------------------


def features(question: Question) -> tuple[dict[str, float], str]:
    """Figures between 0 and 1 by the names of ``WEIGHTS``, and the line that says most."""
    change, page, before = question.change, question.page, question.change.before
    known = {fold(line[:_LINE]) for line in before.lines} if before is not None else set()
    fresh = [
        folded for line in page.lines if (folded := fold(line[:_LINE])) and folded not in known
    ]
    if change.dialog:
        fresh.insert(0, fold(change.dialog))
    wanted = _asked(question.instruction)
    errors, successes = _matching(_ERROR, fresh), _matching(_SUCCESS, fresh)
    said = max(((_cover(wanted, _stems(line)), line) for line in fresh), default=(0.0, ""))
    heads = f"{page.title} {re.sub(r'[^A-Za-z0-9]', ' ', urlsplit(page.url).path)}"
    row = {
        "error": float(bool(errors)),
        "success": float(bool(successes)),
        "said": said[0] if said[0] >= 0.5 else 0.0,
        "there": _cover(wanted, _stems(heads))
        * float(before is None or _moved(change, before, page)),
        "moved": float(_moved(change, before, page)),
        "changed": float(bool(change.changed)),
        "invalid": float(_count(page, "invalid") > (_count(before, "invalid") if before else 0)),
        "dialog": float(bool(change.dialog)),
        "same": float(not fresh),
        **_doubts(question, fresh, said[0], heads),
        **_gone(question, wanted),
    }
    telling = (errors or successes or [said[1] or "nothing new is on the page"])[0]
    return row, f'"{telling[:60]}"'


def _doubts(question: Question, fresh: list[str], said: float, heads: str) -> dict[str, float]:
    """What speaks against it although something happened."""
    change, page, words = question.change, question.page, fold(question.instruction)
    wanted = _asked(question.instruction)
    moved = _moved(change, change.before, page)
    speaks = max([said, _cover(wanted, _stems(heads))])
    few = len(fresh) <= 4 and not moved
    return {
        "doubt": float(few and any(_DOUBT.search(line) for line in fresh)),
        "stayed": float(bool(_SENDS.search(words)) and not moved),
        "elsewhere": float(moved and bool(_GOES.search(words)) and speaks < 0.3),
    }


def _gone(question: Question, wanted: tuple[str, ...]) -> dict[str, float]:
    """Lines that disappeared, and numbers that went up or down."""
    before, page = question.change.before, question.page
    if before is None:
        return {}
    words, now = fold(question.instruction), {fold(line[:_LINE]) for line in page.lines}
    removes = bool(_REMOVES.search(words))
    about = tuple(w for w in wanted if not _REMOVES.search(w))
    had = [
        folded
        for line in before.lines
        if _cover(about, _stems(folded := fold(line[:_LINE]))) >= 0.5
    ]
    lost = [line for line in had if line not in now]
    step = _counted(before, page)
    return {
        "gone": float(removes and bool(had) and len(lost) == len(had)),
        "left": float(removes and bool(had) and not lost),
        "counted": float(step < 0 if removes else step > 0),
    }


def _counted(before: Page, page: Page) -> int:
    """By how much a number in an otherwise equal line changed; 0 when none did."""

    def read(lines: tuple[str, ...]) -> dict[str, int]:
        found = {}
        for line in lines:
            match = re.search(r"\b\d{1,4}\b", line)
            if match is not None and len(line) < 60:
                found[line[: match.start()] + "#" + line[match.end() :]] = int(match[0])
        return found

    old, new = read(before.lines), read(page.lines)
    return next((new[key] - old[key] for key in old if key in new and new[key] != old[key]), 0)


def _matching(pattern: re.Pattern[str], lines: list[str]) -> list[str]:
    return [line for line in lines if len(line) < 200 and pattern.search(line)]


def _moved(change: Change, before: Page | None, page: Page) -> bool:
    return (
        change.navigated or bool(change.new_tab) or (before is not None and before.url != page.url)
    )


def _count(page: Page | None, state: str) -> int:
    return sum(state in e.states for e in page.elements) if page is not None else 0


_WAYS = frozenset({"open", "visit", "show", "navigate", "view"})


def _asked(instruction: str) -> tuple[str, ...]:
    """What a step is about: how one gets there is not on the page."""
    every = _stems(instruction)
    return tuple(s for s in every if s not in _WAYS) or every


def _stems(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stem(t) for t in tokens(text[:300]) if t not in STOPWORDS))


def _cover(wanted: tuple[str, ...], there: tuple[str, ...]) -> float:
    if not wanted or not there:
        return 0.0
    return sum(max(related(w, t) for t in there) for w in wanted) / len(wanted)
