"""What may hide something: tabs, folded sections, menus, further pages; and what opens it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..snapshot.observe import Element, Observation
from .exact import decide
from .question import Question, candidates_from
from .things import Thing

_FOLDED = re.compile(
    r"\b(?:expand(?:able|er)?|collapsed|collapsible|toggle|disclosure|caret|chevron|twist(?:y|ie)"
    r"|accordion|folder|submenu|dropdown|arrow right|plus|hamburger|spread(?:er)?|opener)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:more|ellipsis|options|actions|kebab|overflow|menu)\b|^(?:\.\.\.|…|⋯|⋮|\+|☰|▸|▶)$",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"(?:next|next page|older|more results|show more|load more|see more)\b|[>›»→]{1,2}",
    re.IGNORECASE,
)
_SIGNS = frozenset("+▸▶►☰⊞")
_NEVER = re.compile(
    r"\b(?:delete|remove|submit|send|buy|pay|order|log ?out|sign ?out|close|cancel|save|post)\b",
    re.IGNORECASE,
)


def named(view: Observation, words: str, action: str = "click") -> str:
    """The ref of the one element with this very name; empty when there is none, or more."""
    found = decide(Question(words, action, candidates_from(view, action)))
    return found.ref or "" if found else ""


def openers(view: Observation, things: Sequence[Thing]) -> list[str]:
    """Refs of what may be folded up or lie under another tab, the most telling first."""
    usable = [e for e in view.elements if "disabled" not in e.states and not _NEVER.search(e.name)]
    found = [e.ref for e in usable if "collapsed" in e.states]
    found += [e.ref for e in usable if e.role == "tab" and "selected" not in e.states]
    known = [t.path for t in things if t.ref in found]
    found += [t.ref for t in things if _is_folded(t) and not any(t.lies_in(path) for path in known)]
    return list(dict.fromkeys(found))


def _is_folded(item: Thing) -> bool:
    words = re.sub(r"[-_]", " ", item.label)
    small = item.kind in ("icon", "shape", "text", "control", "picture") and len(item.text) < 60
    folded = _FOLDED.search(words) or item.text.strip() in _SIGNS
    return small and bool(folded) and not _NEVER.search(item.text) and min(item.box[2:]) >= 4


def more(things: Iterable[Thing]) -> list[str]:
    """Refs of what shows more of what can be done with an entry."""
    return [t.ref for t in things if _is_more(t)]


def _is_more(item: Thing) -> bool:
    words = re.sub(r"[-_]", " ", item.label)
    if item.kind == "field" or len(item.text) > 20:
        return False
    return bool(_MORE.search(item.text.strip()) if item.text else _MORE.search(words))


def next_page(view: Observation, things: Sequence[Thing]) -> str:
    """The ref of what leads to the next page of a list; empty for none."""
    for element in view.elements:
        if _leads_on(element):
            return element.ref
    for item in things:
        if item.kind == "icon" and re.search(r"\bnext\b", re.sub(r"[-_]", " ", item.label)):
            return item.ref
    return ""


def _leads_on(element: Element) -> bool:
    """A plain "Next" button may belong to a form, and would send it on: that one is no page."""
    name = element.name.strip()
    usable = element.role in ("link", "button", "clickable") and "disabled" not in element.states
    alone = element.role == "link" or name.casefold() != "next" or element.landmark == "navigation"
    return usable and alone and _NEXT.fullmatch(name) is not None
