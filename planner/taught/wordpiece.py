"""BERT's WordPiece on a smaller vocabulary, with one token for a role or an action in front."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

ROLES = (
    "other",
    "textbox",
    "searchbox",
    "combobox",
    "spinbutton",
    "slider",
    "checkbox",
    "radio",
    "switch",
    "button",
    "link",
    "tab",
    "menuitem",
    "option",
    "clickable",
    "file",
    "listbox",
    "img",
    "heading",
)
"""Roles that have a token of their own: number 1 and on of the vocabulary."""

ACTIONS = ("any", "fill", "select", "check", "click", "upload")
"""Actions, whose tokens follow those of the roles."""

_SAME_ROLE = {
    "number": "spinbutton",
    "textarea": "textbox",
    "submit": "button",
    "reset": "button",
    "menuitemcheckbox": "menuitem",
    "menuitemradio": "menuitem",
    "treeitem": "option",
    "gridcell": "option",
    "summary": "button",
}
_SAME_ACTION = {"type": "fill", "uncheck": "check", "hover": "click", "": "any"}
_ROLE_AT = {r: i + 1 for i, r in enumerate(ROLES)}
_ACTION_AT = {a: i + 1 + len(ROLES) for i, a in enumerate(ACTIONS)}
_LONGEST = 40


@lru_cache(maxsize=256)
def role_token(kind: str, role: str) -> int:
    """Number of the token in front: of an action for a "query", else of a role."""
    if kind == "query":
        return _ACTION_AT.get(_SAME_ACTION.get(role, role), _ACTION_AT["any"])
    return _ROLE_AT.get(_SAME_ROLE.get(role, role), 1)


class Pieces:
    """Texts as numbers of a vocabulary. Cost: some 5 microseconds a word, less for a known one."""

    def __init__(self, words: Sequence[str]) -> None:
        self._at = {w: i for i, w in enumerate(words)}
        self._unknown, self.end = self._at["[UNK]"], self._at["[SEP]"]
        self._word = lru_cache(maxsize=20_000)(self._split)

    def sequence(self, kind: str, role: str, text: str, limit: int) -> list[int]:
        """A text behind its role or action, at most ``limit`` tokens with the end."""
        return [role_token(kind, role), *self.ids(text)[: limit - 2], self.end]

    def ids(self, text: str) -> list[int]:
        """Tokens of a text, without anything around them."""
        return [i for word in _words(text[:300]) for i in self._word(word)]

    def _split(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                if piece in self._at:
                    found.append(self._at[piece])
                    start = end
                    break
            else:
                found.append(self._unknown)
                start += 1
        return tuple(found)


def _words(text: str) -> list[str]:
    """Lower case, accents off, punctuation and CJK characters apart."""
    plain = unicodedata.normalize("NFD", text.lower())
    spaced = []
    for c in plain:
        category = unicodedata.category(c)
        if category in ("Mn", "Cc", "Cf", "Cs", "Co"):
            spaced.append(" " if c in "\t\n\r" else "")
        elif category[0] in "PS" or "\u4e00" <= c <= "\u9fff":
            spaced.append(f" {c} ")
        else:
            spaced.append(c)
    return [w[:_LONGEST] for w in "".join(spaced).split()]
