"""What a decider remembers, explains, and leaves unasked: over tiers that count their calls."""

from __future__ import annotations

import asyncio
import math

import pytest
from planner_minds import NO_LOCAL, TWINS, CountedCloud, CountedLocal, ask

from abos.planner import Candidate, Decider, Explanation, Question, Undecided, router
from abos.planner.config import BUILT_IN
from abos.planner.explain import Explanations, TierNote
from abos.planner.models.base import Load
from abos.planner.question import TIERS, Decision

THREE = ask("open it", "click", "link Xanthe", "link Yorick", "link Zora")


async def test_the_same_question_is_decided_once() -> None:
    local = CountedLocal("Yorick")
    decider = Decider(NO_LOCAL, local=local)
    first = await decider.decide(TWINS, profile="ada")
    again = await decider.decide(TWINS, profile="ada")
    assert (again.ref, again.by, again.probability) == (first.ref, first.by, first.probability)
    assert local.calls == 1
    assert first.id != again.id
    assert decider.routes.hits == 1
    await decider.close()


async def test_profiles_share_nothing() -> None:
    local = CountedLocal("Yorick")
    decider = Decider(NO_LOCAL, local=local)
    for profile in ("ada", "bob", "ada"):
        await decider.decide(TWINS, profile=profile)
    assert local.calls == 2
    await decider.close()


async def test_refs_of_another_session_mean_the_same_elements() -> None:
    decider = Decider(NO_LOCAL, local=CountedLocal("Yorick"))
    await decider.decide(TWINS)
    moved = tuple(
        Candidate(f"e{70 + i}", c.role, c.name) for i, c in enumerate(TWINS.candidates, 1)
    )
    decision = await decider.decide(Question(TWINS.instruction, "click", moved))
    assert decision.ref == "e72"
    assert decider.routes.hits == 1
    await decider.close()


async def test_a_changed_page_is_decided_anew() -> None:
    local = CountedLocal("Yorick")
    decider = Decider(NO_LOCAL, local=local)
    await decider.decide(TWINS)
    more = (*TWINS.candidates, Candidate("e9", "link", "Imprint"))
    await decider.decide(Question(TWINS.instruction, "click", more))
    assert decider.routes.hits == 0
    assert local.calls == 1  # the two that it had to tell apart are the same ones
    assert decider.responses.hits == 1
    await decider.close()


async def test_what_is_remembered_needs_no_less_certainty() -> None:
    """A risky step is another question: what was sure enough for a click is not for it."""
    decider = Decider(NO_LOCAL, local=CountedLocal("Yorick"))
    await decider.decide(TWINS)
    risky = Question(TWINS.instruction, "click", TWINS.candidates, irreversible=True)
    with pytest.raises(Undecided):
        await decider.decide(risky)
    await decider.close()


async def test_concurrent_questions_share_one_call_to_the_cloud() -> None:
    cloud = CountedCloud("e2", delay_s=0.05)
    decider = Decider(NO_LOCAL, cloud=cloud)  # type: ignore[arg-type]
    done = await asyncio.gather(*(decider.decide(THREE, profile="ada") for _ in range(10)))
    assert {(each.ref, each.by) for each in done} == {("e2", "cloud")}
    assert cloud.calls == 1
    assert decider.responses.shared == 9
    await decider.close()


# ---- what is not asked -----------------------------------------------------------------------


async def test_a_busy_model_is_not_waited_for() -> None:
    local = CountedLocal("Yorick", load=Load(3, 5.0))
    told: list[Explanation] = []
    decider = Decider(NO_LOCAL, local=local, cloud=CountedCloud("e2"), told=told.append)  # type: ignore[arg-type]
    assert (await decider.decide(TWINS)).by == "cloud"
    assert local.calls == 0
    note = next(note for note in told[0].tiers if note.tier == "local")
    assert note.outcome == "skipped"
    assert "busy" in note.reason
    await decider.close()


async def test_a_process_that_cannot_pay_does_not_ask_the_cloud() -> None:
    cloud = CountedCloud("e2")
    told: list[Explanation] = []
    decider = Decider(NO_LOCAL, cloud=cloud, told=told.append)  # type: ignore[arg-type]
    with pytest.raises(Undecided):
        await decider.decide(THREE, budget=router.CLOUD_COST - 1)
    assert cloud.calls == 0
    assert "budget" in told[0].tiers[-1].reason
    assert (await decider.decide(THREE, budget=router.CLOUD_COST)).by == "cloud"
    await decider.close()


