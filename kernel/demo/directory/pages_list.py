"""Home page and the table of entries with its facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from ..web.markup import Safe, join, tag
from .data import HOURS, KINDS, PLURALS, Entry
from .query import COLUMNS, FACETS, Shown, find
from .visit import Visit, letters, page, render

_TITLES = {"kind": "Kind", "town": "Town", "category": "Category", "hours": "Open"}
_NEWEST = 5


def home(visit: Visit) -> Response:
    """GET /."""
    kept = visit.store.entries.values()
    counts = Counter(entry.kind for entry in kept)
    kinds = join(
        tag(
            "li",
            join((tag("a", PLURALS[kind], href=f"/entries?kind={kind}"), f"({counts[kind]})"), " "),
        )
        for kind in KINDS
    )
    newest = sorted(kept, key=lambda entry: (entry.since, entry.number))[-_NEWEST:]
    main = render(
        "home",
        kinds=kinds,
        total=len(visit.store.entries),
        letters=letters(reverse=visit.changed("reordered_list")),
        newest=join(tag("li", entry_link(entry)) for entry in reversed(newest)),
    )
    return page(visit, "Welcome", main)


def entry_link(entry: Entry) -> Safe:
    """The name of an entry as a link to its page."""
    return tag("a", entry.name, href=f"/entry/{entry.number}")


def entries(visit: Visit) -> Response:
    """GET /entries?kind=&town=&category=&hours=&letter=&q=&sort=&order=&page=."""
    asked = visit.query
    backwards = visit.changed("reordered_list")
    shown = find(visit.store.entries.values(), asked, backwards=backwards)
    sides = (
        tag("td", _facets(asked, shown), class_="facets", valign="top"),
        _results(asked, shown),
    )
    if visit.changed("moved_field"):
        sides = (sides[1], sides[0])
    main = render(
        "entries",
        heading=_heading(asked),
        total=f"{shown.total} {'entry' if shown.total == 1 else 'entries'} found",
        sides=join(sides),
    )
    return page(visit, _heading(asked), main)


def _heading(asked: Mapping[str, str]) -> str:
    if asked.get("q"):
        return f"Search for “{asked['q'][:60]}”"
    if asked.get("letter"):
        return f"Entries under {asked['letter'][:1].upper()}"
    return PLURALS.get(asked.get("kind", ""), "All entries")


def _url(asked: Mapping[str, str], **changes: str) -> str:
    pairs = {**asked, "page": "", **changes}
    return f"/entries?{urlencode({key: value for key, value in pairs.items() if value})}"


def _facets(asked: Mapping[str, str], shown: Shown) -> Safe:
    return join(_facet(asked, facet, shown.facets[facet]) for facet in FACETS)


def _facet(asked: Mapping[str, str], facet: str, counts: Mapping[str, int]) -> Safe:
    names = {"kind": KINDS, "hours": HOURS}.get(facet, {})
    if asked.get(facet):
        chosen = names.get(asked[facet], asked[facet])
        remove = tag("a", "remove", href=_url(asked, **{facet: ""}), aria_label=f"Remove {chosen}")
        rows = tag("li", join((tag("b", chosen), "[", remove, "]"), " "))
    else:
        rows = join(
            tag(
                "li",
                join(
                    (
                        tag("a", names.get(value, value), href=_url(asked, **{facet: value})),
                        f"({count})",
                    ),
                    " ",
                ),
            )
            for value, count in counts.items()
        )
    return join((tag("h3", _TITLES[facet]), tag("ul", rows)))


def _results(asked: Mapping[str, str], shown: Shown) -> Safe:
    if not shown.total:
        return tag("td", tag("p", "Nothing was found. Please try other words."), valign="top")
    heads = join(_head(asked, column, title) for column, title in COLUMNS.items())
    table = render("table", heads=heads, rows=join(_row(entry) for entry in shown.entries))
    return tag("td", join((table, _pages(asked, shown))), valign="top", width="100%")


def _head(asked: Mapping[str, str], column: str, title: str) -> Safe:
    now = asked.get("sort", "name") == column
    down = now and asked.get("order") != "down"
    url = _url(asked, sort=column, order="down" if down else "")
    mark = (" ▼" if asked.get("order") == "down" else " ▲") if now else ""
    link = tag("a", title, href=url, title=f"Sort by {title.lower()}")
    return tag("th", join((link, mark), ""), scope="col")


def _row(entry: Entry) -> Safe:
    cells = (entry_link(entry), entry.category, entry.town, entry.since[:4], entry.phone)
    return tag("tr", join(tag("td", cell) for cell in cells))


def _pages(asked: Mapping[str, str], shown: Shown) -> Safe:
    if shown.pages == 1:
        return Safe("")
    parts: list[Safe] = []
    if shown.number > 1:
        parts.append(tag("a", "« previous", href=_url(asked, page=str(shown.number - 1))))
    for number in range(1, shown.pages + 1):
        link = tag("a", number, href=_url(asked, page=str(number)), aria_label=f"Page {number}")
        parts.append(tag("b", number) if number == shown.number else link)
    if shown.number < shown.pages:
        parts.append(tag("a", "next »", href=_url(asked, page=str(shown.number + 1))))
    return tag("p", join(parts, " "), class_="pages")
