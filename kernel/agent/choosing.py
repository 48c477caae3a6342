"""Finding the element that words mean."""

from __future__ import annotations

from ...snapshot import Observation
from ..actions import WaitFor
from ..errors import WaitFailed
from ..handle import Process
from .choice import Choice, chosen

PATIENCE_S = 2.0
"""How long a page that is still filling up may take to show what was not there at first."""
_QUIET_S = 0.3
"""A page that loads nothing, and does not change for this long, shows all that it will."""


async def decided(
    process: Process, target: str, kind: str, *, value: str = "", irreversible: bool = False
) -> Choice:
    """Let the kernel decide. Raises `CannotDecide` when no tier is sure."""
    decision = await process.decide(target, kind, value=value, irreversible=irreversible)
    view = await process.observe(1)
    told = (decision.by, decision.probability, decision.seconds, decision.id)
    return chosen(view, decision.ref or "", *told)


async def changes(
    process: Process, since: Observation | None = None, *, timeout_s: float = PATIENCE_S
) -> bool:
    """Wait until the page changes; False when it has settled, or did not in time.

    With `since` it is also a change when the page is no longer as it was seen then.
    """
    try:
        await process.act(WaitFor(change=True, timeout_s=timeout_s, quiet_s=_QUIET_S))
    except WaitFailed:
        return since is not None and not _alike(since, await process.observe())
    return True


def _alike(one: Observation, two: Observation) -> bool:
    return (one.url, one.text, one.elements) == (two.url, two.text, two.elements)
