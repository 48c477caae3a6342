"""Every error a user of ABOS can meet, in one tree.

Each carries a `hint` that says what to do, and an `exit_code` for the command line. Errors of the
other rooms are translated into these at the syscall boundary (`kernel/translate.py`).
"""

from __future__ import annotations

FAILURE, USAGE = 1, 2


class AbosError(Exception):
    """The root of all ABOS errors."""

    hint = ""
    exit_code = FAILURE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


# ---- the caller asked for something that makes no sense -----------------------------------


class UsageError(AbosError):
    """The request itself is wrong; the same request will fail again."""

    exit_code = USAGE


class BadConfig(UsageError):
    """A setting has an unknown name or a value out of range."""

    hint = "Fix the setting named above; `abos doctor` shows where settings are read from."


class BadUrl(UsageError):
    """Not an http(s) address."""

    hint = "Give a full address such as https://example.com/."


class BadAction(UsageError):
    """An action's values make no sense, such as an unknown key."""


class NoSuchProcess(UsageError):
    """No process carries this pid."""

    hint = "List the living processes with kernel.ps()."

    def __init__(self, pid: int) -> None:
        super().__init__(f"no process {pid}")


class NotPermitted(UsageError):
    """The process lacks the capability that this system call needs."""

    hint = "Spawn the process with that capability."


class WrongState(UsageError):
    """The process's state does not allow this system call, for example while it is paused."""


class BadSnapshot(UsageError):
    """The bytes are not a snapshot, are cut short, or were changed."""

    hint = "Take the snapshot again."


class SnapshotLocked(UsageError):
    """The snapshot is sealed with another key than the one of this machine's profiles."""

    hint = "Set ABOS_ENCRYPTION_KEY to the key that it was taken with."


class CannotRestore(UsageError):
    """The snapshot can't be restored in the way that was asked for."""


class NoSuchSnapshot(UsageError):
    """No stored snapshot carries this id, or several do."""

    hint = "`abos snapshot ls` lists them."


class NoSuchDecision(UsageError):
    """No decision carries this id, or it is no longer kept."""

    hint = "`abos why` lists the latest ones."


# ---- the process ended or ran out ----------------------------------------------------------


class ProcessGone(AbosError):
    """The process has ended, so the system call can't be performed."""

    hint = "Spawn a new process."


class BudgetSpent(AbosError):
    """The process has used up one of its budgets."""

    hint = "Raise the limit when spawning, or make the task smaller."


class DeadlinePassed(AbosError):
    """A system call did not finish in its time."""

    hint = "Try again, or give a longer deadline."


class TooBusy(AbosError):
    """A bound was reached: processes, queued tasks or waiting callers."""

    hint = "Wait for a process to end, or raise the limit in the configuration."


class Interrupted(AbosError):
    """The kernel was shut down while the request was under way."""

    exit_code = 130


# ---- the browser and the page --------------------------------------------------------------


class BrowserError(AbosError):
    """The browser could not be started or has died."""

    hint = "`abos doctor --fix` checks the browser."


class PageError(AbosError):
    """The page could not be loaded or did not answer."""


class NavigationFailed(PageError):
    """The address could not be opened."""

    hint = "Check the address and the network."


class PageLost(PageError):
    """The page crashed or its document went away."""

    hint = "Observe again; after a crash, spawn a new process."


class ProfileError(AbosError):
    """A stored profile could not be read, opened or written."""


class StoreFailed(AbosError):
    """The store of snapshots could not do what it was asked."""


# ---- a kernel in another process was asked ---------------------------------------------------


class BadRequest(UsageError):
    """What came over a control socket is no request."""

    hint = "Use the `abos` command of the version that the kernel runs."


class UnknownCommand(UsageError):
    """The kernel has no such control command; the message lists those it has."""

    hint = "Use the `abos` command of the version that the kernel runs."


class NoKernel(AbosError):
    """No kernel of this user runs on this machine, or not the one that was meant."""

    hint = 'Start one: `abos run "GOAL" --url URL`, or `Kernel()` in a script.'


class KernelSilent(AbosError):
    """A kernel runs and did not answer a control command, or not in a way that makes sense."""

    hint = "It may be busy or of another version. Try again, or restart it."


class Refused(AbosError):
    """A kernel answered a control command with an error; `kind` is that error's class."""

    def __init__(self, kind: str, message: str, *, hint: str = "", exit_code: int = FAILURE):
        super().__init__(message, hint=hint)
        self.kind = kind
        self.exit_code = exit_code


# ---- an element could not be used ----------------------------------------------------------


class ElementError(AbosError):
    """An element could not be acted on. Says which element and why."""

    def __init__(self, ref: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{ref}: {message}", hint=hint)
        self.ref = ref


class ElementGone(ElementError):
    """The element has left the page."""

    hint = "Observe the page again and use a fresh ref."


class UnknownElement(ElementError):
    """The ref was never given out."""

    hint = "Use a ref from an observation of this process."
    exit_code = USAGE


class ElementHidden(ElementError):
    """The element is there and takes no space or is invisible."""

    hint = "Open whatever shows it first."


class ElementCovered(ElementError):
    """Another element would receive the click."""

    hint = "Close or move what covers it first."

    def __init__(self, ref: str, message: str, *, cover: str = "") -> None:
        super().__init__(ref, message)
        self.cover = cover
        """What covers it, for people: `div#banner "Cookies"`."""


class ElementDisabled(ElementError):
    """The element is disabled or read-only."""

    hint = "Fulfil what enables it first."


class ElementMoving(ElementError):
    """The element did not come to rest before the deadline."""


class WrongElement(ElementError):
    """The element can't take this action, for example fill on a button."""


class DialogOpen(PageError):
    """A JavaScript dialog holds the page."""

    hint = "Answer it first with AnswerDialog."


class WaitFailed(PageError):
    """What was waited for did not happen in time."""


# ---- deciding and planning -----------------------------------------------------------------


class CannotPlan(AbosError):
    """No plan could be made for the goal."""


class GoalRefused(AbosError):
    """The goal, or what a plan would do for it, must not be done."""


class UnsafeGoal(AbosError):
    """The goal would harm somebody; nothing was done."""


class CannotDecide(AbosError):
    """No tier was sure enough about a decision."""


class ModelFailed(AbosError):
    """A model could not be reached or gave no usable answer."""


class TaskFailed(AbosError):
    """The agent could not finish its task; says at which step and why."""


def was_performed(error: BaseException) -> bool:
    """Whether an action's error came after its input had reached the page.

    Then it must not be repeated blindly: the first time may have worked.
    """
    return bool(getattr(error, "performed", False))
