"""The instruction planner: goals that spell out what to do become steps, with no model.

A goal is cut into clauses (``clauses``), each clause is read by the first rule that fits
(``grammar``), and neighbouring steps that belong together are joined here. One clause that no
rule reads makes the whole goal NotExplicit: a plan with a hole is a wrong plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import rules_fields, rules_hands, rules_mail, rules_page, rules_read, rules_tasks
from .clauses import Masked, core, mask, split
from .grammar import Built, Clause, Refusal
from .steps import MAX_STEPS, Step, Verb

MAX_GOAL = 4000
"""Characters; a longer goal is not read as instructions."""

_JOINTS = re.compile(r"^(?:(?:and|then|&)\s+)+(?=\S)", re.IGNORECASE)
_SHORT = 300
"""Characters up to which a clause is looked through for an omitted verb."""

_RULES = (
    *rules_mail.RULES,
    *rules_hands.RULES,
    *rules_tasks.RULES,
    *rules_page.RULES,
    *rules_fields.RULES,
    *rules_read.RULES,
)
_FILLER = re.compile(
    r"(?:(?:find|look|search)(?: (?:and|it|there))?"
    r"|after (?:that|this)|afterwards?|finally|next|first(?:ly)?|lastly|thanks?(?: you)?(?: "
    r"(?:very much|a lot|in advance))?|cheers|please|that(?:'s| is) (?:it"
    r"|all)|go|ok(?:ay)?"
    r"|hi|hello|hey(?: there)?|good (?:morning|evening|afternoon)|done|ready|stop(?: there)?"
    r"|finish|the end"
    r"|do the following(?: steps)?|follow these (?:steps|instructions)|steps|here (?:is|are) .*"
    r"|task|instructions"
    r"|(?:i )?(?:need|want|would like) your help|would you|i have a (?:task|job) for you)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NotExplicit:
    """Why a goal is not a list of instructions, and the clause at which reading stopped."""

    reason: str
    at: str


def parse(goal: str, *, url: str = "") -> tuple[Step, ...] | NotExplicit:
    """Steps of a goal, or why it cannot be read. Pure; never raises; linear in the clauses.

    ``url`` is the page that relative addresses ("/cart") start from.
    """
    if len(goal) > MAX_GOAL:
        return NotExplicit(f"it is longer than {MAX_GOAL} characters", goal[:80])
    masked = mask(goal)
    steps: tuple[Step, ...] = ()
    for clause in (part for whole in split(masked.text) for part in _spell_out(whole)):
        built = _read(clause, masked, steps, url)
        if isinstance(built, NotExplicit):
            return built
        for step in built:
            steps = _join(steps, _of_entry(steps, step))
    if not steps:
        return NotExplicit("it does not ask for anything", goal.strip()[:80])
    if len(steps) > MAX_STEPS:
        return NotExplicit(f"it has more than {MAX_STEPS} steps", goal[:80])
    return steps


_ELLIPSES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        (
            r"(?P<verb>.*\b(?:set|change|update|adjust)) (?P<a>.+? to .+?)(?: and|, and|,) "
            r"(?P<b>(?:the )?[\w -]+? to .+)"
        ),
        (
            r"(?P<verb>.*\b(?:type|enter|write|put|input)) (?P<a>.+? (?:in(?:to)?|as) (?:the "
            r"|my )?.+?)"
            r"(?: and|, and|,) (?P<b>.+? (?:in(?:to)?|as) (?:the |my )?.+)"
        ),
        (
            r"(?P<verb>.*\bfill(?: in| out)?) (?P<a>.+? with .+?)(?: and|, and|,) (?P<b>(?:the "
            r")?[\w -]+? with .+)"
        ),
    )
)


def _spell_out(clause: str) -> tuple[str, ...]:
    """'set A to 1 and B to 2' is two clauses with one verb."""
    for pattern in _ELLIPSES if len(clause) < _SHORT else ():
        found = pattern.fullmatch(clause)
        if found:
            rest = _spell_out(f"{found['verb']} {found['b']}")
            return (f"{found['verb']} {found['a']}", *rest)
    return (clause,)


_COLOURS = (
    r"black|white|gr[ae]y|red|blue|navy|green|yellow|orange|pink|purple|brown|beige|cream|gold"
    r"|silver|mustard|turquoise|violet"
)
_TINT = re.compile(
    rf"((?:add|put|place|buy|order|purchase) .+?) in (?:the colou?r )?(?P<tint>{_COLOURS})"
    r"(?P<cart> (?:in ?to|to|in) .*(?:cart|basket|bag))?(?P<rest>(?:,| to | for | as | and ).*|)",
    re.IGNORECASE,
)
"""A colour in passing, which the rules for products read as "in colour X" at the end."""


def _tinted(words: str) -> str:
    found = _TINT.fullmatch(words)
    if found is None:
        return words
    return f"{found[1]}{found['cart'] or ''} in colour {found['tint']}{found['rest']}"


_NO_ADDRESS = re.compile(
    r"\b(?:promo|coupon|voucher|discount|gift|code|twice|please)\b", re.IGNORECASE
)


def _swallowed(step: Step) -> bool:
    """Whether words that are no part of an address ended up in one."""
    return any(
        label in {"street", "city", "state", "country", "name"} and _NO_ADDRESS.search(value)
        for label, value in step.fields
    )


def _read(
    clause: str, masked: Masked, before: tuple[Step, ...], url: str
) -> tuple[Step, ...] | NotExplicit:
    """The steps of one clause, by the first rule that fits."""
    source = masked.restore(_JOINTS.sub("", clause), quotes=True)
    words = _tinted(core(clause))
    if _FILLER.fullmatch(words):
        return ()
    for pattern, builder in _RULES:
        match = pattern.fullmatch(words)
        if match is None:
            continue
        built: Built = builder(Clause(match, masked, source, before, url))
        if isinstance(built, Refusal):
            return NotExplicit(built.reason, source)
        if built is not None and any(_swallowed(step) for step in built):
            return NotExplicit("it mixes a code or a wish into an address", source)
        if built is not None:
            return built
    return NotExplicit("no rule reads this clause", source)


def _join(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """Add a step, or let it melt into the one before when both are parts of one form."""
    if not steps:
        return (step,)
    for melt in _MELTS:
        joined = melt(steps[-1], step)
        if joined is not None:
            return (*steps[:-1], joined)
    return (*steps, step)


def _of_entry(steps: tuple[Step, ...], step: Step) -> Step:
    """What is clicked right after an entry was found is in that entry."""
    found = bool(steps) and steps[-1].verb is Verb.FIND
    if not found or step.verb is not Verb.CLICK or step.within:
        return step
    return replace(step, within=steps[-1].within)


def _both(one: Step, two: Step, **changes: object) -> Step:
    source = one.source if one.source == two.source else f"{one.source}, {two.source}"
    return replace(one, source=source, **changes)  # type: ignore[arg-type]


def _is_form(step: Step, *intents: str) -> bool:
    return step.verb is Verb.FORM and step.value in intents


def _choice_into_checkout(one: Step, two: Step) -> Step | None:
    """'check out as ..., choose express delivery, pay by card': one form."""
    chosen = two.verb is Verb.SELECT and two.target in ("delivery", "payment")
    if not (chosen and _is_form(one, "checkout") and not one.field(two.target)):
        return None
    return _both(one, two, fields=(*one.fields, (two.target, two.value)))


def _form_into_form(one: Step, two: Step) -> Step | None:
    """Two parts of the checkout's data, or a payment after it."""
    if not (_is_form(one, "checkout") and _is_form(two, "checkout", "pay", "fill")):
        return None
    known = {label for label, _ in one.fields}
    return _both(one, two, fields=(*one.fields, *(f for f in two.fields if f[0] not in known)))


