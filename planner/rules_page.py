"""Rules for moving about: open, go back, scroll, press, wait, upload, search."""

from __future__ import annotations

import re

from .clicks import GO, place, simple
from .grammar import PRONOUN, Builder, Built, Clause, Refusal, Rule, as_url, click, judged, rule
from .steps import Verb

_KEYS = (
    r"(?:(?:ctrl|control|alt|shift|cmd|meta|command)\s*\+\s*)*(?:enter|return|esc(?:ape)?|tab"
    r"|space(?:\s?bar)?|backspace|del(?:ete)?"
    r"|(?:arrow[- ]?)?(?:up|down|left|right)(?:\s+arrow)?|page\s?(?:up|down)|home|end|f\d{1,2})"
)
_MODIFIED = r"(?:(?:ctrl|control|alt|shift|cmd|meta|command)\s*\+\s*)+\S"
_KEY_NAMES = {
    "return": "Enter",
    "enter": "Enter",
    "esc": "Escape",
    "escape": "Escape",
    "tab": "Tab",
    "space": "Space",
    "spacebar": "Space",
    "backspace": "Backspace",
    "del": "Delete",
    "delete": "Delete",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "home": "Home",
    "end": "End",
    "ctrl": "Control",
    "control": "Control",
    "alt": "Alt",
    "shift": "Shift",
    "cmd": "Meta",
    "command": "Meta",
    "meta": "Meta",
}
_UP = r"(?:go|come|get|navigate|return|head)"
_SITE = (
    r"(?: (?:on|in|at|within) (?:the|this|that) (?:site|shop|store|website|page|web ?shop"
    r"|catalog(?:ue)?))?"
)


def _refuse(reason: str) -> Builder:
    return lambda _c: Refusal(reason)


def _open(c: Clause) -> Built:
    """A URL is opened; anything else with these verbs is for the rules below."""
    url = as_url(c.value("x"), c.url)
    return (c.step(Verb.OPEN, url),) if url else None


def _there(c: Clause) -> Built:
    """'On example.com, ...' and 'in the account page, ...' only say where."""
    url = as_url(c.value("x"), c.url)
    if url:
        return (c.step(Verb.OPEN, url),)
    if re.fullmatch(
        r"(?:this|the(?: current)?|that|my) (?:page|site|shop|store|website|screen|form|tab)",
        c.raw("x"),
        re.IGNORECASE,
    ):
        return ()
    return (
        (click(c, c.target("x")),)
        if re.search(r"\b(?:page|section|category|tab|menu)$", c.raw("x"), re.IGNORECASE)
        else None
    )


def _search(c: Clause) -> Built:
    query = c.value("q") if c.quoted("q") else c.value("q").rstrip("!").strip()
    if not query or PRONOUN.fullmatch(query):
        return Refusal("it does not say what to search for")
    return (*place(c), c.step(Verb.SEARCH, "", query))


def _find(c: Clause) -> Built:
    """'Find' is a search when it names a thing, and a click when it names a place."""
    no = judged(c, "q", limit=8)
    if no or not c.raw("q"):
        return no
    if re.search(r"\b(?:page|section|link|button|tab|menu)$", c.raw("q"), re.IGNORECASE):
        return (click(c, c.target("q")),)
    if re.match(
        r"(?:out|me\s+out|how|what|when|where|who|why|whether)\b", c.raw("q"), re.IGNORECASE
    ):
        return None
    return (c.step(Verb.SEARCH, "", c.target("q").rstrip("!")),)


def _press(c: Clause) -> Built:
    keys = re.split(r"\s*\+\s*", re.sub(r"(?i)\s*arrow[- ]?\s*|\b(page)\s+", r"\1", c.raw("k")))
    return (
        c.step(
            Verb.PRESS, "", "+".join(_KEY_NAMES.get(k.casefold().strip(), k.strip()) for k in keys)
        ),
    )


def _wait(c: Clause) -> Built:
    seconds = c.match.groupdict().get("s")
    if seconds:
        unit = (
            60.0
            if (c.raw("u") or "s").casefold().startswith("m") and "mil" not in c.raw("u")
            else 1.0
        )
        return (c.step(Verb.WAIT, f"{float(seconds) * unit:g}"),)
    text = c.value("t")
    settle = re.fullmatch(
        r"(?:the )?(?:page|site|it|results?)?(?: to)?(?: load| loads| is loaded| settle)?",
        text,
        re.IGNORECASE,
    )
    return (c.step(Verb.WAIT, "", "" if settle and not c.quoted("t") else text),)


