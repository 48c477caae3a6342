"""A profile: who a browser context is, by its sign-ins, permissions, headers and place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import BadProfile
from .options import Proxy, SessionOptions
from .storage_state import beside_origins, carried_over, checked, only_origins, same

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_COPY = re.compile(r".*\.conflict-[0-9]+", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00\r\n]*")


def check_name(name: str) -> str:
    """`name`, if a profile may have it. Raises BadProfile.

    1 to 64 of `A-Z a-z 0-9 . _ @ + -`, the first one a letter or digit, so that it is a file name
    everywhere and no path; not ending like the copies that conflicts leave (`.conflict-1`).
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadProfile(
            f"{name!r:.100} cannot be a profile's name",
            hint="Use up to 64 letters, digits and . _ @ + -, with a letter or digit first",
        )
    if _COPY.fullmatch(name):
        raise BadProfile(f"{name!r} is named like the copy of a conflict", hint="Choose another")
    return name


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. Secrets (state, headers, the proxy's password) never show in its repr.

    Raises BadProfile for values that could not be stored and given back.
    """

    name: str
    """See `check_name`."""
    storage_state: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What `context.storage_state(indexed_db=True)` gave. Copied; the copy is not to be changed."""
    permissions: tuple[str, ...] = ()
    """Granted to every origin, e.g. "geolocation"; Playwright's names."""
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """HTTP headers added to every request, whatever its host."""
    proxy: Proxy | None = None
    """None = as the pool's options say, and so for the empty ones below."""
    locale: str = ""
    """BCP 47 tag, e.g. "de-DE"."""
    timezone: str = ""
    """IANA name, e.g. "Europe/Berlin"."""
    viewport: tuple[int, int] | None = None
    """Width and height in CSS pixels."""
    user_agent: str = ""
    """The User-Agent header and `navigator.userAgent`."""
    version: int = 0
    """Set by the store at each save, and only grows (milliseconds since 1970, or one more than
    the last); 0 = never stored."""

    def __post_init__(self) -> None:
        check_name(self.name)
        change = object.__setattr__  # frozen from here on
        change(self, "storage_state", checked(self.storage_state))
        change(self, "permissions", _permissions(self.permissions))
        change(self, "extra_headers", _headers(self.extra_headers))
        if self.viewport is not None:
            change(self, "viewport", _viewport(self.viewport))
        _check_proxy(self.proxy)
        for name in ("locale", "timezone", "user_agent"):
            if not isinstance(getattr(self, name), str):
                raise BadProfile(f"{name} of profile {self.name!r} must be text")
        if not isinstance(self.version, int) or not 0 <= self.version < 1 << 64:
            raise BadProfile(f"version of profile {self.name!r} is out of range")

    def options(self, base: SessionOptions | None = None) -> SessionOptions:
        """How a context of this profile is made; what the profile leaves open is `base`'s.

        A profile that was never stored begins with `base`'s storage state, too.
        """
        base = base or SessionOptions()
        empty = not any(self.storage_state.values())
        begun = base.storage_state if self.version == 0 else None
        return replace(
            base,
            storage_state=begun if empty else self.storage_state,
            permissions=tuple(sorted({*base.permissions, *self.permissions})),
            extra_headers={**base.extra_headers, **self.extra_headers},
            proxy=self.proxy or base.proxy,
            locale=self.locale or base.locale,
            timezone=self.timezone or base.timezone,
            viewport=self.viewport or base.viewport,
            user_agent=self.user_agent or base.user_agent,
        )


def captured(
    profile: Profile, state: Mapping[str, object], *, origins: Collection[str] = ()
) -> Profile:
    """The profile after a lease that ended well, to be put back; itself if nothing changed.

    `origins`: those whose storage the lease was given, if not all (`SiteConfig.storage_origins`);
    what the profile holds of others stays.

    `state` is `await context.storage_state(indexed_db=True)`. What a capture does not look at
    (origin private files, passkeys, and IndexedDB where it was left out) is kept as it was.
    Raises BadProfile.
    """
    old = checked(profile.storage_state)
    given = only_origins(old, origins) if origins else old
    new = carried_over(given, checked(state))
    if origins:
        new = beside_origins(old, new, origins)
    return profile if same(old, new) else replace(profile, storage_state=new)


def _permissions(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple | set | frozenset):
        raise BadProfile("permissions must be a list of names")
    if not all(isinstance(name, str) and name for name in given):
        raise BadProfile("permissions must be names")
    return tuple(sorted(set(given)))


def _headers(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise BadProfile("extra_headers must be a mapping of names to values")
    for name, value in given.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise BadProfile(f"{name!r:.100} cannot be a header's name")
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise BadProfile(f"The value of header {name!r} must be one line of text")
    return dict(given)


def _viewport(given: object) -> tuple[int, int]:
    match given:
        case [int() as width, int() as height] if width > 0 and height > 0:
            return width, height
    raise BadProfile("viewport must be a width and a height in CSS pixels")


def _check_proxy(proxy: object) -> None:
    if proxy is None:
        return
    if not isinstance(proxy, Proxy) or not isinstance(proxy.server, str) or not proxy.server:
        raise BadProfile("proxy must be a Proxy with a server")
    fine = all(isinstance(text, str) for text in (proxy.bypass, proxy.username, proxy.password))
    if not fine or "@" in proxy.server:
        raise BadProfile("proxy has credentials in its server", hint="Use username and password")
