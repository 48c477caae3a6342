"""Frames that are padded or scaled, presses that pages hide, and fields with a will of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from abos.kernel import errors
from abos.kernel.actions import Check, Click, Effect, Fill, Press, Select, Type
from abos.kernel.space import AddressSpace


@pytest_asyncio.fixture(loop_scope="module")
async def space(page: Page) -> AsyncIterator[AddressSpace]:
    space = await AddressSpace.attach(page)
    yield space
    await space.close()


class Screen:
    """A page made from markup, with elements found by name."""

    def __init__(self, space: AddressSpace, page: Page) -> None:
        self.space, self.page = space, page

    async def show(self, html: str) -> None:
        await self.page.set_content(html)

    async def ref(self, name: str) -> str:
        view = await self.space.observe(1000)
        return next(e.ref for e in view.elements if e.name == name)

    async def act(self, action: Any) -> Effect:
        return await self.space.act(action)

    async def click(self, name: str) -> Effect:
        return await self.act(Click(await self.ref(name)))

    async def fill(self, name: str, value: str) -> str:
        return (await self.act(Fill(await self.ref(name), value))).value

    async def js(self, expression: str) -> Any:
        return await self.page.evaluate(expression)


@pytest.fixture
def screen(space: AddressSpace, page: Page) -> Screen:
    return Screen(space, page)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abos.kernel.space.perform.ACTIONABLE_S", 0.3)


ROWS = "".join(f"<button onclick='parent.pressed = this.textContent'>{n}</button>" for n in "ABCDE")
STYLE = "<style>body { margin: 0 } button { display: block; width: 200px; height: 40px }</style>"
INNER = f'srcdoc="{STYLE}{ROWS}"'


class TestFrames:
    @pytest.mark.parametrize(
        "style",
        [
            "padding: 40px 0 0 0; border: 0",
            "padding: 40px 17px 3px 25px; border: 12px solid; width: 400px",
            "transform: scale(.4); transform-origin: 0 0; width: 1000px; height: 600px",
            "scale: 2 0.5; transform-origin: 10px 20px; padding: 20px",
            "position: absolute; left: 50%; top: 50%; transform: translate(-50%, -50%); padding: 9px",
            "zoom: 1.5; padding: 20px",
            "zoom: 0.5; border: 10px solid; padding: 20px; width: 600px; height: 500px",
        ],
    )
    async def test_presses_land_where_they_are_meant(self, screen: Screen, style: str) -> None:
        await screen.show(f"<iframe {INNER} style='height: 300px; {style}'></iframe>")
        await screen.page.frames[1].wait_for_load_state()
        for name in "BED":
            await screen.click(name)
            assert await screen.js("pressed") == name

    async def test_frames_in_scaled_frames(self, screen: Screen) -> None:
        inner = INNER.replace('"', "&quot;").replace("parent.", "top.")
        await screen.show(
            f"""<iframe style="transform: scale(.5); padding: 30px; width: 800px; height: 600px"
                srcdoc="<iframe style='padding: 20px; height: 400px' {inner}></iframe>"></iframe>"""
        )
        await screen.page.frames[2].wait_for_load_state()
        await screen.click("C")
        assert await screen.js("pressed") == "C"

    @pytest.mark.usefixtures("impatient")
    @pytest.mark.parametrize("style", ["rotate(90deg)", "skewX(20deg)", "scaleX(-1)"])
    async def test_a_turned_frame_is_refused(self, screen: Screen, style: str) -> None:
        await screen.show(f"<div style='transform: {style}'><iframe {INNER}></iframe></div>")
        await screen.page.frames[1].wait_for_load_state()
        with pytest.raises(errors.WrongElement, match="turned or skewed"):
            await screen.click("B")
        assert await screen.js("window.pressed") is None

    @pytest.mark.parametrize(
        "leave", ["f.remove()", "new Promise((r) => { f.onload = r; f.srcdoc = 'x' })"]
    )
    async def test_refs_into_a_frame_that_is_gone(self, screen: Screen, leave: str) -> None:
        await screen.show(f"<iframe id=f {INNER}></iframe>")
        await screen.page.frames[1].wait_for_load_state()
        ref = await screen.ref("B")
        await screen.js(leave)
        for action in (Click(ref), Fill(ref, "x")):
            with pytest.raises(errors.ElementGone):
                await screen.act(action)


class TestPresses:
    async def test_one_that_the_page_hides_has_been_done(self, screen: Screen) -> None:
        await screen.show(
            """<script>for (const type of ['pointerdown', 'mousedown']) addEventListener(type,
               (e) => e.stopImmediatePropagation(), true); n = 0</script>
               <button onclick="n++">B</button>"""
        )
        await screen.click("B")
        assert await screen.js("n") == 1

    async def test_one_that_lands_elsewhere_is_told_and_marked(self, screen: Screen) -> None:
        # The pointer's coming moves the button away from under the press.
        await screen.show(
            """<button style="position: absolute; left: 0; top: 0; width: 100px; height: 40px"
               onmouseover="this.style.left = '500px'">B</button>
               <button style="position: absolute; left: 0; top: 0; width: 100px; height: 40px;
               z-index: -1" onclick="wrong = true">W</button>"""
        )
        with pytest.raises(errors.ElementCovered, match="landed on something else") as caught:
            await screen.click("B")
        assert getattr(caught.value, "performed", False) is True

    async def test_image_maps(self, screen: Screen) -> None:
        await screen.show(
            """<body style="margin: 0"><div style="height: 900px"></div>
               <img usemap="#m" width=200 height=100 style="padding: 30px" alt=""
                src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>">
               <map name=m><area shape=rect coords=0,0,50,50 href=#one alt=One>
               <area shape=circle coords=150,50,20 href=#two alt=Two></map>"""
        )
        for name in ("One", "Two"):
            await screen.click(name)
            assert await screen.js("location.hash") == f"#{name.lower()}"

    async def test_shadow_roots_of_plain_elements_count(self, screen: Screen) -> None:
        await screen.show("<div id=h></div>")
        await screen.js(
            """() => { const root = h.attachShadow({ mode: 'open' });
            root.innerHTML = '<button>S</button>';
            root.firstChild.onclick = (e) => e.target.after(document.createElement('b')) }"""
        )
        assert (await screen.click("S")).added == 1


