"""Every action on a real page: what it does, how it waits, what it reports, how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from abos.kernel import errors
from abos.kernel.actions import (
    AnswerDialog,
    Back,
    Check,
    Click,
    CloseTab,
    DoubleClick,
    Drag,
    Effect,
    Fill,
    Forward,
    Hover,
    OpenTab,
    Press,
    Scroll,
    Select,
    SwitchTab,
    Type,
    Upload,
    WaitFor,
)
from abos.kernel.space import AddressSpace

from .machine import Quiet, served


class _Pages(Quiet):
    def do_GET(self) -> None:
        if self.path == "/slow-data":
            sleep(0.15)
        is_file = self.path == "/file"
        body = {"/slow-data": "late", "/file": "x"}.get(self.path, f"<h1>{self.path}</h1>")
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if is_file else "text/html")
        if is_file:
            self.send_header("Content-Disposition", "attachment; filename=report.txt")
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def site() -> Iterator[str]:
    with served(_Pages) as url:
        yield url.rstrip("/")


@pytest_asyncio.fixture(loop_scope="module")
async def space(page: Page) -> AsyncIterator[AddressSpace]:
    space = await AddressSpace.attach(page)
    yield space
    await space.close()


class Screen:
    """A page made from markup, with elements found by name."""

    def __init__(self, space: AddressSpace, page: Page) -> None:
        self.space, self.page = space, page

    async def show(self, html: str, base: str = "") -> None:
        if base:
            await self.space.navigate(base)
        await self.page.set_content(html)

    async def ref(self, name: str) -> str:
        view = await self.space.observe(1000)
        return next(e.ref for e in view.elements if e.name == name or e.hint == name)

    async def act(self, action: Any) -> Effect:
        return await self.space.act(action)

    async def js(self, expression: str) -> Any:
        return await self.page.evaluate(expression)


@pytest.fixture
def screen(space: AddressSpace, page: Page) -> Screen:
    return Screen(space, page)


async def test_click_is_trusted_and_reports_what_changed(screen: Screen) -> None:
    await screen.show(
        """<button onclick="window.trusted = event.isTrusted;
           document.body.append(document.createElement('p'))">Go</button>"""
    )
    effect = await screen.act(Click(await screen.ref("Go")))
    assert await screen.js("trusted") is True
    assert effect.added == 1
    assert not effect.navigated


async def test_double_click_hover_and_right_click(screen: Screen) -> None:
    await screen.show(
        """<button ondblclick="seen.push('dbl')" onmouseenter="seen.push('over')"
           oncontextmenu="seen.push('menu')">B</button><script>seen = []</script>"""
    )
    ref = await screen.ref("B")
    await screen.act(Hover(ref))
    await screen.act(DoubleClick(ref))
    await screen.act(Click(ref, button="right"))
    assert await screen.js("seen") == ["over", "dbl", "menu"]


async def test_fill_replaces_and_type_adds_key_by_key(screen: Screen) -> None:
    await screen.show(
        """<label>Name <input value="old" oninput="inputs.push(event.isTrusted)"></label>
           <textarea placeholder="Notes" onkeydown="keys++"></textarea>
           <div contenteditable aria-label="Rich">x</div>
           <script>inputs = []; keys = 0</script>"""
    )
    effect = await screen.act(Fill(await screen.ref("Name"), "Ada"))
    assert effect.value == "Ada"
    assert await screen.js("inputs") == [True]
    effect = await screen.act(Type(await screen.ref("Notes"), "ab\nc"))
    assert await screen.js("document.querySelector('textarea').value") == "ab\nc"
    assert await screen.js("keys") == 4
    await screen.act(Fill(await screen.ref("Rich"), "bold words"))
    assert (
        await screen.js("document.querySelector('[contenteditable]').textContent") == "bold words"
    )
    effect = await screen.act(Fill(await screen.ref("Name"), ""))
    assert await screen.js("document.querySelector('input').value") == ""


async def test_fill_dates_ranges_and_password(screen: Screen) -> None:
    await screen.show(
        """<input type=date aria-label=When onchange="changed = true"><input type=range aria-label=Loud>
           <input type=password aria-label=Secret>"""
    )
    await screen.act(Fill(await screen.ref("When"), "2026-11-20"))
    await screen.act(Fill(await screen.ref("Loud"), "70"))
    effect = await screen.act(Fill(await screen.ref("Secret"), "hunter2"))
    values = await screen.js("[...document.querySelectorAll('input')].map((e) => e.value)")
    assert values == ["2026-11-20", "70", "hunter2"]
    assert await screen.js("changed") is True
    assert effect.value == "••••"


