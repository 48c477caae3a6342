"""Steps, actions and effects in plain words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ...planner import Step, Verb
from ..actions import (
    Action,
    AnswerDialog,
    Check,
    Drag,
    Effect,
    Fill,
    OpenTab,
    Press,
    Scroll,
    Select,
    SwitchTab,
    Type,
    Upload,
    WaitFor,
)
from ..redact import MASK, hide, plan_secrets, redact
from .choice import Choice

_LEADING_AND = re.compile(r"^(?:and|then|and then)\s+", re.IGNORECASE)
_NAMES = {
    "DoubleClick": "double click",
    "AnswerDialog": "answer the dialog",
    "SelectText": "select the text of",
}


def say_step(step: Step) -> str:
    """A plan's step: `fill "Search": blue mug`, without secrets."""
    if step.source and step.verb is not Verb.FORM:
        return hide(redact(_LEADING_AND.sub("", step.source)), plan_secrets((step,)))
    if step.verb is Verb.FORM:
        names = ", ".join(label for label, _ in step.fields)
        return f"{step.value or 'form'} ({names})" if names else step.value
    parts = [step.verb.value, f'"{step.target}"' if step.target else "", step.value]
    return " ".join(part for part in parts if part)


def say_action(action: Action, choice: Choice) -> str:
    """An action on a chosen element: `click button "Add to cart"`."""
    if isinstance(action, Press):
        return f"press {action.key}" + (f" in {choice.what}" if choice.what else "")
    kind = type(action).__name__
    parts = (_NAMES.get(kind, kind.lower()), choice.what, _detail(action, choice))
    return " ".join(part for part in parts if part)


def say_effect(effect: Effect) -> str:
    """What an action led to, in a few words."""
    if effect.dialog:
        return f"dialog: {effect.dialog}"
    if effect.new_tab:
        return f"new tab {effect.new_tab}"
    if effect.downloads:
        return f"download {effect.downloads[-1]}"
    if effect.navigated:
        return f"→ {effect.url}"
    counts = [(effect.added, "+"), (effect.removed, "−"), (effect.changed, "~")]
    return " ".join(f"{sign}{count}" for count, sign in counts if count) or "no change"


def _typed(action: Fill | Type, choice: Choice) -> str:
    value = action.value if isinstance(action, Fill) else action.text
    return f"with {MASK}" if choice.secret else f'with "{value}"'


_DETAILS: dict[type[Any], Callable[[Any, Choice], str]] = {
    Fill: _typed,
    Type: _typed,
    Select: lambda action, _: f'to "{", ".join(action.options)}"',
    Check: lambda action, _: "on" if action.checked else "off",
    Upload: lambda action, _: ", ".join(action.paths),
    Drag: lambda action, _: (
        f"onto {action.onto}" if action.onto else f"by {action.dx}, {action.dy}"
    ),
    Scroll: lambda action, _: f"by {action.dy}" if action.dy else "",
    AnswerDialog: lambda action, _: "accept" if action.accept else "dismiss",
    SwitchTab: lambda action, _: str(action.index),
    OpenTab: lambda action, _: action.url,
    WaitFor: lambda action, _: f'for "{action.text}"' if action.text else "",
}


def _detail(action: Action, choice: Choice) -> str:
    say = _DETAILS.get(type(action))
    return say(action, choice) if say else ""
