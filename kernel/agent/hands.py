"""The agent's hands: act, recover when something is in the way, and note every move."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ...planner import Step, dismissal
from ...snapshot import Dialog, Observation
from ..actions import Action, AnswerDialog, Click, Effect, Press, SwitchTab
from ..errors import (
    AbosError,
    CannotDecide,
    DialogOpen,
    ElementCovered,
    ElementDisabled,
    ElementGone,
    PageLost,
    TaskFailed,
    was_performed,
)
from ..handle import Process
from ..task import By, Event, Move, Moved, Task
from .choice import Choice, chosen
from .choosing import changes, decided
from .feed import Feed
from .looking import look_again, look_for
from .wording import say_action, say_effect

_TRIES = 3
"""Times an action is tried when its element is covered or went away."""


class Hands:
    """What routines are made of, and the record of one task's moves."""

    def __init__(self, process: Process, task: Task, emit: Callable[[Event], None]) -> None:
        self.sys = process
        self.moves: list[Move] = []
        self.answers: list[str] = []
        self.memory = ""
        """What the last reading or copying found."""
        self.picked: dict[str, tuple[str, ...]] = {}
        """What was chosen in lists that take several, by their refs."""
        self.dragged: set[str] = set()
        """Refs of what was dragged somewhere already."""
        self.url = task.url
        """Where the last action led."""
        self.feed: Feed | None = None
        """The plan under way."""
        self._met: dict[str, int] = {}
        """After how many moves each element was first seen."""
        self._max_moves = task.max_steps
        self._emit = emit

    async def ahead(self) -> tuple[Step, ...]:
        """The plan's steps after the current one, as far as they are known: the next one is."""
        return await self.feed.ahead() if self.feed is not None else ()

    async def observe(self) -> Observation:
        """Read the page, once a dialog that nobody asked for is out of the way."""
        for _ in range(_TRIES):
            view = await self.sys.observe()
            if view.dialog is None:
                for element in view.elements:
                    self._met.setdefault(element.ref, len(self.moves))
                return view
            await self._answer(view.dialog)
        raise DialogOpen(f"dialogs keep opening: {view.dialog}")

    async def do(self, action: Action, choice: Choice | None = None) -> Effect:
        """Perform an action, clear the way when something covers its element, and note it."""
        for attempt in range(_TRIES):
            try:
                return await self._once(action, choice or Choice())
            except (ElementCovered, ElementDisabled, DialogOpen) as blocked:
                last = attempt + 1 == _TRIES
                ref = getattr(action, "ref", "")
                if last or was_performed(blocked) or not await self._clear_the_way(blocked, ref):
                    raise
        raise AssertionError("unreachable")

    async def decide_and_do(
        self, step: Step, target: str, kind: str, make: Callable[[Choice], Action]
    ) -> Effect:
        """Find the element that `target` means and act on it; look again when it went away.

        An action that may have reached the page is never repeated: it could be a second order.
        """
        for attempt in range(_TRIES):
            choice = await self.choose(
                target, kind, value=step.value, irreversible=step.irreversible
            )
            if step.irreversible and not _same_deed(target, choice.what):
                raise CannotDecide(
                    f"{choice.what} does not say that it would {target!r}",
                    hint="Name the button as the page does.",
                )
            if choice.disabled and await changes(self.sys):
                continue
            try:
                return await self.do(make(choice), choice)
            except (ElementGone, PageLost) as error:
                risky = step.irreversible and isinstance(error, PageLost)
                if attempt + 1 == _TRIES or risky or was_performed(error):
                    raise
        raise AssertionError("unreachable")

    async def choose(
        self, target: str, kind: str, *, value: str = "", irreversible: bool = False
    ) -> Choice:
        """Let the kernel decide which element words mean; a dialog in the way is answered.

        What no tier is sure of is looked for among all that the page shows and hides, again when
        the page changes.
        """
        for attempt in range(_TRIES):
            before = await self.sys.observe()
            try:
                found = await decided(
                    self.sys, target, kind, value=value, irreversible=irreversible
                )
                return await look_again(self, target, kind, found) or found
            except DialogOpen:
                await self.observe()
            except CannotDecide:
                if (
                    attempt == 0
                    and kind == "fill"
                    and await self._dismiss_newest(await self.observe())
                ):
                    continue
                seen = await look_for(self, target, kind, irreversible=irreversible)
                if seen is not None:
                    return seen
                if attempt + 1 == _TRIES or not await changes(self.sys, before):
                    raise
        raise DialogOpen("dialogs keep opening")

    def note(self, what: str, note: str = "", by: By = "plan") -> None:
        """Note something that needed no action on an element."""
        self._check_budget()
        self._add(Move(len(self.moves) + 1, what, by, note=note))

    def _add(self, move: Move) -> None:
        self.moves.append(move)
        self._emit(Moved(move))

    def _check_budget(self) -> None:
        if len(self.moves) >= self._max_moves:
            raise TaskFailed(
                f"the task took {self._max_moves} moves and is not done",
                hint="Raise max_steps, or make the task smaller.",
            )

    async def _clear_the_way(
        self, blocked: ElementCovered | ElementDisabled | DialogOpen, ref: str
    ) -> bool:
        """Dismiss what keeps `ref` from us; False when nothing looks able to do that."""
        view = await self.observe()
        if isinstance(blocked, DialogOpen):
            return True
        others = replace(view, elements=tuple(e for e in view.elements if e.ref != ref))
        if isinstance(blocked, ElementDisabled):
            return await self._dismiss_newest(others)
        ref = dismissal(others, blocked.cover) or ""
        if not ref:
            # A list or menu that was left open closes so; a page without one does nothing.
            effect = await self._once(Press("Escape"), Choice())
            return effect.any
        await self._once(Click(ref), chosen(view, ref, "exact"))
        return True

    async def _dismiss_newest(self, view: Observation) -> bool:
        """Dismiss what came up with the last action, and holds the rest until it is answered."""
        newest = max(self._met.values(), default=0)
        new = tuple(e for e in view.elements if newest and self._met.get(e.ref) == newest)
        away = dismissal(replace(view, elements=new), "dialog")
        if away is None:
            return False
        await self._once(Click(away), chosen(view, away, "exact"))
        return True

    async def _answer(self, dialog: Dialog) -> None:
        """Nobody asked for this dialog: read alerts, refuse everything else."""
        await self._once(AnswerDialog(accept=dialog.kind == "alert"), Choice())

    async def _once(self, action: Action, choice: Choice) -> Effect:
        self._check_budget()
        started = time.monotonic()
        what = say_action(action, choice)
        try:
            effect = await self.sys.act(action)
        except AbosError as error:
            self._add(self._move(what, choice, started, ok=False, note=str(error)))
            raise
        self.url = effect.url
        self._add(self._move(what, choice, started, note=say_effect(effect)))
        return await self._follow(effect)

    async def _follow(self, effect: Effect) -> Effect:
        """Answer dialogs and go along to tabs, as the person who asked for the action would."""
        if effect.dialog:
            # The goal asked for the action that this dialog wants confirmed.
            return await self._once(AnswerDialog(accept=True), Choice())
        if effect.new_tab:
            view = await self.sys.observe(1)
            await self._once(SwitchTab(len(view.tabs) - 1), Choice())
        return effect

    def _move(
        self, what: str, choice: Choice, started: float, *, ok: bool = True, note: str = ""
    ) -> Move:
        return Move(
            number=len(self.moves) + 1,
            what=what,
            by=choice.by,
            probability=choice.probability,
            decide_s=choice.seconds,
            act_s=time.monotonic() - started,
            ok=ok,
            note=note,
            decision=choice.decision,
        )


_DEEDS = frozenset(
    {"close", "delete", "remove", "erase", "cancel", "empty", "pay", "buy", "order", "send"}
    | {"submit", "post", "publish", "transfer", "donate", "unsubscribe", "deactivate"}
)


def _same_deed(target: str, chosen: str) -> bool:
    """What can't be undone is only done by a button that says so."""
    deeds = _DEEDS & set(target.lower().split())
    return not deeds or any(deed in chosen.lower() for deed in deeds)
