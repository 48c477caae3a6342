"""What a plan is made of: verbs, steps, and the check of a plan that a model returned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from .errors import BadPlan

MAX_STEPS = 40
"""More steps than this are a plan gone wrong."""


class Verb(StrEnum):
    """What a step does.

    OPEN goes to a URL (``target``); a page known by its words only is a CLICK on the thing that
    leads there. SELECT chooses ``value`` in ``target``, or wherever ``value`` is on offer when
    ``target`` is empty (a list, a radio button, a swatch). FILL sets a field, FORM fills a whole
    form over as many pages as it takes (``value`` is the intent, ``fields`` the data). READ
    answers ``target`` from the page; VERIFY needs ``value`` in the page's text, or, without a
    value, what ``target`` states. WAIT waits for the text ``value``, for ``target`` seconds, or
    for the page to settle. DISMISS gets rid of a banner (``value``: accept, reject or close).

    FIND brings an entry of a list (``within``) onto the page. EXPAND opens what is folded up.
    FOCUS puts the cursor into ``target``, HIGHLIGHT selects its text, COPY keeps its value for a
    later step. DRAG moves ``target`` to ``value``: a direction, a place in its list, or another
    thing. RESIZE makes ``target`` ``value`` ("wider"). ARRANGE brings a list into the order
    ``value`` by dragging. GUESS tries what ``value`` bounds until the page says that it is right.
    """

    OPEN = "open"
    CLICK = "click"
    FILL = "fill"
    SELECT = "select"
    CHECK = "check"
    UNCHECK = "uncheck"
    PRESS = "press"
    HOVER = "hover"
    SCROLL = "scroll"
    UPLOAD = "upload"
    BACK = "back"
    FORWARD = "forward"
    WAIT = "wait"
    SEARCH = "search"
    FORM = "form"
    READ = "read"
    VERIFY = "verify"
    DISMISS = "dismiss"
    FIND = "find"
    EXPAND = "expand"
    FOCUS = "focus"
    HIGHLIGHT = "highlight"
    COPY = "copy"
    DRAG = "drag"
    RESIZE = "resize"
    ARRANGE = "arrange"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan. ``source`` is the words of the goal that it came from.

    ``fields`` holds (label, value) pairs of a FORM; a label may appear once.
    ``irreversible`` marks what cannot be undone: paying, ordering, deleting, sending.
    ``within`` names the entry of a list (row, card, post) that holds the target. ``many`` says how
    many targets there are: "all", or a number; empty for one. With ``recall`` the value is what the
    last READ or COPY found.
    """

    verb: Verb
    target: str = ""
    value: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    source: str = ""
    irreversible: bool = False
    within: str = ""
    many: str = ""
    recall: bool = False

    def field(self, label: str) -> str:
        """The datum with this label, or an empty string."""
        return dict(self.fields).get(label, "")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a remote call cost."""

    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, who made them, and what that cost. ``seconds`` is wall time."""

    steps: tuple[Step, ...]
    by: Literal["instructions", "cloud"]
    seconds: float
    usage: Usage = Usage()


IRREVERSIBLE = re.compile(
    r"\b(?:(?:place|confirm|submit|complete|finish|cancel) (?:(?:the|my|this|your) )?order"
    r"|order now|pay|buy|purchase|delete|erase|send|post|publish|transfer|donate|unsubscribe"
    r"|cancel (?:(?:the|my|this) )?(?:subscription|account|booking)|close (?:(?:the|my) )?account"
    r"|empty (?:(?:the|my) )?(?:cart|basket|bag|trash|bin))\b",
    re.IGNORECASE,
)
"""Words on a button that mean it cannot be taken back."""


class _StepIn(BaseModel):
    """A step as a model may return it; the long names are those of older prompts."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, populate_by_name=True)

    verb: Verb = Field(validation_alias=AliasChoices("do", "verb"))
    target: str = Field("", max_length=300, validation_alias=AliasChoices("on", "target"))
    value: str = Field("", max_length=4000, validation_alias=AliasChoices("with", "value"))
    fields: dict[str, str] = Field(default_factory=dict, max_length=30)
    irreversible: bool = Field(False, validation_alias=AliasChoices("final", "irreversible"))

    @field_validator("fields", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """A strict schema knows no free keys: then it is a list of names and values."""
        if not isinstance(value, list):
            return value
        pairs = [each for each in value if isinstance(each, dict)]
        return {str(each.get("name", "")): each.get("value", "") for each in pairs}


_NEEDS_TARGET = frozenset(
    {Verb.OPEN, Verb.CLICK, Verb.CHECK, Verb.UNCHECK, Verb.HOVER, Verb.READ, Verb.DRAG}
)
_NEEDS_VALUE = frozenset({Verb.SEARCH, Verb.SELECT, Verb.PRESS, Verb.UPLOAD, Verb.FORM})


def step_from(given: object, number: int) -> Step:
    """Check one step that a model returned, the ``number``th from 0 on.

    Raises BadPlan with the first thing that is wrong, in words that help to repair it.
    """
    try:
        step = _StepIn.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, ("steps", number, *first["loc"])))
        raise BadPlan(f"The plan is not valid at {where}: {first['msg']}.") from error
    if step.verb in _NEEDS_TARGET and not step.target:
        raise BadPlan(f"The plan is not valid at steps.{number}: {step.verb} needs 'on'.")
    if step.verb in _NEEDS_VALUE and not step.value:
        raise BadPlan(f"The plan is not valid at steps.{number}: {step.verb} needs 'with'.")
    return _step(step)


def _step(step: _StepIn) -> Step:
    """A model may call a step irreversible, but cannot call a purchase reversible."""
    clickable = step.verb in (Verb.CLICK, Verb.FORM)
    words = f"{step.target} {step.value}"
    risky = step.irreversible or (clickable and bool(IRREVERSIBLE.search(words)))
    risky = risky or (step.verb is Verb.FORM and step.value in RISKY_FORMS)
    fields = tuple(step.fields.items())
    return Step(step.verb, step.target, step.value, fields, "", risky)


RISKY_FORMS = frozenset({"checkout", "contact", "pay"})
"""Form intents whose final submit cannot be undone."""
