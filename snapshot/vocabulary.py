"""Words of HTML and ARIA that decide what an agent is shown; the same as in walker.js."""

from __future__ import annotations

SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "meta",
        "link",
        "title",
        "datalist",
        "param",
        "source",
        "track",
    ]
)
INTERACTIVE_ROLES = frozenset(
    [
        "button",
        "link",
        "textbox",
        "searchbox",
        "combobox",
        "checkbox",
        "radio",
        "switch",
        "slider",
        "spinbutton",
        "tab",
        "menuitem",
        "menuitemcheckbox",
        "menuitemradio",
        "option",
        "treeitem",
        "listbox",
        "gridcell",
    ]
)
NAMED_BY_CONTENT = frozenset(
    [
        "button",
        "link",
        "checkbox",
        "radio",
        "switch",
        "tab",
        "menuitem",
        "menuitemcheckbox",
        "menuitemradio",
        "option",
        "treeitem",
        "heading",
        "gridcell",
        "clickable",
    ]
)
LANDMARKS = {
    "nav": "navigation", "main": "main", "header": "banner", "footer": "contentinfo",
    "aside": "complementary", "form": "form", "dialog": "dialog", "search": "search",
}  # fmt: skip
LANDMARK_ROLES = frozenset([*LANDMARKS.values(), "region", "alertdialog"])
GROUPS = frozenset(["fieldset", "li", "tr", "article"])
GROUP_ROLES = frozenset(["group", "radiogroup", "listitem"])
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
NATIVE = frozenset(["input", "button", "select", "textarea", "summary"])
LABELABLE = frozenset(["button", "input", "meter", "output", "progress", "select", "textarea"])
CAN_BE_DISABLED = frozenset(
    ["button", "input", "select", "textarea", "optgroup", "option", "fieldset"]
)
_ASKED_BLOCKS = [
    "div",
    "p",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "nav",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "dl",
    "dt",
    "dd",
    "input",
    "button",
    "select",
    "textarea",
    "fieldset",
    "figure",
    "blockquote",
    "pre",
    "br",
    "hr",
]
BLOCKS = frozenset(
    [
        *_ASKED_BLOCKS,  # and those that browsers' own style sheet does not make inline:
        "address",
        "aside",
        "body",
        "caption",
        "center",
        "col",
        "colgroup",
        "details",
        "dialog",
        "dir",
        "figcaption",
        "form",
        "frameset",
        "hgroup",
        "html",
        "legend",
        "listing",
        "marquee",
        "menu",
        "meter",
        "optgroup",
        "option",
        "plaintext",
        "progress",
        "search",
        "summary",
        "tfoot",
        "thead",
        "xmp",
    ]
)
INPUT_TYPES = frozenset(
    [
        "hidden",
        "text",
        "search",
        "tel",
        "url",
        "email",
        "password",
        "date",
        "month",
        "week",
        "time",
        "datetime-local",
        "number",
        "range",
        "color",
        "checkbox",
        "radio",
        "file",
        "submit",
        "image",
        "reset",
        "button",
    ]
)
ROLES = {
    "button": "button", "summary": "button", "textarea": "textbox", "option": "option",
    "img": "img", "progress": "progressbar",
}  # fmt: skip
INPUT_ROLES = {
    "button": "button", "submit": "button", "reset": "button", "image": "button",
    "checkbox": "checkbox", "radio": "radio", "range": "slider", "number": "spinbutton",
    "search": "searchbox", "file": "file", "color": "color",
}  # fmt: skip
ASKED_BY_TAG = frozenset(
    [
        *_ASKED_BLOCKS,
        "b",
        "i",
        "em",
        "strong",
        "small",
        "code",
        "sub",
        "sup",
        "u",
        "s",
        "mark",
        "abbr",
        "cite",
        "q",
        "wbr",
        "font",
        "kbd",
        "time",
    ]
)
"""Whether these are blocks is not asked of a live page either."""
