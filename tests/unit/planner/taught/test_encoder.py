"""The encoder's tokens and vectors: what is near, what is kept, and a file that is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abos.planner.taught.encoder import FILE, Encoder
from abos.planner.taught.wordpiece import Pieces, role_token

WORDS = [
    "[PAD]",
    *(f"r{i}" for i in range(40)),
    "[UNK]",
    "[SEP]",
    "pass",
    "##word",
    "email",
    "é",
    "e",
    "-",
    "mail",
]


def test_words_are_split_at_the_longest_pieces() -> None:
    pieces = Pieces(WORDS)
    name = [WORDS[i] for i in pieces.ids("Password E-Mail")]
    assert name == ["pass", "##word", "e", "-", "mail"]
    assert [WORDS[i] for i in pieces.ids("é")] == ["e"]
    assert pieces.sequence("item", "textbox", "email", 20)[0] == role_token("item", "textbox")
    assert len(pieces.sequence("query", "fill", "email " * 50, 12)) == 12


def test_strange_text_does_not_fail() -> None:
    pieces = Pieces(WORDS)
    assert pieces.ids("") == []
    assert pieces.ids("\ud800 \u202e漢字\x00") != []


def test_a_missing_file_is_said_once(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path / "none.npz")
    assert encoder.load() is False
    assert "no taught encoder" in encoder.missing
    assert encoder.nearness("click", "x", [("button", "y")]) is None


def test_a_broken_file_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 nothing")
    assert Encoder(tmp_path / "bad.npz").load() is False


@pytest.fixture(scope="module")
def taught() -> Encoder:
    encoder = Encoder(FILE)
    assert encoder.load(), encoder.missing
    return encoder


ITEMS = [
    ("textbox", "Password"),
    ("textbox", "Repeat password"),
    ("textbox", "Ihre E-Mail-Adresse"),
    ("button", "Log in"),
]


@pytest.mark.parametrize(
    ("action", "words", "place"),
    [
        ("fill", "the same secret a second time", 1),
        ("fill", "mail address", 2),
        ("click", "let me in", 3),
    ],
)
def test_what_is_meant_is_nearest(taught: Encoder, action: str, words: str, place: int) -> None:
    near = taught.nearness(action, words, ITEMS)
    assert near is not None
    assert int(near.each.argmax()) == place


def test_order_padding_and_cache_do_not_matter(taught: Encoder) -> None:
    one = taught.nearness("fill", "mail address", ITEMS)
    more = [("link", "A much longer name of something else that pads all others"), *reversed(ITEMS)]
    two = Encoder(FILE)
    two.load()
    other = two.nearness("fill", "mail address", more)
    assert one is not None
    assert other is not None
    assert np.allclose(one.each, other.each[1:][::-1], atol=1e-4)
    assert np.all(np.abs(one.each) <= 1.0001)
