"""What is asked of the deciders, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..snapshot.observe import Element, Observation
from .steps import Step, Verb

Tier = Literal["exact", "ranker", "local", "cloud"]

TIERS: tuple[Tier, ...] = ("exact", "ranker", "local", "cloud")
"""All tiers, in the order in which they are asked."""

Kind = Literal["element", "option", "yesno", "done", "value"]
"""What is asked for: an element to act on, an option of a list, whether something is so on the
page, whether a step succeeded, or a short text that the page shows."""

KINDS: tuple[Kind, ...] = ("element", "option", "yesno", "done", "value")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An element that may be meant: the part of ``Element`` that decisions look at."""

    ref: str
    role: str
    name: str
    context: str = ""
    hint: str = ""
    value: str = ""
    states: frozenset[str] = frozenset()
    type: str = ""
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    options: tuple[str, ...] = ()
    href: str = ""
    landmark: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page besides its elements: all of it is data, never instructions.

    ``lines`` are those of its text, cells of a row apart by tabs; ``dialog`` is the message of an
    open JavaScript dialog.
    """

    url: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    elements: tuple[Element, ...] = ()
    dialog: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a step did to a page, as far as that was seen.

    ``action`` is what was done (click, fill, navigate...) to the element ``ref`` with ``value``;
    ``got`` is the field's value afterwards. ``before`` is None when nobody had looked.
    """

    action: str = ""
    ref: str = ""
    value: str = ""
    got: str = ""
    before: Page | None = None
    navigated: bool = False
    dialog: str = ""
    downloads: tuple[str, ...] = ()
    new_tab: str = ""
    changed: int = 0
    """Elements added and removed; attributes, texts and values changed."""
    status: int = 0
    """HTTP status of the document that it led to; 0 for none."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which of ``candidates`` does ``instruction`` mean?

    ``action`` is click, fill, select, check, hover, upload or "" (anything). ``value`` is what
    will be put there, when that is known: it helps to find the list that offers it.
    ``irreversible`` raises the probability that an answer needs. ``or_none`` takes "none of
    these" for an answer, which otherwise is none. ``page`` and ``change`` are what the kinds other
    than elements are answered from.
    """

    instruction: str
    action: str
    candidates: tuple[Candidate, ...]
    value: str = ""
    irreversible: bool = False
    kind: Kind = "element"
    or_none: bool = False
    page: Page = field(default=Page())
    change: Change = field(default=Change())


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer: ``ref`` is None for "none of these", and for answers that are no element.

    ``answer`` is the ref, the option's label, "yes" or "no", or the value; None for "none of
    these". ``probability`` is that of the answer being right, ``seconds`` what this tier took,
    ``evidence`` the (ref, score) of the likeliest, ``reason`` a short sentence for people.
    ``id`` is what ``abos why`` explains it by. ``measured`` says that the probability is what was
    observed of such answers, and not what the tier states itself.
    """

    ref: str | None
    probability: float
    by: Tier
    seconds: float = 0.0
    evidence: tuple[tuple[str, float], ...] = field(default=())
    reason: str = ""
    id: str = ""
    kind: Kind = "element"
    answer: str | None = None
    measured: bool = False


_TEXT = frozenset(
    {"textbox", "searchbox", "combobox", "spinbutton", "slider", "number", "textarea"}
)
_PRESSABLE = frozenset(
    {
        "button",
        "link",
        "tab",
        "menuitem",
        "menuitemcheckbox",
        "menuitemradio",
        "option",
        "checkbox",
        "radio",
        "switch",
        "clickable",
        "treeitem",
        "gridcell",
        "summary",
        "img",
        "heading",
        "combobox",
        "reset",
        "submit",
    }
)
_CHECKABLE = frozenset(
    {"checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio", "option", "button"}
)
_CHOOSABLE = frozenset(
    {
        "combobox",
        "listbox",
        "option",
        "radio",
        "checkbox",
        "button",
        "link",
        "tab",
        "menuitem",
        "menuitemradio",
        "switch",
        "slider",
        "spinbutton",
        "gridcell",
        "treeitem",
        "clickable",
    }
)
ROLES: dict[str, frozenset[str]] = {
    "fill": _TEXT,
    "type": _TEXT,
    "select": _CHOOSABLE,
    "check": _CHECKABLE,
    "uncheck": _CHECKABLE,
    "click": _PRESSABLE | _TEXT,
    "upload": frozenset({"file", "button", "textbox"}),
}
"""Roles that an action can be done to; an action that is not listed fits every role."""


def candidates_from(observation: Observation, action: str) -> tuple[Candidate, ...]:
    """The elements of a page that ``action`` can be done to, in document order.

    Disabled elements stay out, unless nothing else is left: a step on a disabled button is to
    fail for that reason, not for "no such element".
    """
    return candidates_of(observation.elements, action)


def candidates_of(elements: tuple[Element, ...], action: str) -> tuple[Candidate, ...]:
    """The same of elements by themselves."""
    fits = ROLES.get(action)
    found = [e for e in elements if fits is None or e.role in fits or _is_file(e, action)]
    enabled = [e for e in found if "disabled" not in e.states]
    return tuple(candidate_of(e) for e in (enabled or found))


def _is_file(element: Element, action: str) -> bool:
    return action == "upload" and element.type == "file"


def candidate_of(e: Element) -> Candidate:
    """The part of an element that decisions look at."""
    return Candidate(
        e.ref,
        e.role,
        e.name,
        e.context,
        e.hint,
        e.value,
        e.states,
        e.type,
        e.box,
        e.options,
        e.href,
        e.landmark,
    )


_ACTIONS = {
    Verb.CLICK: "click",
    Verb.FILL: "fill",
    Verb.SELECT: "select",
    Verb.CHECK: "check",
    Verb.UNCHECK: "uncheck",
    Verb.HOVER: "hover",
    Verb.UPLOAD: "upload",
    Verb.SEARCH: "fill",
}


def question_for(step: Step, observation: Observation) -> Question:
    """The question that a step asks of a page. A SEARCH asks for the search field."""
    action = _ACTIONS.get(step.verb, "")
    target = "search" if step.verb is Verb.SEARCH else step.target
    return Question(
        target, action, candidates_from(observation, action), step.value, step.irreversible
    )
