"""The lines of the control protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.control import protocol
from abos.kernel.errors import AbosError, BadRequest, KernelSilent, Refused, TooBusy, UsageError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.text(), st.dictionaries(st.text(), JSON, max_size=5))
def test_requests_arrive_as_they_were_sent(command: str, arguments: dict[str, Any]) -> None:
    line = protocol.encode_request(command, arguments)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert protocol.decode_request(line) == protocol.Request(command, arguments)


@given(JSON)
def test_results_arrive_as_they_were_sent(value: object) -> None:
    assert protocol.decode_reply(protocol.encode_result(value)) == value


def test_sets_arrive_as_lists() -> None:
    assert protocol.decode_reply(protocol.encode_result({"a": frozenset({"y", "x"})})) == {
        "a": ["x", "y"]
    }


def test_errors_arrive_with_their_hint_and_exit_code() -> None:
    with pytest.raises(Refused) as caught:
        protocol.decode_reply(protocol.encode_error(UsageError("no", hint="Do this.")))
    error = caught.value
    assert (error.kind, str(error), error.hint) == ("UsageError", "no", "Do this.")
    assert error.exit_code == 2
    assert isinstance(error, AbosError)


@given(st.binary())
def test_any_bytes_are_a_request_or_a_bad_one(line: bytes) -> None:
    with pytest.raises(BadRequest):
        protocol.decode_request(line)


@given(JSON)
def test_any_json_is_a_reply_or_nonsense(value: object) -> None:
    with pytest.raises(KernelSilent):
        protocol.decode_reply(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"[" * 60_000, "not a line of JSON"),
        (b"9" * 60_000, "JSON"),
        (b"[]", "not a JSON object"),
        (b'{"command": "x"}', "version"),
        (b'{"version": 2, "command": "x"}', "speaks version 1 of the protocol, not 2"),
        (b'{"version": "\\u001b[31m", "command": "x"}', r"\x1b"),
        (b'{"version": 1, "command": 7}', "has a command"),
        (b'{"version": 1, "command": "x", "arguments": []}', "arguments"),
    ],
)
def test_bad_requests_say_what_is_wrong(line: bytes, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        protocol.decode_request(line)
    assert words in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_request_is_bounded_where_it_is_made() -> None:
    with pytest.raises(BadRequest):
        protocol.encode_request("x", {"y": "z" * protocol.MAX_REQUEST})


def test_an_error_of_a_later_version_without_a_hint_is_nonsense() -> None:
    with pytest.raises(KernelSilent):
        protocol.decode_reply(b'{"version": 1, "error": {"kind": "X"}}')


def test_what_is_no_json_is_refused_not_sent_as_text() -> None:
    with pytest.raises(TypeError):
        protocol.encode_result(TooBusy("x"))
