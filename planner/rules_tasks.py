"""Rules for what people ask for as one thing: sign in, check out, add to the cart, subscribe."""

from __future__ import annotations

import re

from .clauses import MASK
from .grammar import (
    FIRST_RESULT,
    PRONOUN,
    Builder,
    Built,
    Clause,
    Refusal,
    Rule,
    after_search,
    click,
    judged,
    rule,
)
from .person import PAYMENT, credentials, details
from .steps import RISKY_FORMS, Step, Verb

_ORDER = (
    "name",
    "first_name",
    "last_name",
    "username",
    "email",
    "password",
    "phone",
    "company",
    "street",
    "city",
    "state",
    "postcode",
    "country",
    "delivery",
    "payment",
    "card",
    "subject",
    "message",
)
COUNTS = {
    "a": "1",
    "an": "1",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}


def form(c: Clause, intent: str, found: dict[str, str]) -> Step:
    """A FORM step with its data in a fixed order, quoted parts put back."""
    known = [(key, c.masked.restore(found[key])) for key in _ORDER if found.get(key)]
    return c.step(Verb.FORM, "", intent, fields=tuple(known), irreversible=intent in RISKY_FORMS)


def _opened(c: Clause, group: str) -> str:
    """A group with quoted single data (no comma, no blank) laid open for the shape rules."""

    def put(match: re.Match[str]) -> str:
        inner = c.masked.restore(match.group())
        return inner if re.fullmatch(r"[^\s,;]+", inner) else match.group()

    return re.sub(MASK, put, c.raw(group))


def _sign_in(c: Clause) -> Built:
    data = _opened(c, "d")
    if not data:
        return (click(c, "sign in"),)
    found = credentials(data)
    if found is None:
        return Refusal("it does not say which user and which password")
    return (form(c, "sign in", found),)


def _data_form(intent: str) -> Builder:
    def build(c: Clause) -> Built:
        found = details(_opened(c, "d"))
        if re.search(r"\b(?:for|to|the)\b", found.get("name", "")):
            return Refusal("it is not clear who that is for")
        if not found and intent in ("subscribe", "fill", "register") and not c.raw("d"):
            return (
                (click(c, c.source if intent == "subscribe" else intent),)
                if intent != "fill"
                else None
            )
        if not found and intent != "checkout":
            return Refusal("it does not say what to fill in")
        return (form(c, intent, found),)

    return build


def _add(c: Clause) -> Built:
    """Steps that put something into the cart: find it when it was not opened yet."""
    product = c.raw("x")
    no = judged(c, "x", limit=10)
    if no:
        return no
    count, product = _count(product)
    if re.fullmatch(
        r"\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten", product, re.IGNORECASE
    ):
        count, product = COUNTS.get(product.casefold(), product), ""
    steps: list[Step] = []
    if product and not PRONOUN.fullmatch(product) and not _is_open(c, product):
        name = c.masked.restore(re.sub(r"^(?:the|a|an)\s+", "", product, flags=re.IGNORECASE))
        name = re.sub(r"(?<=\w)\s+one$", " result", name)
        ordinal = re.search(
            r"\b(?:first|second|third|last|\d+(?:st|nd|rd|th))\b", name, re.IGNORECASE
        )
        steps += [] if ordinal or after_search(c) else [c.step(Verb.SEARCH, "", name)]
        steps.append(click(c, name))
    elif after_search(c):
        steps.append(click(c, FIRST_RESULT))
    steps += _options(c)
    if count:
        steps.append(c.step(Verb.FILL, "quantity", count))
    return (*steps, c.step(Verb.CLICK, "Add to cart"))


def _options(c: Clause) -> list[Step]:
    """'... in size Large' chooses before it adds."""
    value = c.value("size")
    return [c.step(Verb.SELECT, c.raw("attr").casefold(), value)] if value else []


