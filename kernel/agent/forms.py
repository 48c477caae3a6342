"""Filling in a form, over as many pages as it takes."""

from __future__ import annotations

from ...planner import Advance, CheckField, FillField, FormProgress, SelectField, Step, Stuck
from ...planner import Done as FormDone
from ...planner import next_form_action as next_action
from ..actions import Action, Check, Click, Fill, Select
from ..errors import TaskFailed
from .choice import chosen
from .choosing import changes
from .hands import Hands

_PATIENCE_S = 3.0


async def complete_form(hands: Hands, step: Step) -> None:
    """Put the step's data into the fields that ask for them and go on until the form is done.

    Raises `TaskFailed` when a required field has no datum, or nothing leads on.
    """
    progress = FormProgress()
    waited = False
    while True:
        view = await hands.observe()
        move, progress = next_action(view, step.fields, step.value, progress)
        if isinstance(move, FormDone):
            return
        if isinstance(move, Stuck):
            if waited or not await changes(hands.sys, timeout_s=_PATIENCE_S):
                missing = f" (missing: {', '.join(move.missing)})" if move.missing else ""
                raise TaskFailed(
                    f"{step.value or 'the form'}: {move.reason}{missing}",
                    hint="Give the missing data in the goal." if move.missing else "",
                )
            waited = True
            continue
        waited = False
        await hands.do(_action(move), chosen(view, move.ref, "form"))


def _action(move: FillField | SelectField | CheckField | Advance) -> Action:
    match move:
        case FillField():
            return Fill(move.ref, move.value)
        case SelectField():
            return Select(move.ref, (move.option,))
        case CheckField():
            return Check(move.ref)
        case Advance():
            return Click(move.ref)
