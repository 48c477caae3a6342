"""The request suite holds what it promises, outcomes are checked, and the stand-in answers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from _standin import StandIn, _left
from _suite import SITES, STYLES, Request, load, unmet

from abos.kernel.demo import SITES as MAKE
from abos.planner import BadPlan, CloudConfig, PlanRequest, PlanStream, Question
from abos.planner.models.cloud import OpenAICloud
from abos.planner.plan_reader import PlanReader
from abos.planner.question import Candidate

SUITE = load()


def _request(*outcome: tuple[Any, ...]) -> Request:
    return replace(SUITE[0], outcome=outcome)


def test_it_is_large_and_mixed_enough() -> None:
    assert len(SUITE) >= 120
    styles = Counter(request.style for request in SUITE)
    assert set(styles) == set(STYLES)
    assert min(styles.values()) >= 20
    assert sum(request.refused for request in SUITE) * 6 >= len(SUITE)
    assert len({request.goal for request in SUITE}) == len(SUITE)


@pytest.mark.parametrize("site", SITES)
def test_nothing_has_happened_before_anybody_came(site: str) -> None:
    state = MAKE[site](0, 0).state()
    wanted = [r for r in SUITE if r.site == site and not r.refused]
    assert [r.id for r in wanted if not unmet(r, state, state, "")] == []


def test_gold_plans_are_plans() -> None:
    cloud = StandIn(SUITE)
    cloud._by_goal = {}
    for request in SUITE:
        if request.gold[0].verb != "refuse":
            rows = [{"verb": s.verb, "target": s.target, "value": s.value} for s in request.gold]
            reader = PlanReader()
            assert len(reader.feed(json.dumps({"steps": rows}))) == len(rows)
            reader.end()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (("a.*.b", "is", 2), True),
        (("a.*.b", "is", 3), False),
        (("list", "has", {"x": 1, "in": {"y": 2}}), True),
        (("list", "has", {"x": 2}), False),
        (("list", "lacks", {"x": 2}), True),
        (("list", "len", 1), True),
        (("log", "match", "^GET /s.*q=1"), True),
        (("nowhere", "is", 1), False),
        (("answer", "has", "Ten"), True),
        (("unchanged",), False),
    ],
)
def test_outcomes(condition: tuple[Any, ...], holds: bool) -> None:
    state = {
        "a": {"k": {"b": 2}},
        "list": [{"x": 1, "in": {"y": 2, "z": 3}}],
        "log": ["GET /s?p=0&q=1"],
        "sessions": [1],
    }
    missing = unmet(_request(condition), state, {**state, "log": []}, "about ten")
    assert (missing == []) is holds


def test_visits_alone_change_nothing() -> None:
    assert unmet(_request(("unchanged",)), {"sessions": [1], "o": []}, {"o": []}, "") == []


async def test_the_stand_in_plans_chooses_and_declines() -> None:
    buy = next(r for r in SUITE if r.id == "shop-02")
    harm = next(r for r in SUITE if r.id == "shop-39")
    candidates = (
        Candidate("e1", "heading", "Wool Blanket"),
        Candidate("e2", "link", "Wool Blanket €89.00 In stock"),
        Candidate("e3", "button", "Add to cart"),
    )
    with StandIn(SUITE) as server:
        server.begin(buy)
        cloud = OpenAICloud(CloudConfig(base_url=server.url, model="m", retries=0))
        stream = PlanStream(cloud.stream, PlanRequest(buy.goal), total_s=30.0)
        plan = await stream.whole()
        assert [step.verb for step in plan.steps] == ["search", "click", "click"]
        chosen = [
            (await cloud.choose(Question(words, "click", candidates))).ref
            for words in ("first result", "Add to cart", "Zebra")
        ]
        assert chosen[1:] == ["e3", None]
        assert chosen[0] in {"e2", "e3"}
        assert server.counts.calls == 4
        server.begin(harm)
        with pytest.raises(BadPlan, match="did not answer with a plan"):
            await PlanStream(cloud.stream, PlanRequest(harm.goal), total_s=30.0).whole()
        await cloud.close()


def test_away_from_home_only_what_is_left_is_planned() -> None:
    edit = next(r for r in SUITE if r.id == "tracker-14")
    page = '- heading "KT-30"\n- textbox "Title" = "Season tickets cannot be paused"\n'
    assert [step.verb for step in _left(edit.gold, page)] == ["fill", "click"]
    assert _left(edit.gold, '- searchbox "Search tickets"') == edit.gold
    assert _left(edit.gold, "- text: nothing") == edit.gold
