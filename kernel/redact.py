"""Secrets in goals are for the page alone: traces, events, logs and `ps` show them masked. Pure."""

from __future__ import annotations

import re

MASK = "••••"
_WORDS = (
    r"pass(?:word|code|phrase)|pin(?: code)?|cv[cv](?: code)?|security code|secret|token"
    r"|card(?: number| no\.?)?|(?:one[- ]time|verification|2fa) code"
)
# `password hunter2`, `password: "x y"`, `the password is x`, `card number 4242 4242 4242 4242`
_AFTER = re.compile(
    rf"\b({_WORDS})\b(\s*(?:is|as|to|of|with|[:=])?\s+|\s*[:=]\s*)"
    r"""("[^"]*"|'[^']*'|“[^”]*”|\d[\d \-]{2,}\d|[^\s,;]+)""",
    re.IGNORECASE,
)
# `type "hunter2" into the password field`
_BEFORE = re.compile(
    rf"""("[^"]*"|'[^']*'|“[^”]*”|\S+)(\s+(?:in|into|as|for)\s+(?:the\s+|my\s+)?(?:{_WORDS})\b)""",
    re.IGNORECASE,
)
_SECRET_FIELD = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)
# What follows these words is no value: "the password field", "pin the message".
_NOT_VALUES = frozenset(
    {"field", "box", "input", "page", "reset", "and", "then", "in", "into", "the", "a", "my"}
)


def redact(words: str) -> str:
    """`words` with whatever is named as a password, code or card number masked."""
    masked = _BEFORE.sub(lambda found: MASK + found[2], words)
    return _AFTER.sub(_mask_after, masked)


def is_secret(label: str) -> bool:
    """Whether what is typed under this label must not be shown."""
    return bool(_SECRET_FIELD.search(label))


def _mask_after(found: re.Match[str]) -> str:
    if found[3].lower().strip("\"'") in _NOT_VALUES or found[3].startswith(MASK):
        return found[0]
    return f"{found[1]}{found[2]}{MASK}"
