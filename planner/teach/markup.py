"""Elements with their accessible names out of saved HTML: no browser, good enough to teach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .records import Label

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ROLES = {
    "text": "textbox",
    "email": "textbox",
    "password": "textbox",
    "tel": "textbox",
    "url": "textbox",
    "search": "searchbox",
    "number": "spinbutton",
    "date": "textbox",
    "checkbox": "checkbox",
    "radio": "radio",
    "submit": "button",
    "button": "button",
    "image": "button",
    "reset": "button",
    "file": "file",
    "range": "slider",
}
_SEEN = "//a[@href]|//button|//input|//select|//textarea|//*[@role='button']"
_LONGEST = 60


def fields(root: HtmlElement) -> list[tuple[HtmlElement, Label]]:
    """Every element that can be acted on, in document order, with its label."""
    labels = {e.get("for"): e for e in root.xpath("//label[@for]")}
    found = []
    for element in root.xpath(_SEEN):
        role = _role(element)
        if role:
            found.append((element, _label(element, role, labels)))
    return found


def _role(element: HtmlElement) -> str:
    if "display:none" in (element.get("style") or "").replace(" ", ""):
        return ""
    tag = element.tag
    if tag == "input":
        kind = (element.get("type") or "text").lower()
        return "" if kind == "hidden" else _ROLES.get(kind, "textbox")
    return {"a": "link", "button": "button", "select": "combobox", "textarea": "textbox"}.get(
        tag, "button"
    )


def _label(element: HtmlElement, role: str, labels: dict[str | None, HtmlElement]) -> Label:
    label: Label = {"role": role, "name": _name(element, role, labels)}
    hint = element.get("placeholder") or ""
    kind = (element.get("type") or "").lower()
    if hint and hint != label["name"]:
        label["hint"] = _clean(hint)
    if element.tag == "input" and kind not in ("", "text", "submit", "button", "image"):
        label["type"] = kind
    context = _context(element)
    if context:
        label["context"] = context
    for parent in element.iterancestors("nav", "header", "footer", "aside"):
        label["landmark"] = {
            "nav": "navigation",
            "header": "banner",
            "footer": "contentinfo",
            "aside": "complementary",
        }[parent.tag]
        break
    return label


def _name(element: HtmlElement, role: str, labels: dict[str | None, HtmlElement]) -> str:
    own = element.get("aria-label") or ""
    if not own and element.get("id") in labels and element.get("id"):
        own = _text(labels[element.get("id")])
    if not own and element.tag in ("input", "select", "textarea"):
        parent = next(element.iterancestors("label"), None)
        own = _text(parent) if parent is not None else ""
    if not own and element.tag == "input" and role == "button":
        own = element.get("value") or element.get("alt") or "Submit"
    if not own and element.tag in ("a", "button", "span", "div"):
        own = _text(element) or next((i.get("alt") or "" for i in element.xpath(".//img")), "")
    return _clean(
        own or element.get("placeholder") or element.get("title") or element.get("name") or ""
    )


def _text(element: HtmlElement) -> str:
    parts = element.xpath(
        ".//text()[not(ancestor::select) and not(ancestor::script) and not(ancestor::style)]"
    )
    return _clean(" ".join(str(p) for p in parts))


def _context(element: HtmlElement) -> str:
    for parent in element.iterancestors("fieldset", "form", "section"):
        head = parent.xpath(".//legend|.//h1|.//h2|.//h3|.//h4")
        if head:
            return _text(head[0])[:_LONGEST]
    return ""


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:_LONGEST]
