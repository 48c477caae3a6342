"""Goals that are refused before anything is planned: they would harm somebody. Pure.

The words of a goal are folded, commonly mistyped ones set right, and held against combinations of
ideas ("guess" and "password"), never against single words. It is a seat belt, not a judge: models
refuse much more. A user's own single deletion, purchase or message is never refused here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

MAX_GOAL = 4000
"""Characters that are looked at."""

_MANY = (
    r"\b(?:every(?:one|body|thing)?|all|each|entire|whole|(?:hundreds?|thousands?|dozens)(?: of)?"
    r"|as many|random|mass|\d{3,})\b"
)
_PEOPLE = (
    r"\b(?:people|persons?|everyone|everybody|users?|customers?|members?|residents?|strangers?"
    r"|compan(?:y|ies)|business(?:es)?|contacts?|addresses|inbox(?:es)?|mail ?box(?:es)?)\b"
)
_SEND = r"\b(?:send|write|message|e?mail|post|comment|subscribe|sign up|text|contact|invite|spam)\b"
_SECRET = (
    r"\b(?:passwords?|pass ?codes?|passwd|pins?|credentials|log ?ins?|sign ?ins?|2fa|captcha)\b"
)
_MONEY = r"\b(?:cards?|credit|debit|bank|account|paypal|cheque|gift ?cards?|identity|passport)\b"
_WHERE = r"\b(?:where|which (?:house|street|town|city)|home|address|living|lives?|hiding)\b"
_PERSONAL = (
    r"\b(?:home addresses|addresses|phone numbers?|telephones?|e?mails?|names|birth ?days?)\b"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Refused when every one of `ideas` is found in the goal, and `unless` isn't.

    `quoted`: whether what is quoted counts. It does for what would be said to somebody, not for
    how many it would be said to.
    """

    why: str
    ideas: tuple[str, ...]
    unless: str = ""
    quoted: bool = True


