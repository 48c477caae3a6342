"""What may be opened in search of something, and what must be left alone."""

from __future__ import annotations

import pytest
from planner_things import make, word

from abos.planner import more, named, next_page, openers
from abos.snapshot import Element, Observation


def view(*elements: Element) -> Observation:
    return Observation("https://a.example/", "", elements)


def test_folded_sections_and_other_tabs_are_opened() -> None:
    page = view(
        Element("e1", "button", "Details", states=frozenset({"collapsed"})),
        Element("e2", "button", "Delete all", states=frozenset({"collapsed"})),
        Element("e3", "tab", "General", states=frozenset({"selected"})),
        Element("e4", "tab", "Privacy"),
        Element("e5", "button", "Off", states=frozenset({"collapsed", "disabled"})),
    )
    things = (
        make("e6", "icon", "1.2", label="node-toggle"),
        make("e7", "icon", "1.3", label="node-icon"),
        word("e8", "+", "1.4"),
    )
    assert openers(page, things) == ["e1", "e4", "e6", "e8"]


@pytest.mark.parametrize(
    ("element", "leads"),
    [
        (Element("e1", "link", "Next"), True),
        (Element("e1", "link", ">"), True),
        (Element("e1", "button", "Load more"), True),
        (Element("e1", "button", "next", landmark="navigation"), True),
        (Element("e1", "button", "Next"), False),
        (Element("e1", "link", "Next", states=frozenset({"disabled"})), False),
        (Element("e1", "link", "Next steps for you"), False),
    ],
)
def test_only_what_turns_pages_leads_on(element: Element, leads: bool) -> None:
    assert bool(next_page(view(element), ())) == leads


def test_what_shows_more_of_an_entry() -> None:
    things = (
        make("e1", "icon", "1.2", label="kebab"),
        word("e2", "…", "1.3"),
        word("e3", "a long text about more of the same", "1.4"),
        make("e4", "icon", "1.5", label="heart"),
    )
    assert more(things) == ["e1", "e2"]


def test_a_name_that_two_elements_bear_names_neither() -> None:
    one, two = Element("e1", "button", "Go"), Element("e2", "button", "Go")
    assert (named(view(one), "Go"), named(view(one, two), "Go")) == ("e1", "")
