"""What probe.js reports as a problem, as the typed error that says it to a person. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import (
    AbosError,
    ElementCovered,
    ElementDisabled,
    ElementError,
    ElementGone,
    ElementHidden,
    ElementMoving,
    UnknownElement,
    WrongElement,
)

Problem = Mapping[str, Any]


def _covered(ref: str, problem: Problem) -> AbosError:
    cover = problem["cover"]
    return ElementCovered(
        ref,
        f"{problem['what']} is covered by {cover}",
        cover=problem.get("coverRef") or cover,
    )


def _no_option(ref: str, problem: Problem) -> AbosError:
    listed = ", ".join(repr(option) for option in problem["options"])
    return WrongElement(
        ref,
        f"{problem['what']} has no option {problem['wanted']!r}",
        hint=f"Its options are {listed}.",
    )


_ERRORS: dict[str, Callable[[str, Problem], AbosError]] = {
    "gone": lambda ref, _: ElementGone(ref, "the element has left the page"),
    "hidden": lambda ref, p: ElementHidden(ref, f"{p['what']} is not visible"),
    "disabled": lambda ref, p: ElementDisabled(ref, f"{p['what']} is disabled"),
    "moving": lambda ref, p: ElementMoving(ref, f"{p['what']} did not come to rest"),
    "covered": _covered,
    "wrong": lambda ref, p: WrongElement(ref, f"{p['what']} is not {p['wanted']}"),
    "option": _no_option,
    "format": lambda ref, p: WrongElement(
        ref,
        f"{p['what']} does not take {p['given']!r}",
        hint=f"It takes {p['wanted']}, within its limits.",
    ),
    "single": lambda ref, p: WrongElement(ref, f"{p['what']} takes one option"),
    "turned": lambda ref, p: WrongElement(
        ref,
        f"{p['what']} lies in a frame that is turned or skewed, so its place can't be told",
        hint="Use the keyboard: Press with the ref.",
    ),
    "refused": lambda ref, p: WrongElement(
        ref,
        f"{p['what']} did not keep the value, it holds {p['kept']!r}",
        hint="The field changes or limits what is typed; look at its value.",
    ),
}


def raise_problem(ref: str, answer: Problem) -> None:
    """Raise the typed error of an answer that reports one; otherwise do nothing."""
    kind = answer.get("error")
    if kind:
        make = _ERRORS.get(kind)
        raise make(ref, answer) if make else ElementError(ref, kind)


def ref_number(ref: str) -> int:
    """12 of `e12` or `@e12`. Raises `UnknownElement` for anything else."""
    digits = ref.removeprefix("@").removeprefix("e")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9 or not int(digits):
        raise UnknownElement(ref, "not a ref; refs look like e12")
    return int(digits)