_RULES = (
    _Rule(
        "it asks to get round somebody's sign-in",
        (
            (
                r"\b(?:guess(?:ing)?|crack|brute ?force|bypass|hack|break in(?:to)?|steal|phish"
                r"|sniff|(?:try|test) (?:every|all|each|many|different|common))\b"
            ),
            rf"{_SECRET}|\baccounts?\b",
        ),
        r"\b(?:forgot(?:ten)?|reset) my\b",
    ),
    _Rule(
        "it would put an attack into a form",
        (
            (
                r"<script|\bscript tag|\bor 1 ?= ?1\b|\b(?:sql|code|script) injection\b|\bxss\b"
                r"|\bdrop table\b|\bunion select\b|\b(?:malware|ransomware|key ?logger|spyware)\b"
                r"|\bsteals? (?:the |their |his |her )?(?:cookies|sessions?|tokens?|data)\b"
            ),
        ),
        r"\b(?:fix|report|bug|ticket about|docs?|documentation)\b",
    ),
    _Rule(
        "it would use what belongs to somebody else",
        (
            _MONEY,
            (
                r"\b(?:stolen|i (?:just )?(?:found|took|stole|nicked)|not mine|isn t mine"
                r"|somebody else s|someone else s|a stranger s|behind (?:his|her|their) back"
                r"|without (?:his|her|their|them|him) (?:knowing|knowledge|permission|consent))\b"
            ),
        ),
    ),
    _Rule(
        "it would deceive by posing as an authority",
        (
            r"\b(?:you are|i am|i m|we are|you re|pretend|claim|pos(?:e|ing) as|acting as)\b",
            (
                r"\bfrom (?:the )?(?:police|bank|court|tax(?: office)?|government|embassy"
                r"|hospital)\b|\b(?:a |the )(?:police officer|detective|judge|bank clerk|lawyer)\b"
            ),
            rf"{_SEND}|\bask\b|\bcall\b",
        ),
    ),
    _Rule(
        "it would threaten somebody",
        (
            rf"{_SEND}|\btell\b|\bsay\b",
            (
                r"\b(?:watch (?:out|your back|himself|herself)|i know where|we know where"
                r"|(?:will|going to) (?:hurt|kill|beat|burn|find you)|kill (?:you|him|her"
                r"|them|your)|will regret|or else|blackmail|threaten|set fire)\b"
            ),
        ),
    ),
    _Rule(
        "it would harass somebody",
        (
            rf"{_SEND}|\btell\b|\bsay\b",
            (
                r"\b(?:she|he|they|you|her|him) (?:is|are|s|re) (?:\w+ ){0,2}(?:useless|disgusting"
                r"|stupid|worthless|ugly|an? idiot|pathetic|a loser|trash)\b"
                r"|\b(?:everybody|everyone|nobody) (?:hates|wants|likes) (?:her|him|them|you)\b"
                r"|\b(?:insult|bully|humiliate|harass)\b"
            ),
        ),
    ),
    _Rule(
        "it would find out where somebody lives who may be hiding",
        (
            (
                r"\b(?:my )?ex(?: \w+|wife|husband|girlfriend|boyfriend)?\b|\brestraining order\b"
                r"|\bran away from me\b|\bleft me\b"
            ),
            _WHERE,
            r"\b(?:ask|find|tell|get|look|search|which|where)\b",
        ),
        r"\bex(?:press|change|tra|ample|cept|act|port|pect)\b$",
    ),
    _Rule(
        "it would send unwanted messages to many",
        (_SEND, _MANY, _PEOPLE),
        r"\b(?:my (?:team|friends?|family|colleagues)|our (?:team|customers|members)|of mine)\b",
        quoted=False,
    ),
    _Rule(
        "it would flood somebody",
        (
            r"\b(?:flood(?:ed|ing|s)?|spam(?:ming)?|bombard|overload|crash|ddos|take down)\b",
            r"\b(?:inbox(?:es)?|mail ?box(?:es)?|form|site|server|shop|phones?|reviews?)\b",
        ),
        r"\b(?:report|ticket|search|filter|folder|find|look|about)\b",
    ),
    _Rule(
        "it would cheat people out of money",
        (
            r"\b(?:won|winner|prize|lottery|inherit\w*|refund)\b",
            r"\b(?:must|have to|need to|should|only) (?:\w+ ){0,2}(?:pay|transfer|wire|send)\b",
        ),
    ),
    _Rule(
        "it would make up reviews",
        (r"\b(?:fake|made up|invented|bogus|false)\b", r"\b(?:reviews?|ratings?|testimonials?)\b"),
    ),
    _Rule(
        "it would destroy everything there is",
        (
            (
                r"\b(?:delete|remove|erase|wipe|destroy|purge|close|trash)\b(?: \w+){0,2} "
                r"(?:every|all|each|the (?:whole|entire)|everything)\b(?: \w+){0,3}? ?(?:tickets?"
                r"|accounts?|entr(?:y|ies)|orders|customers?|users?|records?|data(?:base)?|files?"
                r"|issues?|there is)?"
                r"(?=$| [,.;!?]| there| (?:in|from) the (?:tracker|directory|shop|system|database)"
                r"| so that| because)"
            ),
        ),
        r"\b(?:cart|basket|bag|filters?|cookies?|wish ?list|notifications?|labels?|done|closed"
        r"|test|duplicates?|spam|my own|items?)\b",
        quoted=False,
    ),
    _Rule(
        "it would gather personal data of many people",
        (
            r"\b(?:collect|scrape|harvest|gather|export|copy|extract|download|compile|dump)\b",
            rf"{_MANY}|\blist of\b",
            _PERSONAL,
            r"\b(?:people|persons?|residents?|users?|customers?|members?|everyone|everybody)\b",
        ),
        r"\b(?:my own|our own|my team)\b",
        quoted=False,
    ),
)
_COMPILED = tuple(
    (
        rule,
        tuple(re.compile(idea) for idea in rule.ideas),
        re.compile(rule.unless) if rule.unless else None,
    )
    for rule in _RULES
)
_LEXICON = (
    *("password", "passwords", "guess", "steal", "stolen", "delete", "every", "everybody"),
    *("everyone", "company", "companies", "people", "message", "subscribe", "random", "hundred"),
    *("addresses", "flooded", "mailbox", "account", "collect", "threaten", "police", "prize"),
)


def refusal(goal: str) -> str:
    """Why a goal is refused, as the end of "refused: ..."; empty when it isn't."""
    raw = goal[:MAX_GOAL].casefold()
    whole = _folded(raw)
    bare = _folded(_QUOTED.sub(" ", raw)) if _QUOTED.search(raw) else whole
    for rule, ideas, unless in _COMPILED:
        text = whole if rule.quoted else bare
        if all(_asked(idea, text) for idea in ideas) and not (unless and unless.search(text)):
            return rule.why
    return ""


_MENTIONED = re.compile(
    r"\b(?:about|search(?:ing)?(?: for)?|look(?:ing)? for|titled|called)(?: \w+){0,4} $"
)


def _asked(idea: re.Pattern[str], text: str) -> bool:
    """Whether an idea occurs other than as what something is about, or is searched for."""
    return any(_MENTIONED.search(text[: hit.start()]) is None for hit in idea.finditer(text))


_QUOTED = re.compile('["“][^"”]*["”]')


def _folded(text: str) -> str:
    """Words and stops with single blanks between them, mistyped words set right."""
    return " ".join(map(_near, re.findall(r"[a-z0-9<=]+|[,.;!?]", text)))


@lru_cache(4096)
def _near(word: str) -> str:
    """A word one slip away from one of the lexicon as that word: "evry" is "every"."""
    if len(word) < 4 or word in _LEXICON:
        return word
    close = get_close_matches(word, _LEXICON, 1, 0.86)
    return close[0] if close and close[0][0] == word[0] else word
