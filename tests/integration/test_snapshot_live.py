"""Pages taken live and brought back into other contexts, with their server up, changed, or down."""

from __future__ import annotations

import dataclasses
import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from abos import Config, Kernel, sync
from abos.kernel import errors
from abos.kernel.actions import AnswerDialog, Check, Click, Fill
from abos.kernel.demo import DemoShop
from abos.kernel.demo.shop.accounts import DEMO_EMAIL, DEMO_PASSWORD
from abos.kernel.handle import Process
from abos.snapshot import RestoreReport, Snapshot, is_sealed, unpack

Answer = tuple[str, str]


class Site:
    """A server that answers from a table of paths and remembers who asked; it may go down."""

    def __init__(self, pages: dict[str, Answer], port: int = 0) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                key = f"{self.command} {self.path}" if self.command != "GET" else self.path
                kind, body = site.pages.get(key, ("", ""))
                self.send_response(302 if kind == "to" else 200 if kind else 404)
                if kind == "to":
                    self.send_header("Location", body)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body.encode())))
                self.send_header("Set-Cookie", "seen=yes; Path=/")
                for name, value in site.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def down(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site({})
    yield site
    site.down()


@pytest.fixture
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


def config_in(folder: Path) -> Config:
    config = Config()
    local = dataclasses.replace(config.planner.local, enabled=False)
    return dataclasses.replace(
        config,
        planner=dataclasses.replace(config.planner, local=local),
        kernel=dataclasses.replace(config.kernel, profiles=folder),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_kernel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernel]:
    async with Kernel(config_in(tmp_path_factory.mktemp("profiles"))) as kernel:
        yield kernel


@pytest.fixture
def kernel(shared_kernel: Kernel) -> Kernel:
    """One for all tests: their processes, each with a context of its own, keep them apart."""
    assert not [row for row in shared_kernel.ps() if row.exit_code is None]
    return shared_kernel


async def taken(kernel: Kernel, url: str, use: str = "1", ready: str = "true") -> Snapshot:
    """A page opened, used and taken live in a process of its own."""
    async with await kernel.spawn(url) as process:
        await until(process, ready)
        await process.evaluate(use)
        return await process.snapshot(live=True)


async def until(process: Process, holds: str) -> None:
    await process.evaluate(
        f"() => new Promise(done => {{ const look = () => ({holds}) ? done() :"
        " setTimeout(look, 10); look(); })"
    )


async def ref_of(process: Process, role: str, name: str) -> str:
    view = await process.observe()
    return next(e.ref for e in view.elements if e.role == role and name in e.name)


async def shopped(kernel: Kernel, shop: DemoShop) -> Snapshot:
    """Signed in, something in the cart, a note half written."""
    async with await kernel.spawn(shop.url + "sign-in") as process:
        await process.act(Fill(await ref_of(process, "textbox", "Email"), DEMO_EMAIL))
        await process.act(Fill(await ref_of(process, "textbox", "Password"), DEMO_PASSWORD))
        await process.act(Click(await ref_of(process, "button", "Sign in")))
        await process.navigate(shop.url + "search?q=mug")
        await process.act(Click(await ref_of(process, "link", "ug")))
        await process.act(Click(await ref_of(process, "button", "Add to cart")))
        await process.navigate(shop.url + "contact")
        view = await process.observe()
        note = next(e for e in view.elements if e.tag == "textarea")
        await process.act(Fill(note.ref, "Where is my mug?"))
        return await process.snapshot(live=True)


async def test_signed_in_with_the_server_up(kernel: Kernel, shop: DemoShop) -> None:
    snapshot = await shopped(kernel, shop)
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot)
        assert report.exact, report
        assert (report.source, report.mode, report.missing) == ("recording", "live", ())
        assert report.answered > 1
        assert await process.evaluate("document.querySelector('textarea').value") == (
            "Where is my mug?"
        )
        await process.navigate(shop.url + "cart")  # a page like any other now, and signed in
        text = await process.extract()
        assert "ug" in text
        assert "Your cart is empty" not in text
        assert DEMO_EMAIL in await process.evaluate(
            f"fetch('{shop.url}account').then(answer => answer.text())"
        )


async def test_signed_in_with_the_server_down(kernel: Kernel, shop: DemoShop) -> None:
    snapshot = await shopped(kernel, shop)
    shop.stop()
    async with await kernel.spawn("") as process:
        with pytest.raises(errors.NavigationFailed):
            await process.navigate(snapshot.url)
        report = await process.restore(snapshot, network="recorded")
        assert report.exact, report
        assert await process.evaluate("document.styleSheets[0].cssRules.length > 5")
        assert await process.evaluate(
            "[...document.images].every(image => image.complete && image.naturalWidth)"
        )


