"""Bytes say what the live page says: the same observation, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page

from abos.kernel.demo import DemoShop
from abos.snapshot import CAPTURE_JS, Observation, Snapshot, World, capture, observe

from .test_observe import HIDDEN, NAMES, ROLES, SHARED, STATES

STYLED = "<style>.hand { cursor: pointer } .veil { visibility: hidden }</style>"
SHADOWS = """<x-a><button slot=s>slotted</button><p>default</p></x-a><x-b></x-b><script>
document.querySelector("x-a").attachShadow({ mode: "open" }).innerHTML =
  "<h2>in</h2><slot></slot><button>own</button><slot name=s></slot>";
document.querySelector("x-b").attachShadow({ mode: "open" }).innerHTML = "<a href=/x>deep</a>";
</script>"""
LOOKS = """<style>.hand { cursor: pointer } .veil { visibility: hidden } .seen { visibility: visible }
#plain { cursor: auto !important; visibility: visible !important }</style>
<div class=hand>press <p>here</p><span class=hand>or here</span></div><label class=hand>not <b>this</b></label>
<div class=veil>none <button>no</button><div class=seen>some <button>yes</button><i class=veil>not</i></div></div>
<p id=plain style="cursor: pointer; visibility: hidden">neither</p><a href=/x><span>linked</span></a>
<div class=veil style="display: contents"><u>no</u></div><div style="display: none" class=hand>gone</div>
<table><tr style="visibility: collapse"><td><button>folded</button></table><svg class=hand><path/></svg>
<iframe class=veil srcdoc="<button>in a veiled frame</button>"></iframe>
<div class=hand>around <iframe srcdoc="<style>p { cursor: pointer }</style><p>by hand</p>"></iframe></div>
<x-c><b>in a veiled slot</b><em class=seen>seen</em><button slot=h>plain</button><s slot=h>hand</s></x-c>
<x-d><b>closed</b></x-d><script>
document.querySelector("x-c").attachShadow({ mode: "open" }).innerHTML =
  "<style>.veil { visibility: hidden } .hand { cursor: pointer }</style><p class=veil><slot></slot></p>"
  + "<p class=hand>own <slot name=h></slot></p><slot name=none class=veil><u>default</u></slot>";
document.querySelector("x-d").attachShadow({ mode: "closed" }).innerHTML =
  "<slot style='visibility: hidden; cursor: pointer'></slot>";
</script>"""
FORM = """<h1>Order</h1><form aria-label=Order><fieldset><legend>Ship to</legend>
<label>Name <input value=Ada></label><label><input type=checkbox checked> Gift</label>
<select multiple><option selected>one<optgroup><option selected>two</select></fieldset>
<input type=submit><textarea aria-label=note placeholder=hint>some
text</textarea><input type=password value=x aria-label=p></form>
<ul><li><strong>Mug</strong> <a href="x?a=b c#d" title=t>see</a> <button aria-describedby=d>Buy</button></ul>
<div role=dialog aria-label=News><p id=d>more words</p><a href="mailto:a@b.c">write</a></div>
<map name=m><area href=/left shape=rect coords=0,0,10,20 alt=left></map><img usemap=#m width=40 height=30>
<img alt=pic src=x> tail <span>some</span> <em>words</em><br>and a line"""
FRAMES = """<p>before</p><iframe srcdoc="<base href='https://b.example/'><a href=x>framed</a><p>in it"
></iframe><p>after</p><iframe srcdoc="<button>two</button>"></iframe>"""
SPAN = (
    "<p>row</p>" * 12 + "<div style='height:3000px'></div><button>below</button>" + "<p>end</p>" * 9
)

BLANKS = """<p><b>one</b> <i>two</i><u>three</u>\n<s> </s><em>four</em><img alt=pic src=x> <b>five</b> </p>
<p> <b>six</b><!-- --><b></b> <a href=/x>link</a> <b>seven</b></p><p hidden>a <b> </b> c</p><h2>in <b>a</b> <i>head</i></h2>"""
PRESSED = (
    """<div onclick="">plain</div><div onclick=""><span>in a span</span> <b>and bold</b></div>
