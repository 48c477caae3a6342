"""Frames that live in renderer processes of their own, captured with the page and restored inert."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from abos.pool import find_chromium
from abos.snapshot import CAPTURE_JS, Snapshot, World, capture
from abos.snapshot.columns import Kind
from abos.snapshot.delta import RECORDER_JS, Recorder, content_hash

from .staging import Site, back, session

USED = """() => { document.querySelector("input").value = "typed"; scrollTo(0, 77);
  document.querySelector("textarea").value = "more"; document.styleSheets[0].insertRule("i { color: rgb(1, 2, 3) }"); }"""
SEEN = """() => [document.querySelector("input").value, scrollY, getComputedStyle(document.querySelector("i")).color,
  getComputedStyle(document.querySelector("b")).color, document.querySelector("script").textContent]"""

BOX = """(tag) => { const { x, y, width, height } = document.querySelector(tag).getBoundingClientRect();
  return [x, y, width, height]; }"""


@pytest.fixture
async def isolated() -> AsyncIterator[Browser]:
    """A browser that gives every site a process."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()),
            chromium_sandbox=os.geteuid() != 0,
            args=["--site-per-process"],
        )
        yield browser
        await browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """One server under two names: for browsers, two sites."""
    with Site({}) as site:
        other = site.url.replace("127.0.0.1", "localhost")
        site.files = {
            "/": f"<!doctype html><p>top</p><div style='height:40px'></div><iframe src={other}/other></iframe><p>end</p>",
            "/other": "<!doctype html><title>other</title><link rel=stylesheet href=/sheet.css><b>other</b><input><i>i</i>"
            "<x-in></x-in><textarea></textarea><script>customElements.define('x-in', class extends HTMLElement {"
            " constructor() { super(); this.attachShadow({ mode: 'closed' }).innerHTML = '<u>closed</u>'; } })</script>"
            f"<div style='height:900px'></div><iframe src={site.url}/inner></iframe>",
            "/inner": f"<p>inner</p><iframe src={other}/leaf></iframe>",
            "/leaf": "<q>leaf</q>",
            "/sheet.css": "b { color: rgb(9, 9, 9) }",
        }
        yield site


async def loaded(browser: Browser, site: Site) -> Page:
    context = await browser.new_context(viewport={"width": 900, "height": 600})
    page = await context.new_page()
    await page.goto(site.url + "/")
    await page.frames[1].evaluate(USED)
    return page


async def separate(page: Page) -> int:
    """Frames with a DevTools target of their own."""
    found = [await page.context.new_cdp_session(frame) for frame in page.frames]
    return len(found)  # Playwright refuses for frames that share their parent's


async def taken(page: Page) -> tuple[Snapshot, World]:
    world = await World.attach(await session(page), (CAPTURE_JS, RECORDER_JS))
    return await capture(world, taken_at=1.0), world


async def test_frames_of_other_processes_are_captured(isolated: Browser, site: Site) -> None:
    page = await loaded(isolated, site)
    assert await separate(page) == 4
    snapshot, world = await taken(page)
    for words in ("top", "other", "closed", "inner", "leaf", "end"):
        assert words in snapshot.text()
    assert snapshot.text().index("other") < snapshot.text().index("end")
    assert not len(snapshot.columns.mark_node)
    snapshot.verify()
    documents = [
        i for i, kind in enumerate(snapshot.columns.kind.tolist()) if kind == Kind.DOCUMENT
    ]
    assert ["cross" in snapshot.said(i) for i in documents] == [False, True, True, True]
    assert "more" in dict(snapshot.form_state()).values()
    box = next(each.box for each in snapshot.find("textarea"))
    around = await page.evaluate(BOX, "iframe")
    inside = await page.frames[1].evaluate(BOX, "textarea")
    assert box == pytest.approx((around[0] + 2 + inside[0], around[1] + 2 + inside[1], *inside[2:]))
    again = await capture(world, taken_at=1.0)
    assert again == snapshot


async def test_a_frame_that_changes_its_process_is_captured_where_it_is(
    isolated: Browser, site: Site
) -> None:
    page = await loaded(isolated, site)
    _, world = await taken(page)
    for address, words in ((site.url + "/inner", "inner"), (page.frames[1].url, "other")):
        async with page.expect_event("framenavigated", lambda frame, at=address: frame.url == at):
            await page.evaluate("(at) => { document.querySelector('iframe').src = at }", address)
        await page.frames[1].wait_for_load_state()
        assert words in (await capture(world, taken_at=1.0)).text()


async def test_they_are_recorded(isolated: Browser, site: Site) -> None:
    page = await loaded(isolated, site)
    _, world = await taken(page)
    recorder = Recorder(world)
    await recorder.record(taken_at=1.0)
    await page.frames[1].evaluate("() => { document.querySelector('b').textContent = 'changed' }")
    now = await recorder.record(taken_at=2.0)
    whole = await capture(world, taken_at=2.0, boxes=False, look=False)
    assert content_hash(now.columns) == content_hash(whole.columns)
    assert "changed" in now.snapshot.text()


async def test_they_are_restored_inert(isolated: Browser, site: Site) -> None:
    page = await loaded(isolated, site)
    snapshot, _ = await taken(page)
    site.hits.clear()
    result = await back(page.context, page, snapshot)
    assert await separate(result.after) == 4
    assert site.hits == []
    assert (result.report.state, result.report.fields_missed) == ("exact", ())
    seen = await page.frames[1].evaluate(SEEN)
    assert seen[:4] == ["typed", 77, "rgb(1, 2, 3)", "rgb(9, 9, 9)"]
    assert await result.after.frames[1].evaluate(SEEN) == [*seen[:4], ""]
    assert await result.after.frames[3].evaluate("document.body.innerText") == "leaf"
    assert result.ran == []
