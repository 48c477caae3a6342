"""Personal data out of running text: "Ada Lovelace, 12 Main St, London, N1 9GU, ada@example.com".

Labelled data are taken first, then what has a shape of its own (email, postcode, country), then
the rest by position: name, street, city.
"""

from __future__ import annotations

import re
from collections.abc import Callable

EMAIL = r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"
_COUNTRIES = frozenset(
    """
    argentina australia austria belgium brazil bulgaria canada chile china colombia croatia
    cyprus czechia denmark egypt england estonia finland france germany greece hungary iceland
    india indonesia ireland israel italy japan kenya latvia lithuania luxembourg malaysia
    malta mexico morocco netherlands nigeria norway pakistan peru philippines poland portugal
    romania russia scotland serbia singapore slovakia slovenia spain sweden switzerland taiwan
    thailand turkey uk ukraine us usa vietnam wales deutschland österreich schweiz españa
    italia
    """.split()  # noqa: SIM905  a list of words reads better without quotes
) | {
    "united kingdom",
    "united states",
    "united states of america",
    "great britain",
    "new zealand",
    "south africa",
    "south korea",
    "czech republic",
    "the netherlands",
    "northern ireland",
    "hong kong",
    "saudi arabia",
    "united arab emirates",
    "u.s.",
    "u.k.",
    "u.s.a.",
}
_POSTCODE = (
    r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}\s?[A-Z]{2}"
    r"|\d{5}(?:-\d{3,4})?"
    r"|\d{2}-\d{3}|\d{3}\s\d{2}|\d{4}|(?:[A-Z]{1,2}-)\d{4,5}|\d{6}"
)
_STREET = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|sq|court|ct|place"
    r"|way|close"
    r"|crescent|terrace|mews|row|rue|calle|via|platz|weg|gasse|po box)\b\.?|str(?:\.|asse|aße)\b"
    r"|straat\b",
    re.IGNORECASE,
)
_LABELS = {
    "first_name": r"first\s*name|given\s*name|forename",
    "last_name": r"last\s*name|surname|family\s*name",
    "username": r"user\s*name|user(?:\s*id)?|login(?:\s*name)?|nickname",
    "name": r"(?:full\s*)?name",
    "email": r"e-?mail(?:\s*address)?",
    "password": r"pass\s*word|passphrase|pwd|pass",
    "phone": r"(?:tele)?phone(?:\s*number)?|mobile(?:\s*number)?|tel",
    "postcode": r"post\s?code|postal\s*code|zip(?:\s*code)?",
    "street": r"street(?:\s*address)?|(?:shipping\s*|delivery\s*"
    r"|postal\s*)?address(?:\s*line(?:\s*1)?)?",
    "city": r"city|town",
    "state": r"state|province|county",
    "country": r"country",
    "company": r"company|organi[sz]ation",
    "subject": r"subject|topic",
    "message": r"message|comments?|enquiry|question|feedback|text",
    "card": r"card\s*number|(?:credit|debit)\s*card\s*number",
    "delivery": r"(?:delivery|shipping)\s*(?:method|option)",
    "payment": r"payment\s*(?:method|option)?",
}
_ANY_LABEL = "|".join(_LABELS.values())
_LABELLED = re.compile(
    rf"(?:^|[,;\n]|(?<=\s)|\b(?:with|and|using)\s)\s*[-*•]*\s*(?:and\s+|with\s+)?(?:the\s+|my\s+"
    rf"|an?\s+|his\s+|her\s+)?"
    rf"(?P<label>{_ANY_LABEL})(?:\s*(?::|=)\s*|\s+(?:is|as|of|that\s+says|saying)\s+|\s+)"
    rf"(?P<value>[^,;\n]+?)(?=\s*$|\s*[,;\n]|\s+(?:and\s+)?(?:with\s+)?(?:and|with"
    rf"|using)\s+(?:the\s+|my\s+|an?\s+)?(?:{_ANY_LABEL})\b|\s+(?:{_ANY_LABEL})\s*(?:\s|:|=))",
    re.IGNORECASE,
)
_SPEED = (
    r"(?:express|standard|next[- ]day|same[- ]day|overnight|economy|priority|free|regular"
    r"|courier|fast(?:est)?"
    r"|first[- ]class|second[- ]class|home|normal|tracked)"
)
_DELIVERY = re.compile(
    rf"(?:(?:^|[,;\n\s])(?:and\s+)?(?:with|by|via|using|choosing)\s+(?:the\s+)?|^"
    rf"|[,;\n]\s*(?:and\s+)?|\band\s+)"
    rf"(?P<v>{_SPEED})\s+(?:delivery|shipping|post|mail)(?:\s+method)?\b|\b(?P<w>(?:click[- "
    rf"]and[- ]collect|store\s+pick-?up|pick-?up))\b",
    re.IGNORECASE,
)
PAYMENT = (
    r"(?:credit\s+card|debit\s+card|card|paypal|invoice|bank\s+transfer|transfer"
    r"|cash(?:\s+on\s+delivery)?"
    r"|apple\s+pay|google\s+pay|klarna|gift\s+card|voucher|direct\s+debit|sofort|ideal|visa"
    r"|mastercard)"
)
_PAYMENT = re.compile(
    rf"(?:[,;\n]\s*|\s+|^)(?:and\s+)?(?:pay(?:ing|ment)?\s+)?(?:by|with|using|via|on)\s+(?:my\s+"
    rf"|the\s+|an?\s+)?(?P<v>{PAYMENT})\b(?!\s*number)",
    re.IGNORECASE,
)
_CONNECTOR = (
    r"(?:and|with|using|via|by|at|on|of|from|my|the|to|is|are|living\s+at|who\s+lives\s+at|for"
    r"|email|as)"
)
_EDGE = re.compile(rf"^(?:{_CONNECTOR}\b\s*:?\s*)+|(?:\s+{_CONNECTOR})+$", re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"\s+(?:,\s*)?(?:(?:who\s+)?liv(?:es|ing)\s+(?:at|in)|residing\s+at|at|of|from|in)\s+(?=\d"
    r"|[A-Z])"
)


