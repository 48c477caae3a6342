"""Pages of mixed content, as sites have them: navigation, articles, cards, tables, forms, icons.

Made from a seed and nothing else, so that two runs measure the same pages. Words are drawn so that
long ones are rare, classes repeat as they do where a framework writes them, and no two blocks are
the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

STYLE_RULES = 400
NAMES = (
    "card",
    "list",
    "row",
    "title",
    "price",
    "meta",
    "grid",
    "btn",
    "tag",
    "media",
    "note",
    "box",
)
STATES = (
    "",
    ":hover",
    ":first-child",
    " > a",
    " .icon",
    "[disabled]",
    ":not(.is-active)",
    "::before",
)
_SYLLABLES = tuple(
    "ka lo mi ter ver son el an dor gri pa nu sta bel fen ro ti lan que mar ish por ban dis".split()  # noqa: SIM905
)


class _Text:
    """Words, sentences and names out of one stream of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._words = [self._word() for _ in range(900)]

    def _word(self) -> str:
        return "".join(self.chance.choices(_SYLLABLES, k=self.chance.choice((1, 1, 2, 2, 2, 3, 4))))

    def words(self, least: int, most: int) -> str:
        """A few words; common ones come often."""
        count = self.chance.randint(least, most)
        places = (min(int(self.chance.paretovariate(0.6)), 899) for _ in range(count))
        return " ".join(self._words[place] for place in places)

    def number(self, most: int) -> int:
        return self.chance.randrange(most)

    def classes(self) -> str:
        name = self.chance.choice(NAMES)
        more = f" {name}--{self.number(4)}" if self.number(3) else ""
        return f"{name}{more} u-{self.number(40)}"


def _article(text: _Text, i: int) -> str:
    paragraphs = "".join(
        f"<p>{text.words(20, 60)} <a href='/wiki/{text.words(1, 2).replace(' ', '_')}' title='{text.words(1, 3)}'>"
        f"{text.words(1, 3)}</a>, <em>{text.words(1, 4)}</em> {text.words(5, 40)}"
        f"<sup id=r{i}-{n}><a href='#n{i}'>[{n}]</a></sup> {text.words(4, 30)} &amp; <code>{text.words(1, 2)}</code>.</p>\n"
        for n in range(1 + text.number(3))
    )
    return f"<article class='{text.classes()}'><h2 id='a{i}'><span>{text.words(2, 6)}</span></h2>\n{paragraphs}</article>\n"


def _card(text: _Text, i: int) -> str:
    price = f"{text.number(90)}.{text.number(90) + 10}"
    return (
        f'<li class=\'{text.classes()}\' data-id={text.number(10**7)} data-track=\'{{"pos":{i},"src":"{text.words(1, 1)}"}}\'>'
        f"<a class='media__link' href='/p/{text.number(10**6)}?ref=list&amp;pos={i}'><img alt='{text.words(2, 5)}' width=120 height=90 "
        f"src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=' loading=lazy></a>"
        f"<div class='card__body'><h3 class=title>{text.words(3, 8)}</h3><p class='meta'>{text.words(3, 9)} "
        f"<span class=price><b>{price}</b> €</span></p>"
        f"<button type=button class='btn btn--{text.number(4)}' aria-label='Add {text.words(1, 3)}'>Add</button></div></li>\n"
    )


def _cards(text: _Text, i: int) -> str:
    cards = "".join(_card(text, n) for n in range(3 + text.number(6)))
    return f"<section class='grid u-{text.number(40)}' aria-labelledby=s{i}><h2 id=s{i}>{text.words(1, 4)}</h2><ul>\n{cards}</ul></section>\n"


def _table(text: _Text, i: int) -> str:
    columns = 3 + text.number(4)
    head = "".join(f"<th scope=col>{text.words(1, 2)}</th>" for _ in range(columns))
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=num' if text.number(2) else ''}>{text.words(1, 3)}</td>"
            for _ in range(columns)
        )
        + "</tr>\n"
        for _ in range(4 + text.number(12))
    )
    return f"<table class='{text.classes()}'><caption>{text.words(2, 5)}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>\n"


