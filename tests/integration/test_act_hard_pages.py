"""Pages that make acting hard: dialogs, slow answers, windows that come and go, streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from threading import Event
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
    Effect,
    Hover,
    OpenTab,
    Select,
    SwitchTab,
    WaitFor,
)
from abos.kernel.space import AddressSpace
from abos.snapshot import World

from .machine import Quiet, served

CLOSING = Event()
"""Set when the server is shut down, so that answers that are held back end."""


class _Site(Quiet):
    def do_GET(self) -> None:
        kind, _, rest = self.path.strip("/").partition("/")
        answer = {"slow": self.slow, "stream": self.stream, "file": self.file, "hang": self.hang}
        answer.get(kind, self.page)(rest)

    do_POST = do_GET  # noqa: N815

    def page(self, _: str) -> None:
        self.head("text/html")
        pages = {
            "/closes-itself": "<script>window.close()</script>",
            "/alerts": "<script>alert('hello')</script><h1>after</h1>",
            "/closing": "<button onclick='window.close()'>Done</button>",
        }
        self.wfile.write(pages.get(self.path, f"<h1>{self.path}</h1>").encode())

    def slow(self, seconds: str) -> None:
        CLOSING.wait(float(seconds))
        self.head("text/html")
        self.wfile.write(b"<h1>at last</h1>")

    def stream(self, _: str) -> None:
        self.head("text/html")
        self.wfile.write(b"<button>Hello</button>" + b" " * 4000)
        self.wfile.flush()
        CLOSING.wait(20)

    def hang(self, _: str) -> None:
        CLOSING.wait(20)

    def file(self, _: str) -> None:
        self.head("text/plain", disposition="attachment; filename=report.txt")
        self.wfile.write(b"x")

    def head(self, kind: str, disposition: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if disposition:
            self.send_header("Content-Disposition", disposition)
        self.end_headers()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True


@pytest.fixture
def site() -> Iterator[str]:
    CLOSING.clear()
    with served(_Site) as url:
        yield url.rstrip("/")
        CLOSING.set()


@pytest_asyncio.fixture(loop_scope="module")
async def space(page: Page) -> AsyncIterator[AddressSpace]:
    space = await AddressSpace.attach(page)
    yield space
    await space.close()


class Screen:
    """A page made from markup at an address of the site, with elements found by name."""

    def __init__(self, space: AddressSpace, page: Page, site: str) -> None:
        self.space, self.page, self.site = space, page, site

    async def show(self, html: str) -> None:
        await self.space.navigate(f"{self.site}/start")
        await self.page.set_content(html)

    async def ref(self, name: str) -> str:
        view = await self.space.observe(1000)
        return next(e.ref for e in view.elements if e.name == name)

    async def click(self, name: str) -> Effect:
        return await self.space.act(Click(await self.ref(name)))

    async def act(self, action: Any) -> Effect:
        return await self.space.act(action)


@pytest.fixture
def screen(space: AddressSpace, page: Page, site: str) -> Screen:
    return Screen(space, page, site)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that says nothing for 0.4 s counts as hung: a stand-in for seconds of slowness."""
    monkeypatch.setattr(World.call, "__kwdefaults__", {"timeout_s": 0.4})


class TestDialogs:
    async def test_one_after_another(self, screen: Screen) -> None:
        await screen.show(
            """<button onclick="if (confirm('sure?')) { alert('done'); document.title = 'x' }">B
               </button>"""
        )
        assert (await screen.click("B")).dialog == "sure?"
        assert (await screen.act(AnswerDialog())).dialog == "done"
        effect = await screen.act(AnswerDialog())
        assert effect.dialog == ""
        assert effect.changed
        assert (await screen.space.observe(10)).title == "x"

    async def test_an_answer_tells_what_came_of_it(self, screen: Screen) -> None:
        await screen.show("<button onclick=\"if (confirm('go?')) location = '/there'\">B</button>")
        await screen.click("B")
        effect = await screen.act(AnswerDialog())
        assert effect.navigated
        assert effect.url == f"{screen.site}/there"

    async def test_a_prompt_keeps_its_default_unless_told(self, screen: Screen) -> None:
        await screen.show("<button onclick=\"document.title = prompt('name?', 'Ada')\">B</button>")
        for text, title in ((None, "Ada"), ("", ""), ("Bo", "Bo")):
            await screen.click("B")
            await screen.act(AnswerDialog(text=text))
            assert (await screen.space.observe(10)).title == title

    async def test_while_a_page_loads(self, screen: Screen) -> None:
        await screen.show("")
        effect = await screen.space.navigate(f"{screen.site}/alerts")
        assert effect.dialog == "hello"
        await screen.act(AnswerDialog())
        assert "after" in (await screen.space.observe(100)).text

    async def test_before_the_first_call_they_are_dismissed(self, screen: Screen) -> None:
        await screen.page.goto(f"{screen.site}/alerts", timeout=5000)
        assert (await screen.space.observe(100)).dialog is None

    async def test_during_a_reading_call(self, screen: Screen) -> None:
        await screen.show("")
        with pytest.raises(errors.DialogOpen, match="'1'"):
            await screen.space.evaluate("alert(1)")
        view = await screen.space.observe(10)
        assert view.dialog is not None
        with pytest.raises(errors.DialogOpen):
            await screen.space.extract("", "text", 10)
        with pytest.raises(errors.DialogOpen):
            await screen.space.snapshot()
        await screen.act(AnswerDialog())
        # The page is busy when it is asked, and opens a dialog instead of answering.
        await screen.page.evaluate(
            "setTimeout(() => { const t = Date.now(); while (Date.now() - t < 200); alert(2) })"
        )
        view = await screen.space.observe(10)
        assert view.dialog is not None
        assert view.dialog.message == "2"
        await screen.act(AnswerDialog())

    async def test_in_a_window_that_opens(self, screen: Screen) -> None:
        await screen.show("<button onclick=\"window.open('/alerts')\">B</button>")
        await screen.click("B")
        # The window's document comes when it comes: its dialog may open just after the effect.
        async with asyncio.timeout(10):
            while screen.space.tab.dialog is None:
                await asyncio.sleep(0.01)
        assert screen.space.tab.dialog.message == "hello"
        await screen.act(AnswerDialog())
        await screen.space.tab.signals.until(
            lambda: len(screen.page.context.pages) == 2 and len(screen.space._urls()) == 2, 5
        )
        await screen.act(SwitchTab(1))
        assert "after" in (await screen.space.observe(100)).text


