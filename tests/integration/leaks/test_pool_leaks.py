"""Nothing that one lease leaves behind may be found in another.

Left out, because it could not be planted in chromium-headless-shell: ids of cameras (it captures no
media), stored passwords (it has no credential manager), quota overrides (without effect there).
Left out as impractical: the DNS cache (the resolver rules that bring every host here go past it),
visited links (readable only in pixels), TLS client certificates and proxy credentials. WebRTC keeps
nothing that a page could ask for, and two contexts connect only if somebody signals between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio

from abos.pool import (
    DEFAULT_PROFILE,
    BrowserConfig,
    ChromiumLauncher,
    ChromiumSession,
    PoolConfig,
    Ready,
    SessionOptions,
    SiteConfig,
    State,
    WarmPool,
)

from .emulation_probes import EMULATION
from .live_probes import LIVE
from .network_probes import NETWORK
from .page_probes import PAGE
from .probe import Probe, Scene
from .site import SHOP, Site, served
from .storage_probes import STORAGE

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROBES = (*STORAGE, *PAGE, *EMULATION, *NETWORK, *LIVE)
ENOUGH = 20
PING_S = 10.0
"""On a busy machine a page that is well may take seconds to answer; slow ones are not at issue."""
PROFILES = (DEFAULT_PROFILE, "other")


class Leaked(AssertionError):
    """Something planted in one lease was found in another."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The pool under test, the web it sees, and what was proved so far."""

    pool: WarmPool[ChromiumSession, None]
    site: Site
    counted: set[str] = field(default_factory=set)
    """Probes that found what they had planted where nothing was cleaned."""


async def prepare(session: ChromiumSession) -> None:
    """Nothing: the leases are to be bare."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    with served(tmp_path_factory.mktemp("keys")) as site:
        shop = SiteConfig("shop", f"{SHOP}/", ready=Ready(selector="#shop"), max_warm=1)
        launcher = ChromiumLauncher(BrowserConfig(args=site.browser_args))
        # One browser for all: there it is hardest to keep them apart.
        config = PoolConfig(
            sites=(shop,), refill_delay_s=0.0, browser_per_profile=False, ping_timeout_s=PING_S
        )
        async with WarmPool(config, launcher, prepare=prepare) as pool:
            yield Bench(pool, site)


@asynccontextmanager
async def leased(
    bench: Bench, profile: str, options: SessionOptions | None = None
) -> AsyncIterator[ChromiumSession]:
    """A session; with the default profile and options a warm one."""
    pool = bench.pool
    usual = profile == DEFAULT_PROFILE and options is None
    if usual:
        assert await pool.wait_warm("shop", timeout_s=30)
    lease = await pool.acquire(SHOP, profile=profile, options=options, timeout_s=30)
    try:
        assert lease.how == "warm" or not usual
        yield lease.session
    finally:
        await pool.release(lease)


async def found(bench: Bench, probe: Probe, scene: Scene, when: str) -> list[str]:
    """Where else the probe finds what was planted, looking into one lease of each profile."""

    async def look(profile: str) -> bool:
        async with leased(bench, profile) as session:
            assert session is not scene.session
            # A browser that was replaced meanwhile would have done the cleaning.
            assert session.context.browser is scene.context.browser
            return await probe.look(replace(scene, session=session))

    answers = await asyncio.gather(*map(look, PROFILES))
    names = ("the same profile", "another profile")
    return [f"{when} of {name}" for name, leaks in zip(names, answers, strict=True) if leaks]


async def all_destroyed(bench: Bench) -> None:
    async with asyncio.timeout(20):
        while bench.pool.statistics().slots[State.CLOSING]:
            await asyncio.sleep(0.005)


def cases() -> Iterator[object]:
    for number, probe in enumerate(PROBES):
        marks = [pytest.mark.xfail(strict=True, raises=Leaked, reason=probe.leak)]
        yield pytest.param(number, probe, id=probe.name, marks=marks if probe.leak else [])


@pytest.mark.parametrize(("number", "probe"), list(cases()))
async def test_what_is_left_behind_is_not_found(bench: Bench, number: int, probe: Probe) -> None:
    """First in the lease itself, or the probe proves nothing; then in four others.

    Two are open beside the planting lease (the warm one was there before it planted anything),
    two come after it was destroyed (the warm one was made while it was alive).
    """
    mark = f"leak{number}"
    options = probe.options(mark) if probe.options else None
    places = []
    async with leased(bench, DEFAULT_PROFILE, options) as session:
        scene = Scene(session, bench.site, mark)
        await probe.plant(scene)
        assert await probe.look(scene), "The control found nothing: this probe proves nothing"
        bench.counted.add(probe.name)
        if probe.beside:
            places += await found(bench, probe, scene, "a lease beside it")
    await all_destroyed(bench)
    places += await found(bench, probe, scene, "the next lease")
    if places:
        raise Leaked(f"{probe.name} was found in {', '.join(places)}")


async def test_enough_probes_count(bench: Bench, request: pytest.FixtureRequest) -> None:
    """Whatever of the others was picked for this run."""
    picked = {item.name for item in request.session.items}
    if not all(any(f"[{probe.name}]" in name for name in picked) for probe in PROBES):
        pytest.skip("counts only when the whole suite runs")
    assert bench.counted == {probe.name for probe in PROBES}
    assert len(bench.counted) >= ENOUGH


async def test_the_browser_holds_nothing_of_them(bench: Bench) -> None:
    """No page and no worker of a lease outlives it, nor does its context."""
    await all_destroyed(bench)
    async with leased(bench, DEFAULT_PROFILE) as session:
        browser = session.context.browser
        assert browser is not None
        control = await browser.new_browser_cdp_session()
        targets = (await control.send("Target.getTargets"))["targetInfos"]
        assert {target["url"] for target in targets} <= {f"{SHOP}/", "about:blank"}
        wiper = 1  # the browser's own blank page, from which the clipboard is wiped
        assert len(browser.contexts) <= sum(bench.pool.statistics().slots.values()) + wiper


CLIPBOARDS = [probe for probe in LIVE if "clipboard" in probe.name]


@pytest.mark.parametrize("probe", CLIPBOARDS, ids=lambda probe: probe.name)
async def test_profiles_that_are_open_at_once_share_no_clipboard(
    bench: Bench, probe: Probe
) -> None:
    """As by default: each profile has a browser of its own."""
    config = BrowserConfig(args=bench.site.browser_args)
    async with WarmPool(PoolConfig(), ChromiumLauncher(config), prepare=prepare) as pool:
        ada, bob = [await pool.acquire(SHOP, profile=name) for name in ("ada", "bob")]
        scene = Scene(ada.session, bench.site, "profiles")
        await probe.plant(scene)
        assert not await probe.look(replace(scene, session=bob.session))
        assert await probe.look(scene), "The control found nothing: this probe proves nothing"
