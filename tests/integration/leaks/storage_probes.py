"""What a site can keep in the browser: cookies and storages."""

from __future__ import annotations

from abos.pool import SessionOptions

from .probe import Look, Plant, Probe, Scene
from .site import SHOP


def _script(code: str) -> Plant:
    """Run code at the shop, with the mark as `mark`."""

    async def plant(scene: Scene) -> None:
        await scene.visit()
        await scene.page.evaluate(f"async mark => {{ {code} }}", scene.mark)

    return plant


def _seen(expression: str, tab: bool = False) -> Look:
    """Whether an expression over `mark` is true at the shop, in the lease's page or in a new tab."""

    async def look(scene: Scene) -> bool:
        page = scene.page
        if tab:
            page = await scene.another_tab()
        else:
            await scene.visit()
        found = await page.evaluate(f"async mark => {expression}", scene.mark)
        assert isinstance(found, bool)
        return found

    return look


def _set_by_server(attributes: str) -> Plant:
    async def plant(scene: Scene) -> None:
        await scene.visit(f"/cookie/{scene.mark}/{attributes}")

    return plant


async def _sent_to_server(scene: Scene) -> bool:
    return scene.mark in (await scene.echoed()).get("cookie", "")


async def _persist(scene: Scene) -> None:
    """Playwright knows no such permission, the browser does, while whoever gave it listens."""
    browser = scene.context.browser
    assert browser is not None
    control = await scene.context.new_cdp_session(scene.page)
    target = (await control.send("Target.getTargetInfo"))["targetInfo"]
    everything = scene.notes["control"] = await browser.new_browser_cdp_session()
    permission = {"permission": {"name": "persistent-storage"}, "setting": "granted"}
    await everything.send(
        "Browser.setPermission", permission | {"browserContextId": target["browserContextId"]}
    )
    await scene.visit()
    assert await scene.page.evaluate("navigator.storage.persist()")


async def _no_plant(scene: Scene) -> None:
    """The lease's options are the plant."""


def _signed_in(mark: str) -> SessionOptions:
    cookie = {"name": mark, "value": "1", "domain": "shop.test", "path": "/"}
    rest = {"expires": -1, "httpOnly": True, "secure": True, "sameSite": "Lax"}
    item = {"name": "state", "value": mark}
    origin = {"origin": SHOP, "localStorage": [item]}
    return SessionOptions(storage_state={"cookies": [cookie | rest], "origins": [origin]})


_DATABASE = """
const opened = new Promise((good, bad) => {
  const request = indexedDB.open("leaks", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("marks");
  request.onsuccess = () => good(request.result);
  request.onerror = () => bad(request.error);
});
const database = await opened;
const store = database.transaction("marks", "readwrite").objectStore("marks");
"""
_IN_DATABASE = f"""(async () => {{ {_DATABASE}
  const request = store.count(mark);
  await new Promise(good => request.onsuccess = good);
  database.close();
  return request.result > 0;
}})()"""
_IN_FILES = """(async () => {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) if (name === mark) return true;
  return false;
})()"""

STORAGE = (
    Probe(
        "cookie",
        _script("document.cookie = `${mark}=1; max-age=3600`"),
        _seen("document.cookie.includes(mark)"),
    ),
    Probe("session cookie", _script("document.cookie = `${mark}=1`"), _sent_to_server),
    Probe(
        "HttpOnly cookie", _set_by_server("max-age=3600_path=/_secure_httponly"), _sent_to_server
    ),
    Probe(
        "partitioned cookie",
        _set_by_server("max-age=3600_path=/_secure_httponly_samesite=none_partitioned"),
        _sent_to_server,
    ),
    Probe(
        "localStorage",
        _script("localStorage.setItem('leak', mark)"),
        _seen("localStorage.getItem('leak') === mark"),
    ),
    Probe(
        "sessionStorage",
        _script("sessionStorage.setItem('leak', mark)"),
        _seen("sessionStorage.getItem('leak') === mark"),
    ),
    Probe(
        "IndexedDB",
        _script(
            _DATABASE
            + "await new Promise(good => store.put(1, mark).onsuccess = good); database.close()"
        ),
        _seen(_IN_DATABASE),
    ),
    Probe(
        "Cache API",
        _script("await (await caches.open(mark)).put('/kept', new Response(mark))"),
        _seen("await caches.has(mark)"),
    ),
    Probe(
        "origin's private files",
        _script(
            "await (await navigator.storage.getDirectory()).getFileHandle(mark, {create: true})"
        ),
        _seen(_IN_FILES),
    ),
    Probe(
        "storage usage",
        _script("await (await caches.open(mark)).put('/1', new Response('x'.repeat(500000)))"),
        _seen("(await navigator.storage.estimate()).usage > 400000"),
    ),
    Probe(
        "service worker",
        _script(
            "await navigator.serviceWorker.register(`/worker?${mark}`);"
            "await navigator.serviceWorker.ready"
        ),
        _seen(
            "(await navigator.serviceWorker.getRegistrations())"
            ".some(one => one.active?.scriptURL.includes(mark))"
        ),
    ),
    Probe(
        "persistent storage",
        _persist,
        _seen("await navigator.storage.persisted()"),
    ),
    Probe("signed-in state of the options", _no_plant, _sent_to_server, options=_signed_in),
)