def _scroll(c: Clause) -> Built:
    where = c.raw("d").casefold()
    if where:
        return (c.step(Verb.SCROLL, "", {"end": "bottom", "start": "top"}.get(where, where)),)
    return (c.step(Verb.SCROLL, c.target("x")),)


RULES: tuple[Rule, ...] = (
    rule(
        r"(?:if|unless|until|when(?:ever)?|while|for (?:each|every|all)|repeat|keep|do not|don'?t"
        r"|never|avoid|compare|decide|recommend|suggest|summari[sz]e|plan|book|reserve)\b.*",
        _refuse("a condition, a repetition or a judgement needs a model"),
    ),
    rule(
        r".+ (?:but|and) (?:do not|don'?t|never|not) .+|.+ (?:if|unless|until) (?!(?:the )?\S+ "
        r"(?:appears?|loads?)$).+ (?:is|are|has|does|costs?|exists?)\b.*",
        _refuse("a condition or an exception needs a model"),
    ),
    rule(
        rf"{GO} (?:the )?(?:(?:site|website|page|url|address|web ?site|link|shop|store)(?: at)? )?"
        rf"(?P<x>\S+)(?: (?:page|site|website))?",
        _open,
    ),
    rule(
        r"(?:on|in|at|from|using|within|under) (?P<x>[^,]+)",
        _there,
    ),
    rule(
        rf"{_UP} back(?: (?:one|a) (?:page|step)| to (?:the )?(?:previous|last) page)?|back",
        simple(Verb.BACK),
    ),
    rule(
        rf"return to (?:the )?previous page|{_UP} to (?:the )?previous page",
        simple(Verb.BACK),
    ),
    rule(
        rf"{_UP} forwards?(?: (?:one|a) page)?|forward",
        simple(Verb.FORWARD),
    ),
    rule(
        r"scroll(?: (?:all the way|further|a bit|a little))?(?: (?:to|towards?))?(?: the)? "
        r"(?P<d>down|up|top|bottom|end|start|left|right)(?: (?:of|on|the|a) .+| a bit)?",
        _scroll,
    ),
    rule(
        r"scroll (?:down |up )?(?:until you see|to|until) (?P<x>.+)",
        _scroll,
    ),
    rule(
        rf"(?:press|hit|type|push|tap|use)(?: the)? (?P<k>{_KEYS}|{_MODIFIED})(?: key| button on "
        rf"the keyboard)?",
        _press,
    ),
    rule(
        r"wait(?: for)? (?P<s>\d+(?:\.\d+)?) ?(?P<u>s|secs?|seconds?|m|mins?|minutes?)?",
        _wait,
    ),
    rule(
        r"wait(?: (?:for|until|till))?(?: (?:you see|the text|it says|the page (?:says|shows)))? "
        r"?(?P<t>.*?)(?: (?:to (?:appear|load|show up|be (?:shown|visible))|appears?|is (?:shown"
        r"|visible|loaded)|shows up|loads))?",
        _wait,
    ),
    rule(
        r"(?:hover|move(?: the)? (?:mouse|pointer|cursor))(?: over| on| to)? (?P<x>.+)",
        simple(Verb.HOVER, "x"),
    ),
    rule(
        r"(?:upload|attach)(?: the)?(?: file)? (?P<v>\S+)(?: file)?(?: (?:to|as|into|in|for|on"
        r"|using|with) (?P<y>.+))?",
        simple(Verb.UPLOAD, "y"),
    ),
    rule(
        rf"(?:search|look|google|hunt)(?: (?:the|this) (?:site|shop|store|catalog(?:ue)?|website"
        rf"|page))?(?: (?:for|up))(?: (?:a|an|the|some)(?= ))? ?(?P<q>.+?)(?: (?:in|using|with"
        rf"|via) the search (?:box|bar|field))?{_SITE}(?: (?:in|under) (?P<place>the .+? "
        rf"(?:category|section|department))| on (?P<place2>\S+\.\S+))?",
        _search,
    ),
    rule(
        r"(?:looking for)(?: (?:a|an|the|some)(?= ))? ?(?P<q>.+)",
        _find,
    ),
    rule(
        rf"(?:do|run|start|make) a search for (?P<q>.+?){_SITE}|use the search (?:box|bar|field"
        rf"|function)?(?: to (?:find|search for|look for)| for) (?P<q2>.+)",
        _search,
    ),
    rule(
        rf"search (?P<q>.+?){_SITE}",
        _search,
    ),
    rule(
        rf"find(?: me)?(?: (?:a|an|the)(?= ))? ?(?P<q>.+?){_SITE}",
        _find,
    ),
)
