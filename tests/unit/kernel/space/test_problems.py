"""What the page reports, as typed errors."""

from __future__ import annotations

from typing import Any

import pytest

from abos.kernel import errors
from abos.kernel.space.problems import raise_problem, ref_number


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"error": "gone"}, errors.ElementGone, "left the page"),
        ({"error": "hidden", "what": 'a "Buy"'}, errors.ElementHidden, 'a "Buy" is not visible'),
        ({"error": "disabled", "what": "button#go"}, errors.ElementDisabled, "button#go"),
        (
            {"error": "covered", "what": "a", "cover": 'div "Cookies"', "coverRef": "e4"},
            errors.ElementCovered,
            'covered by div "Cookies"',
        ),
        ({"error": "wrong", "what": "a", "wanted": "a field"}, errors.WrongElement, "not a field"),
        (
            {"error": "option", "what": "select", "wanted": "XL", "options": ["S", "M"]},
            errors.WrongElement,
            "no option 'XL'",
        ),
        ({"error": "something new"}, errors.ElementError, "something new"),
    ],
)
def test_each_problem_names_element_and_cause(
    answer: dict[str, Any], kind: type[errors.ElementError], words: str
) -> None:
    with pytest.raises(kind, match="e7: ") as caught:
        raise_problem("e7", answer)
    assert words in str(caught.value)


def test_a_cover_that_has_a_ref_is_named_by_it() -> None:
    with pytest.raises(errors.ElementCovered) as caught:
        raise_problem("e7", {"error": "covered", "what": "a", "cover": "div", "coverRef": "e4"})
    assert caught.value.cover == "e4"


def test_no_problem_raises_nothing() -> None:
    raise_problem("e7", {"x": 1.0, "y": 2.0})


@pytest.mark.parametrize("ref", ["e12", "@e12"])
def test_refs(ref: str) -> None:
    assert ref_number(ref) == 12


@pytest.mark.parametrize(
    "ref", ["", "e", "e0", "12a", "button", "e-1", "e1.5", "e٣", "e" + "9" * 30]
)
def test_what_is_not_a_ref_says_so(ref: str) -> None:
    with pytest.raises(errors.UnknownElement, match="look like e12"):
        ref_number(ref)
