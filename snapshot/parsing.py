"""What parsers of HTML do with some elements and texts. Pure."""

from __future__ import annotations

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
"""Elements that have no end tag."""
RAW = frozenset(["iframe", "noembed", "noframes", "noscript", "style", "xmp"])
"""Elements whose text a parser takes as it is, so that it can't be escaped."""
TEXT_ONLY = frozenset(("textarea", "title", "plaintext"))
"""Others in which a parser sees no tags."""
NEWLINE_EATEN = frozenset(("pre", "textarea", "listing"))
"""Elements at whose beginning a newline is dropped."""


def breaks_out(text: str, raw: str) -> bool:
    """Whether this text can't be inside raw element `raw` in markup."""
    return f"</{raw}" in text.lower() or ("<!--" in text and raw != "style")


def is_odd_comment(text: str) -> bool:
    """Whether no markup gives this comment."""
    return (
        text.startswith((">", "->")) or "--" in text or text.endswith(("-", "<!")) or "\0" in text
    )
