"""A live page recorded again and again: every delta leads to what a full capture says."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Error, Page, Route

from abos.kernel.demo import DemoShop
from abos.snapshot import CAPTURE_JS, Snapshot, World, capture
from abos.snapshot.codec import encode as to_bytes
from abos.snapshot.columns import Columns
from abos.snapshot.delta import (
    RECORDER_JS,
    Recorder,
    Recording,
    apply,
    content_hash,
    decode,
    encode,
)
from abos.snapshot.delta.words import tell

SETTLED = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const ready = (doc) => doc.readyState === 'complete' && [...doc.querySelectorAll('iframe')].every(
    (each) => !each.contentDocument || (each.contentDocument.URL !== 'about:blank' || !each.srcdoc) && ready(each.contentDocument));
  await frame();
  for (let i = 0; i < 200 && !ready(document); i++) await frame();
  await frame();
}"""  # frames load, and focus leaves what is hidden, some time after a script ran


def hash_of(columns: Columns) -> str:
    return Snapshot.from_bytes(to_bytes(columns)).tree_hash


TRIES = 4


async def settled(page: Page) -> None:
    for _ in range(TRIES):
        try:
            await page.evaluate(SETTLED)
        except Error:  # a navigation, as after a click
            await page.wait_for_load_state()
        else:
            return


@dataclass
class Watched:
    """A page with a recorder on it, and what was recorded last."""

    page: Page
    world: World
    recorder: Recorder
    boxes: bool
    last: Columns
    time: float = 1.0
    hash: bytes = b""

    async def step(self, *, whole: bool | None = False) -> Recording:
        """Record again, and hold it against a full capture and against the delta as bytes.

        A page that changed between the two is looked at again: what a recorder misses, it misses
        then too.
        """
        self.time += 1
        await settled(self.page)
        first = await self._recorded()
        assert whole is None or whole == (first.delta is None)
        full = await self._captured()
        for _ in range(TRIES):
            if content_hash(full) == self.hash:
                break
            await settled(self.page)
            await self._recorded()
            full = await self._captured()
        told = tell(self.last, full).lines()
        assert content_hash(full) == self.hash, "\n".join(told) or "no words for it"
        assert hash_of(full) == hash_of(self.last)
        return first

    async def _captured(self) -> Columns:
        asked = capture(self.world, taken_at=self.time, boxes=self.boxes, look=False)
        return (await asked).columns

    async def _recorded(self) -> Recording:
        now = await self.recorder.record(taken_at=self.time)
        assert now.hash == content_hash(now.columns)
        if now.delta is not None:
            result = apply(self.last, decode(encode(now.delta)))
            assert content_hash(result) == now.hash
        self.last, self.hash = now.columns, now.hash
        return now

    async def after(self, script: str, *, whole: bool | None = False) -> Recording:
        """What is recorded after a script ran in the page."""
        await self.page.evaluate(f"() => {{ {script} }}")
        return await self.step(whole=whole)


async def watch(page: Page, *, boxes: bool = False) -> Watched:
    await settled(page)
    cdp = await page.context.new_cdp_session(page)
    world = await World.attach(cdp, (CAPTURE_JS, RECORDER_JS))
    recorder = Recorder(world, boxes=boxes)
    first = await recorder.record(taken_at=1.0)
    assert first.delta is None
    return Watched(page, world, recorder, boxes, first.columns)


Open = Callable[..., Awaitable[Watched]]


@pytest.fixture
def opened(page: Page) -> Open:
    async def made(markup: str, *, boxes: bool = False, use: str = "") -> Watched:
        await page.route(
            "https://shop.test/", lambda route: route.fulfill(body=markup, content_type="text/html")
        )
        await page.goto("https://shop.test/")
        if use:
            await page.evaluate(f"() => {{ {use} }}")
        return await watch(page, boxes=boxes)

    return made