RICH = """<!doctype html><meta charset=utf-8><title>Rich</title><link rel=stylesheet href=/a.css>
<ul></ul><p id=kept></p><input name=note><div id=box style="height:40px;overflow:auto">
<div style="height:400px">tall</div></div><img src=/dot.svg><iframe src=/frame></iframe>
<script src=/a.js></script>"""
SCRIPT = """
for (const item of ["api/list", "moved"]) {
  fetch("/" + item).then((answer) => answer.json()).then((names) => {
    for (const name of names) {
      document.querySelector("ul").append(Object.assign(document.createElement("li"),
        { textContent: name }));
    }
  });
}
const opening = indexedDB.open("notes", 1);
opening.onupgradeneeded = () => opening.result.createObjectStore("all");
opening.onsuccess = () => {
  const asked = opening.result.transaction("all").objectStore("all").get("one");
  asked.onsuccess = () => {
    document.querySelector("#kept").textContent = [localStorage.local ?? "-",
      sessionStorage.session ?? "-", asked.result ?? "-", document.cookie].join(" ");
  };
};
"""
RICH_PAGES: dict[str, Answer] = {
    "/": ("text/html", RICH),
    "/a.css": ("text/css", "p { color: rgb(1, 2, 3) }"),
    "/a.js": ("text/javascript", SCRIPT),
    "/api/list": ("application/json", '["one", "two \\u00fc"]'),
    "/moved": ("to", "/api/more"),
    "/api/more": ("application/json", '["three"]'),
    "/dot.svg": (
        "image/svg+xml",
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    ),
    "/frame": ("text/html", "<p>framed</p><script>document.body.append('!')</script>"),
}
BUILT = "document.querySelectorAll('li').length === 3 && kept.textContent"
USE = """() => new Promise((done) => {
  localStorage.local = "L"; sessionStorage.session = "S"; document.cookie = "mine=C; path=/";
  document.querySelector("[name=note]").value = "half";
  document.querySelector("#box").scrollTop = 77;
  document.querySelector("#kept").textContent = "L S I seen=yes; mine=C";
  const opening = indexedDB.open("notes", 1);
  opening.onsuccess = () => {
    const change = opening.result.transaction("all", "readwrite");
    change.objectStore("all").put("I", "one");
    change.oncomplete = () => { opening.result.close(); done(); };
  };
})"""


@pytest.mark.parametrize("up", [True, False])
async def test_a_page_built_by_its_scripts(kernel: Kernel, up: bool) -> None:
    site = Site(dict(RICH_PAGES))
    snapshot = await taken(kernel, site.url, USE, BUILT)
    site.asked.clear()
    if not up:
        site.down()
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot, network="recorded")
        assert report.exact, report
        assert await process.evaluate("document.querySelector('#kept').textContent") == (
            "L S I seen=yes; mine=C"
        )
        assert await process.evaluate(
            "[document.querySelector('[name=note]').value, box.scrollTop,"
            " getComputedStyle(kept).color, document.images[0].naturalWidth, history.length <= 2]"
        ) == ["half", 77, "rgb(1, 2, 3)", 9, True]
        assert not site.asked, "the server was asked"
        if up:  # and afterwards the page is like any other
            assert await process.evaluate("fetch('/api/more').then(a => a.status)") == 200
            assert site.asked == ["GET /api/more"]
    if up:
        site.down()


async def test_what_the_tab_held_before_does_not_stay(kernel: Kernel, site: Site) -> None:
    site.pages = dict(RICH_PAGES)
    snapshot = await taken(kernel, site.url, USE, BUILT)
    site.pages["/other"] = (
        "text/html",
        (
            "<script>localStorage.stray = sessionStorage.stray = 1; document.cookie = 'stray=1';"
            "onpagehide = () => { localStorage.late = 1 }</script>"
        ),
    )
    async with await kernel.spawn(site.url + "other") as process:
        assert (await process.restore(snapshot)).exact
        left = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)].sort()"
        assert await process.evaluate(left) == ["local", "session"]
        assert "stray" not in await process.evaluate("document.cookie")


