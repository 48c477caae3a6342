"""The value: what a profile may hold, what it becomes for a browser, and what a lease changes."""

from __future__ import annotations

import json
import random
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool import BadProfile, Profile, Proxy, SessionOptions, captured

COOKIE = {"name": "sid", "value": "s3cret", "domain": "shop.example", "path": "/", "expires": -1}
DATABASE = {
    "name": "app",
    "version": 3,
    "stores": [
        {
            "name": "kv",
            "autoIncrement": False,
            "records": [{"key": "a", "value": None}, {"key": "b", "valueEncoded": {"v": "NaN"}}],
            "indexes": [],
        }
    ],
}
ORIGIN = {
    "origin": "https://shop.example",
    "localStorage": [{"name": "cart", "value": "\ud800 half a letter"}, {"name": "b", "value": ""}],
    "indexedDB": [DATABASE],
}
STATE: dict[str, Any] = {"cookies": [COOKIE], "origins": [ORIGIN]}


def clone(state: Any) -> Any:
    return json.loads(json.dumps(state))


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "Ada", "ada@example.com", "a" * 64, "0-1_2.3+4", "default"])
def test_names_that_may_be(name: str) -> None:
    assert Profile(name).name == name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "..",
            "../ada",
            "a/b",
            "a\\b",
            "a\0",
            "ada\n",
            " a",
            "a b",
            "-a",
            ".a",
            "a" * 65,
        ),
        *("ä", "a:b", "ada.conflict-1", "ada.CONFLICT-12", "a*", None, 7, b"a"),
    ],
)
def test_names_that_may_not_be(name: Any) -> None:
    with pytest.raises(BadProfile):
        Profile(name)


@given(st.text(max_size=70))
def test_every_name_is_refused_or_a_plain_file_name(name: str) -> None:
    try:
        Profile(name)
    except BadProfile:
        return
    assert Path(f"{name}.profile").name == f"{name}.profile"
    assert Path("folder", name).parent == Path("folder")
    assert name.isascii()
    assert name.isprintable()


# -- values ----------------------------------------------------------------------------------------


def test_a_profile_holds_a_copy() -> None:
    state = clone(STATE)
    headers = {"x-team": "a"}
    profile = Profile("ada", state, extra_headers=headers)
    state["cookies"].clear()
    headers.clear()
    assert profile.storage_state == STATE
    assert profile.extra_headers == {"x-team": "a"}
    with pytest.raises(FrozenInstanceError):
        profile.version = 3  # type: ignore[misc]


def test_secrets_do_not_show() -> None:
    proxy = Proxy("http://proxy.example:3128", username="ada", password="s3cret")
    headers = {"authorization": "s3cret"}
    profile = Profile("ada", STATE, proxy=proxy, extra_headers=headers)
    for shown in (profile, profile.options(), proxy):
        assert "s3cret" not in repr(shown) + str(shown) + f"{shown!r}"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "state",
    [
        [],
        None,
        "s3cret",
        {"cookies": {"s3cret": 1}},
        {"cookies": ["s3cret"]},
        {"cookies": [{"name": "sid", "value": "s3cret"}]},
        {"cookies": [{"name": "sid", "value": 3, "domain": "d", "path": "/"}]},
        {"cookies": None},
        {"origins": [{"localStorage": []}]},
        {"origins": [{"origin": "o", "localStorage": {"s3cret": 1}}]},
        {"origins": [{"origin": "o", "localStorage": [{"name": "s3cret"}]}]},
        {"origins": [{"origin": "o", "indexedDB": ["s3cret"]}]},
        {"origins": [{"origin": "o", "indexedDB": None}]},
        {"credentials": "s3cret"},
        {"cookies": [{**COOKIE, "expires": float("nan")}]},
        {"cookies": [{**COOKIE, "value": b"s3cret"}]},
        {"cookies": [{**COOKIE, "x": nested(5000)}]},
    ],
)
def test_bad_states_are_refused_without_a_word_of_them(state: Any) -> None:
    with pytest.raises(BadProfile) as caught:
        Profile("ada", state)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_state_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abos.pool.storage_state.MAX_BYTES", 1 << 20)
    big = {"origins": [{"origin": "o", "localStorage": [{"name": "a", "value": "x" * (1 << 20)}]}]}
    with pytest.raises(BadProfile, match="longer than 1 MiB"):
        Profile("ada", big)


@pytest.mark.parametrize(
    "values",
    [
        {"permissions": "geolocation"},
        {"permissions": [3]},
        {"permissions": [""]},
        {"extra_headers": [("a", "b")]},
        {"extra_headers": {"a b": "c"}},
        {"extra_headers": {"a": "b\r\nc: d"}},
        {"extra_headers": {"a": 3}},
        {"viewport": (0, 100)},
        {"viewport": (1, 2, 3)},
        {"viewport": "ab"},
        {"viewport": (1.5, 2)},
        {"locale": None},
        {"timezone": 3},
        {"user_agent": None},
        {"version": -1},
        {"version": 1 << 64},
        {"version": "1"},
        {"proxy": "http://proxy.example"},
        {"proxy": Proxy("")},
        {"proxy": Proxy("http://ada:s3cret@proxy.example")},
        {"proxy": Proxy("http://proxy.example", password=None)},  # type: ignore[arg-type]
    ],
)
def test_bad_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadProfile) as caught:
        Profile("ada", **values)
    assert "s3cret" not in str(caught.value)


# -- options ---------------------------------------------------------------------------------------


