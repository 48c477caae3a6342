"""Something lies over the element: a cookie banner, a pop-up. Close it and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...planner import dismissal
from ..actions import Click
from ..errors import ElementCovered
from .choosing import chosen

if TYPE_CHECKING:
    from .agent import Agent


async def clear_the_way(agent: Agent, covered: ElementCovered) -> bool:
    """Dismiss what covers an element. False when nothing on the page looks able to do that."""
    view = await agent.sys.observe()
    ref = dismissal(view, covered.cover)
    if ref is None:
        return False
    await agent.do(Click(ref), chosen(view, ref, "exact"))
    return True