async def test_a_field_that_changes_what_is_typed_says_so(screen: Screen) -> None:
    await screen.show("<input aria-label=Code maxlength=3>")
    with pytest.raises(errors.WrongElement, match="holds 'abc'"):
        await screen.act(Fill(await screen.ref("Code"), "abcdef"))


async def test_press_enter_submits_and_waits_for_the_new_page(screen: Screen, site: str) -> None:
    await screen.show("<form action=/found><input aria-label=Q name=q></form>", site)
    ref = await screen.ref("Q")
    await screen.act(Fill(ref, "mug"))
    effect = await screen.act(Press("Enter", ref))
    assert effect.navigated
    assert effect.url == f"{site}/found?q=mug"
    assert "/found" in (await screen.space.observe(500)).text


async def test_select_by_label_or_value_and_several(screen: Screen) -> None:
    await screen.show(
        """<select aria-label=Size onchange="n = (window.n || 0) + 1"><option value=s>Small
           <option value=l>Large</select>
           <select aria-label=Many multiple><option>a<option>b<option>c</select>"""
    )
    size = await screen.ref("Size")
    assert (await screen.act(Select(size, ("large",)))).value == "Large"
    assert (await screen.act(Select(size, ("s",)))).value == "Small"
    assert await screen.js("n") == 2
    assert (await screen.act(Select(await screen.ref("Many"), ("a", "c")))).value == "a, c"
    with pytest.raises(errors.WrongElement, match="no option 'XL'") as caught:
        await screen.act(Select(size, ("XL",)))
    assert "'Small', 'Large'" in caught.value.hint


async def test_check_is_idempotent_and_reaches_styled_away_boxes(screen: Screen) -> None:
    await screen.show(
        """<style>.x { position: absolute; opacity: 0; width: 1px; height: 1px }</style>
           <input type=checkbox class=x id=c><label for=c>Agree</label>
           <div role=switch aria-checked=false aria-label=Dark tabindex=0
            onclick="this.setAttribute('aria-checked', 'true')"></div>
           <style>[role=switch] { width: 30px; height: 20px }</style>"""
    )
    ref = await screen.ref("Agree")
    await screen.act(Check(ref))
    assert await screen.js("document.querySelector('#c').checked") is True
    await screen.act(Check(ref))
    assert await screen.js("document.querySelector('#c').checked") is True
    await screen.act(Check(ref, checked=False))
    assert await screen.js("document.querySelector('#c').checked") is False
    await screen.act(Check(await screen.ref("Dark")))
    assert await screen.js("document.querySelector('[role=switch]').ariaChecked") == "true"


async def test_drag_and_drop_of_html5_draggables(screen: Screen) -> None:
    await screen.show(
        """<div draggable=true ondragstart="event.dataTransfer.setData('text', 'x')">Thing</div>
           <div style="height: 100px" tabindex=0 aria-label=Bin role=button
            ondragover="event.preventDefault()"
            ondrop="event.preventDefault(); dropped = event.dataTransfer.getData('text')">bin</div>"""
    )
    await screen.act(Drag(await screen.ref("Thing"), onto=await screen.ref("Bin")))
    assert await screen.js("window.dropped") == "x"


async def test_scroll_page_and_element(screen: Screen) -> None:
    await screen.show("<div style='height: 3000px'></div><button>Far</button>")
    await screen.act(Scroll(dy=500))
    assert await screen.js("scrollY") == 500
    await screen.act(Scroll(ref=await screen.ref("Far")))
    assert await screen.js("scrollY") > 2000


async def test_upload_to_a_field_and_through_a_chooser(screen: Screen, tmp_path: Path) -> None:
    file = tmp_path / "photo.txt"
    file.write_text("x")
    await screen.show(
        """<input type=file aria-label=Photo>
           <input type=file id=f hidden><button onclick="f.click()">Choose</button>"""
    )
    await screen.act(Upload(await screen.ref("Photo"), (str(file),)))
    await screen.act(Upload(await screen.ref("Choose"), (str(file),)))
    names = await screen.js("[...document.querySelectorAll('input')].map((e) => e.files[0]?.name)")
    assert names == ["photo.txt", "photo.txt"]
    with pytest.raises(errors.BadAction, match="no such file"):
        await screen.act(Upload(await screen.ref("Photo"), ("/nonexistent",)))


