"""What a plan may do without having been asked: nothing that cannot be undone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import PlanRefused
from .steps import Step

_SHOPPING = r"buy|order|purchase|pay|get|need|want|check ?out|book|reserve|subscribe|donate|spend"
_DEEDS = {
    # What a step would do, and what a goal says that asks for it.
    r"buy|pay|purchase|order|checkout|donate|transfer": _SHOPPING + r"|transfer|send",
    r"delete|erase|close (?:\w+ )?account|deactivate|empty": "|".join(
        ["delet", "eras", "remov", "clos", "deactiv", "empt", "clear", "cancel", "clean", "throw"]
    ),
    r"unsubscribe|cancel": r"unsubscri|cancel|stop|end|return|undo",
}
_TABLE = tuple(
    (re.compile(rf"\b(?:{deed})\b", re.IGNORECASE), re.compile(rf"\b(?:{asked})", re.IGNORECASE))
    for deed, asked in _DEEDS.items()
)


def refuse_plan(goal: str, steps: Iterable[Step]) -> None:
    """Raise PlanRefused when a step would do what nobody asked for and nobody can undo.

    A plan comes from a model, and the model has read a page that a stranger wrote.
    """
    for step in steps:
        if not step.irreversible:
            continue
        said = f"{step.target} {step.value}".strip()
        for deed, asked in _TABLE:
            if deed.search(said) and not asked.search(goal):
                raise PlanRefused(
                    f"The plan would {step.verb} {said!r}, which the goal does not ask for.",
                    "Say so in the goal if it is meant.",
                )