async def test_another_page_is_told(kernel: Kernel, site: Site) -> None:
    """Without a recording the server is asked, and what it says now is compared."""
    site.pages["/"] = ("text/html", "<title>t</title><h1>Hello Ada</h1><ul><li>one<li>two</ul>")
    async with await kernel.spawn(site.url) as process:
        plain = await process.snapshot()
        again = await process.restore(plain)
        assert (again.state, again.source) == ("exact", "network")
        site.pages["/"] = ("text/html", "<title>t</title><h1>Hello Bob</h1><ul><li>one<li>two</ul>")
        report = await process.restore(plain)
        assert (report.state, report.elements_differ, report.texts_differ) == ("close", 0, 1)
        site.pages["/"] = ("text/html", "<h1>Please sign in</h1><form><input></form>")
        report = await process.restore(plain)
        assert report.state == "diverged"
        assert report.elements_differ
        site.pages["/"] = ("to", "/sign-in")
        site.pages["/sign-in"] = ("text/html", "<title>t</title><h1>Hello Ada</h1>")
        assert (await process.restore(plain)).state == "diverged"


async def test_what_the_recording_lacks_is_told(kernel: Kernel, site: Site) -> None:
    """Addresses with a random part are new each time, and no recording has them."""
    site.pages = {
        "/": ("text/html", ("<p>x</p><script>fetch('/api?' + Math.random())"
              ".then(a => document.body.append(document.createElement(a.ok ? 'b' : 'i')))"
              ".catch(() => document.body.append(document.createElement('s')))</script>")),
    }  # fmt: skip
    snapshot = await taken(kernel, site.url, ready="document.querySelector('i')")
    async with await kernel.spawn("") as process:
        online = await process.restore(snapshot)
        assert (online.exact, len(online.missing)) == (True, 1)
        assert online.missing[0].startswith(f"GET {site.url}api?")
        offline = await process.restore(snapshot, network="recorded")
        assert (offline.state, offline.elements_differ) == ("close", 1)
        assert len(offline.missing) == 1


async def test_a_page_that_was_the_answer_to_a_post(kernel: Kernel, site: Site) -> None:
    site.pages = {
        "/": ("text/html", ("<form method=post action=/order><input name=q value=2>"
                           "<button>Order</button></form>")),
        "POST /order": ("text/html", "<h1>Thank you</h1><p>Order 17</p>"),
        "/order": ("text/html", "<h1>Method not allowed</h1>"),
    }  # fmt: skip
    async with await kernel.spawn(site.url) as process:
        await process.act(Click(await ref_of(process, "button", "Order")))
        snapshot = await process.snapshot(live=True)
        plain = await process.snapshot()
    site.asked.clear()
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot)
        assert report.exact, report
        assert "Order 17" in await process.extract()
        assert site.asked == [], "an order must not be placed twice"
        assert not (await process.restore(plain)).exact


async def test_behind_a_service_worker(kernel: Kernel, site: Site) -> None:
    site.pages = {
        "/": ("text/html", ("<h1></h1><script>navigator.serviceWorker.register('/sw.js')"
              ".then(() => navigator.serviceWorker.ready).then(() => window.ready = 1);"
              "fetch('/who').then(a => a.text()).then(t => {"
              " document.querySelector('h1').textContent = t })</script>")),
        "/sw.js": ("text/javascript",
                   ("let n = 1; onactivate = (e) => e.waitUntil(clients.claim());"
                   "onfetch = (e) => { if (e.request.url.endsWith('/who'))"
                   " e.respondWith(new Response('worker ' + n++)) }")),
        "/who": ("text/plain", "the server"),
    }  # fmt: skip
    async with await kernel.spawn(site.url) as process:
        await until(process, "window.ready && navigator.serviceWorker.controller")
        await process.navigate(site.url)
        await until(process, "document.querySelector('h1').textContent")
        assert await process.evaluate("document.querySelector('h1').textContent") == "worker 1"
        snapshot = await process.snapshot(live=True)
        site.asked.clear()  # a worker that is there already is passed by
        assert (await process.restore(snapshot, network="recorded")).exact
        assert not {"GET /", "GET /who"} & set(site.asked)
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot, network="recorded")
        assert report.exact, report


