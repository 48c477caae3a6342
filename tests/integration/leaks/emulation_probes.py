"""What the browser pretends to be, and what it was allowed."""

from __future__ import annotations

from abos.pool import SessionOptions

from .probe import Look, Plant, Probe, Scene
from .site import SHOP


def _over_protocol(*commands: tuple[str, dict[str, object]]) -> Plant:
    """Send commands to the page's target, on a connection that stays open."""

    async def plant(scene: Scene) -> None:
        await scene.visit()
        control = scene.notes["control"] = await scene.context.new_cdp_session(scene.page)
        for method, params in commands:
            await control.send(method, params)

    return plant


def _true(expression: str, visit: bool = True) -> Look:
    """Whether an expression is true in the page: at the shop, or wherever it was lent."""

    async def look(scene: Scene) -> bool:
        if visit:
            await scene.visit()
        found = await scene.page.evaluate(f"async () => {expression}")
        assert isinstance(found, bool)
        return found

    return look


async def _of_options(scene: Scene) -> None:
    """The lease's options are the plant."""


async def _resize(scene: Scene) -> None:
    await scene.page.set_viewport_size({"width": 433, "height": 311})


async def _add_headers(scene: Scene) -> None:
    await scene.context.set_extra_http_headers({"x-leak": scene.mark})


async def _header_is_sent(scene: Scene) -> bool:
    return (await scene.echoed()).get("x-leak") == scene.mark


async def _agent_is_sent(scene: Scene) -> bool:
    agents = (await scene.echoed())["user-agent"], await scene.page.evaluate("navigator.userAgent")
    return any("Leaked" in agent for agent in agents)


async def _go_offline(scene: Scene) -> None:
    await scene.context.set_offline(True)


async def _emulate_media(scene: Scene) -> None:
    await scene.page.emulate_media(media="print", color_scheme="dark", reduced_motion="reduce")


async def _grant(scene: Scene) -> None:
    await scene.context.grant_permissions(["geolocation", "notifications", "camera"])


async def _travel(scene: Scene) -> None:
    await scene.context.set_geolocation({"latitude": 12.5, "longitude": 34.5})


async def _has_travelled(scene: Scene) -> bool:
    await scene.context.grant_permissions(["geolocation"], origin=SHOP)
    await scene.visit()
    latitude = await scene.page.evaluate(
        """() => new Promise(good => navigator.geolocation.getCurrentPosition(
          place => good(place.coords.latitude), () => good(null), {timeout: 200}))"""
    )
    return bool(latitude == 12.5)


async def _accept_stranger(scene: Scene) -> None:
    await scene.visit("https://stranger.test/")


async def _stranger_is_accepted(scene: Scene) -> bool:
    from playwright.async_api import Error

    try:
        await scene.visit("https://stranger.test/")
    except Error as error:
        if "ERR_CERT" in str(error):
            return False
        raise
    return True


async def _bypass_policy(scene: Scene) -> None:
    control = scene.notes["control"] = await scene.context.new_cdp_session(scene.page)
    await control.send("Page.setBypassCSP", {"enabled": True})


async def _policy_is_bypassed(scene: Scene) -> bool:
    await scene.visit("/strict")
    return await scene.page.title() == "ran"


_GRANTED = """(await Promise.all(['geolocation', 'notifications', 'camera'].map(
  name => navigator.permissions.query({name})))).some(status => status.state === 'granted')"""

EMULATION = (
    Probe("viewport", _resize, _true("innerWidth === 433")),
    Probe(
        "viewport of the options",
        _of_options,
        _true("innerWidth === 433"),
        options=lambda mark: SessionOptions(viewport=(433, 311)),
    ),
    Probe(
        "device metrics",
        _over_protocol(
            (
                "Emulation.setDeviceMetricsOverride",
                {"width": 433, "height": 311, "deviceScaleFactor": 3, "mobile": True},
            ),
            ("Emulation.setTouchEmulationEnabled", {"enabled": True}),
        ),
        _true("devicePixelRatio === 3 || navigator.maxTouchPoints > 0", visit=False),
    ),
    Probe(
        "user agent",
        _over_protocol(("Emulation.setUserAgentOverride", {"userAgent": "Leaked/1.0"})),
        _agent_is_sent,
    ),
    Probe(
        "user agent of the options",
        _of_options,
        _agent_is_sent,
        options=lambda mark: SessionOptions(user_agent="Leaked/1.0"),
    ),
    Probe("extra headers", _add_headers, _header_is_sent),
    Probe(
        "extra headers of the options",
        _of_options,
        _header_is_sent,
        options=lambda mark: SessionOptions(extra_headers={"x-leak": mark}),
    ),
    Probe(
        "time zone",
        _over_protocol(("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kathmandu"})),
        _true("/Kath?mandu/.test(Intl.DateTimeFormat().resolvedOptions().timeZone)"),
    ),
    Probe(
        "locale of the options",
        _of_options,
        _true(
            "navigator.language === 'eo' || Intl.NumberFormat().resolvedOptions().locale === 'eo'"
        ),
        options=lambda mark: SessionOptions(locale="eo"),
    ),
    Probe(
        "media",
        _emulate_media,
        _true("matchMedia('print').matches || matchMedia('(prefers-color-scheme: dark)').matches"),
    ),
    Probe("offline", _go_offline, _true("!navigator.onLine", visit=False)),
    Probe("permission grants", _grant, _true(_GRANTED)),
    Probe("geolocation", _travel, _has_travelled),
    Probe("bypassed content security policy", _bypass_policy, _policy_is_bypassed),
    Probe(
        "accepted certificate",
        _accept_stranger,
        _stranger_is_accepted,
        options=lambda mark: SessionOptions(ignore_https_errors=True),
    ),
)
