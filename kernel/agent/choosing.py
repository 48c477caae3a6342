"""Finding the element that words mean, with patience for pages that are still filling up."""

from __future__ import annotations

from ..actions import WaitFor
from ..errors import CannotDecide, WaitFailed
from ..handle import Process
from .choice import Choice, chosen

_TRIES = 3
_PATIENCE_S = 2.0
"""How long a page may take to show what was not there at first, each time."""


async def choose(
    process: Process, target: str, kind: str, *, value: str = "", irreversible: bool = False
) -> Choice:
    """Let the kernel decide; when no tier is sure, wait for the page to change and ask again."""
    for attempt in range(_TRIES):
        try:
            decision = await process.decide(target, kind, value=value, irreversible=irreversible)
        except CannotDecide:
            if attempt + 1 == _TRIES or not await changes(process, _PATIENCE_S):
                raise
        else:
            view = await process.observe(1)
            told = (decision.by, decision.probability, decision.seconds, decision.id)
            return chosen(view, decision.ref or "", *told)
    raise AssertionError("unreachable")


async def changes(process: Process, timeout_s: float) -> bool:
    """Wait until the page changes; False when it did not in time."""
    try:
        await process.act(WaitFor(change=True, timeout_s=timeout_s))
    except WaitFailed:
        return False
    return True
