"""What a capture and an inert restore keep of pages with everything that pages have."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from abos.snapshot import CAPTURE_JS, World, capture, restore

from .staging import SITE, Site, back, open_page, session, staged

LATIN = "<!doctype html><title>t</title>"


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("noscript", "<noscript><p>no</p><img src=x></noscript><div>after<noscript>a<b>b</noscript></div>"),
        ("noscript in head", "<head><noscript><style>p{color:red}</style></noscript></head><p>x"),
        ("template", "<template id=t><p>in<template><b>deep</b></template></template><p>out"),
        ("table template", "<table><template><tr><td>1</template><tr><td>2</table>"),
        ("svg", ('<svg viewBox="0 0 9 9" width=90><defs><linearGradient id=g gradientUnits="userSpaceOnUse"/></defs>'
         '<foreignObject width=9 height=9><p>html</p></foreignObject><style>rect{fill:red}</style>'
         '<rect width=5 height=5 /><use xlink:href="#g"/><text>t<tspan>u</tspan></text></svg>')),
        ("mathml", ('<math display=block><mfrac><mi>a</mi><mn>2</mn></mfrac><mtext><b>x</b></mtext>'
         '<semantics><annotation-xml encoding="text/html"><p>h</p></annotation-xml></semantics></math>')),
        ("duplicate ids", "<p id=a>1<p id=a>2<input id=a value=x><input id=a value=y>"),
        ("broken", "<p><b><i>x</b>y</i><table><b>z<tr><td>1<p>2</table></div></span><a href=1><a href=2>"),
        ("misnested", "<a href=x><div><a href=y>z</a></div></a><ul><li>1<li>2<ul><p>3</ul>"),
        ("right to left", "<html dir=rtl lang=ar><p>مرحبا <bdo dir=ltr>abc</bdo> بالعالم<p dir=auto>שלום <b>x</b>"),
        ("emoji", "<p title='\U0001f468\u200d\U0001f469\u200d\U0001f467'>\U0001f642 e\u0301 \u200b\ufeff\u2028</p>"),
        ("whitespace", "<pre>\n\n a\n  b </pre><textarea>\n\nx</textarea><p>  a  <!-- c -->  b  </p> <!--[if IE]>x<![endif]--> "),
        ("odd attributes", "<p =a b\"c=1 d'e=2 f<g=3 @click=x :bind=y #ref [z]=1 (w)=2 A=1 a=2 xml:lang=de data-ÄÖ=1 ñ>x"),
        ("odd tags", "<o:p>x</o:p><foo\"bar>y</foo\"bar><x-y.z>z</x-y.z><font color=red>f</font><blink>b"),
        ("plaintext", "<p>a<plaintext>b<c>d"),
        ("raw texts", "<xmp><b>x</b></xmp><noembed><i></noembed><noframes><u></noframes><listing>\n\nz</listing>"),
        ("style text", "<style>a>b{color:red}/* <!-- </p> --> */ p::before{content:'<b>'}</style><p>x"),
        ("entities", "<p title='&amp;lt; &nbsp;\"'>&amp;amp; &lt;b&gt; &nbsp;|&#13;|&shy;|"),
        ("selects", "<select><optgroup label=g><option>a<option selected>b</optgroup><hr><option disabled>c</select>"),
        ("details", "<details open><summary>s</summary>x</details><details name=n open>y</details><details name=n>z"),
        ("base", "<base href='/deep/er/' target=_top><p><a href=x>y</a>"),
        ("layers", "<style>@layer b,a; @layer a{p{color:red}} @layer b{p{color:blue}} :root{--x: 3px} p{margin:var(--x)}</style><p>x"),
        ("meta", "<meta http-equiv=content-language content=de><meta name=viewport content='width=300'><p>x"),
        ("link relations", "<link rel=canonical href=/c><link rel='alternate' hreflang=de href=/de><p>x"),
        ("images", "<img srcset='a.png 1x, b.png 2x' sizes=1px loading=lazy alt=x width=20 height=30><picture><source srcset=c.png media='(min-width:1px)'><img src=d.png></picture>"),
        ("media", "<video poster=p.png width=200 height=90></video><audio controls></audio><video controls width=90></video>"),
        ("fields in table", "<table><form><tr><td><input name=a></form></table>"),
        ("named like methods", "<form name=close></form><img name=write><img name=open><img name=readyState><form name=childNodes><input name=outerHTML></form><img name=querySelectorAll>"),
        ("nothing", ""),
    ],
)  # fmt: skip
async def test_markup(context: BrowserContext, name: str, markup: str) -> None:
    page = await staged(context, f"<!doctype html>{markup}")
    difference = await page.difference()
    assert (difference.tree, difference.form) == ([], [])
    assert difference.boxes == difference.boxed, difference.notes
    assert difference.styles == 1.0, difference.notes
    assert (page.report.state, page.report.elements_differ) == ("exact", 0)
    assert page.ran == []


DOCTYPES = [
    "",
    "<!doctype html>",
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">',
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">',
    '<!DOCTYPE html SYSTEM "about:legacy-compat">',
    "<!-- before --><!doctype html>",
    '<!DOCTYPE x PUBLIC "a" \'b"c\'>',
]


@pytest.mark.parametrize("doctype", DOCTYPES)
async def test_modes_of_documents(context: BrowserContext, doctype: str) -> None:
    body = "<table style='font-size:30px'><tr><td style='width:50;height:20'><img width=9 height=9></table><p class=A>x"
    page = await staged(
        context, f"{doctype}<style>.a{{color:red}} table{{color:blue}}</style>{body}"
    )
    difference = await page.difference()
    assert (difference.tree, difference.form, difference.styles) == ([], [], 1.0)
    assert difference.boxes == difference.boxed, difference.notes
    told = "document.doctype && [document.doctype.name, document.doctype.publicId, document.doctype.systemId]"
    assert await page.after.evaluate(told) == await page.before.evaluate(told)


MADE = {
    "paragraph in paragraph": "p.append(document.createElement('p'), 'x', document.createElement('div'))",
    "link in link": "p.innerHTML = '<a href=1></a>'; p.firstChild.innerHTML = '<b>1</b>'; p.firstChild.append(Object.assign(document.createElement('a'), { href: '2' }))",
    "text in table": "p.innerHTML = '<table><tr><td>1</table>'; p.querySelector('tr').append('loose'); p.querySelector('table').prepend('top')",
    "children of a line break": "const br = document.createElement('br'); br.append('x', document.createElement('i')); p.append(br)",
    "form in form": "p.innerHTML = '<form id=f><input></form>'; f.append(Object.assign(document.createElement('form'), { id: 'g' })); g.append(document.createElement('input'))",
    "no body": "document.body.remove()",
    "two bodies": "document.documentElement.append(document.createElement('body'))",
    "no head": "document.head.remove()",
    "text in head": "document.head.append('words')",
    "text parts": "p.append('a', 'b', document.createComment('c'), 'd')",
    "lone surrogates": "p.append('x\\ud83d', 'y'); p.title = '\\udc00'; document.body.append('\\ud800')",
    "nul and controls": "p.append('a\\0b\\x01\\x7f\\ufffe'); p.title = '\\0'",
    "odd comments": "p.append(document.createComment('--> <b>'), document.createComment('-'), document.createComment('>'))",
    "odd style": "p.innerHTML = '<style></style>'; p.firstChild.append('p::after { content: \"</style>\" }')",
    "odd namespaces": "p.append(document.createElementNS('urn:x', 'y:z'), document.createElementNS('', 'bare'), document.createElementNS('http://www.w3.org/2000/svg', 'p'))",
    "uppercase": "p.append(document.createElementNS('http://www.w3.org/1999/xhtml', 'DIV')); p.setAttributeNS(null, 'Mixed', '1')",
    "svg out of place": "const r = document.createElementNS('http://www.w3.org/2000/svg', 'rect'); r.setAttribute('viewbox', 1); p.append(r)",
    "template with roots": "const t = document.createElement('template'); t.setAttribute('shadowrootmode', 'open'); t.innerHTML = '<b>'; p.append(t)",
    "option in div": "p.append(document.createElement('option')); p.firstChild.append(document.createElement('div'))",
    "select with more": "p.innerHTML = '<select></select>'; p.firstChild.append(document.createElement('div'), document.createElement('b'))",
    "textarea with elements": "p.innerHTML = '<textarea></textarea>'; p.firstChild.append(document.createElement('b'), 'z')",
    "script with text": "const s = document.createElement('script'); s.type = 'text/x'; s.append('</script><b>'); p.append(s)",
}


@pytest.mark.parametrize("name", MADE)
async def test_trees_that_no_parser_makes(context: BrowserContext, name: str) -> None:
    markup = "<!doctype html><head><title>t</title></head><body><p id=p></p><hr></body>"
    use = f"() => {{ const p = document.getElementById('p'); {MADE[name]} }}"
    page = await staged(context, markup, use=use)
    difference = await page.difference()
    assert (difference.tree, difference.form) == ([], [])
    assert difference.boxes == difference.boxed, difference.notes
    text = "document.documentElement.textContent"
    if "script" not in name:
        assert await page.after.evaluate(text) == await page.before.evaluate(text)
    assert page.report.elements_differ == 0


async def test_deeper_than_a_parser_goes(context: BrowserContext) -> None:
    use = """() => { let at = document.querySelector("p");
      for (let i = 0; i < 3000; i++) at = at.appendChild(document.createElement("b")); at.append("deep"); }"""
    page = await staged(context, "<!doctype html><p></p>", use=use, boxes=False)
    depth = """() => { let n = 0; for (let at = document.querySelector("p"); at; at = at.firstElementChild) n++; return n }"""
    assert await page.after.evaluate(depth) == 3001
    assert page.report.elements_differ == 0


STYLED = """<!doctype html><style id=one>p { color: red } q { color: red }</style>
<style id=two></style><link rel=stylesheet href=/a.css><style id=off>p { display: none }</style>
<style id=print media=print>p { display: none }</style><style id=imports>@import "/b.css" screen; b { top: 1px }</style>
<p>p</p><q>q</q><i>i</i><b>b</b><u>u</u><x-a></x-a><x-b></x-b>"""
STYLE = """() => {
  document.getElementById("one").sheet.deleteRule(0);
  document.getElementById("one").sheet.insertRule("p { color: rgb(1, 2, 3) }");
  document.getElementById("two").sheet.insertRule("i { color: rgb(4, 5, 6) }");
  document.getElementById("off").sheet.disabled = true;
  document.querySelector("link").sheet.insertRule("q { letter-spacing: 7px }");
  const make = (text, options) => { const s = new CSSStyleSheet(options); s.replaceSync(text); return s; };
  const last = make("u { color: rgb(7, 8, 9) } p { margin-left: 11px }");
  document.adoptedStyleSheets = [make("u { color: red }"), last, make("u { color: red }", { disabled: true }),
    make("u { color: red }", { media: "print" })];
  last.insertRule("u { margin-left: 12px }");
  const shared = make(":host { display: block; margin-left: 13px }");
  for (const [name, mode] of [["x-a", "open"], ["x-b", "closed"]]) {
    const root = document.querySelector(name).attachShadow({ mode });
    root.innerHTML = "<style></style><span>s</span>";
    root.querySelector("style").sheet.insertRule("span { color: rgb(9, 9, 9) }");
    root.adoptedStyleSheets = [shared];
    customElements.define(name, class extends HTMLElement {});
  }
}"""
SHEETS = """() => [...document.styleSheets, ...document.adoptedStyleSheets].map((sheet) =>
  [sheet.ownerNode?.id ?? "", sheet.media.mediaText, sheet.disabled, [...sheet.cssRules].map((r) => r.cssText).join()])"""


async def test_style_sheets_that_scripts_changed(context: BrowserContext) -> None:
    files = {"/": STYLED, "/a.css": "q { color: rgb(10, 11, 12) } b { color: red }",
             "/b.css": "b { color: rgb(13, 14, 15); position: relative }"}  # fmt: skip
    page = await staged(context, files, use=STYLE)
    assert await page.after.evaluate(SHEETS) == await page.before.evaluate(SHEETS)
    difference = await page.difference()
    assert (difference.tree, difference.styles) == ([], 1.0)
    assert difference.boxes == difference.boxed, difference.notes
    colours = "[...'pqibu'].map((tag) => getComputedStyle(document.querySelector(tag)).color)"
    assert await page.after.evaluate(colours) == [
        "rgb(1, 2, 3)", "rgb(10, 11, 12)", "rgb(4, 5, 6)", "rgb(13, 14, 15)", "rgb(7, 8, 9)",
    ]  # fmt: skip


async def test_style_sheets_of_other_sites(context: BrowserContext) -> None:
    with Site({"/x.css": "p { margin: 33px }"}) as other, Site({}) as site:
        site.files["/"] = f"<!doctype html><link rel=stylesheet href={other.url}/x.css><p>x"
        page = await context.new_page()
        await page.goto(site.url + "/")
        world = await World.attach(await session(page), (CAPTURE_JS,))
        snapshot = await capture(world, taken_at=1.0)
        other.hits.clear()
        result = await back(context, page, snapshot)
        difference = await result.difference()
        assert difference.boxes == difference.boxed, difference.notes
        assert other.hits == []
    assert "style sheets" not in " ".join(result.report.not_restorable)


@pytest.mark.parametrize("mode", ["open", "closed"])
async def test_shadow_roots(context: BrowserContext, mode: str) -> None:
    use = f"""() => {{
      customElements.define("x-a", class extends HTMLElement {{}});
      const root = document.querySelector("x-a").attachShadow({{ mode: "{mode}", delegatesFocus: true }});
      root.innerHTML = "<style>b{{color:rgb(1,2,3)}}</style><b>in</b><slot name=s></slot><slot></slot><input>";
      root.querySelector("input").value = "typed";
      const div = document.createElement("x-a");
      root.append(div);
      div.attachShadow({{ mode: "open", slotAssignment: "manual" }}).innerHTML = "<i>deeper</i>";
    }}"""
    page = await staged(context, "<!doctype html><x-a>light<u slot=s>u</u></x-a><p>x", use=use)
    difference = await page.difference()
    assert (difference.tree, difference.form) == ([], [])
    assert difference.boxes == difference.boxed
    assert (page.report.fields_restored, page.report.fields_missed) == (1, ())
    if mode == "open":
        inner = "document.querySelector('x-a').shadowRoot.querySelector('x-a').shadowRoot.slotAssignment"
        assert await page.after.evaluate(inner) == "manual"


async def test_closed_roots_in_closed_roots(context: BrowserContext) -> None:
    use = """() => customElements.define("x-n", class extends HTMLElement {
      constructor() { super(); const deep = Number(this.id || document.title++);
        this.attachShadow({ mode: "closed" }).innerHTML = deep < 4 ? `level ${deep} <div><x-n></x-n></div>` : "bottom"; }
    })"""
    before = await open_page(context, {"/": "<!doctype html><title>1</title><p><x-n></x-n>end"})
    await before.evaluate(use)
    world = await World.attach(await session(before), (CAPTURE_JS,))
    snapshot = await capture(world, taken_at=1.0)
    assert snapshot.text().split() == ["level", "1", "level", "2", "level", "3", "bottom", "end"]
    assert await capture(world, taken_at=1.0) == snapshot


async def test_closed_roots_of_plain_elements(context: BrowserContext) -> None:
    use = "() => { document.querySelector('div').attachShadow({ mode: 'closed' }).innerHTML = '<b>in</b><slot></slot>' }"
    page = await staged(context, "<!doctype html><div>light</div>", use=use, pierce=True)
    difference = await page.difference()
    assert (difference.tree, difference.boxes) == ([], difference.boxed)
    assert "in" in page.snapshot.text()


async def test_closed_roots_of_plain_elements_in_frames_of_other_sites(
    context: BrowserContext,
) -> None:
    inner = "<div>light</div><script>document.querySelector('div').attachShadow({mode:'closed'}).innerHTML='<b>%s</b>'</script>"
    other = "https://other.test/"
    page = await open_page(
        context, {"/": f"<iframe src={other}></iframe>{inner % 'here'}", other: inner % "there"}
    )
    world = await World.attach(await session(page), (CAPTURE_JS,))
    snapshot = await capture(world, taken_at=1.0, pierce=True)
    assert snapshot.text().split() == ["therelight", "herelight"]


async def test_custom_elements_count_as_defined(context: BrowserContext) -> None:
    style = "x-a:not(:defined), x-b:not(:defined) { display: none } x-b:not(:defined) + p { color: red }"
    page = await staged(
        context,
        f"<!doctype html><style>{style}</style><x-a>a</x-a><x-b>b</x-b><p>p",
        use="() => customElements.define('x-a', class extends HTMLElement {})",
    )
    difference = await page.difference()
    assert difference.styles == 1.0, difference.notes
    assert difference.boxes == difference.boxed, difference.notes


async def test_media_queries_about_scripts(context: BrowserContext) -> None:
    style = "@media (scripting: none) { p { color: red } } @media (scripting: enabled) { p { margin: 9px } }"
    page = await staged(context, f"<!doctype html><style>{style}</style><p>p")
    difference = await page.difference()
    assert (difference.styles, difference.boxes) == (1.0, difference.boxed), difference.notes


async def test_pixels_of_canvases(context: BrowserContext) -> None:
    use = """() => {
      const [one, two] = document.querySelectorAll("canvas");
      const pen = one.getContext("2d");
      pen.fillStyle = "rgba(200, 10, 20, 0.5)"; pen.fillRect(3, 4, 50, 20);
    }"""
    markup = "<!doctype html><canvas width=80 height=40></canvas><canvas style='border:1px solid'>old</canvas><canvas width=0></canvas><p>x"
    page = await staged(context, markup, use=use)
    data = "[...document.querySelectorAll('canvas')].map((el) => el.toDataURL())"
    assert await page.after.evaluate(data) == await page.before.evaluate(data)
    difference = await page.difference()
    assert difference.boxes == difference.boxed, difference.notes
    assert await page.after.screenshot() == await page.before.screenshot()


TOP = """<!doctype html><dialog id=m><p>modal</p><button>b</button></dialog><dialog id=n open>plain</dialog>
<div popover id=p>popped</div><div popover=manual id=q>shut</div><p>below"""


async def test_dialogs_and_popovers(context: BrowserContext) -> None:
    use = "() => { document.getElementById('p').showPopover(); document.getElementById('m').showModal(); }"
    page = await staged(context, TOP, use=use)
    said = "['#m:modal', '#n:modal', '#n[open]', '#p:popover-open', '#q:popover-open'].map((s) => !!document.querySelector(s))"
    assert await page.after.evaluate(said) == await page.before.evaluate(said)
    difference = await page.difference()
    assert (difference.tree, difference.form, page.report.state) == ([], [], "exact")
    assert difference.boxes == difference.boxed


FIELDS = """<!doctype html><form><input name=a value=x><textarea name=b>one</textarea>
<input type=checkbox name=c checked><input type=checkbox name=d><input type=radio name=r value=1 checked>
<input type=radio name=r value=2><select name=s><option>1<option>2<option>3</select>
<select multiple name=m><option selected>1<option>2<option>3</select><select name=none><option>1</select>
<input type=range name=n><input type=date name=e><input type=color name=f><input type=number name=g></form>
<div contenteditable id=edit>a<b>b</b></div><p id=words>some words <i>to</i> choose</p>
<div id=box style="width:99px;height:50px;overflow:auto"><div style="width:900px;height:900px"></div></div>
<div style="height:3000px;width:3000px"></div>"""
TYPE = """() => {
  const q = (s) => document.querySelector(s);
  q("[name=a]").value = "new \\ud83d"; q("[name=b]").value = "\\n two\\r\\nlines"; q("[name=c]").checked = false;
  q("[name=d]").indeterminate = true; q("[value='2']").checked = true; q("[name=s]").selectedIndex = 2;
  q("[name=m]").options[0].selected = false; q("[name=m]").options[2].selected = true;
  q("[name=none]").selectedIndex = -1; q("[name=n]").value = 7; q("[name=e]").value = "2026-02-03";
  q("[name=f]").value = "#102030"; q("[name=g]").value = "1e3";
  q("#edit").innerHTML = "x<i>y</i><div>z</div>"; q("#box").scrollTo(40, 60); scrollTo(20, 500);
}"""


@pytest.mark.parametrize(
    ("name", "focus"),
    [
        ("field", "document.querySelector('[name=b]').focus({ preventScroll: true }); document.activeElement.setSelectionRange(1, 3)"),
        ("words", "getSelection().setBaseAndExtent(document.querySelector('#words').lastChild, 4, document.querySelector('#words').firstChild, 2)"),
        ("caret", "document.querySelector('#edit').focus({ preventScroll: true }); getSelection().collapse(document.querySelector('#edit i').firstChild, 1)"),
        ("nothing", ""),
    ],
)  # fmt: skip
async def test_form_state_scroll_focus_selection(
    context: BrowserContext, name: str, focus: str
) -> None:
    page = await staged(context, FIELDS, use=TYPE.replace("\n}", f"\n  {focus}\n}}"))
    difference = await page.difference()
    assert (difference.tree, difference.form) == ([], [])
    said = """() => { const s = getSelection(), el = document.activeElement; return [String(s), s.anchorOffset,
      s.anchorNode?.nodeName, s.direction, el.name ?? el.id, el.selectionStart ?? 0, el.selectionEnd ?? 0, scrollX, scrollY,
      document.querySelector("#box").scrollLeft, document.querySelector("#box").scrollTop] }"""
    assert await page.after.evaluate(said) == await page.before.evaluate(said)
    assert (page.report.state, page.report.fields_missed) == ("exact", ())


async def test_a_page_of_100_000_nodes(context: BrowserContext) -> None:
    row = "<li class=row><a href=/x>Item</a> <b>text</b></li>"
    page = await staged(context, f"<!doctype html><ul>{row * 16_700}</ul>", boxes=False)
    assert page.snapshot.node_count > 100_000
    assert (page.report.state, page.report.rebuilt) == ("exact", 0)
    count = "document.querySelectorAll('*').length"
    assert await page.after.evaluate(count) == page.snapshot.element_count


XHTML = """<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:e="urn:e">
<head><title>t</title><style><![CDATA[ p > b { color: rgb(1, 2, 3) } ]]></style></head>
<body><p>x<b Odd="1">y</b></p><e:thing e:at="1"/><svg xmlns="http://www.w3.org/2000/svg"><g/></svg><br/>
<input value="a"/></body></html>"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g onclick="ran(1)"><rect width="5" height="5"/></g><script>1</script></svg>'


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.xhtml", XHTML), ("b.svg", SVG)],
)
async def test_documents_that_are_xml(context: BrowserContext, path: str, text: str) -> None:
    page = await staged(context, {f"/{path}": text}, url=SITE + path)
    difference = await page.difference()
    assert (difference.tree, difference.form) == ([], [])
    assert difference.boxes == difference.boxed
    assert await page.after.evaluate("document.contentType") == await page.before.evaluate(
        "document.contentType"
    )


