"""The page as HTML that does nothing: no script, no handler, no `javascript:` address.

It is derived from the columns, so that one pure function decides what is safe. Elements stay
where they are (selectors and the tree hash must still fit); what could act is taken out of them:
attributes by the rules of `sanitize`, and the text of `<script>`, which gets a type that no
browser runs. Shadow roots become declarative ones; each document of a frame is HTML of its own.

Markup on its own (`page_html`) also sandboxes its frames. For a stage (`document_html`), where
every request is answered by us, they keep what they have.
"""

from __future__ import annotations

import re

from .columns import Columns
from .sanitize import Attributes, harmless
from .writer import Writer

_DOCTYPE = re.compile(r"<!DOCTYPE [^<>]*>")


def page_html(columns: Columns) -> str:
    """The whole top document."""
    doctype = "<!DOCTYPE html>" if columns.page.standards else ""
    return doctype + inner_html(columns, 0)


def inner_html(columns: Columns, node: int) -> str:
    """What is inside `node`."""
    return Writer(columns, harmless(columns, staged=False), staged=False).inside(node)


class Documents:
    """Each document of a page as HTML for a stage."""

    def __init__(self, columns: Columns, attributes: Attributes) -> None:
        self._attributes = attributes
        self._writer = Writer(columns, attributes, staged=True)

    def html(self, document: int) -> str:
        """One document, without those of its frames, closed shadow roots and odd texts."""
        return self.doctype(document) + self._writer.inside(document)

    def doctype(self, document: int) -> str:
        """What its markup begins with."""
        said = dict(self._attributes.of(document))
        quirks, doctype = said.get("mode") == "quirks", said.get("doctype", "")
        if quirks and doctype.lower() == "<!doctype html>":
            return ""  # put there by a script, too late to count
        if not quirks and not _DOCTYPE.fullmatch(doctype):
            return "<!DOCTYPE html>"  # a frame's `srcdoc` has none and yet no quirks
        return doctype

    def is_whole(self) -> bool:
        """Whether the markup of the page says all of it; see `Writer.is_whole`."""
        return self._writer.is_whole()
