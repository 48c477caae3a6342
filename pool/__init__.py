"""Warm browser contexts: pages of the right site, ready before anybody asks.

    pool = WarmPool(PoolConfig(sites=...), ChromiumLauncher(), prepare=...)
    async with pool:
        lease = await pool.acquire("https://shop.example/")
        ...
        await pool.release(lease)

`chromium` holds the real browser, `fake` one in memory; both speak the protocol of `browser`.
"""

from __future__ import annotations

from .browser import Browser, Launcher, Session
from .chromium import ChromiumBrowser, ChromiumLauncher, ChromiumSession
from .config import BrowserConfig, PoolConfig, Ready, SiteConfig
from .discover import find_chromium
from .errors import (
    AcquireTimeout,
    BadOptions,
    BadSite,
    BrowserLaunchFailed,
    BrowserLost,
    BrowserNotFound,
    IllegalTransition,
    NavigationFailed,
    NavigationKind,
    PageCrashed,
    PageUnresponsive,
    PoolClosed,
    PoolError,
)
from .fake import FakeBrowser, FakeLauncher, FakeSession, Faults
from .lease import Lease
from .navigation import navigation_failed
from .options import SessionOptions
from .pool import DEFAULT_PROFILE, WarmPool
from .shelf import Key
from .sites import shipped_sites, site_for, site_from_table
from .slot import Reason, State
from .statistics import PoolStatistics

__all__ = [
    "DEFAULT_PROFILE",
    "AcquireTimeout",
    "BadOptions",
    "BadSite",
    "Browser",
    "BrowserConfig",
    "BrowserLaunchFailed",
    "BrowserLost",
    "BrowserNotFound",
    "ChromiumBrowser",
    "ChromiumLauncher",
    "ChromiumSession",
    "FakeBrowser",
    "FakeLauncher",
    "FakeSession",
    "Faults",
    "IllegalTransition",
    "Key",
    "Launcher",
    "Lease",
    "NavigationFailed",
    "NavigationKind",
    "PageCrashed",
    "PageUnresponsive",
    "PoolClosed",
    "PoolConfig",
    "PoolError",
    "PoolStatistics",
    "Ready",
    "Reason",
    "Session",
    "SessionOptions",
    "SiteConfig",
    "State",
    "WarmPool",
    "find_chromium",
    "navigation_failed",
    "shipped_sites",
    "site_for",
    "site_from_table",
]
