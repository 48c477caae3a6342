"""Answers taken from a page's text by its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.agent.reading import best_passage

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
    assert best_passage("Delivery\nReturns\nContact", "is the shop open on sunday") == ""


def test_a_price_that_is_not_called_one() -> None:
    assert best_passage("Blue Mug\n€14.50\nIn stock", "the price") == "€14.50"


@given(st.lists(st.text("abc xyz", min_size=1, max_size=30)), st.text("abc xyz", max_size=30))
def test_an_answer_is_always_from_the_page(lines: list[str], question: str) -> None:
    answer = best_passage("\n".join(lines), question)
    stripped = {line.strip() for line in lines}
    assert not answer or all(part in stripped for part in answer.split(": "))