def _count(words: str) -> tuple[str, str]:
    """("2", "them") of "two of them"; ("", words) when no number is given."""
    found = re.match(
        r"(?P<n>\d{1,3}|one|two|three|four|five|six|seven|eight|nine"
        r"|ten)(?:\s*x)?\s+(?:(?:pieces?|copies|units?)\s+)?(?:of\s+)?(?P<x>.+)",
        words,
        re.IGNORECASE,
    )
    if found is None:
        return "", words
    product = re.sub(r"^(?:these|those|this|that)$", "it", found["x"], flags=re.IGNORECASE)
    number = COUNTS.get(found["n"].casefold(), found["n"])
    return number, _singular(product)


def _singular(words: str) -> str:
    """'blue mugs' -> 'blue mug': shops list the singular."""
    return re.sub(r"(?<=[^su\W])s$", "", words) if not PRONOUN.fullmatch(words) else words


def _is_open(c: Clause, product: str) -> bool:
    """Whether the product was opened before: 'open the blue mug and add the mug to the cart'."""
    if not c.before or c.before[-1].verb is Verb.SEARCH:
        return False
    words = set(re.findall(r"\w+", product.casefold())) - {"the", "a", "an"}
    seen = {w for s in c.before for w in re.findall(r"\w+", f"{s.target} {s.value}".casefold())}
    opened = any(s.verb is Verb.CLICK for s in c.before)
    return opened and bool(words & seen or words <= {"product", "item", "mug", "result"})


def _buy(c: Clause) -> Built:
    """'Buy it as NAME, STREET ...' is: into the cart (unless it is there), then the checkout."""
    found = details(_opened(c, "d"))
    in_cart = any("cart" in s.target.casefold() for s in c.before if s.verb is Verb.CLICK)
    adding = () if in_cart else _add(c)
    if isinstance(adding, Refusal) or adding is None:
        return adding
    if not found:
        return Refusal("buying needs a name and an address: 'buy it as NAME, STREET, CITY'")
    return (*adding, form(c, "checkout", found))


def _pay(c: Clause) -> Built:
    how = re.match(PAYMENT, c.raw("x"), re.IGNORECASE)
    number = re.search(r"\b\d[\d -]{10,22}\d\b", c.value("x"))
    if number:
        return (
            form(c, "pay", {"payment": how.group() if how else "card", "card": number.group()}),
        )
    return (c.step(Verb.SELECT, "payment", c.target("x"), irreversible=False),)


def _place_order(c: Clause) -> Built:
    found = details(_opened(c, "d"))
    if found:
        return (form(c, "checkout", found),)
    return (c.step(Verb.CLICK, "place order", irreversible=True),)


def _cookies(c: Clause) -> Built:
    how = c.raw("how").casefold()
    value = "accept" if re.match(r"accept|allow|agree|ok", how) else "reject"
    return (
        c.step(Verb.DISMISS, "cookie banner", "close" if how in ("close", "dismiss") else value),
    )


def _delivery(c: Clause) -> Built:
    return (c.step(Verb.SELECT, "delivery", c.target("v")),)


def _promo(c: Clause) -> Built:
    fill = c.step(Verb.FILL, f"{(c.raw('k') or 'promo').casefold()} code", c.value("v"))
    return (fill, c.step(Verb.CLICK, "apply"))


def _remove(c: Clause) -> Built:
    no = judged(c, "x")
    return no or (c.step(Verb.CLICK, f"remove {c.target('x')}"),)


def _empty_cart(c: Clause) -> Built:
    return (c.step(Verb.CLICK, "empty cart", irreversible=True),)


def _contact(c: Clause) -> Built:
    found = details(_opened(c, "d"))
    message = c.value("m")
    if message:
        found["message"] = message
    if not found.get("message"):
        return Refusal("it does not say which message to send")
    return (form(c, "contact", found),)


def _words(target: str) -> Builder:
    return lambda c: (click(c, target),)


_CART = r"(?:shopping )?(?:cart|basket|bag|trolley)"
_MY = r"(?:the |my |your |our )?"
_LOGIN = r"(?:sign(?: me)?[- ]?in|log(?: me)?[- ]?in|login|signin|authenticate)"
_WITH = r"(?: (?:as|with|using|for|by)| ?:)"
_IN_SIZE = r"(?:,? (?:in|with) (?P<attr>size|colou?r|style|model) (?P<size>[^,]+?))?"

