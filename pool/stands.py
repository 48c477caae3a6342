"""What warm pages are kept of: each site once for each of its profiles.

A stand is a site with one profile. To the sizing it is a site of its own, by its name: that of the
site for the default profile, "ada@shop" for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

from .config import DEFAULT_PROFILE, PoolConfig, SiteConfig
from .options import SessionOptions
from .shelf import Key

OptionsOf = Callable[[str], Awaitable[SessionOptions | None]]


class Stands:
    """The stands of a configuration, and the options that their profiles have now."""

    def __init__(self, config: PoolConfig, options_of: OptionsOf | None = None) -> None:
        self._usual = config.options
        self._options_of = options_of
        self._options: dict[str, SessionOptions] = {}
        self._generations: Counter[str] = Counter()
        self._sites: dict[str, tuple[str, str]] = {}
        found: list[SiteConfig] = []
        for site in config.warm_sites:
            for profile in site.profiles:
                name = site.name if profile == DEFAULT_PROFILE else f"{profile}@{site.name}"
                self._sites[name] = site.name, profile
                found.append(replace(site, name=name, profiles=(profile,)))
        self.config = replace(config, sites=tuple(found))
        """The configuration with the stands as its sites."""
        self._profiles = {profile for _, profile in self._sites.values()}

    async def load(self, profile: str) -> SessionOptions:
        """The options of a profile, asked for if they are not known. Raises what `options_of` does.

        Profiles that no page is kept of have the pool's.
        """
        if self._options_of is None or profile not in self._profiles:
            return self._usual
        if profile in self._options:
            return self._options[profile]
        generation = self._generations[profile]
        options = await self._options_of(profile) or self._usual
        if generation == self._generations[profile]:  # else it changed while it was read
            self._options[profile] = options
        return options

    def forget(self, profile: str) -> None:
        """It changed: its options are asked for anew."""
        self._options.pop(profile, None)
        self._generations[profile] += 1

    def generation(self, profile: str) -> int:
        """How often it was forgotten: what was made of it before is out of date."""
        return self._generations[profile]

    def key(self, stand: SiteConfig) -> Key:
        """What a caller of this stand's pages asks for, by the options known of its profile."""
        site, profile = self._sites[stand.name]
        options = self._options.get(profile, self._usual)
        return Key(site, profile, options.fingerprint)

    def profile(self, stand: SiteConfig) -> str:
        """The profile of a stand."""
        return self._sites[stand.name][1]

    def of(self, site: str | None) -> list[SiteConfig]:
        """The stands of a site, or all."""
        return [s for s in self.config.sites if site in {None, s.name, self._sites[s.name][0]}]