PAGE = """<!doctype html><title>t</title><style>.gone { display: none } p { color: red }</style>
<style id=s>a { color: red } b { color: blue }</style>
<h1 id=h>Shop</h1><p id=p>words <b>and</b> more</p><ul id=u><li>1<li>2<li>3<li>4</ul>
<div id=scroll style="height:50px;overflow:auto"><div style="height:900px;width:9000px"></div></div>
<form><input id=i value=a><input id=c type=checkbox><input id=r type=radio name=r><input type=password id=secret>
<textarea id=t>x</textarea><textarea id=ts autocomplete=one-time-code>x</textarea>
<select id=sel><option>a<option>b</select><select multiple id=many><option>a<option>b<option>c</select></form>
<div id=edit contenteditable>edit <i>me</i></div><canvas id=canvas width=20 height=20></canvas>
<iframe id=f srcdoc="<!doctype html><p id=q>in <b>frame</b></p><input id=fi><iframe srcdoc='<p>deep'></iframe>"></iframe>
<template id=tp><p>inert<b>x</b></p></template><details id=d><summary>s</summary>x</details><dialog id=dia>d</dialog>
<div id=pop popover>pop</div><div id=host></div><x-y id=custom>c</x-y><svg id=svg><g><rect width=5></rect></g></svg>"""

CHANGES = {
    "nothing": "",
    "a text": "p.firstChild.data = 'other '",
    "an attribute": "h.className = 'big'",
    "an attribute gone": "i.removeAttribute('value')",
    "an element put in": "u.insertAdjacentHTML('afterbegin', '<li class=new>0 <b>new</b>')",
    "an element taken out": "u.children[1].remove()",
    "a subtree moved": "host.append(u)",
    "moved and back": "const l = u, x = u.parentNode, n = u.nextSibling; l.remove(); x.insertBefore(l, n)",
    "children turned round": "u.append(...[...u.children].reverse())",
    "all replaced by the same": "u.innerHTML = u.innerHTML",
    "typed": "i.value = 'ada@example.com'; t.value = 'long text'",
    "checked": "c.checked = true; r.checked = true; c.indeterminate = true",
    "chosen": "sel.selectedIndex = 1; many.options[0].selected = many.options[2].selected = true",
    "a password": "secret.value = 'hunter2'; ts.value = '123456'",
    "becomes a password": "i.type = 'password'; i.value = 'x'; t.autocomplete = 'one-time-code'",
    "no longer one": "secret.value = 'x'; secret.type = 'text'; ts.removeAttribute('autocomplete')",
    "scrolled": "scroll.scrollTop = 40; scroll.scrollLeft = 7",
    "hidden": "p.className = 'gone'",
    "hidden by a rule": "document.styleSheets[0].insertRule('#u { display: none }')",
    "a rule": "s.sheet.insertRule('p { margin: 1px }', 1)",
    "a rule changed": "s.sheet.cssRules[0].style.color = 'green'",
    "a rule deleted": "s.sheet.deleteRule(0)",
    "a sheet adopted": "const a = new CSSStyleSheet(); a.replaceSync('p{top:1px}'); document.adoptedStyleSheets = [a]",
    "a sheet disabled": "s.sheet.disabled = true",
    "a sheet taken away": "s.remove()",
    "drawn": "canvas.getContext('2d').fillRect(1, 2, 3, 4)",
    "a shadow root": "host.attachShadow({ mode: 'open' }).innerHTML = '<p>in <slot></slot></p><style>p{}</style>'",
    "in a frame": "f.contentDocument.getElementById('q').append('more'); f.contentDocument.getElementById('fi').value = 'v'",
    "in a frame's frame": "f.contentDocument.querySelector('iframe').contentDocument.body.innerHTML = '<i>x</i>'",
    "a frame's address": "f.contentWindow.location.hash = 'x'",
    "a frame gone": "f.remove()",
    "in a template": "tp.content.firstChild.append('more')",
    "opened": "d.open = true; dia.showModal()",
    "popped": "pop.showPopover()",
    "focused": "i.focus(); i.setSelectionRange(0, 1)",
    "selected": "getSelection().setBaseAndExtent(p.firstChild, 1, h.firstChild, 2)",
    "edited": "edit.focus(); edit.firstChild.data = 'written '",
    "a name defined": "customElements.define('x-y', class extends HTMLElement {})",
    "a closed root": "customElements.define('z-z', class extends HTMLElement {}); const y = document.createElement('z-z'); y.attachShadow({ mode: 'closed' }).innerHTML = '<b>in'; host.append(y)",
    "in svg": "svg.firstChild.append(document.createElementNS('http://www.w3.org/2000/svg', 'circle'))",
    "changed while out": "globalThis.kept = u; u.remove()",
    "title and address": "document.title = 'other'; history.replaceState(0, '', '#there')",
    "comments": "p.append(document.createComment('c'))",
    "a new heading of the document": "document.replaceChild(document.implementation.createDocumentType('x', 'a', 'b'), document.doctype)",
    "attributes with odd names": "p.setAttributeNS('http://www.w3.org/1999/xlink', 'xlink:href', '#x')",
    "lone surrogates": "p.append('x\\ud83d'); p.title = '\\udc00'",
}  # fmt: skip
WHOLE = {"a closed root"}


