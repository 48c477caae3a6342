"""The members of `Kind` and `Field` as plain numbers.

Those of an enumeration cost half a microsecond each time they are named.
"""

from __future__ import annotations

from .columns import Field, Kind

DOCUMENT, TEXT, SHADOW, CONTENT, COMMENT, ELEMENT, SVG, MATHML, OTHER = map(int, Kind)
VALUE, CHECKED, SELECTED, EDITABLE, FILES, SECRET = map(int, Field)
