"""A profile in a real browser: what a site stored is there again in the next context."""

from __future__ import annotations

import base64
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from abos.pool import (
    ChromiumBrowser,
    ChromiumLauncher,
    ChromiumSession,
    Profile,
    ProfileConflict,
    ProfileStore,
    Proxy,
    Ready,
    SessionOptions,
    Vault,
    captured,
    open_vault,
)

SIGN_IN = """async () => {
    localStorage.setItem('theme', 'dark');
    localStorage.setItem('odd', '\\ud800 half a letter, ü, 🙂');
    const db = await new Promise((done, failed) => {
        const opening = indexedDB.open('app', 3);
        opening.onupgradeneeded = () => {
            const made = opening.result.createObjectStore('users', {keyPath: 'id', autoIncrement: true});
            made.createIndex('byName', 'name', {unique: true});
            opening.result.createObjectStore('tokens');
        };
        opening.onsuccess = () => done(opening.result);
        opening.onerror = () => failed(opening.error);
    });
    const writing = db.transaction(['users', 'tokens'], 'readwrite');
    writing.objectStore('users').add({name: 'ada', since: new Date(5), tags: new Set(['a'])});
    writing.objectStore('tokens').put(new Uint8Array([1, 2, 3]), 'key');
    writing.objectStore('tokens').put(null, ['nothing', 1]);
    await new Promise((done, failed) => {
        writing.oncomplete = done;
        writing.onerror = () => failed(writing.error);
    });
    db.close();
}"""

READ_BACK = """async () => {
    const db = await new Promise((done, failed) => {
        const opening = indexedDB.open('app');
        opening.onsuccess = () => done(opening.result);
        opening.onerror = () => failed(opening.error);
    });
    const ask = request => new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
    });
    const reading = db.transaction(['users', 'tokens']);
    const user = await ask(reading.objectStore('users').index('byName').get('ada'));
    const key = await ask(reading.objectStore('tokens').get('key'));
    const nothing = await ask(reading.objectStore('tokens').get(['nothing', 1]));
    const version = db.version;
    db.close();
    return {
        cookies: document.cookie,
        theme: localStorage.getItem('theme'),
        odd: localStorage.getItem('odd') === '\\ud800 half a letter, ü, 🙂',
        id: user.id, since: user.since.getTime(), tags: [...user.tags],
        key: key instanceof Uint8Array ? [...key] : 'not bytes', nothing, version,
    };
}"""

WAS_SIGNED_IN = {
    "cookies": "kept=1",
    "theme": "dark",
    "odd": True,
    "id": 1,
    "since": 5,
    "tags": ["a"],
    "key": [1, 2, 3],
    "nothing": None,
    "version": 3,
}


