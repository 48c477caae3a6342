"""What the form filler may do next, and what it remembers of what it did. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class FillField:
    """Type ``value`` into ``ref``; ``field`` is the label of the datum."""

    ref: str
    value: str
    field: str


@dataclass(frozen=True, slots=True)
class SelectField:
    """Choose ``option`` in the list ``ref``."""

    ref: str
    option: str
    field: str


@dataclass(frozen=True, slots=True)
class CheckField:
    """Tick the box or radio button ``ref``."""

    ref: str
    field: str


@dataclass(frozen=True, slots=True)
class Advance:
    """Press ``ref`` to go on; ``final`` when that ends the form."""

    ref: str
    label: str
    final: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The form is through."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """It does not go on (yet): a page that still loads may, one with ``missing`` data will not."""

    reason: str
    missing: tuple[str, ...] = ()


FormMove = FillField | SelectField | CheckField | Advance | Done | Stuck


@dataclass(frozen=True, slots=True)
class FormProgress:
    """What was done so far; handed back into ``next_action`` as it came out.

    ``tried`` holds one entry for every action, ``final_url`` the page of the final press,
    ``before`` the confirmations that the page showed already then.
    """

    tried: tuple[str, ...] = ()
    finals: int = 0
    final_url: str = ""
    before: frozenset[str] = field(default_factory=frozenset)
    taken: frozenset[str] = field(default_factory=frozenset)
    """Labels of the data that some page so far had a place for."""

    def times(self, key: str) -> int:
        """How often an action was tried."""
        return self.tried.count(key)

    def did(self, key: str) -> FormProgress:
        """The progress after one more action; only the last 200 are kept."""
        return replace(self, tried=(*self.tried, key)[-200:])