async def test_answers_of_other_origins(kernel: Kernel, site: Site) -> None:
    """What another origin allowed then it allows now, preflights and all; and nothing more."""
    other = Site({"/open": ("application/json", '{"n": 7}'), "/closed": ("text/plain", "no"),
                  "OPTIONS /open": ("text/plain", ""), "/frame": ("text/html", "<b>framed</b>")})  # fmt: skip
    other.headers = {"Access-Control-Allow-Origin": site.url[:-1],
                     "Access-Control-Allow-Headers": "x-mine"}  # fmt: skip
    strict = Site({"/closed": ("text/plain", "secret")})
    site.pages["/"] = (
        "text/html",
        (
            f"<p></p><i></i><iframe src={other.url.replace('127.0.0.1', 'localhost')}frame></iframe>"
            f"<script>fetch('{other.url}open', {{ headers: {{ 'x-mine': '1' }} }})"
            ".then(a => a.json()).then(j => { document.querySelector('p').textContent = j.n });"
            f"fetch('{strict.url}closed').then(a => a.text(), () => 'refused')"
            ".then(t => { document.querySelector('i').textContent = t })</script>"
        ),
    )
    ready = "document.querySelector('p').textContent && document.querySelector('i').textContent"
    snapshot = await taken(kernel, site.url, ready=ready)
    assert "7\n" in snapshot.text() + "\n"
    for each in (other, strict):
        each.down()
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot, network="recorded")
        assert report.exact, report
        assert await process.evaluate("document.querySelector('i').textContent") == "refused"


async def test_a_page_that_asks_before_it_is_left(kernel: Kernel, site: Site) -> None:
    site.pages["/"] = (
        "text/html",
        (
            "<button>Go</button><script>onbeforeunload = (e) => e.preventDefault();"
            "onpagehide = () => { localStorage.own = 3 }</script>"
        ),
    )
    async with await kernel.spawn(site.url) as process:
        await process.evaluate("localStorage.own = 1")
        snapshot = await process.snapshot(live=True)
        await process.act(Click(await ref_of(process, "button", "Go")))
        assert (await process.restore(snapshot)).exact
        assert await process.evaluate("localStorage.own") == "1"


async def test_a_page_that_opens_a_dialog_goes_on_when_it_is_answered(
    kernel: Kernel, site: Site
) -> None:
    site.pages["/"] = ("text/html", "<input name=a><script>alert('Welcome')</script><p>after</p>")
    async with await kernel.spawn(site.url) as process:
        await process.act(AnswerDialog())
        await process.act(Fill(await ref_of(process, "textbox", ""), "typed"))
        snapshot = await process.snapshot(live=True)
        with pytest.raises(errors.DialogOpen, match="Welcome"):
            await process.restore(snapshot)
        await process.act(AnswerDialog())
        await until(process, "document.querySelector('[name=a]').value === 'typed'")
        assert await process.evaluate("fetch('/').then(a => a.status)") == 200


async def test_an_address_that_scripts_have_changed(kernel: Kernel, site: Site) -> None:
    site.pages["/"] = (
        "text/html",
        (
            "<h1></h1><script>const show = () => { document.querySelector('h1').textContent ="
            " location.pathname + location.hash }; show()</script>"
        ),
    )
    for to in ("/route/2", "/#part"):
        snapshot = await taken(kernel, site.url, f"history.pushState(0, '', '{to}'), show()")
        async with await kernel.spawn("") as process:
            report = await process.restore(snapshot, network="recorded")
            assert report.exact, report
            assert (await process.observe()).url.endswith(to)
            again = await process.restore(snapshot, network="recorded")
            assert again.exact, again


async def test_a_page_of_many_requests_keeps_its_document(kernel: Kernel, site: Site) -> None:
    site.pages["/"] = ("text/html", "<h1>Many</h1>")
    async with await kernel.spawn("") as process:
        await process.navigate(site.url)
        await process.evaluate(
            "async () => { for (let i = 0; i < 130; i++) await fetch('/no/' + i) }"
        )
        snapshot = await process.snapshot(live=True)
        site.pages["/"] = ("text/html", "<p>Something else</p>")
        report = await process.restore(snapshot)
        assert (report.exact, report.source) == (True, "recording"), report


async def test_bounds_are_told(kernel: Kernel, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abos.kernel.space.recording.MAX_BODIES", 5000)
    monkeypatch.setattr("abos.kernel.space.recording.MAX_BODY", 3000)
    site.pages = {
        "/": ("text/html", ("<link rel=stylesheet href=/big.css><link rel=stylesheet href=/a.css>"
                           "<link rel=stylesheet href=/b.css>")),
        "/big.css": ("text/css", "/*" + "x" * 4000 + "*/"),
        "/a.css": ("text/css", "/*" + "x" * 2900 + "*/"),
        "/b.css": ("text/css", "/*" + "x" * 2900 + "*/"),
    }  # fmt: skip
    snapshot = await taken(kernel, site.url)
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot)
    told = [words for words in report.not_restorable if words.startswith("not recorded: ")]
    assert f"not recorded: {site.url}big.css (too large)" in told
    assert len(told) == 2
    assert sum(words.endswith("(no room)") for words in told) == 1