async def test_dialogs_hold_the_page_until_answered(screen: Screen) -> None:
    await screen.show(
        """<button onclick="answer = prompt('How many?', '1'); done = true">Ask</button>"""
    )
    ref = await screen.ref("Ask")
    effect = await screen.act(Click(ref))
    assert effect.dialog == "How many?"
    view = await screen.space.observe(100)
    assert view.dialog is not None
    assert view.dialog.kind == "prompt"
    assert view.elements == ()
    with pytest.raises(errors.DialogOpen, match="How many"):
        await screen.act(Click(ref))
    await screen.act(AnswerDialog(accept=True, text="3"))
    assert await screen.js("answer") == "3"
    effect = await screen.act(Click(ref))
    await screen.act(AnswerDialog(accept=False))
    assert await screen.js("answer") is None


async def test_history_and_tabs(screen: Screen, site: str) -> None:
    await screen.space.navigate(f"{site}/one")
    await screen.space.navigate(f"{site}/two")
    assert (await screen.act(Back())).url == f"{site}/one"
    assert (await screen.act(Forward())).url == f"{site}/two"
    effect = await screen.act(OpenTab(f"{site}/three"))
    assert effect.url == f"{site}/three"
    view = await screen.space.observe(100)
    assert view.tabs == (f"{site}/two", f"{site}/three")
    assert view.tab == 1
    await screen.act(SwitchTab(0))
    assert (await screen.space.observe(100)).url == f"{site}/two"
    await screen.act(CloseTab(1))
    with pytest.raises(errors.BadAction, match="last tab"):
        await screen.act(CloseTab(0))
    with pytest.raises(errors.BadAction, match="no tab 5"):
        await screen.act(SwitchTab(5))


async def test_a_link_that_opens_a_tab(screen: Screen, site: str) -> None:
    await screen.show("<a href=/guide target=_blank>Guide</a>", site)
    effect = await screen.act(Click(await screen.ref("Guide")))
    assert effect.new_tab == f"{site}/guide"
    await screen.act(SwitchTab(1))
    assert "/guide" in (await screen.space.observe(100)).text


async def test_downloads_are_reported(screen: Screen, site: str) -> None:
    await screen.show("<a href=/file>Report</a>", site)
    effect = await screen.act(Click(await screen.ref("Report")))
    assert effect.downloads == ("report.txt",)
    assert not effect.navigated


async def test_answers_to_requests_are_awaited(screen: Screen, site: str) -> None:
    await screen.show(
        """<button onclick="fetch('/slow-data').then((r) => r.text())
           .then((t) => document.body.append(Object.assign(document.createElement('p'), {id: t})))">
           Load</button>""",
        site,
    )
    effect = await screen.act(Click(await screen.ref("Load")))
    assert effect.added == 1
    assert await screen.js("!!document.getElementById('late')")


async def test_changes_inside_shadow_roots_and_frames_count(screen: Screen) -> None:
    await screen.show(
        """<x-box></x-box><iframe srcdoc="<button onclick='this.after(1, document.createElement(`i`))'>
           In frame</button>"></iframe>
           <script>customElements.define('x-box', class extends HTMLElement { connectedCallback() {
             this.attachShadow({mode: 'open'}).innerHTML = '<button>In shadow</button>';
             this.shadowRoot.firstChild.onclick = (e) => e.target.after(document.createElement('i'));
           } })</script>"""
    )
    for name in ("In shadow", "In frame"):
        effect = await screen.act(Click(await screen.ref(name)))
        assert effect.added == 1, name


async def test_waiting_for_text_element_change_and_idle(screen: Screen) -> None:
    await screen.show("<button>Here</button><p id=p></p>")
    ref = await screen.ref("Here")
    await screen.js("setTimeout(() => { p.textContent = 'Thank  You' }, 50)")
    await screen.act(WaitFor(text="thank you", timeout_s=5))
    await screen.js("setTimeout(() => document.querySelector('button').remove(), 50)")
    await screen.act(WaitFor(ref=ref, gone=True, timeout_s=5))
    await screen.js("setTimeout(() => p.setAttribute('x', 1), 50)")
    await screen.act(WaitFor(change=True, timeout_s=5))
    await screen.act(WaitFor(idle=True, timeout_s=5))
    with pytest.raises(errors.WaitFailed, match="'never' is not there"):
        await screen.act(WaitFor(text="never", timeout_s=0.1))
    with pytest.raises(errors.BadAction):
        await screen.act(WaitFor())


