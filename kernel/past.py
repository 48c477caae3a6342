"""What a process saw and did last: enough to decide whether its last action succeeded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..planner import Change, page_of
from ..snapshot import Observation
from .actions import (
    Action,
    Check,
    Click,
    DoubleClick,
    Drag,
    Effect,
    Fill,
    Hover,
    OpenTab,
    Press,
    Select,
    Type,
    Upload,
)

_NAMES: dict[type[object], str] = {
    Click: "click", DoubleClick: "click", Hover: "hover", Drag: "drag", Fill: "fill", Type: "type",
    Press: "press", Select: "select", Upload: "upload", OpenTab: "navigate",
}  # fmt: skip


@dataclass(slots=True)
class Past:
    """Kept by the kernel for each process; nothing is read from the page for its sake."""

    seen: Observation | None = None
    change: Change = field(default_factory=Change)

    def saw(self, view: Observation) -> None:
        """The page was observed. A view that was cut short does not replace a longer text."""
        old = self.seen
        if old is not None and old.url == view.url and view.truncated and view.tokens < old.tokens:
            view = replace(view, text=old.text, tokens=old.tokens)
        self.seen = view

    def acted(self, action: Action, effect: Effect) -> None:
        """Something was done to the page."""
        name, value = _said(action)
        self._did(name, getattr(action, "ref", ""), value, effect)

    def navigated(self, url: str, effect: Effect) -> None:
        """An address was opened."""
        self._did("navigate", "", url, effect)

    def _did(self, name: str, ref: str, value: str, effect: Effect) -> None:
        self.change = Change(
            name,
            ref,
            value,
            effect.value,
            page_of(self.seen) if self.seen is not None else None,
            effect.navigated,
            effect.dialog,
            effect.downloads,
            effect.new_tab,
            effect.added + effect.removed + effect.changed,
            effect.status,
        )


def _said(action: Action) -> tuple[str, str]:
    """What it is called, and the value that it puts somewhere."""
    match action:
        case Check(_, checked):
            return ("check" if checked else "uncheck"), ""
        case Fill(_, value):
            return "fill", value
        case Type(_, text):
            return "type", text
        case Select(_, options):
            return "select", options[0] if options else ""
        case OpenTab(url):
            return "navigate", url
        case _:
            return _NAMES.get(type(action), "wait"), ""
