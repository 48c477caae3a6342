"""Which button ends a form, which leads on, and which must not be touched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..snapshot.observe import Element
from .words import fold

NEVER = re.compile(
    r"\b(?:back|cancel|search|close|previous|remove|delete|edit|change|forgot\w*|reset|clear"
    r"|empty|apply|continue shopping"
    r"|keep shopping|google|facebook|apple|github|microsoft|twitter|show password|hide password"
    r"|help|help me|logout|sign out|log out)\b"
)
"""Labels that a form is never advanced with."""

_FINAL = {
    "checkout": r"place (?:(?:your|the|my) )?order|pay(?:ment)?(?: now)?|pay\b.*|buy(?: now| "
    r"it)?|confirm(?: (?:and pay|order|purchase|payment))?"
    r"|complete (?:(?:your|the|my) )?(?:order|purchase|checkout)|order(?: now)?|submit(?: "
    r"order)?|finish(?: order)?|purchase|order and pay",
    "sign in": r"sign ?in(?: to .*)?|log ?in|login|submit|continue|next",
    "register": r"register|sign ?up|create (?:(?:an|my|your) )?(?:new )?account|join(?: now)?"
    r"|submit",
    "subscribe": r"subscribe|sign ?(?:me )?up|join(?: us)?|notify me|submit|ok|send",
    "contact": r"send(?: (?:your |the )?(?:message|enquiry|it))?|submit|contact us|ask(?: us)?",
    "submit": r"submit|send|save(?: changes)?|confirm|ok|done|apply|register|sign ?up|sign ?in"
    r"|log ?in|login|continue|next|create.*|update.*|go|post|book.*",
}
_FINAL["pay"] = _FINAL["checkout"]
_STEP = re.compile(
    r"(?:save (?:and )?)?(?:continue|next|proceed|review)(?: (?:to|with|as|and|your|the"
    r"|step).*)?|(?:go |on )?to (?:payment|delivery|shipping|review).*"
    r"|(?:use|deliver to|ship to) this address|check ?out(?: now)?|(?:proceed|go|continue) to "
    r"(?:the )?check ?out|payment|delivery|shipping|weiter"
)
_LEADS = {
    "checkout": (
        r"(?:proceed |go |continue )?(?:to )?(?:the )?(?:secure )?check ?out(?: now)?",
        r"(?:view |go to |open |my |your |shopping )*(?:cart|basket|bag)\b.*",
    ),
    "sign in": (
        r"(?:sign|log) ?in\b.*|login",
        r"\w+ (?:sign ?in|log ?in|login)",
        r"(?:my |your )?account",
    ),
    "register": (
        r"register|sign ?up|create (?:an |your )?account|new customer.*|join",
        (
            r"(?:sign|log) ?in\b.*"
            r"|login|(?:my |your "
            r")?account"
        ),
    ),
    "contact": (r"contact(?: us| form)?", r"help|support"),
    "subscribe": (r"newsletter|subscribe\b.*",),
}


@dataclass(frozen=True, slots=True)
class Button:
    """A button that goes on; ``final`` when its label ends the form."""

    element: Element
    final: bool


def judge(element: Element, intent: str) -> Button | None:
    """The element as a button of a form with this intent, or None."""
    label = fold(element.name or element.value)
    usable = element.role in ("button", "link") and not element.states & {"disabled", "expanded"}
    if not usable or not label or NEVER.search(label):
        return None
    if element.role == "button" and re.fullmatch(_FINAL.get(intent, _FINAL["submit"]), label):
        return Button(element, True)
    if _STEP.fullmatch(label) and intent in ("checkout", "pay", "sign in", "register"):
        return Button(element, False)
    return None


def belongs_elsewhere(element: Element, intent: str) -> bool:
    """Whether a button ends a form of another kind: its fields are not ours."""
    label = fold(element.name or element.value)
    if element.role != "button" or not label:
        return False
    others = [p for i, p in _FINAL.items() if i not in (intent, "submit", "pay")]
    own = re.fullmatch(_FINAL.get(intent, ""), label) if intent in _FINAL else None
    return own is None and (
        bool(re.search(r"\b(?:search|apply|filter|update|check|show|estimate)\b", label))
        or any(re.fullmatch(p, label) for p in others)
    )


def leads_to(elements: Sequence[Element], intent: str) -> Button | None:
    """The link or button that leads to the form: "Checkout", then "Cart"."""
    for pattern in _LEADS.get(intent, ()):
        for element in elements:
            label = fold(element.name)
            fits = element.role in ("link", "button", "menuitem") and re.fullmatch(pattern, label)
            if fits and "disabled" not in element.states:
                return Button(element, False)
    return None
