"""Rules for what hands do to a page: point, fold open, mark, copy, drag, and look behind things."""

from __future__ import annotations

import re

from .clauses import MASK
from .clicks import FIELD_NOUN
from .colours import colour_in
from .describing import WIDGETS, is_description
from .grammar import Built, Clause, Refusal, Rule, click, rule
from .steps import Step, Verb
from .words import fold

_ARTICLES = r"(?:(?:the|my|your|this|that|its|their|an?)\s+)"
_PRESS = r"(?:click|tap|press|hit|push|select|choose|pick)(?: on)?"
_PLACES = (
    r"(?:tree|tabs?|menus?|lists?|pages?|sections?|folders?|accordions?|panels?|results|site"
    r"|categories|items|table|inbox|feed)"
)
_ALL = r"(?:all|every|each)\b(?: (?:of|one of))?(?: (?:the|my|these|those))?"
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "both": "all"}
_ENTRY = (
    r"(?:e-?mails?|mails?|messages?|posts?|tweets?|comments?|reviews?|rows?|entry|entries|items?"
    r"|cards?|tickets?|orders?|records?|contacts?|persons?|people|users?|threads?|conversations?"
    r"|stories|story|issues?|tasks?|files?|accounts?|customers?|lines?)"
)
_OF = r"(?:by|from|of|for|named|called|titled|labell?ed|about|with (?:the )?(?:name|title|subject))"
_GIVES = (
    r"(?:the )?(?:(?:value|contents?|entry|number|answer|result|sum|total|product|difference"
    r"|average) (?:of|for|in|to|from|that corresponds to|next to|beside) .+"
    r"|(?:total )?(?:number|count|amount) of .+"
    r"|(?:very )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last"
    r"|\d+(?:st|nd|rd|th)) (?:word|number|letter|line|sentence)(?: (?:in|of|from|on) .+)?"
    r"|(?:text|word|words|phrase|code|number|letters) (?:below|above|shown|displayed|(?:shown |"
    r"displayed )?(?:in|on) (?:the )?(?:image|picture|page|screen))(?: .+)?)"
)
"""Words for what the page gives, rather than what is to be typed."""
_FOUND = (
    r"(?:it|that|this|them|(?:the|your|its) (?:answer|result|value|word|text|number|solution|code)"
    r"|(?:that|this) (?:answer|result|value|word|text|number|code)|what you (?:found|read|copied))"
)
_WRITE = r"(?:type(?: in)?|enter|write|input|put(?: in)?|insert|key in|fill in|paste)"
_INTO = r"(?:in(?: ?to)?|on|as|inside)"


def _field(c: Clause, group: str) -> str:
    """The name of a field; empty for 'the text field'."""
    target = re.sub(rf"^{_ARTICLES}+", "", c.target(group), flags=re.IGNORECASE)
    if re.fullmatch(
        r"(?:the )?(?:(?:text|input) ?)?(?:field|box|input|area|textbox|form)",
        target,
        re.IGNORECASE,
    ):
        return ""
    return FIELD_NOUN.sub("", target)


def _nothing(_: Clause) -> Built:
    """Words that only say where to look; the step that follows looks there."""
    return ()


def _expand(c: Clause) -> Built:
    many = "all" if re.match(_ALL, c.raw("x"), re.IGNORECASE) else ""
    target = re.sub(rf"^{_ALL}\s+|\s+(?:below|above|here)$", "", c.target("x"), flags=re.IGNORECASE)
    return (c.step(Verb.EXPAND, target, many=many),)


def _path(c: Clause) -> Built:
    """'Select File > New > Folder': the last one lies under the others."""
    parts = [p.strip() for p in re.split(r"\s*(?:>|→|»)\s*", c.raw("x")) if p.strip()]
    names = [c.masked.restore(re.sub(rf"(?i)^{_ARTICLES}", "", part)) for part in parts]
    return (*(c.step(Verb.EXPAND, name) for name in names[:-1]), click(c, names[-1]))


def _many(c: Clause) -> Built:
    """'Click X on all posts by Y', 'on 3 posts by Y'."""
    how = c.raw("n").casefold() or c.raw("all").casefold()
    many = "all" if re.match(r"all|every|each|both|the", how) else _NUMBERS.get(how, how)
    target = re.sub(rf"({MASK})\s+(?:button|icon|link)$", r"\1", c.raw("x"))
    named = c.masked.restore(re.sub(rf"(?i)^{_ARTICLES}", "", target))
    return (c.step(Verb.CLICK, named, within=c.target("who"), many=many),)


