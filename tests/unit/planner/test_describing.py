"""Colours, shapes, sizes, sides and the most of something: what a description means."""

from __future__ import annotations

import pytest
from planner_things import make, shape, word

from abos.planner import Thing, amount, described, hexadecimal, most, pointed_at, superlative
from abos.planner.colours import family, is_shade
from abos.planner.describing import is_description, name_of_shape, placed

RED, DARK_RED, GREEN, BLUE = (255, 0, 0), (120, 10, 10), (0, 128, 0), (0, 0, 255)
DRAWN = (
    shape("e2", "circle", RED, box=(10.0, 10.0, 20.0, 20.0)),
    shape("e3", "circle", BLUE, box=(60.0, 10.0, 8.0, 8.0)),
    shape("e4", "rect", RED, corners=4, box=(10.0, 60.0, 30.0, 15.0)),
    shape("e5", "polygon", GREEN, corners=3, box=(60.0, 60.0, 20.0, 20.0)),
    Thing("e6", "text", "K", tag="text", colour=BLUE, path=(1, 6)),
    Thing("e7", "text", "4", tag="text", colour=GREEN, path=(1, 7)),
)


@pytest.mark.parametrize(
    ("words", "refs"),
    [
        ("circles", ["e2", "e3"]),
        ("the small circle", ["e3"]),
        ("large circle", ["e2"]),
        ("the red circle", ["e2"]),
        ("red shapes", ["e2", "e4"]),
        ("triangle", ["e5"]),
        ("rectangles", ["e4"]),
        ("a green digit", ["e7"]),
        ("letter K", ["e6"]),
        ("shapes", ["e2", "e3", "e4", "e5"]),
        ("the second circle", ["e3"]),
        ("the leftmost circle", ["e2"]),
        ("the largest shape", ["e4"]),
        ("pentagons", []),
        ("something nice", []),
    ],
)
def test_descriptions(words: str, refs: list[str]) -> None:
    assert [t.ref for t in described(words, DRAWN)] == refs


def test_patches_behind_others_are_no_boxes_of_their_own() -> None:
    page = (
        make("e1", "box", "1", colour=(255, 255, 255)),
        make("e2", "icon", "1.2", colour=RED, box=(0.0, 0.0, 20.0, 20.0)),
        make("e3", "icon", "1.3", colour=DARK_RED, box=(30.0, 0.0, 20.0, 20.0)),
        make("e4", "icon", "1.4", colour=BLUE, box=(60.0, 0.0, 20.0, 20.0)),
    )
    assert [t.ref for t in described("red tile", page)] == ["e2"]
    assert [t.ref for t in described("shades of red", page)] == ["e2", "e3"]


def test_one_thing_is_pointed_at_or_none() -> None:
    assert pointed_at("the red circle", DRAWN) == DRAWN[0]
    assert pointed_at("circle", DRAWN) is None
    assert pointed_at("the unknown", DRAWN) is None


@pytest.mark.parametrize("words", ["a red circle", "letter", "7", "small blue square"])
def test_words_that_say_how_something_looks(words: str) -> None:
    assert is_description(words)


@pytest.mark.parametrize("words", ["a nice gift", "some book", "red dress in my size", "product"])
def test_words_that_do_not(words: str) -> None:
    assert not is_description(words)


def test_names_of_shapes_and_places_in_words() -> None:
    assert [name_of_shape(t) for t in DRAWN] == [
        "circle", "circle", "rectangle", "triangle", "letter", "number",
    ]  # fmt: skip
    assert (placed("the 2nd paragraph"), placed("the last one"), placed("the one")) == (2, -1, None)


@pytest.mark.parametrize(
    ("colour", "name"),
    [(RED, "red"), ((250, 128, 114), "red"), ((40, 40, 40), "grey"), ((0, 0, 128), "blue"),
     ((3, 3, 3), "black"), ((144, 238, 144), "green")],
)  # fmt: skip
def test_every_colour_has_a_family(colour: tuple[int, int, int], name: str) -> None:
    assert family(colour) == name
    assert is_shade(colour, name)


def test_colours_as_style_sheets_write_them() -> None:
    assert (hexadecimal("Teal"), hexadecimal("plaid")) == ("#008080", "")


ROOMS = (
    word("e2", "Garden room €120", "1.2"),
    word("e3", "Attic €75.50", "1.3"),
    word("e4", "Suite €310", "1.4"),
)


@pytest.mark.parametrize(
    ("words", "ref"), [("the cheapest price", "e3"), ("the highest price", "e4"), ("nice", "")]
)
def test_the_most_of_alike_things(words: str, ref: str) -> None:
    found = most(words, ROOMS)
    assert (found.ref if found else "") == ref


def test_amounts_are_prices_spans_or_numbers() -> None:
    assert superlative("the shortest trip") == ("shortest", False)
    assert superlative("a trip") is None
    assert amount("the lowest price", "2 nights, $1,240.50") == 1240.5
    assert amount("the shortest duration", "Leaves 9, takes 1h 25m") == 85
    assert amount("the greatest number", "card 17") == 17
    assert amount("the lowest price", "sold out") is None
