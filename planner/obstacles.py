"""Cookie banners, pop-ups and dialogs: which element gets rid of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..snapshot.observe import Element, Observation
from .words import fold, similarity

_WORDS = {
    "reject": r"(?:reject|decline|refuse|deny|disagree)(?: (?:all|cookies?|optional|non "
    r"essential|everything|and close|additional|the))*"
    r"|(?:only |use |accept |allow |just )*(?:strictly )?(?:necessary|essential|required)(?: "
    r"(?:only|cookies?))*|(?:continue|proceed) without (?:accepting|agreeing|consent)"
    r"|do not (?:accept|allow|consent|sell.*)|no thanks|nein danke|(?:alle )?ablehnen|(?:tout "
    r")?refuser|rechazar(?: todo)?|rifiuta(?: tutto)?|weigeren",
    "close": r"close(?: .{0,40})?|dismiss(?: .{0,30})?|x|×|✕|✖|not now|maybe later|later"
    r"|skip(?: .{0,20})?|cancel|no thank you|got it|continue|hide(?: .{0,20})?|schliessen"
    r"|fermer|cerrar",
    "accept": r"(?:i )?(?:accept|allow|agree)(?: (?:all|cookies?|and close|and continue"
    r"|everything|the))*|ok(?:ay)?|yes|i understand|understood|alle akzeptieren"
    r"|(?:tout )?accepter|aceptar(?: todo)?|accetta(?: tutto)?",
}
_ORDER = ("reject", "close", "accept")
_OVERLAY = re.compile(
    r"\b(?:cookies?|consent|privacy|gdpr|banner|modal|dialog|popup|pop up|newsletter|overlay"
    r"|notice|alert)\b"
)


def dismissal(observation: Observation, cover: str = "", *, prefer: str = "") -> str | None:
    """The ref of the element that removes what lies over the page; None when there is none.

    ``cover`` is a description of what covered the target (its name, text, or label), ``prefer``
    is reject, close or accept and comes first. Rejecting is preferred to closing, and accepting
    comes last: nobody was asked.
    """
    buttons = [e for e in observation.elements if _pressable(e)]
    order = (prefer, *(w for w in _ORDER if w != prefer)) if prefer in _ORDER else _ORDER
    groups = _groups(buttons, cover)
    for place, group in enumerate(groups):
        # Nothing says that these belong to an overlay: a "Yes" may mean something else altogether.
        kinds = [kind for kind in order if kind != "accept"] if place == len(groups) - 1 else order
        for kind in kinds:
            for element in group:
                if re.fullmatch(_WORDS[kind], _label(element)):
                    return element.ref
    return None


def _pressable(element: Element) -> bool:
    return element.role in ("button", "link", "menuitem") and "disabled" not in element.states


def _label(element: Element) -> str:
    name = element.name.strip() or element.hint.strip()
    return name if name in ("×", "✕", "✖") else fold(name)


def _groups(buttons: Sequence[Element], cover: str) -> list[list[Element]]:
    """Buttons of what covers the target first, then of anything that looks like an overlay."""
    words = fold(cover)
    named = [e for e in buttons if words and _is_of(e, words)]
    overlay = [
        e
        for e in buttons
        if e.landmark in ("dialog", "alertdialog") or _OVERLAY.search(fold(e.context))
    ]
    telling = [e for e in buttons if re.search(r"\bcookies?\b", _label(e))]
    # Without a word about where it is, a lone "Reject all" still says what it does.
    plain = (
        [e for e in buttons if re.fullmatch(_WORDS["reject"], _label(e))]
        if not (named or overlay)
        else []
    )
    rest = list(buttons) if words and not (named or overlay or telling) else []
    return [named, overlay, telling, plain, rest]


def _is_of(element: Element, cover: str) -> bool:
    """Whether a button belongs to the element that covers the target."""
    around = fold(element.context)
    own = _label(element)
    in_cover = len(own) > 3 and own in cover
    return in_cover or (
        bool(around) and (around in cover or cover in around or similarity(around, cover) > 0.6)
    )
