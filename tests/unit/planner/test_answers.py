"""What the page says: values by their labels, counts, sums, words; and labels of fields."""

from __future__ import annotations

import pytest
from planner_things import make, shape, word

from abos.planner import Day, Thing, Turn, answer, beside, next_press
from abos.planner.labelling import field_labelled, label_of, phrases_for
from abos.planner.values import as_date

FACTS = (
    word("e2", "Height", "1.2.3", box=(0.0, 0.0, 50.0, 12.0)),
    word("e3", "324 m", "1.2.4", box=(60.0, 0.0, 50.0, 12.0)),
    word("e4", "Built", "1.5.6", box=(0.0, 20.0, 50.0, 12.0)),
    word("e5", "1889", "1.5.7", box=(60.0, 20.0, 50.0, 12.0)),
    word("e6", "Architect: Stephen Sauvestre", "1.8", box=(0.0, 40.0, 150.0, 12.0)),
    word(
        "e7", "The tower stands on the Champ de Mars.", "1.9", tag="p", box=(0.0, 60.0, 300.0, 12.0)
    ),
    word("e8", "17 + 4 = ?", "1.10", box=(0.0, 80.0, 60.0, 12.0)),
    shape("e11", "polygon", (9, 9, 9), corners=5, box=(0.0, 100.0, 40.0, 40.0)),
)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("value of Height", "324 m"),
        ("the value for the Built", ""),
        ("value for Built", "1889"),
        ("value of Architect", "Stephen Sauvestre"),
        ("3rd word of the text", "stands"),
        ("last word in the paragraph", "Mars"),
        ("math problem", "21"),
        ("how many sides the figure has", "5"),
        ("the shape below", "pentagon"),
        ("how many pentagons are there?", "1"),
        ("weather in Paris", ""),
    ],
)
def test_answers(question: str, said: str) -> None:
    assert answer(question, FACTS) == said


def test_a_label_without_a_value_beside_it() -> None:
    assert beside("Height", FACTS[:1]) == ""


def test_letters_in_elements_of_their_own_make_one_word() -> None:
    page = tuple(word(f"e{n}", sign, f"1.2.{n + 3}") for n, sign in enumerate("xKz"))
    assert answer("text shown", page) == "xKz"


def field(ref: str, number: int, x: float, y: float, text: str = "") -> Thing:
    return make(ref, "field", f"1.{number}", text=text, tag="input", box=(x, y, 80.0, 20.0))


def test_labels_stand_on_the_side_where_all_fields_have_one() -> None:
    below = (
        field("e2", 2, 0, 0), word("e3", "Street", "1.3", box=(0.0, 21.0, 60.0, 10.0)),
        field("e4", 4, 0, 40), word("e5", "Town", "1.5", box=(0.0, 61.0, 60.0, 10.0)),
    )  # fmt: skip
    assert [label_of(below[n], below) for n in (0, 2)] == ["Street", "Town"]
    left = (
        word("e3", "Street:", "1.3", box=(0.0, 3.0, 40.0, 10.0)), field("e2", 2, 50, 0),
        word("e5", "Town:", "1.5", box=(0.0, 43.0, 40.0, 10.0)), field("e4", 4, 50, 40),
    )  # fmt: skip
    assert [label_of(left[n], left) for n in (1, 3)] == ["Street", "Town"]
    found = field_labelled("town", left)
    assert found is not None
    assert found.ref == "e4"
    assert field_labelled("colour", left) is None


def test_each_field_of_a_search_takes_its_part_of_the_query() -> None:
    labels = ["City", "Rooms", "Kind"]
    query = "flats in city Bad Honnef with rooms 3"
    assert phrases_for(query, labels) == {"City": "Bad Honnef", "Rooms": "3", "Kind": "flats"}
    assert phrases_for("nothing of the sort", ["City", "Rooms"]) == {}


def month(title: str) -> tuple[Thing, ...]:
    head = (
        make("e1", "icon", "1.2.3", label="go-previous", box=(0.0, 0.0, 20.0, 20.0)),
        word("e2", title, "1.2.4", box=(20.0, 0.0, 100.0, 20.0)),
        make("e3", "icon", "1.2.5", label="go-next", box=(120.0, 0.0, 20.0, 20.0)),
    )
    days = tuple(
        word(f"e{n + 10}", str(n), f"1.6.{n}", box=(n % 7 * 20.0, 30.0 + n // 7 * 20, 20.0, 20.0))
        for n in range(1, 31)
    )
    return (*head, *days)


@pytest.mark.parametrize(
    ("shown", "press"),
    [("June 2023", Day("e19")), ("April 2023", Turn("e3")), ("Sep 2023", Turn("e1")),
     ("December 2022", Turn("e3"))],
)  # fmt: skip
def test_calendars_are_turned_to_the_month_and_then_the_day_is_pressed(
    shown: str, press: Day | Turn
) -> None:
    day = as_date("2023-06-09")
    assert day is not None
    assert next_press(day, month(shown)) == press


def test_no_calendar() -> None:
    day = as_date("2023-06-09")
    assert day is not None
    assert next_press(day, FACTS) is None