RULES: tuple[Rule, ...] = (
    rule(
        rf"(?:if (?:there is|there's|you (?:see|get)) )?(?:an?y? |the )?(?:{MASK})?cookies? "
        rf"(?:banner|notice|pop-?up|dialog)?.*?(?:then |, ?)(?P<how>accept|reject|decline|dismiss"
        rf"|close|refuse)(?: it| them| all)?",
        _cookies,
    ),
    rule(
        r"if (?:there is|there's|you (?:see|get)|asked about)? ?(?:an? |the |any )?cookies?(?: "
        r"(?:banner|notice|pop-?up|dialog|consent))?(?: (?:appears?|shows up|is shown))?,? (?:then "
        r"|please )?(?P<how>accept|reject|decline|dismiss|close|refuse)(?: it| them| all)?",
        _cookies,
    ),
    rule(
        r"(?P<how>accept|allow|agree to|reject|decline|deny|refuse|dismiss|close)(?: (?:all|the"
        r"|any|only|non-essential|optional|necessary|essential|tracking))*(?: cookies?)(?: "
        r"(?:banner|notice|pop-?up|consent|dialog|policy))?",
        _cookies,
    ),
    rule(
        rf"{_LOGIN}(?: ?(?:in)?to {_MY}(?:account|shop|site|store|website|profile))?(?:(?:{_WITH}| "
        rf"(?=\()|,):? ?(?P<d>.+))?",
        _sign_in,
    ),
    rule(
        r"(?:sign[- ]?out|log[- ]?(?:out|off))(?: of .+)?",
        _words("sign out"),
    ),
    rule(
        rf"(?:subscribe|sign[- ]?up|register)(?: me)?(?: (?:to|for) {_MY}(?:news ?letter|mailing "
        rf"list|updates?|emails?))(?:{_WITH} ?(?P<d>.+))",
        _data_form("subscribe"),
    ),
    rule(
        rf"subscribe(?: me)?(?:{_WITH} ?(?P<d>.+))",
        _data_form("subscribe"),
    ),
    rule(
        rf"(?:register|sign[- ]?up|join|create (?:an?|my|the) (?:new )?(?:user )?(?:account|user"
        rf"|profile)|open an account)(?: (?:an? )?(?:new )?(?:account|user))?(?:{_WITH}|,)? ?"
        rf"(?P<d>.*)",
        _data_form("register"),
    ),
    rule(
        rf"(?:check[- ]?out|complete (?:the )?(?:check[- ]?out|purchase|order)|(?:go|proceed"
        rf"|continue) (?:through|with) (?:the )?check[- ]?out|finish (?:the )?(?:check[- ]?out"
        rf"|purchase|order))(?: (?:it|them|this|the order|{_MY}{_CART}))?(?: (?:by )?(?:filling in"
        rf"|entering))?(?:{_WITH}|,| to)? ?(?P<d>.*)",
        _data_form("checkout"),
    ),
    rule(
        r"(?:ship|deliver|send|have)(?: (?:it|them|the (?:order|parcel|package)))(?: (?:delivered"
        r"|shipped|sent))? to (?P<d>.+)",
        _data_form("checkout"),
    ),
    rule(
        rf"(?:place|make|submit) an order (?:for|of) (?P<x>.+?){_IN_SIZE}(?: (?:as|for|to)|,) "
        rf"(?P<d>.+)",
        _buy,
    ),
    rule(
        rf"(?:place|submit|confirm|send|complete|finali[sz]e)(?: {_MY}| an )?order(?:{_WITH} ?"
        rf"(?P<d>.+))?",
        _place_order,
    ),
    rule(
        rf"(?:buy|purchase|order)(?! by\b) (?P<x>.+?){_IN_SIZE}(?: (?:as|for|to)|,) (?P<d>.+)",
        _buy,
    ),
    rule(
        r"(?:buy|purchase|order)(?! by\b) (?P<x>.+)",
        _buy,
    ),
    rule(
        rf"pay(?: (?:for (?:it|them|the order)))? (?:by|with|using|via|on) {_MY}(?P<x>.+)",
        _pay,
    ),
    rule(
        rf"(?:use|choose|select|pick) (?P<x>{PAYMENT}(?: payment)?)(?: (?:as|for) (?:the "
        rf")?payment(?: method)?| to pay)?",
        _pay,
    ),
    rule(
        r"(?:choose|select|pick|use|take|want|with) (?:the )?(?P<v>(?!the ).+?) (?:delivery"
        r"|shipping)(?: (?:method|option))?",
        _delivery,
    ),
    rule(
        rf"(?:add|put|place|drop)(?: (?P<x>.+?))? (?:in ?to|to|in) {_MY}{_CART}{_IN_SIZE}",
        _add,
    ),
    rule(
        rf"(?:go|proceed|continue|move on|head)(?: on| over)? to {_MY}check[- ]?out",
        _words("checkout"),
    ),
    rule(
        rf"(?:go to|open|view|show(?: me)?|visit|see|look at|check) {_MY}{_CART}(?: page)?",
        _words("cart"),
    ),
    rule(
        rf"(?:remove|delete|take) (?P<x>.+?) (?:from|out of) {_MY}{_CART}",
        _remove,
    ),
    rule(
        rf"(?:empty|clear) {_MY}{_CART}",
        _empty_cart,
    ),
    rule(
        rf"(?=.*\b(?:code|promo|coupon|voucher|discount)\b)(?:apply|redeem|use)(?: the| a| my)?"
        rf"(?: (?P<k>promo(?:tion(?:al)?)?|discount|coupon|voucher|gift))?(?: code)? "
        rf"(?P<v>(?!code$)[\w-]{{3,30}}|{MASK})(?: (?:code|coupon))?"
        rf"(?: (?:at|in|on|for|during) (?:the |my )?(?:check[- ]?out|cart|basket|order))?",
        _promo,
    ),
    rule(
        r"(?:apply|redeem|use) (?P<v>(?-i:[A-Z]+\d[A-Z0-9-]*))",
        _promo,
    ),
    rule(
        rf"(?:subscribe)(?: me)?(?: (?:to|for) {_MY}.+)?",
        _words("subscribe"),
    ),
    rule(
        rf"(?:send|write|leave|submit|contact)(?: (?:them|us|the (?:shop|team|support|store)"
        rf"|support))?(?: (?:a |the )?(?:contact )?(?:message|enquiry|inquiry|question))?,? ?"
        rf"(?:saying|that says|with the (?:text|message)|asking|reading)?:? ?(?P<m>{MASK}),? "
        rf"(?P<d>(?:as|from|with) .+)",
        _contact,
    ),
    rule(
        r"(?:send|write|leave|submit)(?: (?:them|us|the (?:shop|team|support|store)))? (?:a |the "
        r")?(?:contact )?(?:message|enquiry|inquiry|question)(?: (?:to|via|through|using|with) "
        r"(?:the )?(?:[\w ]+?))??(?: (?P<d>(?:as|from|with) .+?))?(?:,? (?:saying|that says|with "
        r"the (?:text|message)|asking|reading)| ?:) ?(?P<m>.+)",
        _contact,
    ),
    rule(
        r"contact (?:them|us|the [\w ]+?|support|customer service|[\w ]+?)(?: (?P<d>(?:as|from"
        r"|with) .+?))?(?:,? (?:saying|with the (?:text|message)|asking|and (?:say|write|ask))| "
        r"?:) ?(?P<m>.+)",
        _contact,
    ),
    rule(
        r"fill (?:in |out )?(?:the |a )?(?:contact form)(?: (?:with|as|using|:))? ?(?P<d>.+)",
        _contact,
    ),
    rule(
        r"fill (?:in |out )?(?:the |this |a )?(?:[\w-]+ ){0,3}(?:form|details|address|data)(?:,? "
        r"(?:with|as|using|for)| ?:) ?(?P<d>.+)",
        _data_form("fill"),
    ),
    rule(
        r"enter (?:the |my )?(?:shipping |delivery |billing )?(?:details|address|data)(?: (?:with"
        r"|as|for)| ?:) ?(?P<d>.+)",
        _data_form("fill"),
    ),
)
