"""Dates, times, sums and words as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.planner import as_date, as_time, fitting
from abos.planner.values import month_number, nth_word, result_of, solution_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-03", date(2024, 5, 3)),
        ("05/03/2024", date(2024, 5, 3)),
        ("13/05/2024", date(2024, 5, 13)),
        ("3.5.2024", date(2024, 5, 3)),
        ("3 May 2024", date(2024, 5, 3)),
        ("May 3rd, 2024", date(2024, 5, 3)),
        ("31 Feb 2024", None),
        ("soon", None),
        ("3 Foo 2024", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert as_date(text) == day


@pytest.mark.parametrize(
    ("text", "time"),
    [("6:15 PM", (18, 15)), ("12:05 am", (0, 5)), ("7 p.m.", (19, 0)), ("23:59", (23, 59)),
     ("25:00", None), ("13 pm", None), ("7", None)],
)  # fmt: skip
def test_times(text: str, time: tuple[int, int] | None) -> None:
    assert as_time(text) == time


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [("date", "May 3, 2024", "2024-05-03"), ("time", "6:15 pm", "18:15"),
     ("month", "3 May 2024", "2024-05"), ("color", "navy", "#000080"), ("text", "navy", "navy"),
     ("date", "whenever", "whenever")],
)  # fmt: skip
def test_values_take_the_form_of_their_field(kind: str, value: str, fits: str) -> None:
    assert fitting(kind, value) == fits


def test_months_by_their_beginning() -> None:
    assert [month_number(w) for w in ("Sept.", "march", "Ju", "xyz")] == [9, 3, 0, 0]


@pytest.mark.parametrize(
    ("text", "result"),
    [("What is 7 × 6?", "42"), ("12 - 20 =", "-8"), ("3 + 4 * 2", "11"), ("9 / 4", "2.25"),
     ("10 x 3", "30"), ("1 / 0", ""), ("no sum", "")],
)  # fmt: skip
def test_sums(text: str, result: str) -> None:
    assert result_of(text) == result


@pytest.mark.parametrize(
    ("text", "solution"),
    [("3y + 5 = 26", "7"), ("12 = 4 - n", "-8"), ("2 * a = 7", "3.5"), ("x - 0 = 9", "9"),
     ("a + b = 3", ""), ("x * x = 4", ""), ("x = x", ""), ("", "")],
)  # fmt: skip
def test_equations_of_the_first_degree(text: str, solution: str) -> None:
    assert solution_of(text) == solution


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    result_of(text)
    solution_of(text)
    as_date(text)
    as_time(text)


def test_words_are_counted_from_both_ends() -> None:
    text = "It was, all told, a fine day."
    assert [nth_word(text, n) for n in (1, 2, -1, 9)] == ["It", "was", "day", ""]
