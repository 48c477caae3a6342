"""What each system call on a page or a model does, once the kernel has let it through."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..planner import (
    CLOUD_COST,
    Change,
    Decider,
    Decision,
    Page,
    Plan,
    Planner,
    PlanRequest,
    PlanStream,
    Question,
    Steps,
    known,
    page_of,
    question_about,
)
from ..snapshot import Observation, RestoreReport, Snapshot, is_sealed
from .actions import Action, Effect
from .errors import UsageError
from .past import Past
from .process import ProcessRecord
from .syscalls import (
    Act,
    BeginPlan,
    Decide,
    Evaluate,
    Extract,
    MakePlan,
    MoreSteps,
    Navigate,
    Observe,
    Restore,
    TakeSnapshot,
)

_TEXT_CHARS = 20_000
"""Of a page's text that a question is answered from."""


class Space(Protocol):
    """What the kernel asks of an address space; `space.AddressSpace` fits, and so do fakes."""

    @property
    def url(self) -> str:
        """Address of the current tab."""
        ...

    async def touch(self) -> None:
        """Make the first observation quick."""

    async def greet(self, max_tokens: int) -> Observation:
        """Read the page, for an `observe` that may follow at once."""
        ...

    async def navigate(self, url: str) -> Effect:
        """Open an address."""
        ...

    async def observe(self, max_tokens: int) -> Observation:
        """Read the page."""
        ...

    async def act(self, action: Action) -> Effect:
        """Do something to the page."""
        ...

    async def extract(self, ref: str, kind: str, max_chars: int) -> Any:
        """Read more of an element or the page."""

    async def evaluate(self, expression: str) -> Any:
        """Run the page's own JavaScript."""

    async def snapshot(self, how: TakeSnapshot, key: bytes | None = None) -> Snapshot:
        """Turn the page into bytes, sealed with `key` if they are taken live."""
        ...

    async def restore(self, what: Restore, key: bytes | None = None) -> RestoreReport:
        """Bring bytes back, which `key` opens if they are sealed."""
        ...

    async def close(self) -> None:
        """Let go."""


_PLAN_TOKENS = 1500
"""Of the page, in a prompt."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What a handler may use."""

    space: Space
    record: ProcessRecord
    planner: Planner
    decider: Decider
    key: Callable[[], bytes]
    """The key of sealed snapshots. Blocks, and raises `pool.ProfileError`s."""
    profile: str = ""
    past: Past = field(default_factory=Past)
    """What the process saw and did last."""
    budget: float = math.inf
    """What the process may still spend."""
    charge: Callable[[float], None] = lambda _: None
    """Puts something on its bill."""


async def _navigate(at: Resources, request: Navigate) -> Effect:
    effect = await at.space.navigate(request.url)
    at.past.navigated(request.url, effect)
    return effect


async def _observe(at: Resources, request: Observe) -> Observation:
    view = await at.space.observe(request.max_tokens)
    at.past.saw(view)
    return view


async def _act(at: Resources, request: Act) -> Effect:
    effect = await at.space.act(request.action)
    at.past.acted(request.action, effect)
    return effect


async def _extract(at: Resources, request: Extract) -> Any:
    return await at.space.extract(request.ref, request.kind, request.max_chars)


async def _evaluate(at: Resources, request: Evaluate) -> Any:
    return await at.space.evaluate(request.expression)


async def _snapshot(at: Resources, request: TakeSnapshot) -> Snapshot:
    return await at.space.snapshot(request, await _key(at) if request.live else None)


async def _restore(at: Resources, request: Restore) -> RestoreReport:
    return await at.space.restore(request, await _key(at) if is_sealed(request.data) else None)


async def _key(at: Resources) -> bytes:
    return await asyncio.to_thread(at.key)


async def _decide(at: Resources, request: Decide) -> Decision:
    page = await _page(at, request)
    # Reading values out of a long text would hold up the event loop.
    question = await asyncio.to_thread(_question, request, page, at.past.change)
    decision = await at.decider.decide(question, profile=at.profile, budget=at.budget)
    if decision.by == "cloud":
        at.charge(CLOUD_COST)
    return decision


def _question(request: Decide, page: Page, change: Change) -> Question:
    question = question_about(
        request.kind,
        request.instruction,
        page,
        action=request.action,
        value=request.value,
        change=change if request.kind == "done" else None,
    )
    return replace(question, irreversible=request.irreversible, or_none=request.or_none)


async def _page(at: Resources, request: Decide) -> Page:
    """The page as the question needs it: its plain text where more than a view's is asked of."""
    view = await at.space.observe(request.max_tokens)
    at.past.saw(view)
    if request.kind in ("element", "option", "done") or view.dialog is not None:
        return page_of(view)
    text = await at.space.extract("", "text", _TEXT_CHARS)
    return page_of(view, text if isinstance(text, str) else "")


async def _plan(at: Resources, request: MakePlan) -> Plan:
    plan = at.planner.read(request.goal, at.space.url)
    if isinstance(plan, Plan):
        return plan
    stream = await _asked(at, PlanRequest(request.goal), plan.why)
    return await stream.whole()


async def _begin_plan(at: Resources, request: BeginPlan) -> Steps:
    plan = at.planner.read(request.goal, at.space.url)
    if isinstance(plan, Plan) and not request.anew:
        return known(plan)
    why = "as its own words have led nowhere" if isinstance(plan, Plan) else plan.why
    asked = PlanRequest(request.goal, None, request.done, request.failed)
    stream = await _asked(at, asked, why)
    return await stream.more(0)


async def _asked(at: Resources, request: PlanRequest, why: str) -> PlanStream:
    """Begin to ask the cloud, with the page as it is; the process owns what comes of it."""
    if at.record.plan is not None:
        await at.record.plan.close()
    view = await at.space.observe(_PLAN_TOKENS)
    at.record.plan = at.planner.begin(replace(request, observation=view), why)
    at.charge(CLOUD_COST)
    return at.record.plan


async def _more_steps(at: Resources, request: MoreSteps) -> Steps:
    stream: PlanStream | None = at.record.plan
    if stream is None:
        raise UsageError("there is no plan under way", hint="Begin one with BeginPlan.")
    return await stream.more(request.after)


HANDLERS: dict[type[Any], Callable[[Resources, Any], Awaitable[Any]]] = {
    Navigate: _navigate,
    Observe: _observe,
    Act: _act,
    Extract: _extract,
    Evaluate: _evaluate,
    TakeSnapshot: _snapshot,
    Restore: _restore,
    Decide: _decide,
    MakePlan: _plan,
    BeginPlan: _begin_plan,
    MoreSteps: _more_steps,
}
