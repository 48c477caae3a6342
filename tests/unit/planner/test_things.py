"""What lies where on a page, and which thing a few words mean."""

from __future__ import annotations

import pytest
from planner_things import make, word

from abos.planner import best, called, entries_of, likeness, thing, within
from abos.planner.listing import counted, entries, title_of

SHELF = (
    make("e1", "box", "1.2", text="Dune Frank Herbert lend Emma Jane Austen lend"),
    word("e2", "Dune", "1.2.3.4"),
    word("e3", "Frank Herbert", "1.2.3.5"),
    make("e4", "icon", "1.2.3.6", label="lend-book"),
    make("e5", "icon", "1.2.3.7", label="trash"),
    word("e6", "Emma", "1.2.8.9"),
    word("e7", "Jane Austen", "1.2.8.10"),
    make("e8", "icon", "1.2.8.11", label="lend-book"),
    make("e9", "icon", "1.2.8.12", label="trash"),
    word("e10", "Imprint", "1.13"),
)


def test_a_row_of_the_survey_becomes_a_thing() -> None:
    row = {
        "ref": "e4", "kind": "shape", "tag": "circle", "role": "", "text": "", "label": "dot",
        "colour": "rgb(255, 0, 0)", "ink": "none", "corners": 0, "box": [1, 2, 10, 20],
        "path": [1, 2, 3],
    }  # fmt: skip
    made = thing(row)
    assert (made.colour, made.ink, made.middle, made.area) == ((255, 0, 0), None, (6, 12), 200)


def test_the_entry_of_a_list_is_what_repeats_around_the_words() -> None:
    assert entries_of("Jane Austen", SHELF) == [(1, 2, 8)]
    assert [t.ref for t in within((1, 2, 8), SHELF)] == ["e6", "e7", "e8", "e9"]
    assert entries_of("Nobody", SHELF) == []


def test_all_entries_that_show_the_words() -> None:
    again = (
        *SHELF,
        word("e11", "Persuasion", "1.2.14.15"),
        word("e12", "Jane Austen", "1.2.14.16"),
    )
    assert entries_of("Jane Austen", again) == [(1, 2, 8), (1, 2, 14)]


@pytest.mark.parametrize("words", ["delete", "trash icon", "bin", "remove"])
def test_icons_are_known_by_what_their_source_calls_them(words: str) -> None:
    found = best(words, within((1, 2, 8), SHELF))
    assert found is not None
    assert found.ref == "e9"


def test_what_says_it_is_surer_than_what_is_called_so() -> None:
    assert likeness("Dune", SHELF[1]) == 1.0
    assert likeness("lend", SHELF[3]) < 1.0
    assert likeness("publish", SHELF[3]) < 0.5
    assert best("publish", SHELF) is None


def test_the_word_for_a_kind_is_no_part_of_a_name_and_case_decides() -> None:
    two = (word("e1", "save", "1.2"), word("e2", "Save", "1.3"))
    assert [t.ref for t in called("Save button", two)] == ["e2"]
    assert [t.ref for t in called("SAVE", two)] == ["e1", "e2"]


def test_the_main_list_and_its_third_entry() -> None:
    rows = entries(SHELF)
    assert rows == [(1, 2, 3), (1, 2, 8)]
    title = title_of(rows[1], SHELF)
    assert title is not None
    assert title.text == "Emma"


@pytest.mark.parametrize(
    ("words", "number"),
    [("the 3rd search result", 3), ("the last message", -1), ("second row", 2), ("2nd tab", None),
     ("results", None)],
)  # fmt: skip
def test_only_entries_of_lists_are_counted(words: str, number: int | None) -> None:
    assert counted(words) == number
