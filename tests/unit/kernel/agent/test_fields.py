"""Values as the fields take them."""

from __future__ import annotations

import pytest

from abos.kernel.agent.fields import fitted
from abos.snapshot import Element, Observation


def view(*elements: Element) -> Observation:
    return Observation("https://a.example/", "", elements)


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
