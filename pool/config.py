"""The pool's configuration: one frozen tree, every field with a default and its unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import BadSite
from .health import HealthConfig
from .memory import MemoryConfig
from .options import SessionOptions

DEFAULT_PROFILE = "default"
_ORIGIN = re.compile(r"https?://[^/?#@\s]+")


@dataclass(frozen=True, slots=True)
class BrowserConfig:
    """How the browser is started."""

    executable: str = ""
    """Path of a Chromium or Chrome binary; empty = find one (see `find_chromium`)."""
    headless: bool = True
    """False shows a window; needs a full Chromium and a display."""
    sandbox: bool | None = None
    """None = on, except for root, whom Chromium refuses to sandbox."""
    args: tuple[str, ...] = ()
    """Further command-line switches."""
    launch_timeout_s: float = 20.0
    """Seconds until a start that has not succeeded is given up."""


@dataclass(frozen=True, slots=True)
class Ready:
    """When a page counts as ready, beyond its DOM having loaded. Empty fields ask for nothing."""

    selector: str = ""
    """CSS selector of an element that must be visible."""
    text: str = ""
    """Text that must be visible."""
    idle: bool = False
    """The network must have gone quiet. Slow, and never true on pages that poll."""


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """One site the pool keeps warm pages of."""

    name: str
    """Short, unique, e.g. "github"."""
    url: str
    """Where its warm pages wait; http or https."""
    domains: tuple[str, ...] = ()
    """Hosts (with their subdomains) served by these pages, "host" or "host:port";
    empty = the host of `url`."""
    enabled: bool = True
    """False = this site is never contacted by the pool."""
    min_warm: int = 1
    """Ready pages kept."""
    max_warm: int = 2
    """Ready pages above this many are closed."""
    profiles: tuple[str, ...] = (DEFAULT_PROFILE,)
    """Profiles to keep warm pages for: `min_warm` to `max_warm` of each."""
    ttl_s: float = 600.0
    """Seconds after which an unused warm page is replaced by a fresh one."""
    ready: Ready = field(default_factory=Ready)
    """What to wait for before a page counts as warm."""
    script: str = ""
    """JavaScript run in the page once it is ready, and awaited: closes a banner, say."""
    storage_origins: tuple[str, ...] = ()
    """Origins whose localStorage and IndexedDB are loaded from a profile, e.g.
    "https://shop.example"; empty = all it has. Loading visits each, which takes time."""
    max_uses: int = 1
    """Leases that one context serves, all of the same profile and options; 1 = it is destroyed
    after its first. More is faster where loading is slow, and not as clean: see `Session.reset`."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if not self.name:
            raise BadSite("A site has no name")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadSite(f"Site {self.name!r}: url {self.url!r} is not an http(s) address")
        if not 0 <= self.min_warm <= self.max_warm:
            raise BadSite(f"Site {self.name!r}: needs 0 <= min_warm <= max_warm")
        if not all(self.profiles) or len(set(self.profiles)) != len(self.profiles):
            raise BadSite(f"Site {self.name!r}: its profiles need names, each its own")
        if self.ttl_s <= 0:
            raise BadSite(f"Site {self.name!r}: ttl_s must be positive")
        if self.max_uses < 1:
            raise BadSite(f"Site {self.name!r}: max_uses must be at least 1")
        for origin in self.storage_origins:
            if not _ORIGIN.fullmatch(origin):
                raise BadSite(f"Site {self.name!r}: {origin!r} is not an origin (https://host)")


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """Limits and deadlines of the pool. Times are seconds."""

    enabled: bool = True
    """False = nothing is kept warm; every acquire is cold."""
    sites: tuple[SiteConfig, ...] = ()
    """Sites to keep warm; disabled ones are ignored."""
    options: SessionOptions = field(default_factory=SessionOptions)
    """Options of warm sessions, and of cold ones that ask for nothing else."""
    max_slots: int = 8
    """Contexts alive at once, warm, leased and closing together."""
    max_waiting: int = 64
    """Callers that may wait for a free slot; one more is refused at once."""
    refills: int = 1
    """Pages warmed at the same time: one per two cores keeps acquires fast."""
    adaptive: bool = True
    """Keep as many pages of each site as its demand asks for, `min_warm` to `max_warm`;
    False = always `min_warm`."""
    rate_window_s: float = 600.0
    """How far back the moving average of a site's demand looks."""
    budget_mb: float = 0.0
    """Memory that all warm pages may take together, megabytes; 0 = only `max_slots` limits.
    Only with `adaptive`."""
    slot_mb: float = 40.0
    """Estimate for one loaded page, megabytes (measured: 37)."""
    memory: MemoryConfig = field(default_factory=MemoryConfig)
    """When memory counts as short: then ready pages are given up, and none are made."""
    health: HealthConfig = field(default_factory=HealthConfig)
    """When a ready page is not fit to be lent."""
    park: bool = True
    """Stop the renderers of waiting pages, but for the next one of each site (Linux only)."""
    park_after_s: float = 2.0
    """A ready page is parked this long after it was warmed."""
    browser_per_profile: bool = True
    """Every named profile has a browser of its own, which shares no process and no clipboard with
    the others; False = one browser for all, which takes less memory."""
    browser_contexts: int = 1000
    """Contexts that a browser serves before another takes its place; 0 = no limit."""
    browser_mb: float = 1024.0
    """Memory at which a browser is replaced, megabytes, its pages not counted; 0 = no limit."""
    browser_idle_s: float = 60.0
    """The browser of a profile is closed when it held no page for this long."""
    predict: bool = True
    """Right after an acquire, warm the sites that usually follow. Only with `adaptive`."""
    refill_delay_s: float = 0.05
    """Refills begin this long after an acquire: an agent's first observation comes first."""
    acquire_timeout_s: float = 30.0
    """Default deadline of an acquire."""
    session_timeout_s: float = 10.0
    """Making a context takes milliseconds; after this long the browser counts as hung."""
    prepare_timeout_s: float = 10.0
    """Deadline of the `prepare` and `touch` hooks."""
    warm_timeout_s: float = 20.0
    """Deadline of opening one page to be warmed, its ready condition included."""
    patience_s: float = 2.0
    """A refill that takes longer waits for its site, and no longer counts among `refills`: a site
    that hangs must not hold up the others for `warm_timeout_s`."""
    ping_timeout_s: float = 0.25
    """A warm page that takes longer to answer is not handed out."""
    browser_ping_timeout_s: float = 2.0
    """A browser that takes longer to answer is replaced, and its sessions are lost: 300 times what
    it takes as a rule, for a driver that hands over much answers nobody meanwhile."""
    heartbeat_s: float = 1.0
    """How often an idle pool checks its browser and pages: a hung one reports nothing by itself.
    With the deadline above and a second for the new start, it heals within 5 s though nobody asks.
    Costs 0.9 % of a core with three running pages, every 5 s would cost 0.4 %."""
    close_timeout_s: float = 2.0
    """Polite time for closing a session or a browser; then the browser is killed by pid."""
    retry_s: float = 1.0
    """Pause after a site's first failed warm-up; doubles with each further one."""
    retry_max_s: float = 60.0
    """The longest such pause."""

    def __post_init__(self) -> None:
        names = [site.name for site in self.sites]
        if len(set(names)) != len(names):
            raise BadSite(f"Two sites share a name: {sorted(names)}")
        if self.max_slots < 1 or self.refills < 1 or self.max_waiting < 0:
            raise BadSite("max_slots and refills must be at least 1, max_waiting at least 0")
        if self.park_after_s < 0 or self.patience_s < 0:
            raise BadSite("park_after_s and patience_s must be at least 0")
        if min(self.browser_contexts, self.browser_mb, self.browser_idle_s) < 0:
            raise BadSite("browser_contexts, browser_mb and browser_idle_s must be at least 0")
        if self.rate_window_s <= 0 or self.budget_mb < 0 or self.slot_mb <= 0:
            raise BadSite("rate_window_s and slot_mb must be positive, budget_mb at least 0")

    def tenant(self, profile: str) -> str:
        """Whom a profile shares its browser with: "" = all that have none of their own."""
        return profile if self.browser_per_profile and profile != DEFAULT_PROFILE else ""

    @property
    def warm_sites(self) -> tuple[SiteConfig, ...]:
        """The sites that are to be kept warm."""
        return tuple(site for site in self.sites if site.enabled) if self.enabled else ()
