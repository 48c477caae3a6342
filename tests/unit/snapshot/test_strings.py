"""What is known of all strings at once agrees with what each of them says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abos.snapshot.dom import clean
from abos.snapshot.layout import texts
from abos.snapshot.lines import estimate_tokens, pieces
from abos.snapshot.strings import Strings

WORDS = st.text(st.sampled_from("ab 1.\t\n\x00\x1c\x7f\u00a0\u2003\ufeffä購\ud800"), max_size=8)


def table(words: Sequence[str]) -> Strings:
    columns = texts(words)
    start, text = (
        np.frombuffer(columns[name], dtype) for name, dtype in (("start", "<u4"), ("text", "u1"))
    )
    return Strings(start, text)


@given(st.lists(WORDS, min_size=1, max_size=12))
@example(["a", " b", "c ", "d  e", "", " ", "f"])
@settings(max_examples=60)
def test_tidy_ones_need_no_cleaning(words: list[str]) -> None:
    found = table(words)
    tidy, blank = found.tidy(4), found.maybe_blank
    for i, word in enumerate(words):
        assert not tidy[i] or (clean(word, 4) == word and word.isascii() and len(word) <= 4)
        assert blank[i] or word.strip()
    assert table(["a", "b c", " d", ""]).tidy(4).tolist() == [True, True, False, True]


@given(st.lists(st.text("ab 1.[]-ä", max_size=12), max_size=6))
@settings(max_examples=60)
def test_pieces_are_what_texts_add(words: list[str]) -> None:
    assert pieces(words) == [estimate_tokens(word) - 1 for word in words]