@pytest.mark.parametrize("boxes", [False, True])
async def test_each_kind_of_change(opened: Open, boxes: bool) -> None:
    for name, script in CHANGES.items():
        watched = await opened(PAGE, boxes=boxes)
        try:
            first = await watched.after(script, whole=name in WHOLE)
            again = await watched.step()
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        assert again.delta is not None, name
        assert again.delta.changed_nodes == 0, name
        if first.delta is not None and not boxes and name != "drawn":
            assert len(encode(first.delta)) < 1024, name


async def test_changed_while_out_of_the_page(opened: Open) -> None:
    watched = await opened(PAGE)
    await watched.after("globalThis.kept = u; u.remove()")
    await watched.after("kept.firstChild.textContent = 'other'; kept.id = 'v'")
    await watched.after("document.body.append(kept); kept.lastChild.remove()")
    await watched.after("kept.firstChild.append('x')")


async def test_all_changes_one_after_the_other(opened: Open) -> None:
    watched = await opened(PAGE)
    for name, script in CHANGES.items():
        await watched.page.evaluate(f"() => {{ try {{ {script} }} catch {{}} }}")
        await watched.step(whole=name in WHOLE)


async def test_a_new_document_is_captured_whole(opened: Open) -> None:
    watched = await opened(PAGE)
    await watched.page.goto("data:text/html,<title>n</title><p id=p>new<b>b")
    await watched.step(whole=True)
    await watched.after("p.append('x')")
    await watched.after(
        "document.open(); document.write('<p>again'); document.close()", whole=False
    )
    await watched.recorder.forget()
    await watched.step(whole=True)


async def test_frames_that_scripts_do_not_reach(page: Page) -> None:
    inner = "<p id=q>inner <b>words</b></p><input id=i>"
    outer = "<p id=p>outer</p><iframe src='https://a.shop.test/'></iframe><p>after</p>"

    async def answer(route: Route) -> None:
        body = inner if "//a." in route.request.url else outer
        await route.fulfill(body=body, content_type="text/html")

    await page.route("**/*", answer)
    await page.goto("https://shop.test/")
    watched = await watch(page)
    assert "words" in watched.last.strings
    await watched.after("p.append('more')")
    await page.frames[1].evaluate("() => { q.append('more'); i.value = 'typed' }")
    changed = await watched.step()
    assert changed.delta is not None
    assert 0 < changed.delta.changed_nodes < 3
    await watched.after("document.querySelector('iframe').remove()")
    await watched.step()


async def test_large_changes_are_captured_whole(opened: Open) -> None:
    watched = await opened(PAGE)
    many = "for (let i = 0; i < 4000; i++) u.append(document.createElement('li'))"
    await watched.after(many, whole=True)
    await watched.after("u.firstChild.remove()")