# ---- why -------------------------------------------------------------------------------------


async def test_every_tier_is_explained() -> None:
    told: list[Explanation] = []
    decider = Decider(NO_LOCAL, local=CountedLocal("Yorick"), told=told.append)
    decision = await decider.decide(TWINS)
    (why,) = told
    assert (why.id, why.ref, why.by, why.probability) == (
        decision.id, decision.ref, "local", decision.probability,
    )  # fmt: skip
    assert [note.tier for note in why.tiers] == list(TIERS)
    assert [note.outcome for note in why.tiers] == ["silent", "answered", "answered", "skipped"]
    assert why.tiers[2].name == "link Details of Yorick"
    assert why.tiers[3].reason == "it is not there"
    assert "Yorick" not in why.line
    await decider.decide(TWINS)
    assert told[1].cached
    assert told[1].tiers == ()
    await decider.close()


async def test_a_sure_tier_leaves_the_others_unasked_and_says_so() -> None:
    told: list[Explanation] = []
    decider = Decider(NO_LOCAL, cloud=CountedCloud("e1"), told=told.append)  # type: ignore[arg-type]
    await decider.decide(ask("Home", "click", "link Home", "link Help"))
    reasons = {note.tier: note.reason for note in told[0].tiers}
    assert reasons["cloud"] == reasons["ranker"] == "a cheaper tier was sure enough"
    await decider.close()


async def test_what_was_not_decided_is_explained_too() -> None:
    told: list[Explanation] = []
    decider = Decider(NO_LOCAL, told=told.append)
    with pytest.raises(Undecided) as caught:
        await decider.decide(ask("frobnicate", "click", "link Home", "link Help"))
    assert told[0].by is None
    assert told[0].id in str(caught.value)
    assert told[0].line.endswith("undecided, 0.75 needed")
    await decider.close()


async def test_a_cancelled_decision_is_cut_short() -> None:
    told: list[Explanation] = []
    decider = Decider(NO_LOCAL, cloud=CountedCloud("e1", delay_s=60), told=told.append)  # type: ignore[arg-type]
    task = asyncio.ensure_future(decider.decide(THREE))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert told[0].reason == "cut short"
    await decider.close()


def test_only_the_latest_are_kept() -> None:
    kept = Explanations(3)
    note = TierNote("exact", "silent")
    for number in range(5):
        kept.add(
            Explanation(f"d{number}", 0.0, "", "", False, 0, 0.5, (note,), None, None, 0, 0, "")
        )
    assert kept.find("d1") is None
    assert kept.find("d4") is not None
    assert [each.id for each in kept.latest(2)] == ["d4", "d3"]


# ---- the router alone ------------------------------------------------------------------------

TIE = (Decision("e1", 0.5, "ranker", 0.0, (("e1", 0.5), ("e2", 0.45))),)


@pytest.mark.parametrize(
    ("now", "tier"),
    [
        (router.CALM, "local"),
        (router.Conditions(local_s=0.3, local_limit_s=0.4), "local"),
        (router.Conditions(local_s=0.5, local_limit_s=0.4), "cloud"),
        (router.Conditions(left_s=0.2, local_s=0.3, local_limit_s=0.4), "cloud"),
        (router.Conditions(local_s=9, local_limit_s=0.4, budget=5), "none"),
        (router.Conditions(local_s=9, local_limit_s=0.4, left_s=0.1), "none"),
        (router.Conditions(local_s=9, local_limit_s=0.4, left_s=math.inf), "cloud"),
    ],
)
def test_load_budget_and_time_choose_the_tier(now: router.Conditions, tier: str) -> None:
    asked = frozenset({"exact", "ranker"})
    step = router.route(THREE, TIE, asked, frozenset(TIERS), BUILT_IN, now)  # type: ignore[arg-type]
    assert (step.tier if isinstance(step, router.Use) else "none") == tier


def test_risk_is_of_the_step_or_of_the_element() -> None:
    thresholds = BUILT_IN
    assert router.needed(THREE, thresholds) == thresholds.accept
    deletes = ask("it", "click", "button Delete account")
    harmful = Decision("e1", 0.8, "cloud")
    assert router.needed(deletes, thresholds, harmful) == thresholds.irreversible
    assert router.needed(deletes, thresholds) == thresholds.accept