async def test_secrets_are_sealed(kernel: Kernel, site: Site, tmp_path: Path) -> None:
    site.pages["/"] = ("text/html", "<p>hello reader</p>")
    use = "localStorage.token = document.cookie = 'tellnobody=1'"
    snapshot = await taken(kernel, site.url, use)
    assert snapshot.text() == "hello reader"
    assert b"tellnobody" not in snapshot.data
    assert b"hello reader" not in snapshot.data
    with pytest.raises(Exception, match="sealed with key"):
        unpack(snapshot.data, None)
    changed = bytearray(snapshot.data)
    changed[-20] ^= 1
    async with await kernel.spawn("") as process:
        for bad in (bytes(changed), snapshot.data[:60], snapshot.data[:20]):
            with pytest.raises(errors.BadSnapshot):
                await process.restore(bad)
        plain = await process.snapshot()
        assert not is_sealed(plain.data)
    async with Kernel(config_in(tmp_path / "others")) as other, await other.spawn("") as process:
        with pytest.raises(errors.SnapshotLocked) as caught:
            await process.restore(snapshot)
        assert "ABOS_ENCRYPTION_KEY" in caught.value.hint


async def test_modes(kernel: Kernel, site: Site) -> None:
    site.pages["/"] = ("text/html", "<p>x</p><script>document.body.append('ran')</script>")
    snapshot = await taken(kernel, site.url)
    async with await kernel.spawn("") as process:
        site.asked.clear()
        inert = await process.restore(snapshot, mode="inert")
        assert (inert.mode, inert.source, inert.exact) == ("inert", "snapshot", True)
        assert site.asked == []
        live = await process.restore(snapshot, mode="live")
        assert (live.mode, live.source, live.exact) == ("live", "recording", True)
        assert (await process.restore(snapshot)).mode == "live"


async def test_pages_without_an_address(kernel: Kernel) -> None:
    async with await kernel.spawn("") as process:
        await process.evaluate("document.body.innerHTML = '<h1>Here</h1><input name=a>'")
        await process.act(Fill(await ref_of(process, "textbox", ""), "kept"))
        snapshot = await process.snapshot(live=True)
        assert snapshot.url == "about:blank"
        with pytest.raises(errors.CannotRestore, match="about:blank"):
            await process.restore(snapshot, mode="live")
        for mode in ("auto", "inert"):
            report: RestoreReport = await process.restore(snapshot, mode=mode)
            assert (report.mode, report.exact) == ("inert", True), report
        assert "Here" in await process.extract()


async def test_a_snapshot_from_elsewhere_opens_no_file(kernel: Kernel, tmp_path: Path) -> None:
    from abos.snapshot.codec import encode

    async with await kernel.spawn("") as process:
        await process.evaluate("document.body.textContent = 'mine'")
        columns = (await process.snapshot()).columns
        secret = tmp_path / "secret.html"
        secret.write_text("<p>a file</p>")
        page = dataclasses.replace(columns.page, url=secret.as_uri())
        data = encode(dataclasses.replace(columns, page=page))
        assert (await process.restore(data)).mode == "inert"
        assert "a file" not in await process.extract()
        with pytest.raises(errors.CannotRestore):
            await process.restore(data, mode="live")


async def test_fields_that_scripts_make_late(kernel: Kernel, site: Site) -> None:
    site.pages = {
        "/": ("text/html", ("<form></form><script>fetch('/fields').then(a => a.text()).then(t => {"
                           " document.querySelector('form').innerHTML = t })</script>")),
        "/fields": ("text/html", "<label><input type=checkbox name=on>On</label><input name=a>"),
    }  # fmt: skip
    async with await kernel.spawn(site.url) as process:
        await until(process, "document.querySelector('[name=a]')")
        await process.act(Check(await ref_of(process, "checkbox", "On")))
        snapshot = await process.snapshot(live=True)
    async with await kernel.spawn("") as process:
        report = await process.restore(snapshot)
        assert (report.exact, report.fields_restored) == (True, 2), report


def test_for_scripts_without_asyncio(site: Site, tmp_path: Path) -> None:
    site.pages["/"] = ("text/html", "<h1>Here</h1>")
    with sync.Kernel(config_in(tmp_path / "profiles")) as kernel, kernel.spawn(site.url) as process:
        snapshot = process.snapshot(boxes=False, live=True)
        assert not len(snapshot.columns.boxes)
        site.pages["/"] = ("text/html", "<p>gone</p>")
        report = process.restore(snapshot, network="recorded")
        assert (report.source, report.exact) == ("recording", True)
        assert process.restore(snapshot, mode="inert", assets=True).mode == "inert"
        assert is_sealed(snapshot.data)
        assert not is_sealed(process.snapshot().data)
