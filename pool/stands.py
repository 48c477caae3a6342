"""What warm pages are kept of: each site once for each of its profiles.

A stand is a site with one profile. To the sizing it is a site of its own, by its name: that of the
site for the default profile, "ada@shop" for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from .config import DEFAULT_PROFILE, PoolConfig, SiteConfig
from .errors import BadSite
from .options import SessionOptions
from .shelf import Key
from .sites import site_for
from .storage_state import only_origins

OptionsOf = Callable[[str], Awaitable[SessionOptions | None]]

_KINDS = 1024


class Kind(NamedTuple):
    """What a page is made with."""

    options: SessionOptions
    fingerprint: str


class Stands:
    """The stands of a configuration, the options that their profiles have now, and orders."""

    def __init__(self, config: PoolConfig, options_of: OptionsOf | None = None) -> None:
        self._given = config
        self._options_of = options_of
        self._options: dict[str, SessionOptions] = {}
        self._kinds: dict[tuple[str, int], tuple[SessionOptions, Kind]] = {}
        self._generations: Counter[str] = Counter()
        self._sites: dict[str, tuple[SiteConfig, str]] = {}
        self._floors: dict[str, int] = {}
        self._drained: set[str] = set()
        for site in config.warm_sites:
            for profile in site.profiles:
                name = site.name if profile == DEFAULT_PROFILE else f"{profile}@{site.name}"
                self._sites[name] = site, profile
        self._profiles = {profile for _, profile in self._sites.values()}
        self.config = self._ordered()
        """The configuration with the stands as its sites, as ordered."""

    # -- options -----------------------------------------------------------------------------

    async def load(self, site: SiteConfig | None, profile: str) -> Kind:
        """What a page of this site and profile is made with. Raises what `options_of` does."""
        return self._kind(site, await self._load(profile))

    async def _load(self, profile: str) -> SessionOptions:
        if self._options_of is None:
            return self._given.options
        if profile in self._options:
            return self._options[profile]
        generation = self._generations[profile]
        options = await self._options_of(profile) or self._given.options
        # Kept for those alone that pages are kept of, and not if it changed while it was read.
        if profile in self._profiles and generation == self._generations[profile]:
            self._options[profile] = options
        return options

    def _kind(self, site: SiteConfig | None, given: SessionOptions) -> Kind:
        """Kept, because a fingerprint takes as long as the storage state is large."""
        kept = self._kinds.get((site.name if site else "", id(given)))
        if kept is not None and kept[0] is given:
            return kept[1]
        options = given
        if site is not None and site.storage_origins and isinstance(given.storage_state, Mapping):
            state = only_origins(given.storage_state, site.storage_origins)
            options = replace(given, storage_state=state)
        kind = Kind(options, options.fingerprint)
        if len(self._kinds) >= _KINDS:
            self._kinds.clear()
        self._kinds[site.name if site else "", id(given)] = given, kind
        return kind

    def forget(self, profile: str) -> None:
        """It changed: its options are asked for anew."""
        self._options.pop(profile, None)
        self._generations[profile] += 1

    def generation(self, profile: str) -> int:
        """How often it was forgotten: what was made of it before is out of date."""
        return self._generations[profile]

    # -- stands ------------------------------------------------------------------------------

    def site(self, url: str) -> SiteConfig | None:
        """The site that an address belongs to."""
        return site_for(url, self._given.warm_sites)

    def key(self, stand: SiteConfig) -> Key:
        """What a caller of this stand's pages asks for, by the options known of its profile."""
        site, profile = self._sites[stand.name]
        given = self._options.get(profile, self._given.options)
        return Key(site.name, profile, self._kind(site, given).fingerprint)

    def of_key(self, key: Key) -> SiteConfig | None:
        """The stand whose pages have this key, if there is one."""
        return next((stand for stand in self.config.sites if self.key(stand) == key), None)

    def site_of(self, stand: SiteConfig) -> SiteConfig:
        """The site of a stand."""
        return self._sites[stand.name][0]

    def profile(self, stand: SiteConfig) -> str:
        """The profile of a stand."""
        return self._sites[stand.name][1]

    def of(self, site: str | None) -> list[SiteConfig]:
        """The stands of a site, or all; "ada@shop" is that one alone."""
        return [s for s in self.config.sites if site in {None, s.name, self._sites[s.name][0].name}]

    # -- orders ------------------------------------------------------------------------------

    def known(self, site: str | None) -> list[SiteConfig]:
        """Like `of`. Raises BadSite if there is none of that name."""
        found = self.of(site)
        if site is not None and not found:
            names = ", ".join(self._sites) or "none"
            raise BadSite(f"No warm site is named {site!r}", hint=f"Warm sites are: {names}")
        return found

    def keep(self, stand: SiteConfig, pages: int) -> None:
        """Keep at least so many pages of a stand from now on; ends its drain."""
        self._floors[stand.name] = pages
        self._drained.discard(stand.name)
        self.config = self._ordered()

    def drain(self, stand: SiteConfig) -> None:
        """Keep no pages of a stand until `keep`."""
        self._floors.pop(stand.name, None)
        self._drained.add(stand.name)
        self.config = self._ordered()

    @property
    def draining(self) -> tuple[str, ...]:
        """Names of the drained stands."""
        return tuple(sorted(self._drained))

    def _ordered(self) -> PoolConfig:
        return replace(self._given, sites=tuple(map(self._effective, self._sites)))

    def _effective(self, name: str) -> SiteConfig:
        site, profile = self._sites[name]
        least, most = site.min_warm, site.max_warm
        if name in self._drained:
            least = most = 0
        elif name in self._floors:
            least = max(least, self._floors[name])
            most = max(most, least)
        return replace(site, name=name, profiles=(profile,), min_warm=least, max_warm=most)