def _all_of(c: Clause) -> Built:
    target = re.sub(rf"(?i)^{_ALL}\s+", "", c.raw("x"))
    return (c.step(Verb.CLICK, c.masked.restore(target), many="all"),)


def _in_order(c: Clause) -> Built:
    order = (
        "descending"
        if re.match(r"desc|decr|falling|revers", c.raw("o"), re.IGNORECASE)
        else "ascending"
    )
    target = re.sub(rf"(?i)^(?:{_ALL}|{_ARTICLES})\s*", "", c.raw("x"))
    return (c.step(Verb.CLICK, target, order, many="all"),)


def _find(c: Clause) -> Built:
    return (c.step(Verb.FIND, within=c.target("who")),)


def _find_theirs(c: Clause) -> Built:
    """'Find Ada in the contact book', 'Find Ada's email'."""
    return (c.step(Verb.FIND, within=c.target("who")),)


def _for(c: Clause) -> Built:
    who = c.target("who")
    return (c.step(Verb.FIND, within=who),)


def _inside(c: Clause) -> Built:
    """'Click X in the row of Y'."""
    return (c.step(Verb.CLICK, c.target("x"), within=c.target("who")),)


def _highlight(c: Clause) -> Built:
    target = re.sub(r"(?i)\s+(?:below|above)$", "", c.target("x"))
    return (c.step(Verb.HIGHLIGHT, target),)


def _focus(c: Clause) -> Built:
    return (c.step(Verb.FOCUS, _field(c, "x")),)


def _copy(c: Clause) -> Built:
    target = re.sub(r"(?i)\s+(?:below|above|here)$", "", c.target("x"))
    return (c.step(Verb.COPY, target),)


def _from_page(c: Clause) -> Built:
    """'Enter the value that belongs to each label': the page says elsewhere what that is."""
    if not re.search(r"(?i)\b(?:label|field|table)", c.source):
        return None
    return (c.step(Verb.FILL, recall=True, many="all"),)


def _most(c: Clause) -> Built:
    """'Pick the card with the greatest number', 'book the room with the lowest price'."""
    deed = c.raw("deed").casefold()
    doing = deed in ("buy", "book", "order")
    target = deed if doing else c.target("n")
    return (c.step(Verb.CLICK, target, "most", within=c.value("w"), irreversible=doing),)


def _use_field(c: Clause) -> Built:
    return (c.step(Verb.FILL, _field(c, "y"), c.value("v")),)


def _press_answer(c: Clause) -> Built:
    """'Click the button that names the figure': find the answer, then press it."""
    question = re.sub(r"(?i)\s+(?:below|above|shown)$", "", c.value("x"))
    return (c.step(Verb.READ, question), c.step(Verb.CLICK, "answer", recall=True))


def _similar(c: Clause) -> Built:
    """'Tick the words similar to X and Y': one for each."""
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", c.raw("x"))
    return tuple(c.step(Verb.CHECK, c.masked.restore(part)) for part in parts if part)


def _any_of(c: Clause) -> Built:
    """'Click a red circle': whichever, as long as the words say how it looks or what kind it is."""
    target = re.sub(r"(?i)\s+(?:widget|control|element)$", "", c.value("x"))
    if is_description(target) or fold(target) in WIDGETS:
        return (c.step(Verb.CLICK, target, many="1"),)
    return None


def _recall(c: Clause) -> Built:
    """'Enter it into the field': what an earlier step found."""
    if not any(s.verb in (Verb.READ, Verb.COPY) for s in c.before):
        bare = re.match(
            r"(?i)(?:type|enter|write|input|paste)(?: in)? (?:it|that|this|them)\b", c.match.group()
        )
        return Refusal("it does not say what to enter") if bare else None
    return (c.step(Verb.FILL, _field(c, "y"), recall=True),)


def _given(c: Clause) -> Built:
    """'Enter the value of X into the field': read it from the page first."""
    read = c.step(Verb.READ, re.sub(r"(?i)^the\s+", "", c.value("x")))
    return (read, c.step(Verb.FILL, _field(c, "y"), recall=True))


def _read(c: Clause) -> Built:
    return (c.step(Verb.READ, re.sub(r"(?i)^the\s+", "", c.value("x"))),)


