"""Answers taken from a page's text by its words."""

from __future__ import annotations

from abos.kernel.agent.reading import best_passage
from hypothesis import given
from hypothesis import strategies as st

PAGE = """Your cart
Blue Mug
Quantity
2
Subtotal
£24.00
Delivery takes three working days.
Returns are free for 30 days."""


def test_a_sentence_that_speaks_of_it() -> None:
    assert best_passage(PAGE, "how long does delivery take") == "Delivery takes three working days."


def test_a_label_takes_its_value_along() -> None:
    assert best_passage(PAGE, "the subtotal") == "Subtotal: £24.00"


def test_nothing_is_made_up() -> None:
    assert best_passage(PAGE, "warranty of the fridge") == ""
    assert best_passage("", "anything") == ""


@given(st.text(max_size=500), st.text(max_size=80))
def test_an_answer_is_always_from_the_page(text: str, question: str) -> None:
    answer = best_passage(text, question)
    assert len(answer) <= 500
    for part in answer.split(": ")[:1]:
        assert part[:20] in text.replace("\r", "\n") or not answer
