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
from .chromium import ChromiumBrowser, ChromiumLauncher
from .chromium_session import ChromiumSession
from .config import DEFAULT_PROFILE, BrowserConfig, PoolConfig, Ready, SiteConfig
from .discover import find_chromium
from .errors import (
    AcquireTimeout,
    BadOptions,
    BadProfile,
    BadSite,
    BadVaultKey,
    BrowserLaunchFailed,
    BrowserLost,
    BrowserNotFound,
    IllegalTransition,
    NavigationFailed,
    NavigationKind,
    PageCrashed,
    PageUnfit,
    PageUnresponsive,
    PoolClosed,
    PoolError,
    ProfileConflict,
    ProfileCorrupt,
    ProfileError,
    ProfileNotFound,
    ProfileNotSaved,
    SealBroken,
    VaultLocked,
)
from .fake import FakeBrowser, FakeLauncher, FakeSession, Faults
from .health import HealthConfig
from .keys import open_vault
from .lease import Lease
from .memory import Memory, MemoryConfig
from .navigation import navigation_failed
from .options import Proxy, SessionOptions
from .pool import WarmPool
from .profile import Profile, captured
from .profiles import ProfileStore
from .rotation import BrowserInfo, Standing, Wear
from .shelf import Key
from .sites import shipped_sites, site_for, site_from_table
from .slot import Reason, State
from .statistics import PoolStatistics, SlotInfo
from .vault import Vault

__all__ = [
    "DEFAULT_PROFILE",
    "AcquireTimeout",
    "BadOptions",
    "BadProfile",
    "BadSite",
    "BadVaultKey",
    "Browser",
    "BrowserConfig",
    "BrowserInfo",
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
    "HealthConfig",
    "IllegalTransition",
    "Key",
    "Launcher",
    "Lease",
    "Memory",
    "MemoryConfig",
    "NavigationFailed",
    "NavigationKind",
    "PageCrashed",
    "PageUnfit",
    "PageUnresponsive",
    "PoolClosed",
    "PoolConfig",
    "PoolError",
    "PoolStatistics",
    "Profile",
    "ProfileConflict",
    "ProfileCorrupt",
    "ProfileError",
    "ProfileNotFound",
    "ProfileNotSaved",
    "ProfileStore",
    "Proxy",
    "Ready",
    "Reason",
    "SealBroken",
    "Session",
    "SessionOptions",
    "SiteConfig",
    "SlotInfo",
    "Standing",
    "State",
    "Vault",
    "VaultLocked",
    "WarmPool",
    "Wear",
    "captured",
    "find_chromium",
    "navigation_failed",
    "open_vault",
    "shipped_sites",
    "site_for",
    "site_from_table",
]
