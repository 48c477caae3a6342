"""What a plan must not do unasked."""

from __future__ import annotations

import pytest

from abos.planner import PlanRefused, Step, Verb
from abos.planner.policy import refuse_plan


def click(name: str, irreversible: bool = True) -> Step:
    return Step(Verb.CLICK, name, irreversible=irreversible)


@pytest.mark.parametrize(
    ("goal", "button"),
    [
        ("find out what the mug costs", "Buy now"),
        ("open my account page", "Delete account"),
        ("change my address", "Close my account"),
        ("read the newsletter settings", "Unsubscribe"),
        ("show me the cart", "Place order"),
        ("compare two phones", "Donate"),
    ],
)
def test_deeds_that_nobody_asked_for_are_refused(goal: str, button: str) -> None:
    with pytest.raises(PlanRefused, match="does not ask for"):
        refuse_plan(goal, [click("Search", False), click(button)])


@pytest.mark.parametrize(
    ("goal", "button"),
    [
        ("I need two mugs by friday", "Place order"),
        ("please purchase the cheapest mug", "Buy now"),
        ("get rid of my old account, delete it", "Delete account"),
        ("clear the cart", "Empty cart"),
        ("stop the newsletter", "Unsubscribe"),
        ("write to the shop that I am unhappy", "Send message"),
    ],
)
def test_deeds_that_were_asked_for_are_not(goal: str, button: str) -> None:
    refuse_plan(goal, [click(button)])


def test_what_can_be_undone_may_be_tried() -> None:
    refuse_plan("look around", [click("Order by price", irreversible=False)])
