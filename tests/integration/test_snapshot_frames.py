"""Frames in frames, of the same site and of others, captured and restored inert."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext

from abos.snapshot import CAPTURE_JS, World, capture

from .staging import SITE, back, open_page, session, staged

OTHER, THIRD = "https://other.test/", "https://third.test/"
PAGES = {
    "/": "<!doctype html><p>top</p><iframe src=/same id=a></iframe><iframe src=https://other.test/ id=b></iframe>"
    "<iframe id=blank></iframe><iframe srcdoc='<b>from srcdoc</b><input id=s>' id=c></iframe>"
    "<iframe src='data:text/html,<i>data</i>'></iframe><p>end</p>",
    "/same": "<title>same</title><p>same</p><input value=x><div style='height:900px'></div><iframe src=/inner></iframe>",
    "/inner": "<!doctype html><b>inner</b><iframe src=https://third.test/></iframe>",
    OTHER: "<!doctype html><style>b{color:red}</style><b>other</b><input><textarea></textarea><div style='height:900px'></div><iframe src=https://shop.test/inner></iframe>",
    THIRD: "<i>third</i><x-a></x-a>",
}
USE = """() => {
  document.getElementById("blank").contentDocument.write("<!doctype html><u>written</u><input>");
  document.getElementById("blank").contentDocument.querySelector("input").value = "w";
  const same = document.getElementById("a").contentDocument;
  same.querySelector("input").value = "typed"; same.scrollingElement.scrollTop = 50;
  document.getElementById("c").contentDocument.querySelector("input").value = "s";
  document.getElementById("c").contentDocument.querySelector("b").append(document.createElement("p"), " more");
}"""
INNER = """() => {
  document.querySelector("input").value = "across"; document.querySelector("textarea").value = "sites";
  document.styleSheets[0].insertRule("b { color: rgb(1, 2, 3) }", 1); scrollTo(0, 77);
}"""


async def test_frames_in_frames(context: BrowserContext) -> None:
    before = await open_page(context, PAGES)
    await before.evaluate(USE)
    other = next(frame for frame in before.frames if frame.url == OTHER)
    await other.evaluate(INNER)
    third = next(frame for frame in before.frames if frame.url == THIRD)
    await third.evaluate(
        "document.querySelector('x-a').attachShadow({ mode: 'open' }).innerHTML = '<q>'"
    )
    world = await World.attach(await session(before), (CAPTURE_JS,))
    snapshot = await capture(world, taken_at=1.0)
    for words in ("top", "same", "inner", "other", "third", "written", "from srcdoc", "data"):
        assert words in snapshot.text()
    box = next(each.box for each in snapshot.find("textarea"))
    place = await other.locator("textarea").bounding_box()
    assert place is not None
    assert box == pytest.approx(tuple(place.values()), abs=0.1)

    result = await back(context, before, snapshot)
    difference = await result.difference()
    assert (difference.tree, difference.form) == ([], [])
    assert difference.boxes == difference.boxed, difference.notes
    assert (result.report.state, result.report.fields_missed) == ("exact", ())
    again = next(frame for frame in result.after.frames if frame.url == OTHER)
    assert await again.evaluate(
        "() => [document.querySelector('input').value, document.querySelector('textarea').value, scrollY,"
        " getComputedStyle(document.querySelector('b')).color]"
    ) == ["across", "sites", 77, "rgb(1, 2, 3)"]
    assert result.ran == []


async def test_framesets_and_objects(context: BrowserContext) -> None:
    files = {
        "/": "<frameset cols=50%,50%><frame src=/same><frame src=/svg.svg></frameset>",
        "/same": "<!doctype html><object data=/svg.svg type=image/svg+xml>instead</object><embed src=/svg.svg>"
        "<object data=/none>instead</object>",
        "/svg.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="9" height="9"/></svg>',
    }
    page = await staged(context, files)
    difference = await page.difference()
    assert (difference.tree, difference.form) == ([], [])
    assert difference.boxes == difference.boxed, difference.notes


async def test_two_frames_of_one_address_and_one_that_went_elsewhere(
    context: BrowserContext,
) -> None:
    files = {"/": "<!doctype html><iframe src=/f></iframe><iframe src=/f></iframe><iframe src=/f></iframe>",
             "/f": "<p>f</p>", "/g": "<!doctype html><p>g<a href=x>y</a>"}  # fmt: skip
    use = """() => new Promise((done) => {
      const [one, two, three] = document.querySelectorAll("iframe");
      one.contentDocument.body.append("one", document.createElement("hr"));
      two.contentDocument.body.append("two");
      three.onload = () => done(); three.contentWindow.location = "/g";
    })"""
    page = await staged(context, files, use=use)
    difference = await page.difference()
    assert (difference.tree, difference.boxes) == ([], difference.boxed)
    said = "[...document.querySelectorAll('iframe')].map((el) => [el.contentDocument.body.innerText, el.contentDocument.baseURI])"
    assert await page.after.evaluate(said) == await page.before.evaluate(said)
    assert SITE + "g" in str(await page.after.evaluate(said))
