"""Answers taken from a page's text by its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from abos.kernel.agent.reading import best_passage, on_controls
from abos.snapshot import Element, Observation

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


def test_praise_is_no_price() -> None:
    assert best_passage("Worth the price\nHammock\n€92.00", "price") == "€92.00"


def test_a_heading_that_repeats_the_question_is_no_answer() -> None:
    page = "What does an appointment cost?\nNothing. Bring proof of address.\nHelp"
    assert best_passage(page, "what does an appointment cost").startswith("Nothing.")


def test_controls_say_what_they_are_set_to() -> None:
    elements = (
        Element("e1", "button", "Priority: High"),
        Element("e2", "textbox", "Title", value="Old logo"),
        Element("e3", "textbox", "Password", value="••••", type="password"),
    )
    view = Observation("https://a.example/", "A", elements, "", 0)
    assert on_controls(view).splitlines() == ["Priority: High", "Title: Old logo"]


@given(st.lists(st.text("abc xyz", min_size=1, max_size=30)), st.text("abc xyz", max_size=30))
def test_an_answer_is_always_from_the_page(lines: list[str], question: str) -> None:
    answer = best_passage("\n".join(lines), question)
    stripped = {line.strip() for line in lines}
    assert not answer or all(part in stripped for part in answer.split(": "))
