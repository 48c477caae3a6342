"""What the network stack remembers. All of it is asked at the server."""

from __future__ import annotations

from .probe import Look, Plant, Probe, Scene, goto


def _fetched(path: str) -> Plant:
    """Fetch a path of this probe's own, from the shop."""

    async def plant(scene: Scene) -> None:
        await scene.visit()
        await _fetch(scene, path)

    return plant


async def _fetch(scene: Scene, path: str) -> str:
    address = f"{path}/{scene.mark}"
    return str(await scene.page.evaluate("path => fetch(path).then(r => r.text())", address))


def _not_asked_again(path: str) -> Look:
    """Whether the path is answered without asking the server."""

    async def look(scene: Scene) -> bool:
        before = len(scene.site.to(f"{path}/{scene.mark}"))
        await scene.visit()
        await _fetch(scene, path)
        return len(scene.site.to(f"{path}/{scene.mark}")) == before

    return look


async def _tag_is_sent(scene: Scene) -> bool:
    await scene.visit()
    await _fetch(scene, "/tagged")
    return "if-none-match" in scene.site.to(f"/tagged/{scene.mark}")[-1].headers


async def _sign_in(scene: Scene) -> None:
    await scene.visit(f"https://ann:secret@shop.test/private/{scene.mark}")


async def _is_signed_in(scene: Scene) -> bool:
    return (await scene.visit(f"/private/{scene.mark}")).status == 200


async def _be_told_hsts(scene: Scene) -> None:
    await scene.visit(f"https://{scene.mark}.test/hsts")


async def _http_becomes_https(scene: Scene) -> bool:
    response = await scene.visit(f"http://{scene.mark}.test/")
    return response.url.startswith("https:")


async def _be_told_hints(scene: Scene) -> None:
    await scene.visit("/hints")


async def _hints_are_sent(scene: Scene) -> bool:
    path = f"/?hints-{scene.mark}"
    await scene.visit(path)
    return bool(
        {"device-memory", "sec-ch-ua-full-version-list"} & scene.site.to(path)[-1].headers.keys()
    )


async def _connect(scene: Scene) -> None:
    await scene.visit(f"/?{scene.mark}")
    scene.notes["sockets"] = {request.connection for request in scene.site.to(f"/?{scene.mark}")}


async def _socket_is_reused(scene: Scene) -> bool:
    path = f"/?again-{scene.mark}"
    await scene.visit(path)
    return scene.site.to(path)[-1].connection in scene.notes["sockets"]


async def _get_ticket(scene: Scene) -> None:
    await scene.visit(f"https://{scene.mark}.test/bye")


async def _ticket_is_used(scene: Scene) -> bool:
    """The server closes each connection, so that only a new one can ask again."""
    page = await scene.context.new_page()
    await goto(page, f"https://{scene.mark}.test/bye?again")
    return scene.site.to("/bye?again")[-1].resumed


NETWORK = (
    Probe("HTTP cache", _fetched("/cached"), _not_asked_again("/cached")),
    Probe("HTTP cache's entity tags", _fetched("/tagged"), _tag_is_sent),
    Probe("HTTP cache's redirects", _fetched("/moved"), _not_asked_again("/moved")),
    Probe("basic-auth credentials", _sign_in, _is_signed_in),
    Probe("HSTS", _be_told_hsts, _http_becomes_https),
    Probe("client hints", _be_told_hints, _hints_are_sent),
    Probe("open socket", _connect, _socket_is_reused),
    Probe("TLS session ticket", _get_ticket, _ticket_is_used),
)
