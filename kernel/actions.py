"""What `ACT` can do, as values; and what an action did, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Button = Literal["left", "middle", "right"]


@dataclass(frozen=True, slots=True)
class Click:
    """Click an element."""

    ref: str
    button: Button = "left"


@dataclass(frozen=True, slots=True)
class DoubleClick:
    """Click an element twice."""

    ref: str


@dataclass(frozen=True, slots=True)
class Hover:
    """Move the pointer over an element."""

    ref: str


@dataclass(frozen=True, slots=True)
class Drag:
    """Drag one element onto another, or by CSS pixels from where it is when `onto` is empty."""

    ref: str
    onto: str = ""
    dx: int = 0
    """With `onto`: so far from its middle."""
    dy: int = 0
    corner: bool = False
    """Take it at its lower right corner, as one does to resize it."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Replace a field's value in one go."""

    ref: str
    value: str


@dataclass(frozen=True, slots=True)
class Type:
    """Type key by key into an element, for pages that listen to each key."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class SelectText:
    """Select all text in an element, or one part of it, as a pointer drawn over it does."""

    ref: str
    text: str = ""
    """Only this, where it stands first."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press a key or chord (`Enter`, `Control+A`), on an element or where the focus is."""

    key: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """Choose options of a `<select>` by label or value."""

    ref: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Bring a checkbox, radio button or switch into a state."""

    ref: str
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Scroll:
    """Scroll the page by CSS pixels, or an element into view when a ref is given.

    With a ref and a distance, what is in the element is scrolled.
    """

    ref: str = ""
    dx: int = 0
    dy: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """Hand local files to a file field, or to the chooser that a click on the element opens."""

    ref: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerDialog:
    """Accept or dismiss the open JavaScript dialog."""

    accept: bool = True
    text: str | None = None
    """What to put into a prompt; None keeps what the page suggests."""


@dataclass(frozen=True, slots=True)
class Back:
    """Go back in the tab's history."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Go forward in the tab's history."""


@dataclass(frozen=True, slots=True)
class OpenTab:
    """Open a tab and switch to it."""

    url: str


@dataclass(frozen=True, slots=True)
class SwitchTab:
    """Make another tab the current one."""

    index: int


@dataclass(frozen=True, slots=True)
class CloseTab:
    """Close a tab; a process keeps at least one."""

    index: int


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait until the page shows a text, an element lives or is gone, or nothing loads any more."""

    text: str = ""
    ref: str = ""
    gone: bool = False
    """Wait for the text or element to disappear instead."""
    idle: bool = False
    """Wait until no request is under way and the document is complete."""
    change: bool = False
    """Wait until anything in the document changes, or another document comes."""
    quiet_s: float = 0.0
    """Give up earlier when nothing is under way for so long: no request, no animation."""
    timeout_s: float = 10.0


Action = (
    Click
    | DoubleClick
    | Hover
    | Drag
    | SelectText
    | Fill
    | Type
    | Press
    | Select
    | Check
    | Scroll
    | Upload
    | AnswerDialog
    | Back
    | Forward
    | OpenTab
    | SwitchTab
    | CloseTab
    | WaitFor
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What changed because of an action."""

    url: str
    """Address of the current tab afterwards."""
    navigated: bool = False
    """A new document, or a new address within the document."""
    dialog: str = ""
    """Message of a dialog that opened and waits for an answer."""
    downloads: tuple[str, ...] = ()
    """Suggested names of downloads that began."""
    new_tab: str = ""
    """Address of a tab that opened."""
    added: int = 0
    """Elements added to the document."""
    removed: int = 0
    """Elements removed from the document."""
    changed: int = 0
    """Attributes, texts and field values changed."""
    value: str = ""
    """The field's value afterwards, for fill, type and select; passwords read `••••`."""
    status: int = 0
    """HTTP status of the document that it led to; 0 for none."""
    seconds: float = 0.0

    @property
    def any(self) -> bool:
        """Whether anything at all was seen to change."""
        return bool(
            self.navigated
            or self.dialog
            or self.downloads
            or self.new_tab
            or self.added
            or self.removed
            or self.changed
        )