def test_options_carry_everything() -> None:
    proxy = Proxy("http://proxy.example:3128")
    profile = Profile(
        "ada",
        STATE,
        permissions=("geolocation", "clipboard-read", "geolocation"),
        extra_headers={"x-team": "a"},
        proxy=proxy,
        locale="de-DE",
        timezone="Europe/Berlin",
        viewport=(800, 600),
        user_agent="Ada/1",
    )
    assert profile.options() == SessionOptions(
        storage_state=STATE,
        permissions=("clipboard-read", "geolocation"),
        extra_headers={"x-team": "a"},
        proxy=proxy,
        locale="de-DE",
        timezone="Europe/Berlin",
        viewport=(800, 600),
        user_agent="Ada/1",
    )


def test_what_a_profile_leaves_open_is_the_base() -> None:
    base = SessionOptions(
        locale="fr-FR", extra_headers={"a": "1", "b": "2"}, ignore_https_errors=True
    )
    options = Profile("ada", extra_headers={"b": "3"}, timezone="Asia/Tokyo").options(base)
    assert options == replace(base, extra_headers={"a": "1", "b": "3"}, timezone="Asia/Tokyo")


def test_a_new_profile_begins_with_the_bases_state_and_a_stored_one_never() -> None:
    base = SessionOptions(storage_state=STATE)
    assert Profile("ada").options(base).storage_state == STATE
    assert Profile("ada", version=5).options(base).storage_state is None
    assert Profile("ada", {"cookies": [COOKIE]}).options(base).storage_state != STATE


def test_options_differ_in_their_fingerprint() -> None:
    proxy = Proxy("http://proxy.example", username="ada")
    different = [
        SessionOptions(),
        SessionOptions(permissions=("geolocation",)),
        SessionOptions(proxy=proxy),
        SessionOptions(proxy=replace(proxy, password="one")),
        SessionOptions(proxy=replace(proxy, password="two")),
        Profile("ada", STATE).options(),
    ]
    assert len({options.fingerprint for options in different}) == len(different)
    assert Profile("ada", clone(STATE)).options().fingerprint == different[-1].fingerprint


# -- what a lease changed --------------------------------------------------------------------------


def shuffled(state: Any, seed: int) -> Any:
    state = clone(state)
    rng = random.Random(seed)
    lists = [state["cookies"], state["origins"], *(o["localStorage"] for o in state["origins"])]
    for items in lists:
        rng.shuffle(items)
        for index, item in enumerate(items):
            items[index] = dict(rng.sample([*item.items()], len(item)))
    return state


@given(st.integers())
def test_order_is_no_change(seed: int) -> None:
    other = {**COOKIE, "name": "b"}
    state = {"cookies": [COOKIE, other], "origins": [ORIGIN, {**ORIGIN, "origin": "https://b"}]}
    profile = Profile("ada", state, version=4)
    assert captured(profile, shuffled(state, seed)) is profile


def test_nothing_of_nothing_is_no_change() -> None:
    profile = Profile("ada")
    assert captured(profile, {"cookies": [], "origins": []}) is profile


@pytest.mark.parametrize(
    "state",
    [
        {"cookies": [{**COOKIE, "value": "new"}], "origins": [ORIGIN]},
        {"cookies": [{**COOKIE, "expires": 99.5}], "origins": [ORIGIN]},
        {"cookies": [], "origins": [ORIGIN]},
        {"cookies": [COOKIE], "origins": []},
        {"cookies": [COOKIE], "origins": [{**ORIGIN, "localStorage": []}]},
        {"cookies": [COOKIE], "origins": [{**ORIGIN, "indexedDB": []}]},
        {"cookies": [COOKIE], "origins": [{**ORIGIN, "indexedDB": [{**DATABASE, "version": 4}]}]},
    ],
)
def test_a_change_is_taken_over_with_the_rest_kept(state: Any) -> None:
    profile = Profile("ada", STATE, locale="de-DE", version=4)
    after = captured(profile, state)
    assert after == replace(profile, storage_state=state)
    assert profile.storage_state == STATE


def test_what_was_not_captured_is_kept() -> None:
    files = [{"path": "a.txt", "type": "file", "base64": "YQ=="}]
    passkeys = [{"id": "1", "privateKey": "s3cret"}]
    state = {
        "cookies": [],
        "origins": [{**ORIGIN, "opfs": files}, {"origin": "https://b", "opfs": files}],
        "credentials": passkeys,
    }
    profile = Profile("ada", state)
    seen = {"cookies": [], "origins": [{"origin": ORIGIN["origin"], "localStorage": []}]}
    after = captured(profile, seen).storage_state
    assert after["credentials"] == passkeys
    assert after["origins"] == [
        {**ORIGIN, "opfs": files, "localStorage": []},
        {"origin": "https://b", "localStorage": [], "opfs": files},
    ]


def test_a_capture_that_is_none_is_refused() -> None:
    with pytest.raises(BadProfile):
        captured(Profile("ada"), {"cookies": "all of them"})


def test_what_a_lease_was_not_given_is_not_lost() -> None:
    def origin(name: str, value: str) -> dict[str, object]:
        return {"origin": name, "localStorage": [{"name": "n", "value": value}]}

    here, there = "https://here.example", "https://there.example"
    profile = Profile("ada", {"cookies": [], "origins": [origin(here, "1"), origin(there, "1")]})
    left = {"cookies": [], "origins": [origin(here, "2")]}
    assert captured(profile, left, origins=(here,)).storage_state["origins"] == [
        origin(here, "2"),
        origin(there, "1"),
    ]
    assert captured(profile, left).storage_state["origins"] == [origin(here, "2")]
    emptied: dict[str, object] = {"cookies": [], "origins": []}
    kept = captured(profile, emptied, origins=(here,)).storage_state["origins"]
    assert kept == [origin(there, "1")]
