"""Rules for fields: choose, sort, filter, fill, tick."""

from __future__ import annotations

import re

from .clauses import MASK
from .clicks import FIELD_NOUN, WHERE, click_on, names_in, place
from .grammar import PRONOUN, Builder, Built, Clause, Refusal, Rule, judged, rule
from .person import details, label_key
from .rules_tasks import COUNTS, form
from .steps import Step, Verb
from .values import as_date

_ATTRIBUTE = (
    r"(?:size|colou?r|model|style|material|edition|variant|language|currency|country|capacity"
    r"|weight|length"
    r"|width|flavou?r|type|format|finish|pattern|category|department|brand|rating|title|gender"
    r"|month|year|day)"
)
_PICK = r"(?:choose|select|pick|take(?! me))"
_WRITE = r"(?:type(?: in)?|enter|write|input|put(?: in)?|insert|key in|fill in)"
_INTO = r"(?:in(?: ?to)?|on|as|for|inside)"
_ORDINAL = (
    r"(?:the )?(?:very )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
    r"|last|top|next|previous"
    r"|\d+(?:st|nd|rd|th))"
)


def _select(c: Clause) -> Built:
    """'Choose V as Y': the value by its words, the list by its name."""
    no = judged(c, "v")
    if no or not c.value("v"):
        return no
    target = re.sub(
        r"\s+(?:drop-?\s?down|list|menu|select|box|field|option)s?$",
        "",
        c.target("y"),
        flags=re.IGNORECASE,
    )
    generic = re.fullmatch(
        r"(?:(?:drop-?\s?down|scroll(?:ing|able)?)?\s*(?:list|menu|box)?|select|options?)",
        target,
        re.IGNORECASE,
    )
    values = names_in(c, "v") if as_date(c.value("v")) is None else []
    if len(values) > 1:
        name = "" if generic else target
        return tuple(c.step(Verb.SELECT, name, value, many="all") for value in values)
    return (c.step(Verb.SELECT, "" if generic else target, c.target("v")),)


def _choose(c: Clause) -> Built:
    """'Choose Large' may be a list, a radio button or a swatch: the value is what is known."""
    no = judged(c, "x")
    if no or PRONOUN.fullmatch(c.target("x")):
        return no or click_on(c)
    values = names_in(c, "x") or [c.target("x")]
    noun = r"^(?:options?|values?|entry|item|answer|radio(?: button)?|check ?box(?:es)?)\s+(?=\S)"
    return tuple(c.step(Verb.SELECT, "", re.sub(noun, "", v, flags=re.IGNORECASE)) for v in values)


def _sort(c: Clause) -> Built:
    return (c.step(Verb.SELECT, "sort by", c.value("v").replace(",", "").strip()),)


def _filter(c: Clause) -> Built:
    """'Filter by colour blue and in stock': attributes and values, or values alone."""
    words = c.raw("v")
    if _span(words):
        return _price(c, words)
    return tuple(
        _one_filter(c, part) for part in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", words) if part
    )


def _span(words: str) -> tuple[str, str] | None:
    """(low, high) of a price range; low may be empty."""
    span = re.fullmatch(
        r"(?:the )?(?:price )?(?:range )?(?:from |between )?[$€£]?(?P<a>\d[\d.,]*)\s*(?:-|–|to"
        r"|and)\s*[$€£]?(?P<b>\d[\d.,]*)[ €$£\w]*",
        words,
        re.IGNORECASE,
    )
    if span:
        return span["a"], span["b"]
    top = re.fullmatch(
        r"(?:the )?(?:price )?(?:under|below|up to|less than|at most) [$€£]?(\d[\d.,]*)[ €$£\w]*",
        words,
        re.IGNORECASE,
    )
    return ("", top[1]) if top else None


def _price(c: Clause, words: str) -> tuple[Step, ...]:
    low, high = _span(words) or ("", "")
    fills = [("minimum price", low)] * bool(low) + [("maximum price", high)]
    return tuple(c.step(Verb.FILL, name, number) for name, number in fills)


