"""Which datum a form field asks for, in many wordings, and what to put there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..snapshot.observe import Element
from .words import best_option, fold, similarity

_TYPES = {"email": "email", "password": "password", "tel": "phone"}
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        (
            "skip",
            (
                r"\bsearch\b|\bpromo|coupon|voucher|discount code|gift code|captcha"
                r"|\bquantity\b|\bqty\b|address (?:line )?2|line 2|\bapartment|\bsuite\b"
                r"|optional\b.*\bcompany"
            ),
        ),
        ("email", r"\be ?mail\b|correo|courriel"),
        ("password", r"\bpass ?(?:word|code|phrase)\b|\bpasswort\b"),
        ("card", r"\bcard (?:number|no)\b|credit card$"),
        ("card_name", r"name on (?:the )?card|card ?holder"),
        ("phone", r"\b(?:tele)?phone\b|\bmobile\b|\btel\b"),
        ("first_name", r"\b(?:first|given|fore) ?name\b|\bvorname\b|\bprenom\b|\bforename\b"),
        ("last_name", r"\b(?:last|family|sur) ?name\b|\bnachname\b|\bsurname\b"),
        ("username", r"\buser ?(?:name|id)\b|\blog ?in(?: name| id)?$|\bnick ?name\b"),
        ("company", r"\bcompany\b|\borgani[sz]ation\b"),
        ("postcode", r"\bpost(?:al)? ?code\b|\bzip\b|\bplz\b|\bpostcode\b"),
        ("country", r"\bcountry\b|\bland$|\bpays\b"),
        ("state", r"\bstate\b|\bprovince\b|\bcounty\b"),
        ("city", r"\bcity\b|\btown\b|\bstadt\b|\bville\b|\bort$|\blocality\b"),
        ("street", r"\bstreet\b|\baddress\b|\bstra(?:ss|ß)e\b|\bhouse number\b|\badresse\b"),
        ("subject", r"\bsubject\b|\btopic\b|\bbetreff\b"),
        (
            "message",
            (
                r"\bmessage\b|\bcomments?\b|\benquiry\b|\binquiry\b|\bquestion\b|how can we "
                r"help|\bnachricht\b|\bfeedback\b"
            ),
        ),
        (
            "delivery",
            (
                r"\bdelivery (?:method|option)\b|\bshipping (?:method|option)\b|^delivery$"
                r"|^shipping$"
            ),
        ),
        ("payment", r"\bpayment\b|\bpay (?:by|with)\b"),
        ("name", r"\bname\b|\brecipient\b"),
    )
)
_COUNTRY_NAMES = {
    "uk": "United Kingdom",
    "u.k.": "United Kingdom",
    "great britain": "United Kingdom",
    "england": "United Kingdom",
    "us": "United States",
    "usa": "United States",
    "u.s.": "United States",
    "u.s.a.": "United States",
    "deutschland": "Germany",
    "the netherlands": "Netherlands",
    "españa": "Spain",
    "italia": "Italy",
}


def asks_for(element: Element) -> str:
    """The key of the datum that a field asks for ("street"), or an empty string.

    "skip" marks fields that are no part of a person's data: search, promo code, quantity.
    """
    if element.type == "search" or element.role == "searchbox":
        return "skip"
    label = fold(element.name)
    for text in (label, fold(element.hint)):
        if element.type in _TYPES and not re.search(r"\bcard\b", text):
            return _TYPES[element.type]
        for key, pattern in _PATTERNS:
            if text and pattern.search(text):
                return key
    return ""


def datum(key: str, data: Mapping[str, str]) -> str:
    """What to put into a field that asks for ``key``; names are split or joined as needed."""
    if data.get(key):
        return data[key]
    first, _, last = data.get("name", "").rpartition(" ")
    joined = f"{data.get('first_name', '')} {data.get('last_name', '')}".strip()
    derived = {
        "first_name": first or last,
        "last_name": last if first else "",
        "name": joined,
        "card_name": data.get("name", "") or joined,
        "username": data.get("email", ""),
        "email": data.get("username", "") if "name" not in data else "",
    }
    return derived.get(key, "")


def is_filled(element: Element, value: str) -> bool:
    """Whether the field holds the value already; formatting does not matter."""
    if element.type == "password":
        return bool(element.value)
    return _bare(element.value) == _bare(value)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def option_for(element: Element, key: str, value: str) -> str | None:
    """The option of a select that a datum means; None when nothing is near enough."""
    wanted = _COUNTRY_NAMES.get(value.casefold(), value) if key == "country" else value
    return best_option(element.options, wanted) or best_option(element.options, value)


def radio_fit(element: Element, value: str) -> float:
    """How well a radio button's label means a datum such as "express" or "card", 0 to 1."""
    words = re.sub(r"\b(?:delivery|shipping|payment)\b", "", value, flags=re.IGNORECASE)
    words = re.sub(r"\d[\d\s/-]{3,}.*", "", words).strip()  # a card's number is no name of it
    wanted = words or value
    # "pickup" is "Pick up at the shop".
    squeezed = fold(wanted).replace(" ", "")
    if len(squeezed) > 3 and squeezed in fold(element.name).replace(" ", ""):
        return 1.0
    return similarity(wanted, element.name)