def details(text: str) -> dict[str, str]:
    """Data of a person in a text whose quoted parts are masked; may be empty.

    Keys: name first_name last_name username email password phone street city state postcode
    country company subject message delivery payment card.
    """
    found: dict[str, str] = {}
    rest = _take_labelled(text, found)
    rest = _take_email(rest, found)
    for key, pattern in (("delivery", _DELIVERY), ("payment", _PAYMENT)):
        rest = _take(rest, pattern, key, found)
    _positional(_pieces(rest), found)
    return found


def _take_labelled(text: str, found: dict[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        label = label_key(match["label"])
        value = match["value"].strip()
        if not label or label in found or not value:
            return match.group()
        found[label] = value
        return ","

    previous = None
    while previous != text and len(found) < 20:
        previous, text = text, _LABELLED.sub(put, text, count=1)
    return text


def label_key(words: str) -> str:
    """The field that a label means, e.g. "ZIP code" -> "postcode"; empty when it is none."""
    for key, pattern in _LABELS.items():
        if re.fullmatch(pattern, words.strip(), re.IGNORECASE):
            return key
    return ""


def _take_email(text: str, found: dict[str, str]) -> str:
    match = re.search(EMAIL, text)
    if match is None or "email" in found:
        return text
    found["email"] = match.group().rstrip(".")
    return f"{text[: match.start()]},{text[match.end() :]}"


def _take(text: str, pattern: re.Pattern[str], key: str, found: dict[str, str]) -> str:
    match = pattern.search(text)
    if match is None or key in found:
        return text
    found[key] = next(g for g in match.groups() if g)
    return f"{text[: match.start()]},{text[match.end() :]}"


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for part in re.split(r"[,;\n()]", text):
        piece = _EDGE.sub("", part.strip(" \t-*•:.")).strip()
        if piece:
            pieces += _AFTER_NAME.split(piece) if not pieces else [piece]
    return [p.strip() for p in pieces if p.strip()]


def _positional(pieces: list[str], found: dict[str, str]) -> None:
    for place, piece in enumerate(pieces):
        key = _shape(piece, found, first=place == 0)
        if key == "both":
            _city_and_code(piece, found)
        elif key == "street" and "street" in found:
            found["street"] += f", {piece}"
        elif key:
            found.setdefault(key, piece)


def _shape(piece: str, found: dict[str, str], *, first: bool) -> str:
    named = any(key in found for key in ("name", "first_name", "username"))
    if first and not named and not re.search(r"\d", piece) and not _is_country(piece):
        return "name"
    for key, fits in _SHAPES:
        if fits(piece):
            return key
    return "city" if "city" not in found else "state"


def _is_country(piece: str) -> bool:
    return piece.casefold() in _COUNTRIES


def _split_code(piece: str) -> tuple[str, str] | None:
    """(city, postcode) of "10115 Berlin", "London N1 9GU" and "IL 62701"."""
    if _STREET.search(piece):
        return None
    after = re.fullmatch(rf"(?P<city>\D+?)\s+(?P<code>{_POSTCODE})", piece)
    before = re.fullmatch(rf"(?P<code>(?!\d{{4}}$){_POSTCODE})\s+(?P<city>[^\d]+)", piece)
    match = after or before
    return (match["city"].strip(), match["code"]) if match else None


def _is_street(piece: str) -> bool:
    return bool(re.search(r"\d", piece) or _STREET.search(piece))


_SHAPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("postcode", lambda p: bool(re.fullmatch(_POSTCODE, p, re.IGNORECASE))),
    ("country", _is_country),
    ("phone", lambda p: bool(re.fullmatch(r"\+?[\d\s()/.-]{7,}", p))),
    ("both", lambda p: _split_code(p) is not None),
    ("street", _is_street),
)


def _city_and_code(piece: str, found: dict[str, str]) -> None:
    city, code = _split_code(piece) or ("", "")
    key = "state" if re.fullmatch(r"[A-Z]{2}", city) and "city" in found else "city"
    if "postcode" in found or key in found:
        found.setdefault("street", piece)
        return
    found[key], found["postcode"] = city, code


_CREDENTIALS = (
    re.compile(
        r"(?:(?:user\s*name|e-?mail(?:\s+address)?|user|login|account|credentials)\b\s*(?:of\s+"
        r"|is\s+)?:?\s*)?(?P<u>\S+?)\s*,?\s*"
        r"(?:and|with|using|,|/)?\s*(?:and\s+)?(?:(?:the|my|a|her|his)\s+)?(?:pass\s*word"
        r"|passphrase|pwd|pass)\s*(?:is|:|=|of)?\s+(?P<p>\S.*)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"(?:the\s+|my\s+)?(?:pass\s*word|pwd)\s*(?:is|:|=)?\s+(?P<p>\S+)\s+(?:and|with|for"
        r"|as)\s+(?:the\s+)?(?:user\s*name|e-?mail|user|account)?\s*:?\s*(?P<u>\S+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:the\s+)?(?:(?:credentials|account|details)\b)?\s*:?\s*(?P<u>\S+?)(?:\s+and\s+"
        r"|\s*/\s*|\s*,\s*|\s+)(?P<p>\S+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:(?:the\s+|my\s+)?(?:user\s*name|e-?mail(?:\s+address)?|user"
        r"|account)\b\s*:?\s+)?(?P<u>\S+)",
        re.IGNORECASE,
    ),
)


def credentials(text: str) -> dict[str, str] | None:
    """User and password of "ada@example.com with password lovelace"; None when unreadable."""
    plain = re.sub(r"^(?:(?:the|my)\s+)+", "", text.strip().strip("()"), flags=re.IGNORECASE)
    for pattern in _CREDENTIALS:
        match = pattern.fullmatch(plain)
        if match:
            user = match["u"].strip(",;")
            found = {"email" if "@" in user else "username": user}
            secret = match.groupdict().get("p")
            return found | ({"password": secret.strip()} if secret else {})
    return None