def _one_filter(c: Clause, words: str) -> Step:
    pair = re.fullmatch(
        rf"(?:the )?(?P<y>{_ATTRIBUTE})(?:\s*[:=]\s*|\s+(?:is|to)\s+|\s+)(?P<v>.+)",
        words,
        re.IGNORECASE,
    )
    if pair:
        return c.step(Verb.SELECT, pair["y"], c.masked.restore(pair["v"]))
    stock = re.fullmatch(
        r"(?:items |products |things |what is )?(?:that are )?(in stock|available|on sale)(?: "
        r"only| items)?",
        words,
        re.IGNORECASE,
    )
    return (
        c.step(Verb.CHECK, stock[1]) if stock else c.step(Verb.SELECT, "", c.masked.restore(words))
    )


def _fill(c: Clause) -> Built:
    target = c.target("y")
    generic = re.fullmatch(
        r"(?:(?:text|input)\s*)?(?:field|box|input|area|textbox|it|form)", target, re.IGNORECASE
    )
    target = "" if generic else FIELD_NOUN.sub("", target)
    value = _typed(c, "v")
    if not c.raw("v") or re.match(r"(?:an?|something|some)\b(?! \d)(?=\s+[a-z]+$)", c.raw("v")):
        return Refusal("it does not say what to enter")
    if re.search(r"\b(?:quantity|number|amount|qty|count)\b", target, re.IGNORECASE):
        value = COUNTS.get(value.casefold(), value)
    return (c.step(Verb.FILL, target, value),)


def _typed(c: Clause, group: str) -> str:
    """Typed text verbatim; a frame such as 'the text' or 'the word' before a quote is not part."""
    words = re.sub(
        rf"^(?:the )?(?:text|word|words|value|phrase|number)\s+(?={MASK}$)",
        "",
        c.raw(group),
        flags=re.IGNORECASE,
    )
    return c.masked.restore(words)


def _enter(c: Clause) -> Built:
    """'Enter the postcode N1 9GU': a known label, then the value."""
    label, value = c.raw("l"), c.raw("v")
    if not value or not label_key(label):
        return None
    several = details(f"{label} {value}") if "," in value or " and " in value else {}
    if len(several) > 1:
        return (form(c, "fill", several),)
    return (c.step(Verb.FILL, label, c.value("v")),)


def _type(c: Clause) -> Built:
    words = re.sub(r"^(?:my|your|the|a|an)\s+", "", c.raw("v"), flags=re.IGNORECASE)
    unsaid = words != c.raw("v") and not re.search(MASK, words)
    if unsaid or label_key(words) or PRONOUN.fullmatch(words):
        return Refusal("it does not say what to enter")
    return (c.step(Verb.FILL, "", _typed(c, "v")),)


def _clear(c: Clause) -> Built:
    return (c.step(Verb.FILL, FIELD_NOUN.sub("", c.target("y"))),)


def check(verb: Verb) -> Builder:
    def build(c: Clause) -> Built:
        no = judged(c, "x")
        if no or not c.raw("x"):
            return no
        ending = r"\s+(?:check\s?box(?:es)?|box(?:es)?|switch|toggle|option|setting)$"
        names = names_in(c, "x") or [c.target("x")]
        clean = [re.sub(ending, "", n, flags=re.IGNORECASE) or n for n in names]
        return (*place(c), *(c.step(verb, n) for n in clean))

    return build


