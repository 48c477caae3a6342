"""Plans read as they arrive, in whatever pieces."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.planner import BadPlan, PlanRefused, Step, Verb
from abos.planner.plan_reader import MOST_CHARS, PlanReader
from abos.planner.steps import MAX_STEPS

STEPS = [
    {"do": "search", "with": 'blue "mug" é \U0001f600'},
    {"do": "click", "on": "Blue mug }"},
    {"do": "form", "with": "sign in", "fields": {"email": "a@b.c"}},
    {"do": "read", "on": "total", "extra": [1, {"x": None}]},
]
TEXT = json.dumps({"steps": STEPS}, ensure_ascii=False)


def read(*pieces: str) -> list[Step]:
    reader = PlanReader()
    found = [step for piece in pieces for step in reader.feed(piece)]
    reader.end()
    assert reader.count == len(found)
    return found


def test_a_step_is_there_when_its_last_brace_has_come() -> None:
    reader = PlanReader()
    seen = [(place, len(reader.feed(sign))) for place, sign in enumerate(TEXT)]
    closed = [place for place, count in seen if count]
    assert len(closed) == len(STEPS)
    for place, step in zip(closed, STEPS, strict=True):
        assert TEXT[: place + 1].endswith(json.dumps(step, ensure_ascii=False))
    reader.end()


@given(st.lists(st.integers(0, len(TEXT)), max_size=8))
def test_how_it_is_cut_changes_nothing(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(TEXT)]
    pieces = [TEXT[a:b] for a, b in pairwise(places)]
    assert read(*pieces) == read(TEXT)


@given(st.text(st.characters(codec="utf-8", exclude_characters="{"), max_size=30), st.text())
def test_prose_around_it_is_skipped(before: str, behind: str) -> None:
    assert [step.verb for step in read(before, TEXT, behind)] == [
        Verb.SEARCH, Verb.CLICK, Verb.FORM, Verb.READ,
    ]  # fmt: skip


@given(st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_anything_else_is_a_bad_plan(text: str) -> None:
    try:
        read(text)
    except (BadPlan, PlanRefused):
        return
    json.loads(text[text.index("{") : text.rindex("}") + 1])


@given(st.integers(0, len(TEXT) - 1))
def test_half_a_plan_is_no_plan(cut: int) -> None:
    with pytest.raises(BadPlan):
        read(TEXT[:cut])


def test_what_came_before_the_break_was_given_out() -> None:
    reader = PlanReader()
    assert len(reader.feed('{"steps":[{"do":"back"},{"do":"forward"},')) == 2
    with pytest.raises(BadPlan, match="after 2 steps"):
        reader.feed("nonsense")


def test_an_unknown_action_is_named_with_its_place() -> None:
    with pytest.raises(BadPlan, match=r"steps\.1\."):
        read('{"steps":[{"do":"back"},{"do":"explode"}]}')
    with pytest.raises(BadPlan, match=r"steps\.0"):
        read('{"steps":["back"]}')


def test_a_plan_without_end_is_cut() -> None:
    reader = PlanReader()
    assert len(reader.feed('{"steps":[{"do":"back"}' + ',{"do":"back"}' * (MAX_STEPS - 1))) == 40
    with pytest.raises(BadPlan, match=f"more than {MAX_STEPS}"):
        reader.feed(',{"do":"back"}')
    with pytest.raises(BadPlan, match="no end"):
        PlanReader().feed('{"x":"' + "y" * MOST_CHARS)
    with pytest.raises(BadPlan, match="did not answer with a plan"):
        PlanReader().feed("word " * 1000)


def test_a_model_may_say_why_it_makes_no_plan() -> None:
    with pytest.raises(PlanRefused, match="there is no such product"):
        read('{"steps":[],"why":"there is no such product"}')
    with pytest.raises(BadPlan):
        read('{"steps":[]}')