def _choice_before_checkout(one: Step, two: Step) -> Step | None:
    """'choose express delivery and check out as ...': the choice comes inside the checkout."""
    chosen = one.verb is Verb.SELECT and one.target in ("delivery", "payment")
    if not (chosen and _is_form(two, "checkout") and not two.field(one.target)):
        return None
    source = f"{one.source}, {two.source}"
    return replace(two, fields=(*two.fields, (one.target, one.value)), source=source)


def _order_into_checkout(one: Step, two: Step) -> Step | None:
    """'check out as ... and place the order': the form already ends with the order."""
    orders = two.verb is Verb.CLICK and re.fullmatch(
        r"place order|(?:confirm|submit|continue|finish|complete|pay|next)(?: (?:order|purchase"
        r"|it))?",
        two.target, re.IGNORECASE,
    )  # fmt: skip
    return _both(one, two) if orders and _is_form(one, "checkout") else None


_SUBMITS = re.compile(
    r"(?:submit|send|save|sign in|log in|register|create account|subscribe|join|sign up)(?: "
    r"(?:it|form|message|changes|now|button))*",
    re.IGNORECASE,
)


def _submit_into_form(one: Step, two: Step) -> Step | None:
    """'fill in the form with ... and submit it'."""
    submits = two.verb is Verb.CLICK and _SUBMITS.fullmatch(two.target)
    if not submits or one.verb is not Verb.FORM or one.value == "checkout":
        return None
    if one.value == "fill":
        return _both(one, two, value="submit", irreversible=two.irreversible)
    return _both(one, two)


def _same_dismissal(one: Step, two: Step) -> Step | None:
    return (
        one
        if one.verb is Verb.DISMISS and one.target == two.target and one.value == two.value
        else None
    )


_MELTS: tuple[Callable[[Step, Step], Step | None], ...] = (
    _choice_into_checkout,
    _form_into_form,
    _choice_before_checkout,
    _order_into_checkout,
    _submit_into_form,
    _same_dismissal,
)