def _read_for(c: Clause) -> Built:
    """'Find the second word of the text' reads only when it is needed later."""
    return _read(c)


_CASES = {"upper": str.upper, "capital": str.upper, "lower": str.lower, "small": str.lower,
          "title": str.title}  # fmt: skip


def _in_case(c: Clause) -> Built:
    how = next(change for name, change in _CASES.items() if name in c.raw("how").casefold())
    return (c.step(Verb.FILL, _field(c, "y"), how(c.value("v"))),)


def _everywhere(c: Clause) -> Built:
    value = re.sub(rf"(?i)^(?:the )?(?:[\w -]+ )?(?={MASK}$)", "", c.raw("v"))
    return (c.step(Verb.FILL, "", c.masked.restore(value), many="all"),)


def _pairs(c: Clause) -> Built:
    """'Enter the city "X" and the street "Y" into the fields'."""
    found = re.finditer(rf"(?:the |my |a )?(?P<l>[\w' -]+?) (?P<v>{MASK})", c.raw("pairs"))
    steps = [
        c.step(Verb.FILL, m["l"].strip().removeprefix("and ").removeprefix("the "),
               c.masked.restore(m["v"]))
        for m in found
    ]  # fmt: skip
    return tuple(steps) or None


def _starts(c: Clause) -> Built:
    found = {"starts": c.value("a"), "ends": c.value("b")}
    fields = tuple((key, value) for key, value in found.items() if value)
    return (c.step(Verb.FILL, _field(c, "y"), fields=fields),)


def _drag(c: Clause) -> Built:
    if re.search(r"(?i)\b(?:somewhere|anywhere|elsewhere)\b", c.match.group()):
        return Refusal("it does not say where to")
    many = "all" if re.match(_ALL, c.raw("x"), re.IGNORECASE) else ""
    target = re.sub(rf"(?i)^(?:{_ALL}|{_ARTICLES})\s*", "", c.raw("x"))
    where = re.sub(r"(?i)^so that (?:it|they) (?:is|are|lies?) (?:completely |fully )?", "",
                   c.value("w"))  # fmt: skip
    return (c.step(Verb.DRAG, c.masked.restore(target), where, many=many),)


def _drag_rest(c: Clause) -> Built:
    """'..., and everything else into Y' after a drag."""
    if not c.before or c.before[-1].verb is not Verb.DRAG:
        return None
    return (c.step(Verb.DRAG, "everything else", c.value("w"), many="all"),)


def _drag_both(c: Clause) -> Built:
    first = _drag(c)
    if not isinstance(first, tuple):
        return first
    return (*first, c.step(Verb.DRAG, "everything else", c.value("w2"), many="all"))


def _arrange(c: Clause) -> Built:
    falling = re.search(r"(?i)\b(?:desc|decreas|falling|revers|highest (?:first|at))", c.raw("o"))
    return (c.step(Verb.ARRANGE, c.target("x"), "descending" if falling else "ascending"),)


_SIZES = (
    (r"(?:width|wide).*(?:smaller|less|narrower)|narrower", "narrower"),
    (r"(?:width|wide).*(?:larger|bigger|greater|more)|wider", "wider"),
    (r"(?:height|tall|high).*(?:smaller|less|shorter)|shorter", "shorter"),
    (r"(?:height|tall|high).*(?:larger|bigger|greater|more)|taller|higher", "taller"),
    (r"smaller", "smaller"),
    (r"larger|bigger", "larger"),
)


def _resize(c: Clause) -> Built:
    how = next((name for p, name in _SIZES if re.search(p, c.raw("how"), re.IGNORECASE)), "")
    return (c.step(Verb.RESIZE, c.target("x"), how),) if how else Refusal("it does not say how")


def _slide(c: Clause) -> Built:
    number = c.value("n")
    return (c.step(Verb.FILL, c.target("y"), number),)


