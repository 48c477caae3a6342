"""What a context that is used again, for the same profile, still holds of its last lease."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from abos.pool import (
    BrowserConfig,
    ChromiumLauncher,
    ChromiumSession,
    Lease,
    PoolConfig,
    Ready,
    SiteConfig,
    State,
    WarmPool,
)

from .probe import Probe, Scene
from .site import SHOP, Site, served
from .test_pool_leaks import PING_S, PROBES, prepare

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAYS = {
    "init script of the context",
    "exposed binding",
    "dialog listener",
    "request listener",
    "stopped clock",
    "basic-auth credentials",
    "client hints",
    "open socket",
    "TLS session ticket",
    "downloaded file",
}
"""Probes that find something, as `Session.reset` says."""
REUSABLE = [probe for probe in PROBES if probe.options is None]

Pool = WarmPool[ChromiumSession, None]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Pool, Site]]:
    with served(tmp_path_factory.mktemp("keys")) as site:
        shop = SiteConfig("shop", f"{SHOP}/", ready=Ready(selector="#shop"), max_uses=2)
        launcher = ChromiumLauncher(BrowserConfig(args=site.browser_args))
        config = PoolConfig(
            sites=(shop,), refill_delay_s=0.0, adaptive=False, ping_timeout_s=PING_S
        )
        async with WarmPool(config, launcher, prepare=prepare) as pool:
            yield pool, site


async def lent(pool: Pool) -> Lease[ChromiumSession, None]:
    """The one warm page there is."""
    async with asyncio.timeout(30):
        while pool.statistics().slots[State.READY] != sum(pool.statistics().slots.values()):
            await asyncio.sleep(0.005)
    lease = await pool.acquire(SHOP, timeout_s=30)
    assert lease.how == "warm"
    return lease


@pytest.mark.parametrize("probe", REUSABLE, ids=lambda probe: probe.name)
async def test_a_context_that_is_used_again(bench: tuple[Pool, Site], probe: Probe) -> None:
    """First in the lease itself, or the probe proves nothing; then in the next of that context."""
    pool, site = bench
    mark = f"again{PROBES.index(probe)}"
    first = await lent(pool)
    scene = Scene(first.session, site, mark)
    await probe.plant(scene)
    assert await probe.look(scene), "The control found nothing: this probe proves nothing"
    context = first.session.context
    await pool.release(first)
    second = await lent(pool)
    try:
        assert second.session.context is context, "It was not used again"
        found = await probe.look(Scene(second.session, site, mark, scene.notes))
    finally:
        await pool.release(second, broken=True)  # what stays must not meet the next probe
    assert found == (probe.name in STAYS)


async def test_what_stays_is_still_looked_for() -> None:
    assert {probe.name for probe in REUSABLE} >= STAYS