<div style="cursor: pointer">hand <b>and bold</b></div><div tabindex=0><p style="cursor: pointer">one</p><p>two</p></div>
<div onclick=""><h3>Title</h3><p>words <a href=/x>link</a></p></div><div onclick="" aria-label=named>other words</div>
<div onclick="" style="display: contents">no box</div>"""
    f"<div onclick=''>{'long words ' * 30}</div>"
)


async def both(page: Page, *, look: bool = True) -> tuple[Observation, Observation]:
    """What the live page says, and what its bytes say."""
    world = await World.attach(await page.context.new_cdp_session(page), (CAPTURE_JS,))
    live = (await observe(world)).observation
    snapshot = await capture(world, taken_at=1.0, look=look)
    return live, Snapshot.from_bytes(snapshot.data).observe()


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param(markup, id=name)
        for name, markup in {
            "roles": ROLES, "names": NAMES, "states": STATES, "hidden": HIDDEN, "form": FORM,
            "shadows": SHADOWS, "looks": LOOKS, "span": SPAN, "blanks": BLANKS, "pressed": PRESSED, "empty": "", "quirks": "<body>words<p>more",
            "frameset": "<frameset><frame></frameset>",
        }.items()
    ],
)  # fmt: skip
async def test_markup(page: Page, markup: str) -> None:
    await page.set_content(markup)
    live, ours = await both(page)
    assert ours == live


async def test_frames_and_focus(page: Page) -> None:
    await page.set_content(FRAMES)
    await page.frame_locator("iframe >> nth=1").get_by_role("button").focus()
    live, ours = await both(page)
    assert [element.name for element in live.elements] == ["framed", "two"]
    assert ours == live


@pytest.mark.skipif(not SHARED.exists(), reason="the shared pages are not here")
@pytest.mark.parametrize("name", ["engadget", "hukumusume", "wikipedia-2"])
async def test_saved_pages(page: Page, name: str) -> None:
    await page.context.route("**/*", lambda route: route.abort())
    text = (Path(SHARED) / f"{name}.html").read_text(encoding="utf-8", errors="replace")
    await page.set_content(text, wait_until="domcontentloaded")
    live, ours = await both(page)
    assert ours == live


@pytest.mark.parametrize(
    "path", ["", "list?category=mugs", "product/blue-mug", "cart", "sign-in", "help", "checkout"]
)
async def test_the_demo_shop(page: Page, path: str) -> None:
    async with DemoShop() as shop:
        await page.goto(shop.url + path)
        live, ours = await both(page)
        assert live.elements
        assert ours == live
        live, ours = await both(page, look=False)
        assert {e.name for e in live.elements} <= {e.name for e in ours.elements}


async def test_what_only_computed_style_says_is_not_known(page: Page) -> None:
    """Without a section LOOK; with it, it is."""
    await page.set_content(f"{STYLED}<div class=hand>press</div><button class=veil>veiled</button>")
    live, ours = await both(page)
    assert ours == live
    live, ours = await both(page, look=False)
    assert [element.name for element in live.elements] == ["press"]
    assert [element.name for element in ours.elements] == ["veiled"]


async def test_without_boxes_all_is_in_view(page: Page) -> None:
    await page.set_content(FORM)
    world = await World.attach(await page.context.new_cdp_session(page), (CAPTURE_JS,))
    live = (await observe(world)).observation
    ours = Snapshot.from_bytes((await capture(world, taken_at=1.0, boxes=False)).data).observe()
    bare = [replace(e, box=(0, 0, 0, 0), states=e.states - {"offscreen"}) for e in live.elements]
    assert ours.elements == tuple(bare)