async def test_waits_for_an_element_that_is_about_to_be_ready(screen: Screen) -> None:
    await screen.show(
        """<button disabled onclick="clicked = true">Soon</button>
           <script>setTimeout(() => document.querySelector('button').disabled = false, 80)</script>"""
    )
    await screen.act(Click(await screen.ref("Soon")))
    assert await screen.js("clicked") is True


async def test_waits_until_an_animation_has_ended(screen: Screen) -> None:
    await screen.show(
        """<style>@keyframes in { from { transform: translateX(600px) } }
           button { animation: in 200ms linear }</style>
           <button onclick="clicked = true">Slide</button>"""
    )
    await screen.act(Click(await screen.ref("Slide")))
    assert await screen.js("clicked") is True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abos.kernel.space.perform.ACTIONABLE_S", 0.2)


@pytest.mark.usefixtures("impatient")
class TestTypedErrors:
    async def test_gone(self, screen: Screen) -> None:
        await screen.show("<button>B</button>")
        ref = await screen.ref("B")
        await screen.js("document.querySelector('button').remove()")
        with pytest.raises(errors.ElementGone, match=f"{ref}: "):
            await screen.act(Click(ref))

    async def test_a_ref_of_an_earlier_document_never_means_another_element(
        self, screen: Screen, site: str
    ) -> None:
        await screen.show("<button>B</button>", site)
        old = await screen.ref("B")
        await screen.space.navigate(f"{site}/next")
        await screen.show("<button>C</button>", site)
        new = await screen.ref("C")
        assert new != old
        with pytest.raises(errors.ElementGone):
            await screen.act(Click(old))

    async def test_never_given_out(self, screen: Screen) -> None:
        await screen.show("<button>B</button>")
        with pytest.raises(errors.UnknownElement):
            await screen.act(Click("e999"))

    async def test_hidden(self, screen: Screen) -> None:
        await screen.show("<button>B</button>")
        ref = await screen.ref("B")
        await screen.js("document.querySelector('button').style.display = 'none'")
        with pytest.raises(errors.ElementHidden, match='button "B"'):
            await screen.act(Click(ref))

    async def test_disabled(self, screen: Screen) -> None:
        await screen.show("<button disabled>B</button><input aria-label=R readonly>")
        with pytest.raises(errors.ElementDisabled):
            await screen.act(Click(await screen.ref("B")))
        with pytest.raises(errors.ElementDisabled):
            await screen.act(Fill(await screen.ref("R"), "x"))

    async def test_covered_names_the_cover(self, screen: Screen) -> None:
        await screen.show(
            """<button>B</button><div id=veil role=dialog aria-label=Cookies
               style="position: fixed; inset: 0; background: #fff">We use cookies</div>"""
        )
        with pytest.raises(errors.ElementCovered, match=r'div#veil "Cookies"'):
            await screen.act(Click(await screen.ref("B")))

    async def test_wrong_kind(self, screen: Screen) -> None:
        await screen.show("<button>B</button>")
        ref = await screen.ref("B")
        for action in (Fill(ref, "x"), Select(ref, ("x",))):
            with pytest.raises(errors.WrongElement):
                await screen.act(action)

    async def test_unknown_key(self, screen: Screen) -> None:
        with pytest.raises(errors.BadAction, match="Unkn"):
            await screen.act(Press("Unknwon"))


async def test_a_scroll_brings_far_elements_out_from_under_a_fixed_header(screen: Screen) -> None:
    await screen.show(
        """<div style="position: fixed; top: 0; left: 0; right: 0; height: 300px; background: red"></div>
           <div style="height: 2000px"></div><button onclick="clicked = true">Low</button>
           <div style="height: 2000px"></div>"""
    )
    await screen.act(Click(await screen.ref("Low")))
    assert await screen.js("clicked") is True


async def test_cancelling_an_action_leaves_the_space_usable(screen: Screen) -> None:
    await screen.show("<button>B</button>")
    waiting = asyncio.ensure_future(screen.act(WaitFor(text="never", timeout_s=30)))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await screen.act(Click(await screen.ref("B")))