RULES: tuple[Rule, ...] = (
    rule(
        r"(?:sort|order|arrange|rank)(?: (?:them|it|the (?:results?|products?|list|items?)"
        r"|results?|products?|items?|everything|all))?(?: (?:by|on|from|after))? (?P<v>.+)",
        _sort,
    ),
    rule(
        r"(?:filter|narrow|limit|restrict)(?: (?:down|them|it|the (?:results?|products?|list"
        r"|items?|search)|results?|products?|items?))*(?: (?:by|for|to|on|with|down to))* "
        r"(?P<v>.+)",
        _filter,
    ),
    rule(
        r"(?:only show|show(?: me)? only|show only)(?: the)? (?P<v>.+)",
        _filter,
    ),
    rule(
        rf"(?:{_PICK}|click(?: on)?) (?P<x>{_ORDINAL}(?: \S+)?(?: \S+){{0,6}}|.+? (?:link|button"
        rf"|tab|menu|menu item|product|result|card|item|page|category|article|icon|image|row"
        rf"|heading))",
        click_on,
    ),
    rule(
        rf"(?:{_PICK}|set|use|change|switch)(?: the)? (?P<y>{_ATTRIBUTE})(?: ?[:=]| to| as)? "
        rf"(?P<v>(?!from |in |on ).+)",
        _select,
    ),
    rule(
        rf"(?:{_PICK}|set) (?P<v>.+) (?:as|for|from|in|under) (?:the |your |my )?(?P<y>[^,]+)",
        _select,
    ),
    rule(
        rf"{_PICK}(?: the)? (?P<v>.+?) (?P<y>{_ATTRIBUTE})",
        _select,
    ),
    rule(
        rf"{_PICK} (?P<x>.+)",
        _choose,
    ),
    rule(
        r"(?:set|change|update|adjust|increase|decrease|raise|reduce)(?: the| my)? (?P<y>.+?) to"
        r"(?: be)? (?P<v>.+)",
        _fill,
    ),
    rule(
        r"fill (?:in |out |up )?(?:the |my )?(?P<y>.+?)(?: (?:with|as)| ?[:=]) (?P<v>.+)",
        _fill,
    ),
    rule(
        rf"{_WRITE}(?: the| my| your)? (?P<l>[\w-]+(?: name| address| number| code)?)(?: ?[:=]| "
        rf"as)? (?P<v>(?!(?:in(?:to)?|field|box)\b).+?)(?: (?:in|into|on|using) (?:the |this )?"
        rf"(?:[\w-]+ )*(?:widget|form|box|field|page|section|dialog|estimator))?",
        _enter,
    ),
    rule(
        rf"{_WRITE} (?P<v>.+) {_INTO} (?:the |my |your )?(?P<y>.+)",
        _fill,
    ),
    rule(
        rf"fill (?P<v>.+) {_INTO} (?:the |my |your )?(?P<y>.+)",
        _fill,
    ),
    rule(
        rf"{_WRITE} (?P<v>.+)",
        _type,
    ),
    rule(
        r"clear (?:the |my )?(?P<y>.+)",
        _clear,
    ),
    rule(
        rf"(?:turn|switch) on (?:the |my )?(?P<x>.+?){WHERE}|(?:turn|switch)(?: the| my)? "
        rf"(?P<x2>.+?) on{WHERE.replace('place', 'place2')}",
        check(Verb.CHECK),
    ),
    rule(
        rf"(?:turn|switch) off (?:the |my )?(?P<x>.+?){WHERE}|(?:turn|switch)(?: the| my)? "
        rf"(?P<x2>.+?) off{WHERE.replace('place', 'place2')}",
        check(Verb.UNCHECK),
    ),
    rule(
        rf"(?:enable|tick(?: off)?|mark|activate)(?: the)? (?P<x>.+?){WHERE}",
        check(Verb.CHECK),
    ),
    rule(
        rf"(?:disable|untick|uncheck|unmark|unselect|deselect|deactivate|clear)(?: the)? "
        rf"(?P<x>.+?){WHERE}",
        check(Verb.UNCHECK),
    ),
    rule(
        r"(?:accept|agree (?:to|with)|consent to)(?: (?:the|all|our|your))* (?P<x>(?:terms"
        r"|conditions|privacy|rules|policy|licen[cs]e|agreement)\b.*)",
        check(Verb.CHECK),
    ),
)
