"""What a page, its scripts and whoever drives it leave on the page or the context."""

from __future__ import annotations

import datetime

from playwright.async_api import Dialog, Request, Route

from .probe import Probe, Scene


async def _name_window(scene: Scene) -> None:
    await scene.visit()
    await scene.page.evaluate("mark => { window.name = mark }", scene.mark)


async def _window_is_named(scene: Scene) -> bool:
    as_lent = await scene.page.evaluate("window.name")
    await scene.visit()
    return scene.mark in {as_lent, await scene.page.evaluate("window.name")}


async def _fill_history(scene: Scene) -> None:
    await scene.visit()
    await scene.page.evaluate("for (let i = 0; i < 9; i++) history.pushState(i, '', `/?${i}`)")


async def _history_is_long(scene: Scene) -> bool:
    return int(await scene.page.evaluate("history.length")) > 8


async def _change_document(scene: Scene) -> None:
    await scene.visit("/?" + scene.mark)
    await scene.page.evaluate("mark => document.body.append(mark)", scene.mark)


async def _document_is_changed(scene: Scene) -> bool:
    return scene.mark in scene.page.url + await scene.page.content()


async def _init_context(scene: Scene) -> None:
    await scene.context.add_init_script(f"window.leaked = {scene.mark!r}")


async def _init_page(scene: Scene) -> None:
    await scene.page.add_init_script(f"window.leaked = {scene.mark!r}")


async def _init_has_run(scene: Scene) -> bool:
    await scene.visit()
    return bool(await scene.page.evaluate("window.leaked") == scene.mark)


async def _bind(scene: Scene) -> None:
    await scene.context.expose_binding("leaked", lambda source: scene.mark)


async def _is_bound(scene: Scene) -> bool:
    await scene.visit()
    return bool(await scene.page.evaluate("window.leaked?.()") == scene.mark)


async def _bind_raw(scene: Scene) -> None:
    control = await scene.context.new_cdp_session(scene.page)
    await control.send("Runtime.enable")
    await control.send("Runtime.addBinding", {"name": "leakedRaw"})


async def _is_bound_raw(scene: Scene) -> bool:
    await scene.visit()
    return bool(await scene.page.evaluate("typeof window.leakedRaw === 'function'"))


async def _route(scene: Scene) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(json={"planted": scene.mark})

    await scene.context.route("**/echo", answer)


async def _is_routed(scene: Scene) -> bool:
    return (await scene.echoed()).get("planted") == scene.mark


async def _fetch_rule(scene: Scene) -> None:
    """What `route` does, straight over the protocol."""
    control = await scene.context.new_cdp_session(scene.page)
    await control.send("Network.enable")
    await control.send("Network.setBlockedURLs", {"urls": ["*/echo"]})
    scene.notes["control"] = control


async def _is_blocked(scene: Scene) -> bool:
    await scene.visit()
    return bool(await scene.page.evaluate("fetch('/echo').then(() => false, () => true)"))


async def _hear_dialogs(scene: Scene) -> None:
    async def answer(dialog: Dialog) -> None:
        scene.notes["heard"].append(dialog.message)
        await dialog.dismiss()

    scene.notes["heard"] = []
    scene.context.on("dialog", answer)


async def _dialog_is_heard(scene: Scene) -> bool:
    scene.notes["heard"].clear()
    await scene.page.evaluate("mark => alert(mark)", scene.mark)
    return scene.mark in scene.notes["heard"]


async def _hear_requests(scene: Scene) -> None:
    def note(request: Request) -> None:
        scene.notes["heard"].append(request.url)

    scene.notes["heard"] = []
    scene.context.on("request", note)


async def _request_is_heard(scene: Scene) -> bool:
    scene.notes["heard"].clear()
    await scene.visit("/?" + scene.mark)
    return any(scene.mark in url for url in scene.notes["heard"])


async def _open_tabs(scene: Scene) -> None:
    await scene.visit()
    for _ in range(2):
        async with scene.page.expect_popup():
            await scene.page.evaluate("mark => { open('/?' + mark) }", scene.mark)


async def _tabs_are_open(scene: Scene) -> bool:
    return len(scene.context.pages) > 1


async def _hold_key(scene: Scene) -> None:
    await scene.page.keyboard.down("Shift")


async def _key_is_held(scene: Scene) -> bool:
    await scene.visit()
    await scene.page.evaluate("void (onkeydown = event => window.shifted = event.shiftKey)")
    await scene.page.keyboard.press("a")
    shifted = await scene.page.evaluate("window.shifted")
    assert isinstance(shifted, bool)
    return shifted


async def _stop_clock(scene: Scene) -> None:
    await scene.context.clock.install(time=datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC))


async def _clock_is_stopped(scene: Scene) -> bool:
    await scene.visit()
    return bool(await scene.page.evaluate("new Date().getFullYear() < 2002"))


PAGE = (
    Probe("window.name", _name_window, _window_is_named),
    Probe("history", _fill_history, _history_is_long),
    Probe("document left open", _change_document, _document_is_changed),
    Probe("init script of the context", _init_context, _init_has_run),
    Probe("init script of the page", _init_page, _init_has_run),
    Probe("exposed binding", _bind, _is_bound),
    Probe("binding over the protocol", _bind_raw, _is_bound_raw),
    Probe("route handler", _route, _is_routed),
    Probe("blocked addresses", _fetch_rule, _is_blocked),
    Probe("dialog listener", _hear_dialogs, _dialog_is_heard),
    Probe("request listener", _hear_requests, _request_is_heard),
    Probe("opened tabs", _open_tabs, _tabs_are_open),
    Probe("held key", _hold_key, _key_is_held),
    Probe("stopped clock", _stop_clock, _clock_is_stopped),
)
