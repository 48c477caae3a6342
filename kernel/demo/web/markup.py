"""HTML without a template engine: `string.Template` files and escaping by default.

Every value put into a template is escaped unless it is `Safe`, which only this package's own
helpers make. So forgetting to escape is not possible, forgetting to mark is visible at once.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from string import Template


class Safe(str):
    """Text that is already HTML."""

    __slots__ = ()


def esc(value: object) -> Safe:
    """`value` as HTML text; `Safe` values pass through, None and False become nothing."""
    if isinstance(value, Safe):
        return value
    if value is None or value is False:
        return Safe("")
    return Safe(html.escape(str(value)))


class Templates:
    """The `*.html` files of a folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Template] = {}

    def __call__(self, name: str, /, **values: object) -> Safe:
        """Fill `<name>.html`. Raises KeyError for a placeholder without a value."""
        template = self._read.get(name)
        if template is None:
            text = (self._folder / f"{name}.html").read_text(encoding="utf-8")
            template = self._read[name] = Template(text)
        return Safe(template.substitute({key: esc(value) for key, value in values.items()}))


def join(parts: Iterable[object], separator: str = "\n") -> Safe:
    """Several pieces as one, each escaped if it needs to be."""
    return Safe(separator.join(esc(part) for part in parts))


def tag(name: str, content: object = "", /, **attributes: object) -> Safe:
    """One element; `class_` is class, `_` in names is `-`, None and False are left out."""
    return Safe(f"<{name}{attrs(**attributes)}>{esc(content)}</{name}>")


def attrs(**attributes: object) -> Safe:
    """Attributes with a leading space each, e.g. ` id="a" checked`."""
    out = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        name = key.rstrip("_").replace("_", "-")
        out.append(f" {name}" if value is True else f' {name}="{html.escape(str(value))}"')
    return Safe("".join(out))
