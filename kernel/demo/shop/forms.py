"""Form controls with labels, hints and messages wired up for assistive technology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .markup import Safe, attrs, esc, join, tag


def _message(name: str, error: str) -> Safe:
    return tag("p", error, id=f"{name}-error", class_="field-error") if error else Safe("")


def field(
    name: str,
    label: str,
    value: str = "",
    error: str = "",
    *,
    hint: str = "",
    **attributes: object,
) -> Safe:
    """A labelled <input> (text unless `type` says otherwise)."""
    described = " ".join(
        part for part, wanted in ((f"{name}-error", error), (f"{name}-hint", hint)) if wanted
    )
    control = attrs(
        id=name,
        name=name,
        value=value or None,
        aria_invalid="true" if error else None,
        aria_describedby=described or None,
        **{"type": "text", **attributes},
    )
    hint_html = tag("p", hint, id=f"{name}-hint", class_="hint") if hint else ""
    return Safe(
        f'<div class="field">{tag("label", label, for_=name)}<input{control}>'
        f"{hint_html}{_message(name, error)}</div>"
    )


def area(name: str, label: str, value: str = "", error: str = "", **attributes: object) -> Safe:
    """A labelled <textarea>."""
    control = attrs(
        id=name,
        name=name,
        aria_invalid="true" if error else None,
        aria_describedby=f"{name}-error" if error else None,
        **attributes,
    )
    return Safe(
        f'<div class="field">{tag("label", label, for_=name)}'
        f"<textarea{control}>{esc(value)}</textarea>{_message(name, error)}</div>"
    )


def select(
    name: str,
    label: str,
    options: Mapping[str, str] | Iterable[str],
    chosen: str = "",
    error: str = "",
    *,
    empty: str = "",
) -> Safe:
    """A labelled <select>; `empty` is the text of a first option without a value."""
    pairs = dict(options) if isinstance(options, Mapping) else {text: text for text in options}
    rows = [tag("option", empty, value="")] if empty else []
    rows += [tag("option", text, value=key, selected=key == chosen) for key, text in pairs.items()]
    control = attrs(
        id=name,
        name=name,
        aria_invalid="true" if error else None,
        aria_describedby=f"{name}-error" if error else None,
    )
    return Safe(
        f'<div class="field">{tag("label", label, for_=name)}'
        f"<select{control}>{join(rows, '')}</select>{_message(name, error)}</div>"
    )


def choice(
    kind: str, name: str, value: str, label: object, *, checked: bool = False, css: str = "choice"
) -> Safe:
    """One radio button or checkbox inside its label."""
    control = attrs(type=kind, name=name, value=value, id=f"{name}-{value}", checked=checked)
    return Safe(
        f'<label class="{css}" for="{esc(f"{name}-{value}")}"><input{control}>'
        f"<span>{esc(label)}</span></label>"
    )


def group(legend: str, rows: Iterable[Safe], error: str = "", *, css: str = "group") -> Safe:
    """A <fieldset> around choices."""
    message = tag("p", error, class_="field-error", role="alert") if error else ""
    return Safe(f'<fieldset class="{css}">{tag("legend", legend)}{message}{join(rows)}</fieldset>')


def problems(errors: Mapping[str, str]) -> Safe:
    """The summary over a form that was not accepted; each line leads to its field."""
    if not errors:
        return Safe("")
    rows = [tag("li", tag("a", text, href=f"#{name}")) for name, text in errors.items()]
    return tag(
        "div",
        join((tag("h2", "Please check the form"), tag("ul", join(rows)))),
        class_="problems",
        role="alert",
    )