async def test_pages_without_a_server(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.set_content("<!doctype html><p>only here</p><input>")
    await page.fill("input", "typed")
    world = await World.attach(await session(page), (CAPTURE_JS,))
    result = await back(context, page, await capture(world, taken_at=1.0))
    difference = await result.difference()
    assert (difference.tree, difference.form, result.report.mode) == ([], [], "inert")


WATCH = """() => {
  window.seen = [];
  const watch = (root) => new MutationObserver((all) => all.forEach((r) => seen.push(r.type)))
    .observe(root, { childList: true, attributes: true, characterData: true, subtree: true });
  watch(document); watch(document.querySelector("x-a").shadowRoot);
  for (const type of ["focus", "blur", "scroll", "input", "change", "click", "toggle", "selectionchange"]) {
    document.addEventListener(type, () => seen.push(type), true);
  }
}"""


async def test_capture_changes_nothing(context: BrowserContext) -> None:
    files = {
        "/": STYLED + FIELDS + "<canvas></canvas>" + TOP,
        "/a.css": "q{color:red}",
        "/b.css": "",
    }
    page = await open_page(context, files)
    await page.evaluate(STYLE)
    await page.evaluate(
        TYPE.replace(
            "\n}",
            "\n document.querySelector('[name=b]').focus(); document.querySelector('canvas').getContext('2d').fillRect(0, 0, 9, 9); }",
        )
    )
    await page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    await page.evaluate(WATCH)
    state = """() => [document.activeElement.name, scrollX, scrollY, document.querySelector("#box").scrollTop,
      document.querySelector("[name=b]").selectionStart, String(getSelection()), document.adoptedStyleSheets.length,
      document.documentElement.outerHTML]"""
    before = await page.evaluate(state)
    world = await World.attach(await session(page), (CAPTURE_JS,))
    first = await capture(world, taken_at=1.0)
    assert (await capture(world, taken_at=1.0)).data == first.data
    await page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert await page.evaluate("seen") == []
    assert await page.evaluate(state) == before


@pytest.mark.parametrize(
    "markup", ["<p>a<br>b", "<p><template><b></template>", "<p><iframe src=/in></iframe>"]
)
async def test_the_tree_answers_as_soon_as_it_is_there(
    context: BrowserContext, markup: str
) -> None:
    page = await staged(context, {"/": f"{LATIN}{markup}<p id=last>", "/in": "<p>in"})
    answers: list[object] = []

    async def ask() -> None:
        answers.append(await page.after.evaluate("document.querySelectorAll('#last').length"))

    async def navigate(url: str) -> None:
        await page.after.goto(url, wait_until="commit")

    report = await restore(
        page.world, navigate, page.snapshot, clock=lambda: 0.0, inert=True, on_tree=ask
    )
    assert (answers, report.state) == ([1], "exact")


async def test_the_tree_hash_of_a_restored_page_is_that_of_the_snapshot(
    context: BrowserContext,
) -> None:
    files = {"/": STYLED + "<p><p><table><b>", "/a.css": "q{color:red}", "/b.css": ""}
    page = await staged(context, files, use=STYLE)
    again = await capture(page.world, taken_at=1.0)
    assert again.tree_hash == page.snapshot.tree_hash


def test_no_page_of_others_is_in_here() -> None:
    assert not list(Path(__file__).parent.glob("*.html"))
