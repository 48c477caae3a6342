"""Form controls in rows of a table: label left, control right, as it used to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..web.markup import Safe, attrs, esc, join, tag

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def row(label: Safe | str, control: Safe, error: str = "") -> Safe:
    """One line of a form."""
    said = tag("div", error, class_="error") if error else ""
    return tag("tr", join((tag("th", label, scope="row"), tag("td", join((control, said))))))


def text(
    name: str, label: str, value: str = "", error: str = "", *, size: int = 34, **more: object
) -> Safe:
    """A line of text."""
    control = attrs(id=name, name=name, value=value, size=size, **{"type": "text", **more})
    return row(tag("label", f"{label}:", for_=name), Safe(f"<input{control}>"), error)


def area(name: str, label: str, value: str = "", error: str = "") -> Safe:
    """Several lines of text."""
    control = attrs(id=name, name=name, rows=6, cols=50)
    inner = Safe(f"<textarea{control}>{esc(value)}</textarea>")
    return row(tag("label", f"{label}:", for_=name), inner, error)


def options(values: Iterable[tuple[str, str]], chosen: str, empty: str = "") -> Safe:
    """What a list offers."""
    first = [Safe(f"<option{attrs(value='')}>{esc(empty)}</option>")] if empty else []
    rest = (tag("option", text, value=value, selected=value == chosen) for value, text in values)
    return join((*first, *rest))


def select(
    name: str,
    label: str,
    values: Iterable[tuple[str, str]],
    chosen: str = "",
    error: str = "",
    empty: str = "-- please choose --",
) -> Safe:
    """A list of which one is chosen."""
    control = tag("select", options(values, chosen, empty), id=name, name=name)
    return row(tag("label", f"{label}:", for_=name), control, error)


def radios(
    name: str, label: str, values: Mapping[str, str], chosen: str = "", error: str = ""
) -> Safe:
    """Radio buttons in a group with a name."""
    buttons = join(
        Safe(
            f"<input{attrs(type='radio', name=name, id=f'{name}-{at}', value=value)}"
            f"{attrs(checked=value == chosen)}> {tag('label', text, for_=f'{name}-{at}')}"
        )
        for at, (value, text) in enumerate(values.items())
    )
    return row(f"{label}:", tag("div", buttons, role="radiogroup", aria_label=label), error)


def checks(name: str, label: str, values: Iterable[str], chosen: Iterable[str]) -> Safe:
    """Check boxes of which any number may be ticked."""
    ticked = set(chosen)
    boxes = join(
        Safe(
            f"<input{attrs(type='checkbox', name=name, id=f'{name}-{value}', value=value)}"
            f"{attrs(checked=value in ticked)}> {tag('label', value, for_=f'{name}-{value}')}"
        )
        for value in values
    )
    return row(f"{label}:", tag("div", boxes, role="group", aria_label=label))


def check(name: str, label: str, on: bool = False, error: str = "") -> Safe:
    """One check box."""
    box = attrs(type="checkbox", id=name, name=name, value="1", checked=on)
    return row("", Safe(f"<input{box}> {tag('label', label, for_=name)}"), error)


def date(name: str, label: str, value: str = "", error: str = "", *, years: range) -> Safe:
    """Day, month and year as three lists; `value` is YYYY-MM-DD."""
    year, month, day = ((*value.split("-"), "", "")[:3]) if value else ("", "", "")
    parts = (
        ("day", "Day", [(f"{d:02d}", str(d)) for d in range(1, 32)], day),
        ("month", "Month", [(f"{m:02d}", text) for m, text in enumerate(MONTHS, 1)], month),
        ("year", "Year", [(str(y), str(y)) for y in years], year),
    )
    lists = join(
        tag(
            "select",
            options(values, chosen, title),
            name=f"{name}_{part}",
            aria_label=f"{label}: {title.lower()}",
        )
        for part, title, values, chosen in parts
    )
    return row(f"{label}:", lists, error)


def form(action: str, rows: Iterable[Safe], button: str, before: Safe | str = "") -> Safe:
    """A form that is sent to `action`; `before` stands in front of its button."""
    table = tag("table", join(rows), class_="form", role="presentation")
    submit = Safe(f"<input{attrs(type='submit', value=button)}>")
    return tag(
        "form", join((table, tag("p", join((before, submit), " ")))), method="post", action=action
    )
