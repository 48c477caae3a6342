"""The comparator of bench-fidelity notices what it is there to notice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from .staging import open_page, session

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from _look import acts, compare, look, pixels

PAGE = """<!doctype html><title>t</title><p id=p class=a>text</p><input id=i value=x><input type=checkbox id=c>
<select id=s><option>1<option>2</select><div id=box style="position:absolute;left:300px;top:200px;width:50px;height:50px;background:red"></div>
<x-a id=h><template shadowrootmode=open><b>in</b></template></x-a><template id=t><i>1</i></template>
<div id=roll style="overflow:auto;height:20px;width:50px"><div style="height:90px"></div></div><svg><g id=g></g></svg>"""
CHANGES = {
    "nothing": ("", ""),
    "attribute": ("p.setAttribute('data-x', '1')", "tree"),
    "value of an attribute": ("p.className = 'b'", "tree"),
    "lost attribute": ("p.removeAttribute('class')", "tree"),
    "element": ("p.append(document.createElement('b'))", "tree"),
    "order": ("document.body.prepend(i)", "tree"),
    "element in a shadow root": ("h.shadowRoot.firstChild.remove()", "tree"),
    "element in a template": ("t.content.append(document.createElement('u'))", "tree"),
    "namespace": ("g.replaceWith(document.createElementNS('http://www.w3.org/1999/xhtml', 'g'))", "tree"),
    "mode of a shadow root": (
        "const n = document.createElement('x-a'); n.id = 'h'; n.attachShadow({ mode: 'closed' }).innerHTML = '<b>in</b>'; h.replaceWith(n)", "tree"),
    "typed value": ("i.value = 'y'", "form"),
    "check": ("c.checked = true", "form"),
    "indeterminate": ("c.indeterminate = true", "form"),
    "choice": ("s.selectedIndex = 1", "form"),
    "scroll": ("roll.scrollTop = 9", "form"),
    "focus": ("i.focus()", "form"),
    "box": ("document.styleSheets; document.adoptedStyleSheets = [Object.assign(new CSSStyleSheet())]; document.adoptedStyleSheets[0].replaceSync('#box { margin-left: 3px }')", "boxes"),
    "style": ("document.adoptedStyleSheets = [new CSSStyleSheet()]; document.adoptedStyleSheets[0].replaceSync('* { cursor: help }')", "styles"),
    "pixel": ("document.adoptedStyleSheets = [new CSSStyleSheet()]; document.adoptedStyleSheets[0].replaceSync('#box { background: linear-gradient(red 49px, blue 49px) !important }')", "pixels"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
async def test_what_it_notices(context: BrowserContext, name: str) -> None:
    change, noticed = CHANGES[name]
    one = await open_page(context, {"/": PAGE})
    two = await context.new_page()
    await two.goto(one.url)
    await two.evaluate(f"() => {{ {change} }}")
    before = await look(one, await session(one), 1)
    after = await look(two, await session(two), 1, before)
    result = compare(before, after)
    judge = await context.new_page()
    result.pixels = await pixels(judge, before, after)
    said = {
        "tree": bool(result.tree),
        "form": bool(result.form),
        "boxes": result.boxes != result.boxed,
        "styles": result.styles < 1,
        "pixels": result.pixels > 0,
    }
    assert said[noticed] if noticed else not any(said.values()), result
    if noticed == "pixels":
        assert result.pixels == 50 / (1280 * 720)


@pytest.mark.parametrize(
    ("tag", "name", "value", "dead"),
    [
        ("p", "onclick", "x", True),
        ("a", "href", " java\tscript:x", True),
        ("a", "href", "/javascript", False),
        ("p", "class", "on", False),
        ("script", "src", "/a.js", True),
        ("img", "src", "data:,", False),
        ("iframe", "src", "data:,", True),
        ("iframe", "src", "/x", False),
        ("iframe", "srcdoc", "x", True),
        ("p", "srcdoc", "x", False),
    ],
)
def test_what_an_inert_page_may_lack(tag: str, name: str, value: str, dead: bool) -> None:
    assert acts(tag, name, value, {}) == dead
