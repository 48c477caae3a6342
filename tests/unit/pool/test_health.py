"""Judging slots: what quarantines at once, what merely costs, and pages that were signed out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool.health import (
    HealthConfig,
    Pulse,
    Signs,
    Verdict,
    examine,
    looks_like_sign_in,
)


def test_a_slot_nothing_is_known_of_is_healthy() -> None:
    assert examine(Signs()) == Verdict(100)
    assert not examine(Signs()).quarantine


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        (Signs(crashed=True), "crashed"),
        (Signs(disconnected=True), "browser is gone"),
        (Signs(signed_out=True), "sign-in page"),
        (Signs(last_status=400), "answered 400"),
        (Signs(last_status=503), "answered 503"),
        (Signs(ping_timeouts=3), "did not answer 3 times in a row"),
        (Signs(age_s=3600), "3600 s old, of 3600 allowed"),
        (Signs(pss_mb=600), "takes 600 MB, of 512 allowed"),
    ],
)
def test_what_quarantines_at_once(signs: Signs, reason: str) -> None:
    verdict = examine(signs)
    assert verdict.quarantine
    assert verdict.score == 0
    assert any(reason in text for text in verdict.reasons)


@pytest.mark.parametrize(
    ("signs", "score", "reason"),
    [
        (Signs(ping_timeouts=1), 67, "did not answer once"),
        (Signs(pss_mb=384), 75, "takes 384 MB"),
        (
            Signs(pings=(0.1,) * 5, baseline_ping_s=0.02),
            50,
            "it answers in 100 ms (95 % of pings), 5 times the usual 20 ms",
        ),
        (Signs(pings=(9.0,) * 5, baseline_ping_s=0.02), 10, "450 times"),
    ],
)
def test_what_costs(signs: Signs, score: int, reason: str) -> None:
    verdict = examine(signs)
    assert verdict.score == score
    assert any(reason in text for text in verdict.reasons)


@pytest.mark.parametrize(
    "signs",
    [
        Signs(last_status=304),
        Signs(last_status=0),
        Signs(age_s=3599.9),
        Signs(uses=1000),
        Signs(pss_mb=256),
        Signs(pings=(0.04,) * 9, baseline_ping_s=0.001),
        Signs(pings=(9.0,) * 4, baseline_ping_s=0.001),
        Signs(pings=(9.0,) * 9),
        Signs(pings=(9.0,) * 9, baseline_ping_s=0.0),
    ],
    ids=lambda signs: str(signs)[:40],
)
def test_what_is_tolerated(signs: Signs) -> None:
    assert examine(signs).score == 100


def test_limits_of_zero_are_not_looked_at() -> None:
    off = HealthConfig(
        ping_timeouts=0, slow_factor=0, max_age_s=0, max_uses=0, max_pss_mb=0, bad_status=0
    )
    worn = Signs(
        ping_timeouts=9,
        pings=(9.0,) * 9,
        baseline_ping_s=0.1,
        age_s=1e6,
        uses=99,
        pss_mb=9e3,
        last_status=500,
    )
    assert examine(worn, off) == Verdict(100)


def test_uses_are_counted_where_a_limit_is_set() -> None:
    config = HealthConfig(max_uses=3)
    assert examine(Signs(uses=2), config).score == 100
    assert examine(Signs(uses=3), config).quarantine


def test_costs_add_up_and_reasons_are_kept() -> None:
    verdict = examine(Signs(ping_timeouts=1, pss_mb=384, last_status=500))
    assert verdict.score == 0
    assert len(verdict.reasons) == 3


@given(
    st.builds(
        Signs,
        crashed=st.booleans(),
        ping_timeouts=st.integers(0, 5),
        pings=st.lists(st.floats(0, 10), max_size=20).map(tuple),
        baseline_ping_s=st.none() | st.floats(0, 10),
        age_s=st.floats(0, 1e5),
        pss_mb=st.none() | st.floats(0, 2000),
        last_status=st.none() | st.integers(100, 599),
    )
)
def test_a_score_is_in_range_and_less_than_all_has_a_reason(signs: Signs) -> None:
    verdict = examine(signs)
    assert 0 <= verdict.score <= 100
    assert bool(verdict.reasons) == (verdict.score < 100)
    assert not signs.crashed or verdict.quarantine


def test_a_pulse_keeps_the_recent_pings() -> None:
    pulse = Pulse(keep=3)
    assert pulse.baseline_s is None
    assert pulse.p95_s is None
    for seconds in (9.0, 1.0, 2.0, 3.0):
        pulse = pulse.beat(seconds)
    assert pulse.times == (1.0, 2.0, 3.0)
    assert pulse.baseline_s == 2.0
    assert pulse.p95_s == pytest.approx(2.9)
    assert Pulse((4.0,)).p95_s == 4.0


START = "https://shop.example/app/orders"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/login",
        "https://shop.example/Log-In/",
        "https://shop.example/users/sign_in?next=%2Fapp",
        "https://shop.example/signin.php",
        "https://shop.example/account/login.aspx",
        "https://shop.example/oauth2/authorize?client_id=1",
        "https://shop.example/auth/realms/x",
        "https://shop.example/wp-login.php",
        "https://shop.example/#/login",
        "https://shop.example/app/orders#/login?from=orders",
        "https://accounts.shop.example/v3/start",
        "https://accounts.google.com/ServiceLogin?continue=x",
        "https://login.other.example/",
        "https://idp.other.example/x",
        "https://other.example/gate?back=https%3A%2F%2Fshop.example%2Fapp",
    ],
)
def test_sign_in_pages_are_known(url: str) -> None:
    assert looks_like_sign_in(url, START)


@pytest.mark.parametrize(
    "url",
    [
        START,
        START + "/",
        START + "?login=1",
        START + "#login",
        "https://shop.example/app/orders/12",
        "https://shop.example/authors/tolstoy",
        "https://shop.example/blog/author",
        "https://shop.example/logins-explained",
        "https://shop.example/?next=/login",
        "https://www.shop.example/app/orders",
        "https://other.example/gate?back=https%3A%2F%2Fshop.example.evil%2F",
        "about:blank",
        "chrome-error://chromewebdata/",
        "https://[broken/login",
        "",
    ],
)
def test_other_pages_are_not(url: str) -> None:
    assert not looks_like_sign_in(url, START)


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("https://x.example/login", "https://x.example/login"),
        ("https://x.example/login/step2", "https://x.example/login"),
        ("https://accounts.x.example/home", "https://accounts.x.example/"),
    ],
)
def test_a_start_that_is_a_sign_in_page_is_what_was_asked_for(url: str, start: str) -> None:
    assert not looks_like_sign_in(url, start)


@given(st.text(), st.text())
def test_any_text_is_answered(url: str, start: str) -> None:
    looks_like_sign_in(url, start)