@dataclass
class Site:
    """A site on loopback, which is a proxy too when it is asked to be one."""

    url: str = ""
    seen: list[dict[str, str]] = field(default_factory=list)
    """Headers of the requests, with the path under ":path", oldest first."""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.seen.append({key.lower(): value for key, value in self.headers.items()})
            site.seen[-1][":path"] = self.path
            if self.path.startswith("http:") and "proxy-authorization" not in site.seen[-1]:
                self.send_response(407)
                self.send_header("proxy-authenticate", 'Basic realm="proxy"')
            else:
                self.send_response(200)
            body = b"<!doctype html><title>Shop</title>Welcome"
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            if self.path == "/sign-in":
                self.send_header("set-cookie", "sid=s3cret; HttpOnly; Path=/; SameSite=Lax")
                self.send_header("set-cookie", "kept=1; Max-Age=86400; Path=/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
async def chromium() -> AsyncIterator[ChromiumBrowser]:
    browser = await ChromiumLauncher().launch()
    yield browser
    await browser.close(2.0)


async def opened(browser: ChromiumBrowser, options: SessionOptions, url: str) -> ChromiumSession:
    session = await browser.new_session(options)
    await session.open(url, Ready(), 10.0)
    return session


async def state_of(session: ChromiumSession) -> Any:
    return await session.context.storage_state(indexed_db=True)


async def signed_in(browser: ChromiumBrowser, site: Site, profile: Profile) -> Profile:
    """The profile after a lease that signed in."""
    session = await opened(browser, profile.options(), site.url + "/sign-in")
    await session.page.evaluate(SIGN_IN)
    after = captured(profile, await state_of(session))
    await session.close(2.0)
    return after


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_sign_in_survives_the_store(
    chromium: ChromiumBrowser, site: Site, tmp_path: Path
) -> None:
    environ = {"ABOS_ENCRYPTION_KEY": base64.b64encode(bytes(range(32))).decode()}
    store = ProfileStore(tmp_path, open_vault(tmp_path, environ=environ))
    saved = store.put(await signed_in(chromium, site, Profile("ada")))
    assert b"s3cret" not in on_disk(tmp_path)

    # As another kernel would: nothing but the folder and the key.
    again = ProfileStore(tmp_path, open_vault(tmp_path, environ=environ)).get("ada")
    assert again == saved
    session = await opened(chromium, again.options(), site.url + "/")
    assert await session.page.evaluate(READ_BACK) == WAS_SIGNED_IN
    assert site.seen[-1]["cookie"] == "sid=s3cret; kept=1"

    # The lease changed nothing, so nothing is written back.
    after = captured(again, await state_of(session))
    assert after is again
    assert store.put(after).version == saved.version
    await session.close(2.0)


async def test_an_untouched_lease_is_no_change(chromium: ChromiumBrowser, site: Site) -> None:
    profile = await signed_in(chromium, site, Profile("ada"))
    session = await chromium.new_session(profile.options())
    assert captured(profile, await state_of(session)) is profile
    await session.close(2.0)


async def test_a_capture_without_indexed_db_does_not_lose_it(
    chromium: ChromiumBrowser, site: Site
) -> None:
    profile = await signed_in(chromium, site, Profile("ada"))
    session = await opened(chromium, profile.options(), site.url + "/")
    await session.page.evaluate("localStorage.setItem('theme', 'light')")
    after = captured(profile, await session.context.storage_state())
    await session.close(2.0)
    session = await opened(chromium, after.options(), site.url + "/")
    assert await session.page.evaluate(READ_BACK) == WAS_SIGNED_IN | {"theme": "light"}
    await session.close(2.0)


async def test_a_sign_out_is_written_back(
    chromium: ChromiumBrowser, site: Site, tmp_path: Path
) -> None:
    store = ProfileStore(tmp_path, Vault(bytes(32)))
    profile = store.put(await signed_in(chromium, site, Profile("ada")))
    session = await opened(chromium, profile.options(), site.url + "/")
    await session.context.clear_cookies()
    await session.page.evaluate("localStorage.clear(); indexedDB.deleteDatabase('app'); 1")
    store.put(captured(profile, await state_of(session)))
    await session.close(2.0)
    assert store.export_state("ada") == {"cookies": [], "origins": []}
    session = await opened(chromium, store.get("ada").options(), site.url + "/")
    assert await session.page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    await session.close(2.0)


async def test_two_leases_of_one_profile_do_not_overwrite_each_other(
    chromium: ChromiumBrowser, site: Site, tmp_path: Path
) -> None:
    store = ProfileStore(tmp_path, Vault(bytes(32)))
    profile = store.put(Profile("ada"))
    states = []
    for name in ("first", "second"):
        session = await opened(chromium, profile.options(), site.url + "/")
        await session.page.evaluate("name => localStorage.setItem('by', name)", name)
        states.append(captured(profile, await state_of(session)))
        await session.close(2.0)
    store.put(states[0])
    with pytest.raises(ProfileConflict) as caught:
        store.put(states[1])
    for name, by in (("ada", "first"), (caught.value.kept, "second")):
        session = await opened(chromium, store.get(name).options(), site.url + "/")
        assert await session.page.evaluate("localStorage.getItem('by')") == by
        await session.close(2.0)


async def test_headers_place_and_size_apply(chromium: ChromiumBrowser, site: Site) -> None:
    profile = Profile(
        "ada",
        extra_headers={"x-team": "blue"},
        locale="de-DE",
        timezone="Asia/Tokyo",
        viewport=(640, 480),
        user_agent="Ada/1",
    )
    session = await opened(chromium, profile.options(), site.url + "/")
    assert site.seen[0]["x-team"] == "blue"
    assert site.seen[0]["user-agent"] == "Ada/1"
    seen = await session.page.evaluate(
        """[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone,
            innerWidth, innerHeight, navigator.userAgent]"""
    )
    assert seen == ["de-DE", "Asia/Tokyo", 640, 480, "Ada/1"]
    await session.close(2.0)


async def test_permissions_apply(chromium: ChromiumBrowser, site: Site) -> None:
    ask = "navigator.permissions.query({name: 'geolocation'}).then(answer => answer.state)"
    profile = Profile("ada", permissions=("geolocation",))
    granted = {}
    for permissions in ((), ("geolocation",)):
        options = replace(profile, permissions=permissions).options()
        session = await opened(chromium, options, site.url + "/")
        granted[permissions] = await session.page.evaluate(ask)
        await session.close(2.0)
    assert granted.pop(("geolocation",)) == "granted"
    assert "granted" not in granted.values()


async def test_the_proxy_applies_with_its_password(chromium: ChromiumBrowser, site: Site) -> None:
    profile = Profile("ada", proxy=Proxy(site.url, username="ada", password="s3cret"))
    session = await opened(chromium, profile.options(), "http://shop.example/")
    assert await session.page.title() == "Shop"
    assert site.seen[-1][":path"] == "http://shop.example/"
    credentials = site.seen[-1]["proxy-authorization"].removeprefix("Basic ")
    assert base64.b64decode(credentials) == b"ada:s3cret"
    await session.close(2.0)


async def test_our_keys_are_not_in_the_browser_s_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ABOS_ENCRYPTION_KEY", "k" * 44)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    launcher = ChromiumLauncher()
    browser = await launcher.launch()
    try:
        assert browser.pid is not None
        family = [psutil.Process(browser.pid), *psutil.Process(browser.pid).children(True)]
        assert not [
            p for p in family if {"ABOS_ENCRYPTION_KEY", "OPENAI_API_KEY"} & set(p.environ())
        ]
    finally:
        await launcher.close()
