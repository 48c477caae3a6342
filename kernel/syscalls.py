"""The system calls: requests as frozen values, and the table that says what each needs.

A request carries everything; `Kernel.syscall(pid, request)` is the one door. Because requests and
results are plain values, remote calls, tracing and replay need no second mechanism.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..planner import Kind
from ..snapshot import Network
from .actions import Action
from .process import Limits

# ---- capabilities ---------------------------------------------------------------------------

PROCESS, NAVIGATE, OBSERVE, ACT, EVALUATE, SNAPSHOT, MODEL = (
    "process",
    "navigate",
    "observe",
    "act",
    "evaluate",
    "snapshot",
    "model",
)
ALL_CAPABILITIES = frozenset({PROCESS, NAVIGATE, OBSERVE, ACT, EVALUATE, SNAPSHOT, MODEL})
AGENT_CAPABILITIES = ALL_CAPABILITIES - {EVALUATE}
"""What a submitted task gets: everything but running its own JavaScript in the page."""


# ---- requests -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start a process on a page. Result: `Spawned`. The only call that needs no pid."""

    url: str
    """Where to begin; empty for a blank page."""
    profile: str = "default"
    capabilities: frozenset[str] = ALL_CAPABILITIES
    limits: Limits = field(default_factory=Limits)
    task: str = ""
    """What it is for, shown by `ps`."""


@dataclass(frozen=True, slots=True)
class Exit:
    """End the calling process of its own will. Result: `ResourceUsage`."""

    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kill:
    """End another process at once."""

    pid: int
    reason: str = "killed"


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until another process has ended. Result: its exit code."""

    pid: int
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop this process: its calls wait until it is resumed."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Take a paused process up again."""


@dataclass(frozen=True, slots=True)
class Navigate:
    """Open an address in the current tab. Result: `Effect`."""

    url: str


@dataclass(frozen=True, slots=True)
class Observe:
    """Read the current tab. Result: `Observation`."""

    max_tokens: int = 1500


@dataclass(frozen=True, slots=True)
class Act:
    """Do something to the page. Result: `Effect`."""

    action: Action


@dataclass(frozen=True, slots=True)
class Extract:
    """Read more of one element, or of the page. Result: `str`, or a list for the others.

    `things` is everything that the page shows, controls or not, each with a ref; see
    `planner.Thing`.
    """

    ref: str = ""
    kind: Literal["text", "html", "value", "links", "table", "things"] = "text"
    max_chars: int = 20_000


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Run JavaScript in the page's own world. Result: its JSON value."""

    expression: str


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Turn the page into bytes. Result: `Snapshot`."""

    boxes: bool = True
    """With the layout box of each element."""
    pierce: bool = False
    """Look into closed shadow roots of plain elements too, at several times the cost."""
    live: bool = False
    """With what a live restore needs: storage, cookies, and the responses that the page was made
    of. They hold secrets, so `Snapshot.data` is sealed then with the key of the stored profiles."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Bring a snapshot back into the current tab. Result: `RestoreReport`.

    One that was taken live replaces cookies and storage of the whole process.
    """

    data: bytes
    mode: Literal["auto", "live", "inert"] = "auto"
    """`live`: load the page and run its scripts. `inert`: show it from the snapshot, nothing of it
    runs. `auto`: live for pages of the web, inert for others."""
    assets: bool = False
    """Whether an inert page may get pictures and fonts from the network."""
    network: Network = "live"
    """Where a live page gets what its recording lacks: from the network, or (`recorded`) not at
    all, as long as it is being restored."""


@dataclass(frozen=True, slots=True)
class Decide:
    """A small decision about the current page. Result: `Decision`."""

    instruction: str
    """The words that mean an element, an option or a value; a question; a step, for `done`."""
    action: str = ""
    """`click`, `fill`, `select`, `check`... narrows the candidates by role."""
    value: str = ""
    """What will be put there, if that is known: it helps to find the list that offers it."""
    irreversible: bool = False
    """What follows can't be undone, so the decision has to be surer."""
    max_tokens: int = 1500
    kind: Kind = "element"
    """What is asked for: an `element`, an `option` on offer, yes or no about the page (`yesno`),
    whether the last action did what the instruction says (`done`), or a short `value` shown."""
    or_none: bool = False
    """Take "none of these" for an answer; else it is an error."""


@dataclass(frozen=True, slots=True)
class MakePlan:
    """Turn a goal into steps for the page as it is. Result: `Plan`."""

    goal: str


@dataclass(frozen=True, slots=True)
class BeginPlan:
    """Turn a goal into steps that may be taken before the last one is there. Result: `Steps`.

    A process has one plan at a time: what another one still was to bring is given up.
    """

    goal: str
    done: tuple[str, ...] = ()
    """What was done for it already, in words."""
    failed: str = ""
    """The step that could not be done then, and why."""
    anew: bool = False
    """By a model, as the goal's own words, or an earlier plan, have led nowhere."""


@dataclass(frozen=True, slots=True)
class MoreSteps:
    """Wait for more of the plan that was begun. Result: `Steps`."""

    after: int
    """Steps that are known already."""


Request = (
    Spawn
    | Exit
    | Kill
    | Wait
    | Pause
    | Resume
    | Navigate
    | Observe
    | Act
    | Extract
    | Evaluate
    | TakeSnapshot
    | Restore
    | Decide
    | MakePlan
    | BeginPlan
    | MoreSteps
)


# ---- results that belong to the kernel --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spawned:
    """A process that is ready."""

    pid: int
    how: Literal["warm", "cold"]
    startup_s: float
    """From the request until the page was loaded and could be observed."""
    url: str


# ---- the table ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spec:
    """What the kernel checks before it performs a system call."""

    name: str
    capability: str
    """Empty when every process may make the call."""
    deadline_s: float
    cost: float
    """Charged to the process; 1 is about a millisecond of browser time."""
    in_order: bool = True
    """Whether it waits for the process's earlier calls; calls about processes do not."""


TABLE: dict[type[Any], Spec] = {
    Spawn: Spec("SPAWN", PROCESS, 30.0, 50, in_order=False),
    Exit: Spec("EXIT", "", 10.0, 0, in_order=False),
    Kill: Spec("KILL", PROCESS, 10.0, 1, in_order=False),
    Wait: Spec("WAIT", PROCESS, 3600.0, 0),
    Pause: Spec("PAUSE", PROCESS, 10.0, 0),
    Resume: Spec("RESUME", PROCESS, 10.0, 0, in_order=False),
    Navigate: Spec("NAVIGATE", NAVIGATE, 30.0, 40),
    Observe: Spec("OBSERVE", OBSERVE, 10.0, 5),
    Act: Spec("ACT", ACT, 30.0, 10),
    Extract: Spec("EXTRACT", OBSERVE, 10.0, 5),
    Evaluate: Spec("EVALUATE", EVALUATE, 10.0, 5),
    TakeSnapshot: Spec("SNAPSHOT", SNAPSHOT, 15.0, 20),
    Restore: Spec("RESTORE", SNAPSHOT, 30.0, 50),
    Decide: Spec("DECIDE", MODEL, 30.0, 20),
    MakePlan: Spec("PLAN_ALL", MODEL, 120.0, 100),
    BeginPlan: Spec("PLAN", MODEL, 120.0, 100),
    MoreSteps: Spec("PLAN_MORE", MODEL, 120.0, 0),
}


def spec_of(request: Request) -> Spec:
    """The table row of a request."""
    return TABLE[type(request)]