class TestSlowPages:
    @pytest.mark.usefixtures("hasty")
    @pytest.mark.parametrize(
        "way",
        [
            "<a href=/slow/1.2>B</a>",
            "<form action=/slow/1.2 method=post><button>B</button></form>",
            "<button onclick=\"location = '/slow/1.2'\">B</button>",
        ],
    )
    async def test_a_navigation_is_waited_for(self, screen: Screen, way: str) -> None:
        await screen.show(way)
        effect = await screen.click("B")
        assert effect.navigated
        assert "at last" in (await screen.space.observe(100)).text

    @pytest.mark.usefixtures("hasty")
    async def test_reading_and_acting_wait_for_one_that_began_by_itself(
        self, screen: Screen
    ) -> None:
        await screen.show("<button>B</button>")
        ref = await screen.ref("B")
        await screen.page.evaluate("void (location = '/slow/1')")
        assert "at last" in (await screen.space.observe(100)).text
        await screen.show("<button>B</button>")
        ref = await screen.ref("B")
        await screen.page.evaluate("void (location = '/slow/1')")
        with pytest.raises(errors.ElementGone):
            await screen.act(Hover(ref))
        await screen.page.evaluate("void (location = '/slow/1')")
        assert "at last" in await screen.space.extract("", "text", 100)

    async def test_one_that_never_comes_is_named(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("abos.kernel.space.acting.NAVIGATION_S", 0.3)
        monkeypatch.setattr("abos.kernel.space.reading._LAST_TRY_S", 0.2)
        await screen.show("<a href=/hang>B</a>")
        ref = await screen.ref("B")
        assert (await screen.act(Click(ref))).navigated
        with pytest.raises(errors.WaitFailed, match="begun to load another"):
            await screen.act(Click(ref))

    async def test_requests_without_answer_are_waited_for_once(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("abos.kernel.space.acting.ANSWERS_S", 1.5)
        await screen.show("<button onclick=\"fetch('/hang')\">B</button>")
        assert (await screen.click("B")).seconds < 3

    async def test_a_page_that_streams_for_ever_is_usable(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("abos.kernel.space.reading.PARSE_S", 0.3)
        assert (await screen.space.navigate(f"{screen.site}/stream")).navigated
        started = time.monotonic()
        await screen.click("Hello")
        assert time.monotonic() - started < 10

    async def test_waiting_for_words_goes_on_in_the_next_document(self, screen: Screen) -> None:
        await screen.show("<script>setTimeout(() => location = '/slow/0.3', 100)</script>")
        await screen.act(WaitFor(text="at last", timeout_s=5))
        await screen.show("<script>setInterval(() => fetch('/x'), 50)</script>")
        with pytest.raises(errors.WaitFailed, match="still loading"):
            await screen.act(WaitFor(idle=True, timeout_s=0.5))


class TestWindows:
    async def test_one_that_closes_itself_costs_nothing(self, screen: Screen) -> None:
        await screen.show("<button onclick=\"window.open('/closes-itself')\">B</button>")
        effect = await screen.click("B")
        assert effect.new_tab == ""
        assert effect.seconds < 5

    async def test_one_that_is_closed_while_it_loads(self, screen: Screen) -> None:
        await screen.show(
            """<button onclick="w = window.open('/stream'); setTimeout(() => w.close(), 300)">B
               </button>"""
        )
        effect = await screen.click("B")
        assert effect.new_tab == ""
        assert effect.seconds < 5

    async def test_a_slow_one_is_told_by_its_address(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await screen.show("<button onclick=\"window.open('/slow/1')\">B</button>")
        assert (await screen.click("B")).new_tab == f"{screen.site}/slow/1"
        monkeypatch.setattr("abos.kernel.space.windows.NAVIGATION_S", 0.2)
        await screen.show("<button onclick=\"window.open('/hang')\">B</button>")
        assert (await screen.click("B")).new_tab == f"{screen.site}/hang"

    async def test_a_download_in_a_new_window(self, screen: Screen) -> None:
        await screen.show("<a href=/file target=_blank>B</a>")
        effect = await screen.click("B")
        assert effect.downloads == ("report.txt",)
        assert effect.new_tab == ""
        assert effect.seconds < 5
        assert len((await screen.space.observe(10)).tabs) == 1

    async def test_more_downloads_than_are_kept(self, screen: Screen) -> None:
        await screen.show("<a href=/file>B</a>")
        for number in range(100):
            screen.space.tab.signals.on_download(f"{number}")
        assert (await screen.click("B")).downloads == ("report.txt",)

    async def test_a_press_that_closes_its_own_tab(self, screen: Screen) -> None:
        await screen.show("<button onclick=\"window.open('/closing')\">B</button>")
        await screen.click("B")
        await screen.act(SwitchTab(1))
        effect = await screen.click("Done")
        assert effect.navigated
        assert effect.url == f"{screen.site}/start"
        assert (await screen.space.observe(10)).tabs == (f"{screen.site}/start",)

    async def test_the_first_tab_may_close_and_the_last_is_missed(self, screen: Screen) -> None:
        await screen.show("")
        await screen.act(OpenTab(f"{screen.site}/two"))
        await screen.act(SwitchTab(0))
        await screen.page.close()
        assert (await screen.space.observe(10)).url == f"{screen.site}/two"
        await screen.space.tab.page.close()
        with pytest.raises(errors.PageLost, match="closed"):
            await screen.space.observe(10)

    async def test_a_crashed_tab_hands_over(self, screen: Screen) -> None:
        await screen.show("")
        await screen.act(OpenTab(f"{screen.site}/two"))
        crashing = screen.space.tab
        going = asyncio.ensure_future(crashing.page.goto("chrome://crash", timeout=2000))
        await crashing.signals.until(lambda: crashing.lost, 5)
        await asyncio.gather(going, return_exceptions=True)
        assert (await screen.space.observe(10)).url == f"{screen.site}/start"

    async def test_an_address_that_does_not_resolve(self, screen: Screen) -> None:
        await screen.show("")
        with pytest.raises(Exception, match="does not resolve"):
            await screen.act(OpenTab("http://no-such-host.invalid/"))
        view = await screen.space.observe(10)
        assert (view.tabs, view.tab) == ((f"{screen.site}/start",), 0)

    async def test_their_number_is_bounded(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("abos.kernel.space.windows.MAX_TABS", 2)
        await screen.show(
            "<button onclick=\"for (const n of [1, 2, 3]) window.open('/w' + n)\">B</button>"
        )
        await screen.click("B")
        assert len((await screen.space.observe(10)).tabs) == 2
        with pytest.raises(errors.TooBusy):
            await screen.act(OpenTab(f"{screen.site}/x"))
        await screen.act(CloseTab(1))

    async def test_one_that_does_not_answer_is_an_error_of_ours(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await screen.show("")
        monkeypatch.setattr("abos.kernel.space.windows._ATTACH_S", 0.0)
        with pytest.raises(errors.PageLost, match="gave no answer"):
            await screen.act(OpenTab(f"{screen.site}/x"))


class TestErrorsAfterInput:
    async def test_carry_a_mark(self, screen: Screen) -> None:
        await screen.show('<input type=checkbox aria-label=C onclick="event.preventDefault()">')
        with pytest.raises(errors.WrongElement, match="did not change") as caught:
            await screen.act(Check(await screen.ref("C")))
        assert getattr(caught.value, "performed", False) is True

    async def test_and_those_before_it_do_not(self, screen: Screen) -> None:
        await screen.show("<button disabled>B</button><select aria-label=S><option>a</select>")
        with pytest.raises(errors.WrongElement) as caught:
            await screen.act(Select(await screen.ref("S"), ("z",)))
        assert not getattr(caught.value, "performed", False)


async def test_history_without_a_page_to_go_to(screen: Screen) -> None:
    await screen.space.navigate(f"{screen.site}/one")
    assert (await screen.act(Back())).url == "about:blank"
    assert not (await screen.act(Back())).navigated


async def test_a_document_that_was_opened_anew(screen: Screen) -> None:
    await screen.show('<button onclick="document.open()">B</button>')
    await screen.click("B")
    assert (await screen.space.observe(10)).elements == ()
    assert await screen.space.extract("", "text", 10) == ""
