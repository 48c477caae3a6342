"""What a page waits for once the goal's steps are done: an answer pressed, a lone Submit."""

from __future__ import annotations

from ...planner import Step, label_of, phrases_for
from ..actions import Click, Fill
from .choice import chosen
from .hands import Hands
from .looking import as_choice


async def press_answer(hands: Hands, answer: str) -> None:
    """Press the answer where the page offers several of its kind as buttons, as in a quiz."""
    view = await hands.observe()
    offered = [e for e in view.elements if e.role == "button" and "disabled" not in e.states]
    alike = [e for e in offered if e.name.strip().isdigit() == answer.strip().isdigit()]
    mine = [e for e in alike if e.name.strip().casefold() == answer.strip().casefold()]
    if len(mine) == 1 and len(alike) > 1 and len(answer) < 20:
        await hands.do(Click(mine[0].ref), chosen(view, mine[0].ref, "exact"))


async def search_by_fields(hands: Hands, step: Step) -> bool:
    """A search over several fields: each takes the part of the query that its label tells."""
    things = await hands.sys.things()
    fields = [t for t in things if t.kind == "field" and not t.text]
    labels = [label_of(field, things) for field in fields]
    if len(fields) < 2 or not all(labels):
        return False
    parts = phrases_for(step.value, labels)
    if not parts:
        return False
    for field, label in zip(fields, labels, strict=True):
        if parts.get(label):
            await hands.do(Fill(field.ref, parts[label]), as_choice(field))
    choice = await hands.choose("submit", "click")
    await hands.do(Click(choice.ref), choice)
    return True