EDITS = """(seeds) => {
  const documents = [document];
  for (const frame of document.querySelectorAll('iframe')) if (frame.contentDocument) documents.push(frame.contentDocument);
  const run = (seed) => {
    const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
    const roots = documents.flatMap((doc) => [doc.body, ...[...doc.querySelectorAll('*')].map((el) => el.shadowRoot)]).filter(Boolean);
    const all = roots.flatMap((root) => [...root.querySelectorAll('*')]);
    const pick = () => all.length ? all[random(all.length)] : document.body;
    const el = pick(), other = pick(), doc = el.ownerDocument;
    globalThis.out ??= [];
    switch (random(16)) {
      case 0: el.append(doc.createElement(['p', 'b', 'div', 'input', 'x-z'][random(5)])); break;
      case 1: el.remove(); if (random(2)) out.push(el); break;
      case 2: if (!el.contains(other) && el.ownerDocument === other.ownerDocument) other.before(el); break;
      case 3: el.setAttribute(['class', 'id', 'title', 'type', 'hidden'][random(5)], ['a', 'checkbox', 'gone', 'password'][random(4)]); break;
      case 4: el.firstChild?.nodeType === 3 ? el.firstChild.data += random(9) : el.append('t' + random(9)); break;
      case 5: el.innerHTML = '<i>n' + random(9) + '</i><textarea>q</textarea>tail'; break;
      case 6: if ('value' in el) try { el.value = 'v' + random(99); } catch {} break;
      case 7: if ('checked' in el) el.checked = !el.checked; break;
      case 8: el.scrollTop = random(50); break;
      case 9: if (!el.shadowRoot) try { el.attachShadow({ mode: 'open' }).innerHTML = '<p>s<slot></slot></p>'; } catch {} break;
      case 10: if (el.sheet) el.sheet.insertRule('p { top: ' + random(99) + 'px }'); break;
      case 11: if (out.length) { const back = out.pop(); back.append('was out'); if (!back.contains(el)) el.append(back); } break;
      case 12: el.removeAttribute(el.getAttributeNames()[0] ?? 'x'); break;
      case 13: el.replaceWith(el.cloneNode(true)); break;
      case 14: el.focus(); break;
      case 15: el.append(doc.createElement('canvas')); break;
    }
  };
  for (const seed of seeds) try { run(seed); } catch (error) { if (!(error instanceof DOMException)) throw error; }
}"""


@pytest.mark.parametrize("seed", range(12))
async def test_any_edits(opened: Open, seed: int) -> None:
    watched = await opened(PAGE, boxes=seed % 3 == 0)
    choice = random.Random(seed)
    for _ in range(15):
        seeds = [choice.randrange(1 << 31) for _ in range(choice.choice([1, 3, 12]))]
        await watched.page.evaluate(EDITS, seeds)
        await watched.step(whole=None)


async def test_a_session_in_the_shop(page: Page) -> None:
    async with DemoShop() as shop:
        await page.goto(shop.url)
        watched = await watch(page)
        await page.get_by_role("searchbox").first.fill("mug")
        typed = (await watched.step()).delta
        assert typed is not None
        assert len(encode(typed)) < 1024
        for _ in range(2):
            await page.get_by_role("searchbox").first.press("Enter")
            await page.wait_for_load_state()
            await watched.step(whole=None)
        await page.get_by_role("main").get_by_role("link").first.click()
        await page.wait_for_load_state()
        await watched.step(whole=None)
        for i in range(8):  # whatever buttons there are
            button = page.get_by_role("button").nth(i)
            if await button.count() and await button.is_visible() and await button.is_enabled():
                await button.click(no_wait_after=True, timeout=2000)
                await page.wait_for_load_state()
                await watched.step(whole=None)
        await page.goto(shop.url)
        await watched.step(whole=True)
