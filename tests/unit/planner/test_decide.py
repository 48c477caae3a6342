"""Exact, ranker, router and decider: who answers, how surely, and what happens when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planner_minds import NO_LOCAL, TWINS, CountedCloud, CountedLocal, ask
from planner_pages import FOOTER, HEADER, element, page

from abos.planner import (
    Candidate,
    Decider,
    Decision,
    LocalConfig,
    ModelBusy,
    PlannerConfig,
    Question,
    Step,
    Thresholds,
    Undecided,
    Verb,
    candidates_from,
    exact,
    question_for,
    ranker,
    router,
)
from abos.planner.config import BUILT_IN
from abos.planner.vectors import SHARED, Vectors


@pytest.mark.parametrize(
    ("question", "ref"),
    [
        (ask("Add to cart", "click", "button Add to Cart", "link Cart"), "e1"),
        (ask("sign in button", "click", "link Sign in", "button Sign in"), "e2"),
        (ask("press the 'Sign-in' button", "click", "button Sign in", "link Help"), "e1"),
        (ask("terms & conditions", "check", "checkbox Terms and Conditions"), "e1"),
        (ask("", "select", "radio Large", "radio Small", value="large"), "e1"),
        (ask("2nd button", "click", "button A", "link B", "button C"), "e3"),
        (ask("last link", "click", "link A", "link B", "button C"), "e2"),
    ],
)
def test_exact(question: Question, ref: str) -> None:
    decision = exact.decide(question)
    assert decision is not None
    assert decision.ref == ref
    assert decision.probability > 0.9


@pytest.mark.parametrize(
    "question",
    [
        ask("Sign in", "click", "link Sign in", "button Sign in"),
        ask("cart", "click", "link Cart (2)"),
        ask("tenth link", "click", "link A"),
        ask("", "click", "link "),
    ],
)
def test_exact_does_not_guess(question: Question) -> None:
    assert exact.decide(question) is None


def _link(name: str, href: str, **more: object) -> Candidate:
    return Candidate(f"e{abs(hash((name, href))) % 9999}", "link", name, href=href, **more)  # type: ignore[arg-type]


def test_a_card_is_named_by_how_it_begins() -> None:
    names = ("Blue", "Blue Enamel Mug €11.90", "Blue Mug €14.50 In stock")
    links = [_link(name, f"/p/{n}") for n, name in enumerate(names)]
    decision = exact.decide(Question("blue mug", "click", tuple(links)))
    assert decision is not None
    assert decision.ref == links[2].ref
    assert exact.decide(Question("blue", "click", tuple(links[1:]))) is None


def test_the_first_result_is_the_first_card_of_the_list() -> None:
    links = (
        _link("Kitchen", "/c/kitchen", landmark="navigation"),
        _link("Garden", "/c/garden", landmark="navigation"),
        _link("Home", "/", landmark="banner"),
        _link("Blue Mug £12.00", "/p/blue-mug", landmark="main", box=(0, 300, 220, 300)),
        _link("Picture of it", "/p/blue-mug", landmark="main", box=(0, 300, 220, 300)),
        _link(
            "Blue Enamel Mug £9.50", "/p/blue-enamel-mug", landmark="main", box=(240, 300, 220, 300)
        ),
        _link("Help", "/help", landmark="contentinfo"),
    )
    names = {
        r: exact.decide(Question(f"{r} result", "click", links))
        for r in ("first", "second", "last")
    }
    refs = {r: d.ref if d else None for r, d in names.items()}
    assert refs == {"first": links[3].ref, "second": links[5].ref, "last": links[5].ref}


def test_a_single_result_is_found_too() -> None:
    links = (
        _link("Mugs", "/c/mugs", landmark="navigation"),
        _link("Teapots", "/c/teapots", landmark="navigation"),
        _link("Blue Mug £12.00", "/p/1", landmark="main", box=(0, 300, 220, 300)),
    )
    decision = exact.decide(Question("first product", "click", links))
    assert decision is not None
    assert decision.ref == links[2].ref


RANKED = [
    ("add to basket", "click", ["button Add to cart", "link Cart", "button Search"], "e1"),
    ("the shopping bag", "click", ["link Home", "link Basket (3)", "link Help"], "e2"),
    ("e-mail", "fill", ["textbox Your email address *", "textbox Name", "textbox Message"], "e1"),
    ("zip", "fill", ["textbox City", "textbox Postcode", "textbox Street"], "e2"),
    ("repeat the password", "fill", ["textbox Password", "textbox Confirm password"], "e2"),
    ("serach", "fill", ["textbox Search products", "textbox Email"], "e1"),
    ("submit the form", "click", ["link Home", "textbox Name", "button Send", "link Help"], "e3"),
    (
        "newsletter",
        "check",
        ["checkbox Send me the newsletter", "checkbox I accept the terms"],
        "e1",
    ),
    ('type "cart" in the search field', "fill", ["textbox Search", "textbox Cart note"], "e1"),
]


@pytest.mark.parametrize("vectors", [Vectors(), None], ids=["words only", "with vectors"])
@pytest.mark.parametrize(("instruction", "action", "names", "ref"), RANKED)
def test_ranker(
    instruction: str, action: str, names: list[str], ref: str, vectors: Vectors | None
) -> None:
    if vectors is None:
        SHARED.load()
    decision = ranker.rank(ask(instruction, action, *names), vectors or SHARED)
    assert decision.ref == ref
    assert decision.evidence[0][0] == ref


def test_harm_is_not_done_by_mistake() -> None:
    cart = ask("cart", "click", "link Cart, 2 items", "button Empty cart", "button Remove Mug")
    assert ranker.rank(cart).ref == "e1"
    lone = ask("cart", "click", "button Empty cart", "link Help")
    decision = ranker.rank(lone)
    assert decision.ref is None or decision.probability < T.floor
    sold_out = ranker.rank(
        ask("Add to cart", "click", "link Cart, empty", "button Save to wish list")
    )
    assert sold_out.ref is None


def test_ranker_says_none() -> None:
    decision = ranker.rank(
        ask("delete my account", "click", "link Opening hours", "link Press releases")
    )
    assert decision.ref is None
    assert ranker.rank(ask("anything", "click")).ref is None


_CANDIDATE = st.builds(
    Candidate,
    ref=st.text(max_size=5),
    role=st.sampled_from(["button", "link", "textbox", "combobox", "", "x"]),
    name=st.text(max_size=40),
    context=st.text(max_size=20),
    options=st.lists(st.text(max_size=9), max_size=3).map(tuple),
)


@settings(deadline=None)  # the first decision loads what was taught
@given(
    st.text(max_size=60),
    st.sampled_from(["click", "fill", "select", "check", "", "?"]),
    st.lists(_CANDIDATE, max_size=8).map(tuple),
)
def test_tiers_never_raise_and_probabilities_are_such(
    words: str, action: str, candidates: tuple[Candidate, ...]
) -> None:
    question = Question(words, action, candidates)
    for decision in (exact.decide(question), ranker.rank(question, Vectors())):
        assert decision is None or 0 <= decision.probability <= 1


def test_candidates_are_those_that_the_action_fits() -> None:
    view = page(*HEADER, element("button", "Buy", states="disabled"), *FOOTER)
    assert [c.name for c in candidates_from(view, "fill")] == ["Search products", "Email"]
    assert "Buy" not in [c.name for c in candidates_from(view, "click")]
    assert question_for(Step(Verb.SEARCH, "", "mug"), view).instruction == "search"


def test_a_disabled_element_is_asked_for_when_there_is_no_other() -> None:
    view = page(element("button", "Buy", states="disabled"))
    assert [c.name for c in candidates_from(view, "click")] == ["Buy"]


# ---- the router ------------------------------------------------------------------------------

ALL = frozenset({"exact", "ranker", "local", "cloud"})
T = BUILT_IN
QUESTION = ask("x", "click", "button A", "button B")
TIE = Decision("e1", 0.5, "ranker", 0.0, (("e1", 0.5), ("e2", 0.45)))
LEAD = Decision("e1", 0.6, "ranker", 0.0, (("e1", 0.6), ("e2", 0.1)))


def _route(
    question: Question,
    decisions: Sequence[Decision],
    asked: str,
    available: object = ALL,
    now: router.Conditions = router.CALM,
) -> router.Route:
    return router.route(question, decisions, frozenset(asked.split()), available, T, now)  # type: ignore[arg-type]


def test_tiers_are_asked_from_cheap_to_dear() -> None:
    assert _route(QUESTION, [], "") == router.Use("exact", "cheapest tier first")
    assert isinstance(_route(QUESTION, [], "exact"), router.Use)
    assert _route(QUESTION, [TIE], "exact ranker").tier == "local"  # type: ignore[union-attr]
    assert _route(QUESTION, [TIE], "exact ranker local").tier == "cloud"  # type: ignore[union-attr]


def test_the_local_model_is_asked_only_for_ties() -> None:
    assert _route(QUESTION, [LEAD], "exact ranker").tier == "cloud"  # type: ignore[union-attr]
    risky = ask("x", "click", "button A", irreversible=True)
    assert _route(risky, [TIE], "exact ranker").tier == "cloud"  # type: ignore[union-attr]


def test_what_cannot_be_undone_needs_more() -> None:
    nearly = Decision("e1", 0.85, "ranker", 0.0, (("e1", 0.85),))
    assert isinstance(_route(QUESTION, [nearly], "exact ranker"), router.Accept)
    risky = ask("x", "click", "button A", irreversible=True)
    assert isinstance(_route(risky, [nearly], "exact ranker local cloud"), router.GiveUp)


def test_the_likeliest_is_taken_when_nobody_is_left() -> None:
    assert _route(QUESTION, [LEAD], "exact ranker", {"exact", "ranker"}) == router.Accept(
        LEAD, "no better tier is left, and 0.60 is likely enough"
    )
    weak = Decision("e1", 0.2, "ranker")
    assert isinstance(_route(QUESTION, [weak], "exact ranker", {"exact", "ranker"}), router.GiveUp)


def test_a_harmful_element_needs_as_much_as_a_harmful_step() -> None:
    harmful = ask("cart", "click", "button Empty cart")
    likely = Decision("e1", 0.8, "ranker", 0.0, (("e1", 0.8),))
    assert isinstance(_route(harmful, [likely], "exact ranker local cloud"), router.GiveUp)


def test_a_model_that_was_taught_is_asked_when_the_ranker_is_unsure() -> None:
    taught = router.Conditions(taught=True)
    unsure = Decision("e1", 0.5, "ranker", 0.0, (("e1", 0.5), ("e2", 0.1)))
    assert _route(QUESTION, [unsure], "exact ranker", now=taught).tier == "local"  # type: ignore[union-attr]
    risky = ask("x", "click", "button A", irreversible=True)
    assert _route(risky, [unsure], "exact ranker", now=taught).tier == "local"  # type: ignore[union-attr]
    other = Question("x", "", QUESTION.candidates, kind="yesno")
    assert _route(other, [unsure], "exact ranker", now=taught).tier == "cloud"  # type: ignore[union-attr]
    empty = Decision(None, 1.0, "ranker")
    assert _route(QUESTION, [empty], "exact ranker", now=taught).tier == "cloud"  # type: ignore[union-attr]


def test_harm_that_nobody_asked_for_is_not_chosen_however_sure_a_local_tier_is() -> None:
    cart = ask("the cart", "click", "button Empty cart", "link Help")
    sure = Decision("e1", 0.9999, "ranker", measured=True)
    assert isinstance(_route(cart, [sure], "exact ranker local cloud"), router.GiveUp)
    asked_for = ask("empty the cart", "click", "button Empty cart", "link Help")
    assert isinstance(_route(asked_for, [sure], "exact ranker local cloud"), router.Accept)
    filled = ask("delete reason", "fill", "textbox Delete reason")
    assert isinstance(_route(filled, [sure], "exact ranker local cloud"), router.Accept)


def test_none_is_accepted_only_where_it_is_an_answer() -> None:
    none = Decision(None, 0.97, "ranker", measured=True)
    assert isinstance(_route(QUESTION, [none], "exact ranker local cloud"), router.GiveUp)
    open_to_it = Question("x", "click", QUESTION.candidates, or_none=True)
    assert isinstance(_route(open_to_it, [none], "exact ranker"), router.Accept)


def test_what_nobody_measured_needs_more() -> None:
    loose = Thresholds(0.5, 0.6, 0.75, 0.9)
    stated, measured = Decision("e1", 0.65, "ranker"), Decision("e1", 0.65, "ranker", measured=True)
    assert router.needed(QUESTION, loose, stated) == 0.75
    assert router.needed(QUESTION, loose, measured) == 0.5
    risky = ask("x", "click", "button A", irreversible=True)
    assert router.needed(risky, loose, measured) == 0.6


def test_the_route_is_explained() -> None:
    line = router.explain(QUESTION, [TIE], router.GiveUp("no more tiers"))
    assert "ranker: e1 at 0.50" in line
    assert "giveup" in line


# ---- the decider -----------------------------------------------------------------------------


async def test_the_decision_says_who_made_it_and_how_long_it_took() -> None:
    decision = await Decider(NO_LOCAL).decide(ask("Home", "click", "link Home", "link Help"))
    assert (decision.ref, decision.by) == ("e1", "exact")
    assert 0 < decision.seconds < 60


async def test_the_local_model_breaks_a_tie() -> None:
    local = CountedLocal("of Yorick")
    decision = await Decider(NO_LOCAL, local=local).decide(TWINS)
    assert (decision.ref, decision.by, local.calls) == ("e2", "local", 1)
    assert decision.probability <= 0.75


async def test_a_busy_model_is_left_out() -> None:
    decider = Decider(NO_LOCAL, local=CountedLocal("", ModelBusy("full")), cloud=CountedCloud("e2"))  # type: ignore[arg-type]
    assert (await decider.decide(TWINS)).by == "cloud"


async def test_undecided_names_what_was_missing() -> None:
    with pytest.raises(Undecided) as caught:
        await Decider(NO_LOCAL).decide(
            ask("frobnicate", "click", "link Home", "link Help", "link Press")
        )
    assert "frobnicate" in str(caught.value)
    assert any(m.startswith("cloud: not configured") for m in caught.value.missing)
    assert any(m.startswith("local: ") for m in caught.value.missing)


async def test_a_cloud_that_hangs_ends_at_the_deadline() -> None:
    decider = Decider(NO_LOCAL, cloud=CountedCloud("e1", delay_s=30))  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        with pytest.raises(Undecided) as caught:
            await decider.decide(
                ask("frobnicate", "click", "link Home", "link Help"), deadline_s=0.4
            )
    assert any(m.startswith("cloud: ") for m in caught.value.missing)


async def test_a_missing_model_file_is_told(tmp_path: object) -> None:
    config = PlannerConfig(
        local=LocalConfig(path=__import__("pathlib").Path(str(tmp_path)) / "no.gguf")
    )
    decider = Decider(config)
    assert "local" not in decider.available
    with pytest.raises(Undecided) as caught:
        await decider.decide(ask("frobnicate", "click", "link Home", "link Help"))
    assert any("abos doctor --fix" in m for m in caught.value.missing)


async def test_two_thousand_candidates_are_no_problem() -> None:
    names = [f"link Item {i}" for i in range(2000)]
    decision = await Decider(NO_LOCAL).decide(ask("item 1234", "click", *names))
    assert decision.ref == "e1235"


async def test_close_frees_the_model() -> None:
    local = CountedLocal("")
    await Decider(NO_LOCAL, local=local).close()
    assert local.closed