def _form(text: _Text, i: int) -> str:
    fields = "".join(
        f"<div class=row><label for=f{i}-{n}>{text.words(1, 3)}</label>"
        f"<input id=f{i}-{n} name='{text.words(1, 1)}[{n}]' value='{text.words(0, 3)}' placeholder='{text.words(1, 3)}'></div>\n"
        for n in range(2 + text.number(4))
    )
    options = "".join(
        f"<option value={n}>{text.words(1, 2)}</option>" for n in range(3 + text.number(9))
    )
    return (
        f"<form action='/go/{i}' method=post>{fields}<select name=s{i}>{options}</select>"
        f"<label><input type=checkbox name=c{i}{' checked' if text.number(2) else ''}> {text.words(2, 6)}</label>"
        f"<textarea name=t{i} rows=2>{text.words(0, 12)}</textarea><button>{text.words(1, 2)}</button></form>\n"
    )


def _menu(text: _Text, i: int) -> str:
    items = "".join(
        f"<li><a href='https://site{text.number(30)}.example/{text.words(1, 1)}'>"
        f"<svg class=icon viewBox='0 0 16 16' width=16 height=16><path d='M{text.number(16)} 2L{text.number(16)} 14H2Z'/></svg>"
        f"{text.words(1, 3)}</a></li>\n"
        for _ in range(4 + text.number(8))
    )
    return f"<nav aria-label='{text.words(1, 2)}'><!-- menu {i} --><ul class='list u-{text.number(40)}'>\n{items}</ul></nav>\n"


def _comments(text: _Text, i: int) -> str:
    result = ""
    for n in range(1 + text.number(5)):
        result = (
            f"<div class='note note--{n % 4}' style='margin-left: {n * 4}px'><div class=meta><b>{text.words(1, 2)}</b> "
            f"<time datetime='2026-0{1 + text.number(9)}-1{text.number(10)}'>{text.number(23)} h</time></div>"
            f"<p>{text.words(4, 50)}<br>{text.words(3, 20)}</p>{result}</div>\n"
        )
    return result


BLOCKS: tuple[Callable[[_Text, int], str], ...] = (
    _article, _cards, _table, _form, _menu, _comments, _article, _cards, _comments,
)  # fmt: skip


def style(seed: int) -> str:
    """Rules as a site's bundle has them."""
    text = _Text(seed)

    def rules() -> Iterator[str]:
        for i in range(STYLE_RULES):
            name = text.chance.choice(NAMES)
            state = text.chance.choice(STATES)
            content = "content: '';" if state == "::before" else ""
            yield (
                f".{name}{'' if i % 3 else f'--{i % 4}'}{state}{{{content}margin:{text.number(9)}px 0;"
                f"color:#{text.number(256):02x}40{text.number(256):02x};font-size:{12 + text.number(7)}px}}"
            )
        yield from (f".u-{i}{{padding:{i % 9}px;border-bottom:1px solid #ddd}}" for i in range(40))

    return (
        "body{font:14px/1.5 sans-serif;margin:0 auto;max-width:1200px}.grid ul{display:grid;"
        "grid-template-columns:repeat(4,1fr);gap:8px;list-style:none}nav ul{display:flex;flex-wrap:wrap}"
        "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:4px}"
        "@media (max-width:600px){.grid ul{grid-template-columns:1fr}}" + "\n".join(rules())
    )


def page(nodes: int, *, seed: int = 5, head: str = "", body: str = "") -> str:
    """A page of about `nodes` nodes (elements, texts, comments). `head` and `body` go into its head
    and to the beginning of its body."""
    text = _Text(seed)
    blocks: list[str] = []
    left = nodes - 20
    i = 0
    while left > 0:
        block = text.chance.choice(BLOCKS)(text, i)
        blocks.append(block)
        left -= _nodes(block)
        i += 1
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{text.words(2, 5)}</title>{head}"
        f"<style>{style(seed)}</style></head><body>{body}<header><h1>{text.words(1, 4)}</h1></header>\n<main>\n"
        f"{''.join(blocks)}</main>\n<footer><p>{text.words(5, 15)}</p></footer></body></html>"
    )


def _nodes(markup: str) -> int:
    """About how many nodes this markup makes: its start tags, and the texts between tags."""
    starts = markup.count("<") - markup.count("</")
    touching = markup.count("><")
    return starts + markup.count("<") - touching