MASK = "this.value = this.value.replace(/\\D/g, '').replace(/(.{4})(?=.)/g, '$1 ')"


class TestFields:
    async def test_values_that_a_field_writes_its_own_way(self, screen: Screen) -> None:
        await screen.show(
            f"""<textarea aria-label=T></textarea><div contenteditable aria-label=C>old</div>
                <input aria-label=M oninput="{MASK}"><input type=email aria-label=E>
                <input type=number step=any aria-label=N>"""
        )
        assert await screen.fill("T", "a\r\nb") == "a\nb"
        assert await screen.fill("C", "a\nb") == "a\nb"
        await screen.fill("C", "a  b ")
        assert await screen.fill("M", "4242424242424242") == "4242 4242 4242 4242"
        assert await screen.fill("E", "a@b.c ") == "a@b.c"
        assert await screen.fill("N", "-1.5 ") == "-1.5"

    async def test_a_mask_that_makes_another_number_is_told(self, screen: Screen) -> None:
        await screen.show(
            "<input aria-label=A oninput=\"this.value = this.value.replace(/[^0-9]/g, '')\">"
        )
        for value in ("1.5", "-5", "12a"):
            with pytest.raises(errors.WrongElement, match="did not keep"):
                await screen.fill("A", value)

    async def test_a_wrong_date_leaves_the_field_as_it_is(self, screen: Screen) -> None:
        await screen.show(
            """<input type=date value=2024-01-01 aria-label=D><input type=color aria-label=C>
               <input type=range max=10 value=3 aria-label=R>"""
        )
        for name, value in (("D", "31.12.2024"), ("C", "red"), ("R", "70")):
            with pytest.raises(errors.WrongElement, match="does not take") as caught:
                await screen.fill(name, value)
            assert not getattr(caught.value, "performed", False)
        values = await screen.js("[...document.querySelectorAll('input')].map((e) => e.value)")
        assert values == ["2024-01-01", "#000000", "3"]
        assert await screen.fill("D", "2024-12-31") == "2024-12-31"
        assert await screen.fill("C", "#FF0000") == "#ff0000"

    async def test_card_numbers_are_masked_in_effects_too(self, screen: Screen) -> None:
        await screen.show("<input autocomplete=cc-number aria-label=Card>")
        assert await screen.fill("Card", "4242") == "••••"
        effect = await screen.act(Type(await screen.ref("Card"), "1"))
        assert effect.value == "••••"

    @pytest.mark.usefixtures("impatient")
    async def test_keys_go_nowhere_else(self, screen: Screen) -> None:
        await screen.show(
            """<input aria-label=I><div role=button aria-label=D>d</div><button>B</button>
               <div role=textbox tabindex=0 aria-label=E>text</div>"""
        )
        await screen.fill("I", "")
        for action in (
            Type(await screen.ref("D"), "secret"),
            Type(await screen.ref("B"), "secret"),
            Press("a", await screen.ref("D")),
        ):
            with pytest.raises(errors.WrongElement):
                await screen.act(action)
        assert await screen.js("document.querySelector('input').value") == ""
        await screen.act(Type(await screen.ref("E"), "keys"))

    async def test_only_what_has_a_state_is_checked(self, screen: Screen) -> None:
        await screen.show(
            """<button onclick="pressed = true">Order</button>
               <button aria-pressed=false onclick="this.ariaPressed = 'true'">Bold</button>
               <div role=checkbox tabindex=0 aria-checked=false aria-label=Late
                style="width: 20px; height: 20px"
                onclick="setTimeout(() => this.ariaChecked = 'true', 300)"></div>"""
        )
        with pytest.raises(errors.WrongElement, match="not a checkbox"):
            await screen.act(Check(await screen.ref("Order")))
        assert await screen.js("window.pressed") is None
        await screen.act(Check(await screen.ref("Bold")))
        await screen.act(Check(await screen.ref("Late")))
        assert await screen.js("document.querySelector('div').ariaChecked") == "true"

    async def test_a_single_list_takes_one(self, screen: Screen) -> None:
        await screen.show("<select aria-label=S><option>a<option>b</select>")
        with pytest.raises(errors.WrongElement, match="takes one option"):
            await screen.act(Select(await screen.ref("S"), ("a", "b")))

    async def test_e0_is_no_ref(self, screen: Screen) -> None:
        with pytest.raises(errors.UnknownElement):
            await screen.space.extract("e0", "text", 10)


XHTML = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>
<h2>Head</h2><input aria-label="q"/><a href="#go">go</a><button>b</button>
<select aria-label="s"><option>1</option><option>2</option></select></body></html>"""


async def test_pages_served_as_xml(screen: Screen) -> None:
    await screen.page.route(
        "**/*",
        lambda route: route.fulfill(body=XHTML, content_type="application/xhtml+xml"),
    )
    await screen.space.navigate("http://shop.example/")
    view = await screen.space.observe(1000)
    assert [(e.role, e.name) for e in view.elements] == [
        ("textbox", "q"),
        ("link", "go"),
        ("button", "b"),
        ("combobox", "s"),
    ]
    assert await screen.fill("q", "words") == "words"
    assert (await screen.act(Select(await screen.ref("s"), ("2",)))).value == "2"
    assert (await screen.click("go")).navigated
