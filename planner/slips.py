"""Slips of the hand in the words that goals are made of: "serach", "opne", "clikc". Pure.

Only command words are mended, and only where two neighbouring letters changed places, one is
missing or one is doubled: everything else may be meant ("clock" is not "click").
"""

from __future__ import annotations

import re

_COMMANDS = (
    *("add", "apply", "assign", "basket", "button", "cart", "category", "check", "choose", "click"),
    *("close", "comment", "delete", "edit", "enter", "fill", "filter", "first", "password"),
    *("please", "press", "remove", "result", "search", "select", "settings", "sort", "submit"),
    *("ticket", "then", "type", "with", "what", "write", "open", "page", "price", "quantity"),
)
_WORD = re.compile(r"(?<![\w@./-])[A-Za-z]{3,10}(?![\w@-]|\.\w)")
_QUOTED = re.compile("([\"“][^\"”]*[\"”]|'[^']*')")
_ADD = re.compile(r"\bad(?= (?:it|them|this|that|these|one|two|three|\d+|to)\b)", re.IGNORECASE)
_SIGN = re.compile(r"\bsing(?=[ -](?:in|up|out)\b)", re.IGNORECASE)


def _slips(word: str) -> set[str]:
    """What a hurried hand makes of a word; its first letter is right."""
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1)}
    missing = {word[:i] + word[i + 1 :] for i in range(1, len(word)) if len(word) > 3}
    doubled = {word[:i] + word[i] + word[i:] for i in range(1, len(word))}
    return {slip for slip in swapped | missing | doubled if len(slip) > 2} - {word}


_REAL = frozenset(
    {"fist", "pleas", "sort", "pres", "tye", "chose", "clos", "car", "cat", "past", "wit", "hat"}
    | {"that", "tick", "tape", "pace", "ope", "one", "edit", "edits", "add", "rite", "tied", "ten"}
    | {"type", "age", "price", "pice", "typ", "when", "thn", "the", "checks", "click", "pen", "wth"}
)
"""Words of their own that look like slips."""
_MENDED = {
    slip: word for word in _COMMANDS for slip in _slips(word) if slip not in {*_COMMANDS, *_REAL}
}


def mended(goal: str) -> str:
    """The goal with its command words set right; what is quoted stays as it is."""
    parts = _QUOTED.split(goal)
    return "".join(part if at % 2 else _mend(part) for at, part in enumerate(parts))


def _mend(text: str) -> str:
    def right(found: re.Match[str]) -> str:
        word = found.group()
        known = _MENDED.get(word.lower())
        if known is None:
            return word
        return known.capitalize() if word[0].isupper() else known

    text = _ADD.sub("add", text)
    return _SIGN.sub(
        lambda found: "Sign" if found.group()[0] == "S" else "sign", _WORD.sub(right, text)
    )
