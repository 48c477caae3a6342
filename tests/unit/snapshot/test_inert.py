"""HTML that does nothing, whatever the page held."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot.columns import Columns
from abos.snapshot.inert import Documents, inner_html, page_html
from abos.snapshot.sanitize import INERT_TYPE, harmless

Build = Callable[..., Columns]


def html(columns: Columns) -> str:
    return page_html(columns)


def test_plain_markup_comes_back(columns_of: Build) -> None:
    markup = (
        '<html lang="en"><head><base href="/a/"></head><body class="x &quot;y&quot;">'
        '<p>1 &lt; 2 &amp;&nbsp;3</p><br><input value="a&lt;b"><textarea>\n\nkept</textarea>'
        "</body></html>"
    )
    again = html(columns_of(markup))
    assert again.removeprefix("<!DOCTYPE html>") == markup.replace("a&lt;b", "a&lt;b").replace(
        "<textarea>\n\n", "<textarea>\n\n\n"
    )


def test_quirks_pages_get_no_doctype(columns_of: Build) -> None:
    assert html(columns_of("<html></html>", standards=False)) == "<html></html>"


def test_open_shadow_roots_become_declarative(columns_of: Build) -> None:
    columns = columns_of("<x-a><shadow-root><b>in</b></shadow-root>light</x-a>")
    assert inner_html(columns, 0) == (
        '<x-a><template shadowrootmode="open"><b>in</b></template>light</x-a>'
    )


def test_scripts_keep_their_place_and_nothing_else(columns_of: Build) -> None:
    out = html(columns_of('<script src="/a.js" async>alert(1)</script><svg:script>x</svg:script>'))
    assert out.count(f'<script type="{INERT_TYPE}"') == 2
    assert "alert" not in out
    assert "a.js" not in out


ACTIVE = [
    '<img src=x onerror="alert(1)">',
    '<div ONCLICK="alert(1)">x</div>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" \x01JaVa\tscr\nipt:alert(1)">x</a>',
    '<form action="javascript:alert(1)"><button formaction="vbscript:alert(1)">x</button></form>',
    '<svg:a xlink:href="javascript:alert(1)">x</svg:a>',
    '<svg:animate attributename="href" values="#;javascript:alert(1)"></svg:animate>',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<meta HTTP-EQUIV="Refresh" content="0;url=https://alert.example/">',
    '<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<object data="alert.html"></object>',
    '<embed src="alert.html">',
    "<iframe><frame-document><p>alert(1)</p></frame-document></iframe>",
]


@pytest.mark.parametrize("markup", ACTIVE)
def test_what_could_act_is_gone(columns_of: Build, markup: str) -> None:
    assert "alert" not in html(columns_of(f"<body>{markup}</body>")).lower()


def test_frames_are_sandboxed(columns_of: Build) -> None:
    out = html(columns_of('<iframe sandbox="allow-scripts" src="/f"></iframe>'))
    assert out.removeprefix("<!DOCTYPE html>") == (
        '<iframe sandbox="allow-same-origin" src="/f"></iframe>'
    )


def test_text_never_turns_into_markup(columns_of: Build) -> None:
    evil = "&lt;/style&gt;&lt;img src=x onerror=alert(1)&gt;"
    for tag in ("style", "xmp", "noscript", "noembed", "noframes", "iframe", "title", "svg:style"):
        columns = columns_of(f"<{tag}></{tag}>")
        name = tag.removeprefix("svg:")
        text = columns_of(f"<svg:{name}>{evil}</svg:{name}>" if ":" in tag else f"<p>{evil}</p>")
        at = text.strings.index(next(s for s in text.strings if "img" in s))
        strings = tuple(name if s == "p" else s for s in text.strings)
        assert at
        assert columns.strings
        out = html(Columns(**{**{f: getattr(text, f) for f in text.__slots__}, "strings": strings}))
        assert "<img" not in out, tag


def test_css_keeps_its_meaning(columns_of: Build) -> None:
    css = 'a > b{content:"<b>"} @media (width<600px){a{color:red}}'
    out = html(columns_of(f"<style>{css}</style>"))
    assert r'content:"\3c b>"' in out
    assert "(width<600px)" in out


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.bad += [f"{tag} {name}" for name, value in attrs if name.startswith("on")]
        if tag == "script" and dict(attrs).get("type") != INERT_TYPE:
            self.bad.append(tag)
        self.bad += [v for _, v in attrs if v and re.match(r"\s*javascript:", v, re.IGNORECASE)]


NASTY = st.sampled_from(
    ["<script>", "</style>", "<img onerror=x>", '"', "'", ">", "<!--", "-->", "]]>", "onload",
     "onx=y", "href", "javascript:x", " ", "script", "style", "title", "textarea", "a b", "p", "<",
     "x/onclick", "template", "shadowrootmode", "plaintext", "svg", "select", "noscript", "\0"]
)  # fmt: skip


@given(st.lists(NASTY, min_size=1, max_size=12), st.data())
def test_hostile_names_and_values(columns_of: Build, words: list[str], data: st.DataObject) -> None:
    columns = columns_of("<a x=y><b z=w>t</b>u<c></c></a>v")
    strings = tuple(data.draw(st.sampled_from(words)) for _ in columns.strings)
    parts = {name: getattr(columns, name) for name in columns.__slots__}
    seen = Seen()
    seen.feed(html(Columns(**{**parts, "strings": strings})))
    assert seen.bad == []


def is_whole(columns: Columns) -> bool:
    return Documents(columns, harmless(columns, staged=True)).is_whole()


@pytest.mark.parametrize(
    "markup",
    [
        "<html><head><title>t</title><style>a{}</style></head><body><p id=a>x<br>y</p></body></html>",
        "<p onclick=x>handlers are not in it and not asked for</p><script>alert(1)</script>",
        "<svg:svg><svg:path d=x></svg:path><svg:title><b>HTML again</b></svg:title></svg:svg>",
        "<svg:svg><svg:foreignObject><svg:svg></svg:svg></svg:foreignObject></svg:svg>",
        "<!-- said --><textarea>&lt;b&gt;</textarea>",
    ],
)
def test_markup_that_says_all_of_a_page(columns_of: Build, markup: str) -> None:
    assert is_whole(columns_of(markup))


@pytest.mark.parametrize(
    "markup",
    [
        "<x-a><shadow-root></shadow-root></x-a>",
        "<template><inert-content></inert-content></template>",
        "<iframe><frame-document></frame-document></iframe>",
        "<title><b></b></title>",
        "<svg:script><svg:b></svg:b></svg:script>",
        "<plaintext></plaintext>",
        "<svg></svg>",
        "<math></math>",
        "<svg:path></svg:path>",
        "<svg:svg><b></b></svg:svg>",
        "<svg:svg><svg:title><svg:b></svg:b></svg:title></svg:svg>",
        "<p a'b=c></p>",
    ],
)
def test_markup_that_could_be_another_page(columns_of: Build, markup: str) -> None:
    assert not is_whole(columns_of(markup))


@pytest.mark.parametrize("tag", ["br", "style", "script", "SCRIPT", "noscript", "textarea"])
def test_elements_where_a_parser_sees_none(columns_of: Build, tag: str) -> None:
    columns = columns_of("<p><b></b></p>")
    parts = {name: getattr(columns, name) for name in columns.__slots__}
    strings = tuple(tag if text == "p" else text for text in columns.strings)
    assert is_whole(columns)
    assert not is_whole(Columns(**{**parts, "strings": strings}))
