"""Goals about what hands do: entries, folded things, copying, dragging, marking, values of the page."""

from __future__ import annotations

import pytest

from abos.planner import NotExplicit, Step, Verb, parse

C, F = Verb.CLICK, Verb.FILL


def short(step: Step) -> tuple[object, ...]:
    """A step without its source and without what is empty."""
    flags = ("recall",) if step.recall else ()
    rest = (step.target, step.value, step.within and f"in {step.within}", step.many)
    return (step.verb.value, *(part for part in rest if part), *step.fields, *flags)


def read(goal: str) -> list[tuple[object, ...]]:
    steps = parse(goal)
    assert not isinstance(steps, NotExplicit), steps
    return [short(step) for step in steps]


GOALS: dict[str, list[tuple[object, ...]]] = {
    # what lies in an entry
    "Find the ticket from Ada Byron and press Close": [
        ("find", "in Ada Byron"), ("click", "Close", "in Ada Byron"),
    ],
    "Look up Grace in the address book and click her address": [
        ("find", "in Grace"), ("click", "her address", "in Grace"),
    ],
    "For the user Linus, click Block": [("find", "in Linus"), ("click", "Block", "in Linus")],
    'Click "Archive" on all messages from Bob': [("click", "Archive", "in Bob", "all")],
    "Press Like on 3 comments by @kay": [("click", "Like", "in @kay", "3")],
    "Click Edit in the row of Blue Mug": [("click", "Edit", "in Blue Mug")],
    # mail
    "forward the message from Tim to Ann": [
        ("find", "in Tim"), ("click", "forward", "in Tim"), ("fill", "to", "Ann"), ("click", "send"),
    ],
    "Send Ann the latest mail from Tim": [
        ("find", "in Tim"), ("click", "forward", "in Tim"), ("fill", "to", "Ann"), ("click", "send"),
    ],
    "Reply to the email from Tim with \"See you\"": [
        ("find", "in Tim"), ("click", "reply", "in Tim"), ("fill", "See you"), ("click", "send"),
    ],
    "open the mail by Tim, then delete it": [
        ("find", "in Tim"), ("click", "delete", "in Tim"),
    ],
    "Mark Tim's message as important": [("find", "in Tim"), ("click", "star", "in Tim")],
    "The mail from Tim should be deleted": [("find", "in Tim"), ("click", "delete", "in Tim")],
    # what is hidden
    "Go through the panels to find and open the link \"Terms\"": [("click", "Terms link")],
    "Open File > Export > As PDF": [
        ("expand", "File"), ("expand", "Export"), ("click", "As PDF"),
    ],
    "Unfold the section Shipping and click Track": [
        ("expand", "section Shipping"), ("click", "Track"),
    ],
    # looks and numbers
    "Click all green tiles": [("click", "green tiles", "all")],
    "Tap the cards in descending order": [("click", "cards", "descending", "all")],
    "click on a blue circle": [("click", "blue circle", "1")],
    "Pick the room with the lowest price": [("click", "room", "most", "in lowest price")],
    # values that the page gives
    "Enter the value of Height into the text field": [
        ("read", "value of Height"), ("fill", "recall"),
    ],
    "Work out the sum of both bills and type the result into the Total box": [
        ("read", "sum of both bills"), ("fill", "Total", "recall"),
    ],
    "Copy the text in the note, paste it into the Reply field": [
        ("copy", "text in the note"), ("fill", "Reply", "recall"),
    ],
    "Press the button that names the figure": [("read", "figure"), ("click", "answer", "recall")],
    # typing
    'Type "Main Hall" in upper case into the Room field': [("fill", "Room", "MAIN HALL")],
    'Enter "s3cret" into both fields': [("fill", "s3cret", "all")],
    'Enter the city "Bonn" and the street "Am Hof" into the fields': [
        ("fill", "city", "Bonn"), ("fill", "street", "Am Hof"),
    ],
    'Choose a station that starts with "Ham" and ends with "Nord"': [
        ("fill", ("starts", "Ham"), ("ends", "Nord")),
    ],
    "Use the search bar to enter maps": [("fill", "search bar", "maps")],
    # sliders and colours
    "Set 40 with the volume slider": [("fill", "volume slider", "40")],
    "Move the dials to 1, 2 and 3": [
        ("fill", "1. dial", "1"), ("fill", "2. dial", "2"), ("fill", "3. dial", "3"),
    ],
    "Choose navy in the colour picker": [("fill", "colour picker", "navy")],
    # dragging, marking, sizes
    "Drag Invoices onto Done": [("drag", "Invoices", "onto Done")],
    "move the task Paint up by two": [("drag", "task Paint", "up by two")],
    "Drag all squares into the bin, and everything else into the tray": [
        ("drag", "squares", "into the bin", "all"),
        ("drag", "everything else", "into the tray", "all"),
    ],
    "Arrange the numbers in ascending order": [("arrange", "numbers", "ascending")],
    "Highlight the text in the second paragraph": [("highlight", "text in the second paragraph")],
    "Put the cursor into the Name field": [("focus", "Name")],
    "Make the notes area wider": [("resize", "notes area", "wider")],
    "Make the word Urgent bold": [("highlight", "Urgent"), ("click", "bold")],
    "Scroll the licence text to the bottom": [("scroll", "licence text", "bottom")],
    "Guess the number between 1 and 50": [("guess", "the number", "1 50")],
    # small words
    "Select nothing and press Save when you are done": [("click", "Save")],
    'Press the button labelled "Start now" to begin': [("click", "Start now button")],
}  # fmt: skip


@pytest.mark.parametrize("goal", GOALS)
def test_goals(goal: str) -> None:
    assert read(goal) == GOALS[goal]


@pytest.mark.parametrize(
    "goal",
    [
        "click a nice picture",
        "type it into the field",
        "make everything better",
        "buy the best phone",
        "reply to Tim",
        "drag it somewhere else please so that it fits",
    ],
)
def test_open_goals_stay_open(goal: str) -> None:
    assert isinstance(parse(goal), NotExplicit)


def test_deleting_and_sending_are_marked_as_final() -> None:
    steps = parse("forward the message from Tim to Ann")
    assert not isinstance(steps, NotExplicit)
    assert [s.irreversible for s in steps] == [False, False, False, True]
    steps = parse("delete the message from Tim")
    assert not isinstance(steps, NotExplicit)
    assert steps[-1].irreversible
