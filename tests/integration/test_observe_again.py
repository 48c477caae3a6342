"""A page that is asked again: it says that nothing changed, and never when something did."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
from playwright.async_api import Page

from abos.snapshot import Observation, Walked, World, observe

PAGE = """<!doctype html><title>Shop</title>
<style>.wide { width: 300px } .menu { display: none } #hover:hover + .menu { display: block }</style>
<h1>Mugs</h1><a href=/blue id=blue>Blue mug</a><button id=hover>Menu</button>
<div class=menu><a href=/help>Help</a></div>
<form id=form name=title><input id=mail value=a><input type=checkbox id=box>
<select id=size><option>S<option>L</select><textarea id=text></textarea>
<input type=radio name=r id=one><input type=radio name=r id=two></form>
<details id=more><summary>More</summary><a href=/x>Inside</a></details>
<div id=tall style="height:200px;overflow:auto"><div style="height:900px"><a href=/deep>Deep</a></div></div>
<div id=host></div><x-late id=late>late</x-late>
<div id=pop popover><button>In popover</button></div>
<iframe id=frame srcdoc="<p>Frame</p><input id=inner value=1><a href=/f>In frame</a>"></iframe>
<img id=pic alt=pic src=data:, width=10 height=10><p id=words>Some words</p>
<div style="height:3000px"></div><script>
host.attachShadow({ mode: "open" }).innerHTML = "<input id=inside value=1><a href=/s>In shadow</a>";
</script>"""

CHANGES = {
    "text": "words.firstChild.data = 'Other words'",
    "element": "document.body.append(document.createElement('button'))",
    "attribute": "blue.setAttribute('aria-label', 'Red mug')",
    "title": "document.querySelector('title').textContent = 'Other'",
    "address": "history.pushState(null, '', '#more')",
    "value": "mail.value = 'b'",
    "checked": "box.checked = true",
    "indeterminate": "box.indeterminate = true",
    "radio": "two.checked = true",
    "choice": "size.selectedIndex = 1",
    "long text": "text.value = 'b'",
    "focus": "mail.focus()",
    "focus in a shadow root": "host.shadowRoot.getElementById('inside').focus()",
    "details": "more.open = true",
    "scrolled": "scrollTo(0, 100)",
    "element scrolled": "tall.scrollTop = 700",
    "rule inserted": "document.styleSheets[0].insertRule('#blue { display: none }')",
    "rule edited": "document.styleSheets[0].cssRules[1].style.display = 'block'",
    "sheet disabled": "document.styleSheets[0].disabled = true",
    "sheet adopted": """const sheet = new CSSStyleSheet(); sheet.replaceSync('a { display: none }');
        document.adoptedStyleSheets = [sheet]""",
    "animated": "blue.animate([{ marginLeft: '90px' }, { marginLeft: '90px' }], 1e6)",
    "moved": "document.querySelector('h1').style.marginTop = '50px'",
    "in a shadow root": "host.shadowRoot.append(document.createElement('button'))",
    "value in a shadow root": "host.shadowRoot.getElementById('inside').value = '2'",
    "in a frame": "frame.contentDocument.body.append('more')",
    "value in a frame": "frame.contentDocument.getElementById('inner').value = '2'",
    "scrolled frame": "frame.contentDocument.body.style.height = '900px'",
    "other frame": """return new Promise((done) => { frame.onload = done;
        frame.srcdoc = '<a href=/g>Other</a>' })""",
    "popover": "pop.showPopover()",
    "defined late": """customElements.define('x-late', class extends HTMLElement {
        constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<button>Up'; } })""",
    "picture came": "pic.dispatchEvent(new Event('load'))",
    "and back": "blue.hidden = true; blue.hidden = false",
}


@pytest_asyncio.fixture(loop_scope="module")
async def world(page: Page) -> World:
    return await World.attach(await page.context.new_cdp_session(page))


async def opened(page: Page, world: World, markup: str = PAGE) -> Walked:
    await page.goto("about:blank")
    await page.set_content(markup)
    return await observe(world)


def without_refs(seen: Observation) -> Any:
    return [(e.role, e.name, e.value, e.states, e.box) for e in seen.elements]


async def test_a_page_that_did_not_change_gives_the_same_observation(
    page: Page, world: World
) -> None:
    known = await opened(page, world)
    assert [await observe(world, known=known) for _ in range(3)] == [known] * 3
    assert await observe(world, known=known) is known
    assert await observe(world) is not known  # who knows nothing is told everything


async def test_whatever_changed_is_noticed(page: Page, world: World) -> None:
    missed = []
    for what, script in CHANGES.items():
        known = await opened(page, world)
        before = await observe(world, known=known)
        await page.evaluate(f"() => {{ {script} }}")
        again = await observe(world, known=known)
        full = await observe(world)
        if before is not known or again is known or again.observation != full.observation:
            missed.append(what)
    assert missed == []


async def test_what_the_pointer_opens_is_noticed(page: Page, world: World) -> None:
    known = await opened(page, world)
    await page.hover("#hover")
    again = await observe(world, known=known)
    assert "Help" in again.observation.text
    assert "Help" not in known.observation.text


async def test_a_document_does_not_know_the_marks_of_another(page: Page, world: World) -> None:
    known = await opened(page, world)
    again = await opened(page, world)
    assert await observe(world, known=known) is not known
    assert again.mark != known.mark


async def test_only_the_last_reading_can_hold(page: Page, world: World) -> None:
    first = await opened(page, world)
    second = await observe(world)
    assert await observe(world, known=first) is not first
    assert without_refs(second.observation) == without_refs(first.observation)


async def test_large_pages_are_compared_by_sample(page: Page, world: World) -> None:
    links = "".join(f"<a href=/{n}>Link {n}</a> " for n in range(3000))
    known = await opened(page, world, f"<main>{links}</main>")
    assert await observe(world, known=known) is known
    await page.evaluate("document.querySelectorAll('a')[2990].remove()")
    assert await observe(world, known=known) is not known
    known = await observe(world)
    await page.evaluate("document.adoptedStyleSheets = [new CSSStyleSheet()]")
    assert await observe(world, known=known) is not known


async def test_names_that_hide_what_a_document_has(page: Page, world: World) -> None:
    names = "styleSheets adoptedStyleSheets defaultView documentElement scrollingElement title"
    forms = "".join(f"<form name={name}><input></form>" for name in names.split())
    known = await opened(page, world, forms)
    assert await observe(world, known=known) is known


async def test_a_page_with_very_many_fields_is_read_each_time(page: Page, world: World) -> None:
    known = await opened(page, world, "<input>" * 1001)
    assert known.mark == ""
    assert await observe(world, known=known) is not known
