"""What an agent sees of real pages."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from abos.snapshot import Element, Observation, UnknownRef, World, observe

SHARED = Path(__file__).parents[2] / "../shared/data/pages"


class Counted:
    """A DevTools session that counts what it sends."""

    def __init__(self, cdp: Any) -> None:
        self.cdp = cdp
        self.sent: list[str] = []

    async def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        self.sent.append(method)
        return await self.cdp.send(method, params)

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        self.cdp.on(event, f)


@pytest_asyncio.fixture(loop_scope="module")
async def cdp(page: Page) -> Counted:
    return Counted(await page.context.new_cdp_session(page))


@pytest_asyncio.fixture(loop_scope="module")
async def world(cdp: Counted) -> World:
    return await World.attach(cdp)


async def see(page: Page, world: World, markup: str) -> Observation:
    await page.set_content(markup)
    return (await observe(world)).observation


def by_name(observation: Observation) -> dict[str, Element]:
    return {element.name: element for element in observation.elements}


ROLES = """<a href=/x>link</a><button>button</button><input type=submit value=send>
<input aria-label=textbox>
<input type=search aria-label=searchbox><input type=checkbox aria-label=checkbox>
<input type=radio aria-label=radio><select aria-label=combobox><option>a</select>
<select multiple aria-label=listbox><option>a</select><input type=range aria-label=slider>
<input type=number aria-label=spinbutton><textarea aria-label=area></textarea>
<input type=file aria-label=file><details><summary>summary</summary></details>
<div role=tab tabindex=0>tab</div><div role=switch tabindex=0>switch</div>
<li role=menuitem>menuitem</li><div contenteditable aria-label=editor>x</div>"""


async def test_roles(page: Page, world: World) -> None:
    seen = {element.name: element.role for element in (await see(page, world, ROLES)).elements}
    same = (
        "link button textbox searchbox checkbox radio combobox listbox slider spinbutton file tab"
    )
    for role in [*same.split(), "switch", "menuitem"]:
        assert seen[role] == role
    assert seen["send"] == "button"
    assert seen["area"] == "textbox"
    assert seen["summary"] == "button"
    assert "editor" in seen


NAMES = """<button aria-label="by label"><i>x</i></button><span id=l>by reference</span>
<input aria-labelledby=l><label>around <input></label><label for=f>for it</label><input id=f>
<a href=/><img src=x alt="by alt"></a><input placeholder="by placeholder"><input title="by title">
<button>by <b>content</b><span style="display:none">not this</span></button>
<button><svg><title>by svg title</title></svg></button>"""


async def test_names(page: Page, world: World) -> None:
    observation = await see(page, world, NAMES)
    assert [element.name for element in observation.elements] == [
        "by label", "by reference", "around", "for it", "by alt", "by placeholder", "by title",
        "by content", "by svg title",
    ]  # fmt: skip


STATES = """<button disabled>off</button><fieldset disabled><input aria-label=inner></fieldset>
<input type=checkbox checked aria-label=on><input required aria-label=needed>
<input readonly aria-label=fixed><input aria-invalid=true aria-label=wrong>
<button aria-expanded=true>open</button><button aria-pressed=true>down</button>
<details open><summary>shown</summary></details><a href=/ aria-current=page>here</a>
<input id=z aria-label=active><p style="height:3000px"></p><button>below</button>"""


async def test_states(page: Page, world: World) -> None:
    await page.set_content(STATES)
    await page.focus("#z")
    states = {e.name: e.states for e in (await observe(world)).observation.elements}
    assert {name: set(found) for name, found in states.items()} == {
        "off": {"disabled"}, "inner": {"disabled"}, "on": {"checked"}, "needed": {"required"},
        "fixed": {"readonly"}, "wrong": {"invalid"}, "open": {"expanded"}, "down": {"pressed"},
        "shown": {"expanded"}, "here": {"current"}, "active": {"focused"}, "below": {"offscreen"},
    }  # fmt: skip


async def test_values_and_masked_passwords(page: Page, world: World) -> None:
    await page.set_content(
        "<input aria-label=name><input type=password aria-label=pass value=hunter2>"
        "<select aria-label=size><option>S<option selected>Large</select>"
        "<textarea aria-label=note>two words</textarea>"
    )
    await page.fill("[aria-label=name]", "Ada")
    observation = (await observe(world)).observation
    seen = by_name(observation)
    assert [seen[name].value for name in ("name", "pass", "size", "note")] == [
        "Ada", "••••", "Large", "two words",
    ]  # fmt: skip
    assert seen["size"].options == ("S", "Large")
    assert "hunter2" not in repr(observation)


async def test_boxes_and_context(page: Page, world: World) -> None:
    observation = await see(
        page,
        world,
        "<h2>Your cart</h2><main><button style='position:absolute;left:50px;top:90px;width:120px;"
        "height:30px'>Pay</button></main>",
    )
    (pay,) = observation.elements
    assert (pay.box, pay.context, pay.landmark) == ((50, 90, 120, 30), "Your cart", "main")
    assert observation.text == '- heading "Your cart" [level=2]\n- button "Pay" [ref=e1]'


async def test_open_shadow_roots_and_frames(page: Page, world: World) -> None:
    await page.set_content(
        "<x-a></x-a><iframe style='position:absolute;left:100px;top:200px;border:5px solid' "
        'srcdoc=\'<body style="margin:0"><button style="position:absolute;left:10px;top:20px">'
        "framed</button>'></iframe>"
    )
    await page.frame_locator("iframe").locator("button").wait_for()
    await page.evaluate("""() => {
      const root = document.querySelector("x-a").attachShadow({ mode: "open" });
      root.innerHTML = "<button>shaded</button><y-b></y-b>";
      const inner = root.querySelector("y-b").attachShadow({ mode: "open" });
      inner.innerHTML = "<button>deeper</button>";
    }""")
    seen = by_name((await observe(world)).observation)
    assert list(seen) == ["shaded", "deeper", "framed"]
    assert seen["framed"].box[:2] == (115, 225)


HIDDEN = """<button style="display:none">a</button>
<div style="display:none"><button>b</button></div><button style="visibility:hidden">c</button>
<button hidden>d</button><template><button>e</button></template>
<div style="visibility:hidden">f<button style="visibility:visible">shown</button></div>
<div aria-hidden=true>g<p>h</p></div><p style="display:none">i</p>
<input type=hidden value=j><p>words</p>"""


async def test_what_is_not_shown_is_not_seen(page: Page, world: World) -> None:
    observation = await see(page, world, HIDDEN)
    assert [element.name for element in observation.elements] == ["shown"]
    assert observation.text.splitlines()[1:] == ["- text: words"]


async def test_refs_live_as_long_as_their_elements(page: Page, world: World) -> None:
    first = await see(page, world, "<button>a</button><button>b</button>")
    assert [element.ref for element in first.elements] == ["e1", "e2"]
    await page.evaluate("""() => {
      const [a] = document.querySelectorAll("button");
      a.before(Object.assign(document.createElement("button"), { textContent: "new" }));
      a.textContent = "renamed";
      document.body.append(a);
    }""")
    second = (await observe(world)).observation
    assert {e.name: e.ref for e in second.elements} == {"new": "e3", "b": "e2", "renamed": "e1"}
    await page.evaluate("() => document.querySelector('button').remove()")
    third = (await observe(world)).observation
    with pytest.raises(UnknownRef):
        third.find("e3")


async def test_refs_are_never_given_again_after_a_navigation(page: Page, world: World) -> None:
    await page.goto("data:text/html,<button>a</button><button>b</button>")
    first = await observe(world)
    await page.goto("data:text/html,<button>c</button>")
    second = await observe(world, first_ref=first.next_ref)
    assert [element.ref for element in second.observation.elements] == ["e3"]
    assert second.next_ref == 4


async def test_a_large_page_takes_one_round_trip(page: Page, world: World, cdp: Counted) -> None:
    row = (
        "<p><a href=/x>Open</a> <button>Buy</button> <input aria-label=n>"
        "<select><option>a</select></p>"
    )
    await page.set_content(row * 200)
    await observe(world)
    cdp.sent.clear()
    observation = (await observe(world, max_tokens=1500)).observation
    assert len(observation.elements) == 800
    assert cdp.sent == ["Runtime.callFunctionOn"]
    assert observation.tokens <= 1500
    assert observation.truncated > 0


async def test_page_scripts_see_nothing_of_ours(page: Page, world: World) -> None:
    await page.set_content("<button>a</button>")
    before = await page.evaluate("Object.getOwnPropertyNames(window).sort()")
    await observe(world)
    assert await page.evaluate("typeof abos") == "undefined"
    assert await page.evaluate("Object.getOwnPropertyNames(window).sort()") == before
    assert await page.evaluate("document.body.innerHTML") == "<button>a</button>"


async def test_a_page_cannot_change_what_we_read(page: Page, world: World) -> None:
    await page.set_content("<button>a</button>")
    await page.evaluate("""() => {
      Element.prototype.getAttribute = () => "lies"; Node.prototype.appendChild = null;
      JSON.stringify = () => "{}"; globalThis.abos = { observe: () => "lies" };
    }""")
    assert [e.name for e in (await observe(world)).observation.elements] == ["a"]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared pages are not here")
@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in sorted(SHARED.glob("*.html"))]
)
async def test_the_token_estimate_on_real_pages(page: Page, world: World, path: Path) -> None:
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        pytest.skip("wordllama is not installed")
    from tokenizers import Tokenizer

    vocabulary = Path(spec.origin).parent / "tokenizers" / "l2_supercat_tokenizer_config.json"
    await page.context.route("**/*", lambda route: route.abort())
    await page.set_content(text_of(path), wait_until="domcontentloaded")
    observation = (await observe(world, max_tokens=1500)).observation
    real = len(Tokenizer.from_file(str(vocabulary)).encode(observation.text).ids)
    assert observation.tokens >= 0.9 * real


@pytest.mark.parametrize(
    "name", ["getAttribute", "tagName", "firstChild", "nextSibling", "shadowRoot", "nodeType"]
)
async def test_a_field_named_like_a_property_of_its_form(
    page: Page, world: World, name: str
) -> None:
    await page.set_content(f"<form><input name={name} aria-label=Field></form><button>B</button>")
    view = (await observe(world)).observation
    assert [element.name for element in view.elements] == ["Field", "B"]


async def test_nesting_without_end_is_cut_off(page: Page, world: World) -> None:
    await page.evaluate(
        """() => { let at = document.body;
        for (let i = 0; i < 2000; i++) at = at.appendChild(document.createElement('div'));
        document.body.append(document.createElement('button')) }"""
    )
    assert [e.role for e in (await observe(world)).observation.elements] == ["button"]


async def test_card_numbers_and_codes_are_masked(page: Page, world: World) -> None:
    await page.set_content(
        "<input autocomplete='cc-number' value=4242><input autocomplete=one-time-code value=7>"
    )
    assert [e.value for e in (await observe(world)).observation.elements] == ["••••", "••••"]


async def test_labels_are_found_in_the_tree_of_their_field(page: Page, world: World) -> None:
    await page.set_content(
        "<label for=a>outer</label><input id=a><label>one <button>B</button></label>"
        "<label for=c>first</label><label for=c>second</label><input id=c><x-a></x-a>"
    )
    await page.evaluate("""() => {
      const root = document.querySelector("x-a").attachShadow({ mode: "open" });
      root.innerHTML = "<label for=a>inner</label><input id=a><input id=c>";
    }""")
    names = [element.name for element in (await observe(world)).observation.elements]
    assert names == ["outer", "one B", "first second", "inner", ""]


ADDRESSES = {
    "/plain/path.html": "https://shop.test/plain/path.html",
    "/a/../b": "https://shop.test/b",
    "//other.test/x": "https://other.test/x",
    "/with space": "https://shop.test/with%20space",
    "relative": "https://shop.test/shelf/relative",
    "//[bad": "//[bad",
    "mailto:a@b.test": "mailto:a@b.test",
    "#part": "https://shop.test/shelf/#part",
}


@pytest.mark.parametrize("base", ["https://shop.test/shelf/", "https://base.test/shelf/"])
async def test_addresses_are_whole(page: Page, world: World, base: str) -> None:
    links = "".join(f'<a href="{address}">x</a>' for address in ADDRESSES)
    body = f"<base href={base}>{links}"
    await page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
    await page.goto("https://shop.test/shelf/")
    host = base.split("/")[2]
    wanted = [whole.replace("shop.test", host) for whole in ADDRESSES.values()]
    assert [e.href for e in (await observe(world)).observation.elements] == wanted


async def test_text_that_is_covered_or_asleep_keeps_its_rules(page: Page, world: World) -> None:
    observation = await see(
        page,
        world,
        "<p>a<!-- --> b</p><p style='visibility:hidden'>no<b style='visibility:visible'>yes</b></p>"
        "<div style='content-visibility:hidden'><p>no</p><a href=/>no</a></div>"
        "<div style='display:contents'>boxless</div><span style='cursor:pointer'>press</span>",
    )
    assert [e.name for e in observation.elements] == ["press"]
    assert observation.text.splitlines()[:3] == ["- text: a b", "- text: yes", "- text: boxless"]