def _each_slide(c: Clause) -> Built:
    """'Set the sliders to 3, 4 and 5': one number each, in order."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", c.raw("ns"))
    noun = re.sub(r"(?i)s$", "", c.target("y"))
    if len(numbers) == 1:
        return (c.step(Verb.FILL, noun, numbers[0], many="all"),)
    return tuple(c.step(Verb.FILL, f"{n}. {noun}", value) for n, value in enumerate(numbers, 1))


def _tint(c: Clause) -> Built:
    colour = colour_in(c.raw("v")) or c.value("v")
    return (c.step(Verb.FILL, c.target("y"), colour),)


def _style(c: Clause) -> Built:
    """'Make the word X bold': mark it, then press what gives it that look."""
    target = re.sub(r"(?i)^(?:the )?(?:text|word|words|phrase)\s+", "", c.value("x"))
    value = re.sub(r"(?i)^(?:the )?(?:colou?r|style|font)\s+", "", c.value("v"))
    steps: list[Step] = [c.step(Verb.HIGHLIGHT, target)]
    colour = colour_in(value)
    if colour:
        steps.append(c.step(Verb.EXPAND, "text color"))
    steps.append(c.step(Verb.CLICK, colour or value))
    return tuple(steps)


def _guess(c: Clause) -> Built:
    return (c.step(Verb.GUESS, c.value("x"), f"{c.raw('a')} {c.raw('b')}"),)


def _scroll_in(c: Clause) -> Built:
    where = c.raw("d").casefold()
    end = {"end": "bottom", "start": "top", "down": "bottom", "up": "top"}.get(where, where)
    return (c.step(Verb.SCROLL, c.target("x"), end),)


_STYLES = (
    rf"(?:the )?(?:style |colou?r |font )?(?:bold|italics?|underlined?|strike-?through|{MASK}"
    r"|black|white|gr[ae]y|red|blue|green|yellow|orange|pink|purple|brown)"
)

RULES: tuple[Rule, ...] = (
    rule(
        rf"(?:expand|open|switch|look|search|browse|go|click|navigate|scroll|use)\b[^{chr(0xE000)}-"
        rf"{chr(0xF8FF)}]* to find(?: it| them)?",
        _nothing,
    ),
    rule(
        rf"(?:navigate|browse|look|go|search|click|move) (?:through|in|inside|over|around|between"
        rf"|among)(?: the| this| these| your| my)? (?:[\w-]+ ){{0,3}}{_PLACES}(?: below| above)?",
        _nothing,
    ),
    rule(r"(?:use|using|with|in|from|on) the [\w -]+ (?:below|above)", _nothing),
    rule(r"(?:use|using|with) the (?:text |rich text )?(?:editor|toolbar|form|page)", _nothing),
    rule(r"(?:use|follow) the (?:feedback|hints?|clues?|answers?)\b.*", _nothing),
    rule(r"(?:select|choose|pick|tick|check|click) (?:nothing|none)", _nothing),
    rule(
        rf"use (?:the )?(?P<y>[\w -]*(?:field|box|input|area|textbox|bar))(?: below| above)? to "
        rf"{_WRITE} (?P<v>.+)",
        _use_field,
    ),
    rule(
        rf"{_PRESS}(?: the)? (?P<k>button|option|answer|radio button) (?:that|which) (?:best |"
        rf"correctly |rightly )*(?:describes|denotes|names|shows|says|tells|states|matches|answers)"
        rf"(?: the)? (?P<x>.+)",
        _press_answer,
    ),
    rule(
        rf"(?:{_PRESS}|tick|check)(?: the| all)*(?: \w+)? (?:similar|related|close|akin) to "
        rf"(?P<x>.+)",
        _similar,
    ),
    rule(
        rf"{_PRESS} an? (?P<x>.+)",
        _any_of,
    ),
    rule(r"(?:expand|unfold|fold out|fold open) (?P<x>.+)", _expand),
    rule(
        rf"(?:{_PRESS}|go to|open|navigate to) (?P<x>[^>→»]+(?:\s*[>→»]\s*[^>→»]+)+)",
        _path,
    ),
    rule(
        rf"{_PRESS}(?: the)? (?P<x>.+?)(?: (?:on|in|for|of|from))? (?P<all>{_ALL}|(?P<n>\d+|one"
        rf"|two|three|four|five|both))(?: of(?: the)?)? (?:[\w-]+ )?{_ENTRY} {_OF}"
        rf"(?: the| user)* (?P<who>\S.*)",
        _many,
    ),
    rule(
        rf"{_PRESS}(?: the)? (?P<x>.+?) (?:on|in|for|of|from|next to|beside) the (?:[\w-]+ )?"
        rf"{_ENTRY} {_OF}(?: the| user)* (?P<who>\S.*)",
        _inside,
    ),
    rule(
        rf"{_PRESS}(?: the)? (?P<x>.+?) in (?P<o>(?:ascending|descending|increasing|decreasing"
        rf"|rising|falling|numerical|numeric|alphabetical|reverse\w*)(?: \w+)?) order",
        _in_order,
    ),
    rule(
        rf"{_PRESS} (?P<x>{_ALL} .+)",
        _all_of,
    ),
    rule(
        r"(?P<deed>buy|book|order|get|take|choose|pick|select|click(?: on)?|open|press) (?:the )?"
        r"(?P<n>(?:[\w-]+ ){0,2}[\w-]+) with the (?P<w>(?:cheapest|lowest|highest|shortest|longest"
        r"|greatest|largest|smallest|biggest|fewest|most|least|earliest|latest)\b.*)",
        _most,
    ),
    rule(
        rf"(?:find|locate|look for|look up|open|see|view|go to|navigate to|get)(?: me)?(?: the| my"
        rf"| an?)? (?:[\w-]+ )?{_ENTRY} {_OF}(?: the| user)* (?P<who>\S+(?: \S+){{0,3}})",
        _find,
    ),
    rule(
        r"(?:find|locate|look up) (?P<who>\S+(?: \S+)?) in (?:the|my) (?:[\w-]+ ){0,2}(?:book"
        r"|list|directory|table|contacts?|inbox|feed|timeline)",
        _find_theirs,
    ),
    rule(
        rf"(?:find|locate|open) (?P<who>\S+?(?: \S+)?)(?:['’]s|s['’]) (?:[\w-]+ )?{_ENTRY}",
        _find_theirs,
    ),
    rule(
        rf"(?:(?:for|on|in|under|at)(?: the)? {_ENTRY} {_OF}|for(?: the)? {_ENTRY}) "
        rf"(?P<who>\S+(?: \S+){{0,3}})",
        _for,
    ),
    rule(
        r"(?:highlight|mark) (?P<x>(?:the |all (?:of )?the |all )?(?:text|words?|paragraph"
        r"|sentence|line)\b.*|everything)"
        r"|select (?P<x2>(?:the |all (?:of )?the )text (?:in|of) .+)",
        _highlight,
    ),
    rule(
        r"(?:focus|put the (?:cursor|focus)|place the (?:cursor|focus)|set the (?:cursor|focus))"
        r"(?: (?:on|in|into|to|onto|inside))* (?P<x>.+)",
        _focus,
    ),
    rule(
        r"copy (?P<x>(?!it\b|that\b)(?:the )?(?:text|contents?|value|words?|everything|code"
        r"|number|address)?\b.*?)",
        _copy,
    ),
    rule(
        rf"{_WRITE} {_FOUND}(?: down)?(?: {_INTO} (?P<y>.+))?",
        _recall,
    ),
    rule(
        rf"(?:{_WRITE}|copy|fill)(?: in| out)? (?:the |all )?(?:form"
        rf"|(?:values?|data|details|fields?)"
        rf"(?: (?:that|which))?(?: correspond(?:s|ing)?| belong(?:s|ing)?| match(?:es|ing)?)?"
        rf" (?:with|to|for|from|of) (?:each|every|the|all)? ?(?:labels?|fields?|table)\b.*)",
        _from_page,
    ),
    rule(
        rf"{_WRITE} (?P<x>{_GIVES}?) {_INTO} (?P<y>(?:the |my )?[\w -]*(?:field|box|input|area"
        rf"|form|{MASK})\b.*)",
        _given,
    ),
    rule(
        rf"(?:find|get|read|look up|work out|determine|calculate|compute|count) (?P<x>{_GIVES})",
        _read_for,
    ),
    rule(
        r"(?:solve|work out|calculate|compute|evaluate)(?: for)? (?P<x>(?:the |this |that )?.+?)"
        r"(?: below| above| shown)?",
        _read,
    ),
    rule(
        rf"{_WRITE} (?P<v>.+?) in (?:all )?(?P<how>(?:lower|upper|title|capital|small)[- ]?"
        rf"(?:case)?(?: letters| characters)?|capitals)(?: (?:only|letters))?"
        rf"(?: {_INTO} (?P<y>.+))?",
        _in_case,
    ),
    rule(
        rf"{_WRITE} (?P<v>.+) {_INTO} (?:both|all|each|every|the two)(?: of)?(?: the)? (?:text |"
        rf"input |password )?(?:fields?|boxes|box|inputs?|textboxes)",
        _everywhere,
    ),
    rule(
        rf"(?:{_WRITE}|choose|pick|select) (?:an?|the|some|any) [\w -]+? (?:that|which) (?:starts?"
        rf"|begins?) with (?P<a>\S+)(?: and (?:that |which )?ends? (?:with|in) (?P<b>\S+))?"
        rf"(?: {_INTO} (?P<y>.+))?",
        _starts,
    ),
    rule(
        rf"{_WRITE} (?P<pairs>(?:the |my )?[\w' -]+? {MASK}(?:(?:,| and|, and) (?:the |my )?"
        rf"[\w' -]+? {MASK})+)(?: {_INTO} .+)?",
        _pairs,
    ),
    rule(
        r"(?:set|move|drag|adjust|bring|put)(?: all)?(?: the)? (?P<y>[\w -]*(?:sliders|spinners"
        r"|dials|knobs|steppers)) (?:to|at)(?: the)?(?: (?:values?|combination|numbers?"
        r"|positions?))?(?: of)? (?P<ns>\W*-?\d.*)",
        _each_slide,
    ),
    rule(
        r"(?:drag|move|drop)(?: and drop)? (?P<x>.+?) (?P<w>(?:in ?to|on ?to|to|in|inside|over)"
        r" .+?),? and (?:everything else|all (?:the )?(?:others?|rest)|the (?:others?|rest)) "
        r"(?P<w2>(?:in ?to|on ?to|to|in|inside|over) .+)",
        _drag_both,
    ),
    rule(
        r"(?:drag|move|drop)(?: and drop)?(?! the (?:mouse|pointer|cursor)) (?P<x>.+?) (?P<w>"
        r"so that (?:it|they) .+|(?:(?:in ?to|on ?to|to|inside|over|above|below|before|after) .+)"
        r"|(?:up|down|left|right)(?:wards?)?(?: by .+)?)",
        _drag,
    ),
    rule(
        r"(?:sort|arrange|order|put|bring) (?:the )?(?P<x>(?:numbers|items|cards|rows|list|tiles"
        r"|names|words|entries|elements)(?: \w+){0,3}?) (?:in|into|by) (?P<o>.*(?:ascending"
        r"|increasing|rising|numerical|alphabetical|descending|decreasing|falling|reverse).*)",
        _arrange,
    ),
    rule(
        r"resize (?:the )?(?P<x>[\w -]+?) (?:so that|such that|to(?: be)?|until) (?P<how>.+)"
        r"|make (?:the )?(?P<x2>[\w -]+?) (?P<how2>wider|narrower|taller|higher|shorter|larger"
        r"|bigger|smaller)",
        _resize,
    ),
    rule(
        r"(?:set|move|drag|select|choose|pick|adjust|put)(?: the)?(?: value)?(?: to)? (?P<n>-?\d"
        r"[\d.,]*%?) (?:with|using|on|in|via|from) the (?P<y>[\w -]*(?:slider|spinner|stepper|dial"
        r"|knob|scale|range|counter|control)\b.*)",
        _slide,
    ),
    rule(
        r"(?:set|select|choose|pick)(?: the colou?r)? (?P<v>\w+) (?:with|using|in|from|on) the "
        r"(?P<y>colou?r[\w -]*)",
        _tint,
    ),
    rule(
        rf"(?:make|turn|format|colou?r|give|set) (?P<x>everything|all(?: of)?(?: the)? text"
        rf"|(?:the )?(?:text|words?|phrase) .+?) (?:to |in )?(?P<v>{_STYLES})",
        _style,
    ),
    rule(
        r"guess (?P<x>(?:the|my|a) (?:\w+ )?number)(?: (?:between|from))? (?P<a>-?\d+)(?: ?(?:-|–"
        r"|to|and) ?)(?P<b>-?\d+)",
        _guess,
    ),
    rule(
        r"scroll (?:the |my )?(?P<x>[\w -]*?(?:area|box|list|panel|textarea|text|table|pane|field"
        r"|terms|agreement|window|menu)\w*)(?: (?:all the way|down|up))* to (?:the|its) (?P<d>top"
        r"|bottom|end|start)\b.*"
        r"|scroll(?: all the way)?(?: (?:down|up))? to (?:the )?(?P<d2>top|bottom|end|start) of "
        r"(?!(?:the |this |whole )*(?:page|site|screen|document|window))(?:the |my )?"
        r"(?P<x2>[\w -]+)",
        _scroll_in,
    ),
)
