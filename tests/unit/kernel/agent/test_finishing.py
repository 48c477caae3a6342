"""The only button of a page may be pressed once it is filled in; any other may not."""

from __future__ import annotations

import pytest

from abos.kernel.agent.fields import fitted
from abos.kernel.agent.finishing import lone_button
from abos.snapshot import Element, Observation

FIELD = Element("e1", "textbox", "Name")
SUBMIT = Element("e2", "button", "Submit")


def view(*elements: Element) -> Observation:
    return Observation("https://a.example/", "", elements)


def test_the_only_button_of_a_page() -> None:
    assert lone_button(view(FIELD, SUBMIT)) == SUBMIT


@pytest.mark.parametrize(
    "others",
    [
        (SUBMIT, Element("e3", "link", "Home")),
        (SUBMIT, Element("e3", "button", "Cancel")),
        (Element("e2", "button", "Pay now"),),
        (Element("e2", "button", "Delete"),),
        (Element("e2", "button", "Submit", states=frozenset({"disabled"})),),
        (),
    ],
)
def test_any_other_page_is_left_as_it_is(others: tuple[Element, ...]) -> None:
    assert lone_button(view(FIELD, *others)) is None


@pytest.mark.parametrize(
    ("field", "given", "put"),
    [
        (Element("e1", "textbox", "Day", type="date"), "May 3, 2024", "2024-05-03"),
        (Element("e1", "textbox", "At", type="time"), "6:15 pm", "18:15"),
        (Element("e1", "textbox", "Ink", type="text", value="#FF00AA"), "navy", "#000080"),
        (Element("e1", "textbox", "Ink", type="text", value="ff00aa"), "navy", "000080"),
        (Element("e1", "textbox", "Coat", type="text"), "navy", "navy"),
    ],
)
def test_values_are_written_as_the_field_takes_them(field: Element, given: str, put: str) -> None:
    assert fitted(view(field), "e1", given) == put
