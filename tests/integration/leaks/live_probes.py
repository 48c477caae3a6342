"""What pages can share while they live, and what belongs to the machine rather than to a page."""

from __future__ import annotations

from pathlib import Path

from .probe import Look, Plant, Probe, Scene
from .site import SHOP


def _script(code: str) -> Plant:
    """Run code over `mark` at the shop, and leave the page there. What it returns is noted."""

    async def plant(scene: Scene) -> None:
        await scene.visit()
        scene.notes["value"] = await scene.page.evaluate(f"async mark => {{ {code} }}", scene.mark)

    return plant


def _in_new_tab(code: str) -> Look:
    """What code over `mark` and the planted `value` returns in a new tab: true = found."""

    async def look(scene: Scene) -> bool:
        tab = await scene.another_tab()
        found = await tab.evaluate(
            f"async ([mark, value]) => {{ {code} }}", [scene.mark, scene.notes["value"]]
        )
        assert isinstance(found, bool)
        return found

    return look


_WORKER = """
const {port} = new SharedWorker("/shared", mark);
const answer = new Promise(good => port.onmessage = event => good(event.data));
"""


async def _write(scene: Scene) -> None:
    await scene.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=SHOP)
    await scene.visit()
    await scene.page.evaluate("mark => navigator.clipboard.writeText(mark)", scene.mark)


async def _is_read(scene: Scene) -> bool:
    await scene.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=SHOP)
    await scene.visit()
    return bool(await scene.page.evaluate("navigator.clipboard.readText()") == scene.mark)


async def _focus_field(scene: Scene, value: str) -> None:
    await scene.visit()
    await scene.page.evaluate(
        """value => {
          const field = document.body.appendChild(document.createElement("input"));
          field.value = value;
          field.select();
        }""",
        value,
    )


async def _copy(scene: Scene) -> None:
    """As a person would, which needs no permission."""
    await _focus_field(scene, scene.mark)
    await scene.page.keyboard.press("Control+C")


async def _is_pasted(scene: Scene) -> bool:
    await _focus_field(scene, "")
    await scene.page.keyboard.press("Control+V")
    return bool(await scene.page.evaluate("document.querySelector('input').value") == scene.mark)


async def _download(scene: Scene) -> None:
    await scene.visit()
    async with scene.page.expect_download() as download:
        await scene.page.evaluate(
            "mark => Object.assign(document.createElement('a'), {href: '/file/' + mark}).click()",
            scene.mark,
        )
    scene.notes["folder"] = (await (await download.value).path()).parent


async def _download_lies_there(scene: Scene) -> bool:
    return _holds(scene.notes["folder"], scene.mark)


def _holds(folder: Path, mark: str) -> bool:
    files = folder.iterdir() if folder.exists() else ()
    return any(mark.encode() in file.read_bytes() for file in files)


async def _add_passkey(scene: Scene) -> None:
    await scene.visit()
    control = scene.notes["control"] = await scene.context.new_cdp_session(scene.page)
    await control.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    await control.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    scene.notes["key"] = await scene.page.evaluate(
        """async mark => {
          const bytes = new TextEncoder().encode(mark);
          const key = await navigator.credentials.create({publicKey: {
            challenge: bytes, rp: {name: "shop"}, user: {id: bytes, name: mark, displayName: mark},
            pubKeyCredParams: [{type: "public-key", alg: -7}]}});
          return [...new Uint8Array(key.rawId)];
        }""",
        scene.mark,
    )


async def _passkey_works(scene: Scene) -> bool:
    await scene.visit()
    return bool(
        await scene.page.evaluate(
            """id => navigator.credentials.get({publicKey: {challenge: new Uint8Array(16),
              timeout: 300, allowCredentials: [{type: "public-key", id: new Uint8Array(id)}]},
              signal: AbortSignal.timeout(300)}).then(() => true, () => false)""",
            scene.notes["key"],
        )
    )


LIVE = (
    Probe(
        "BroadcastChannel",
        _script("const to = new BroadcastChannel(mark); to.onmessage = () => to.postMessage(mark)"),
        _in_new_tab(
            """const to = new BroadcastChannel(mark);
            const answer = new Promise(good => to.onmessage = () => good(true));
            to.postMessage("who?");
            return Promise.race([answer, new Promise(good => setTimeout(good, 200, false))]);"""
        ),
    ),
    Probe(
        "SharedWorker",
        _script(_WORKER + "port.postMessage(mark); await answer"),
        _in_new_tab(_WORKER + "port.postMessage(''); return await answer === mark"),
    ),
    Probe(
        "web lock",
        _script(
            "await new Promise(held => navigator.locks.request(mark, () => {"
            " held(); return new Promise(() => {}) }))"
        ),
        _in_new_tab("return navigator.locks.request(mark, {ifAvailable: true}, lock => !lock)"),
    ),
    Probe(
        "blob address",
        _script("return URL.createObjectURL(new Blob([mark]))"),
        _in_new_tab("return fetch(value).then(() => true, () => false)"),
    ),
    # Not beside: Chromium has one clipboard for all contexts of a process. It is wiped after each
    # lease; leases of one browser that are open at the same time share it.
    Probe("clipboard, with permission", _write, _is_read, beside=False),
    Probe("clipboard, by keys", _copy, _is_pasted, beside=False),
    Probe("passkey", _add_passkey, _passkey_works),
    # Not beside: on the disk, the folder is one for all leases until the file goes with its own.
    Probe("downloaded file", _download, _download_lies_there, beside=False),
)
