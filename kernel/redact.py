"""Secrets in goals are for the page alone: traces, events, logs and `ps` show them masked. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..planner import NotExplicit, Step, parse

MASK = "••••"
_WORDS = (
    r"pass(?:word|code|phrase)|pw|pin(?: code)?|cv[cv](?: code)?|security code|secret|token"
    r"|card(?: number| no\.?)?|(?:one[- ]time|verification|access|2fa) code"
    r"|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|hasło|lösenord|пароль"
    r"|パスワード|密码"
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
# `log in with ada@x.y / hunter2`: after an address, what stands beside it is the password.
_SIGN_IN = re.compile(
    r"\b(?:log(?: me)?[ -]?in|login|sign(?: me)?[ -]?in|credentials|enter)\b", re.IGNORECASE
)
_BESIDE = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+[\s,/:;|]+(?:(?:and|with|using|the|my)\s+)*"
    rf"(?:(?:{_WORDS})\b(?:\s*(?:is|[:=]))?\s*)?(\S+)",
    re.IGNORECASE,
)
_SECRET_FIELD = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)
# What follows these words is no value: "the password field", "pin the message".
_NOT_VALUES = frozenset(
    {"field", "box", "input", "page", "reset", "and", "then", "in", "into", "the", "a", "my"}
    | {"open", "go", "click", "add", "check", "turn", "buy", "search", "press", "tell", "read"}
)


def redact(words: str) -> str:
    """`words` with whatever is named as a password, code or card number masked."""
    masked = _BEFORE.sub(lambda found: MASK + found[2], words)
    return _AFTER.sub(_mask_after, masked)


def secrets_in(goal: str) -> tuple[str, ...]:
    """The values that `redact` would mask."""
    found = [match[1] for match in _BEFORE.finditer(goal)]
    if _SIGN_IN.search(goal):
        found += [match[1] for match in _BESIDE.finditer(goal) if not _is_no_value(match[1])]
    found += [match[3] for match in _AFTER.finditer(goal) if not _is_no_value(match[3])]
    return tuple(value.strip("\"'“”,.;") for value in found)


def shown_goal(goal: str) -> str:
    """A goal as others may see it: also without what the planner reads as a secret field's value.

    "log in as ada / hunter2" names no password, but the plan's form does.
    """
    steps = parse(goal)
    planned = () if isinstance(steps, NotExplicit) else plan_secrets(steps)
    return hide(redact(goal), (*secrets_in(goal), *planned))


def plan_secrets(steps: Sequence[Step]) -> tuple[str, ...]:
    """The values that steps put into fields whose names tell of secrets."""
    fields = [pair for step in steps for pair in (*step.fields, (step.target, step.value))]
    return tuple(value for label, value in fields if value and is_secret(label))


def hide(text: str, secrets: tuple[str, ...]) -> str:
    """`text` without these values."""
    for secret in secrets:
        text = text.replace(secret, MASK) if secret else text
    return text


def is_secret(label: str) -> bool:
    """Whether what is typed under this label must not be shown."""
    return bool(_SECRET_FIELD.search(label))


def _mask_after(found: re.Match[str]) -> str:
    return found[0] if _is_no_value(found[3]) else f"{found[1]}{found[2]}{MASK}"


def _is_no_value(word: str) -> bool:
    return word.lower().strip("\"'") in _NOT_VALUES or word.startswith(MASK)
