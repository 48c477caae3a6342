"""What a caller of the pool is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from .browser import Session
from .shelf import Key

S = TypeVar("S", bound=Session)
P = TypeVar("P")

How = Literal["warm", "cold"]


class Lent(NamedTuple):
    """How a session was found for its caller."""

    how: How
    seconds: float
    origins: tuple[str, ...]
    greeting: object


@dataclass(frozen=True, slots=True)
class Lease(Generic[S, P]):
    """A session lent to one caller, until `WarmPool.release`."""

    session: S
    prepared: P
    """What `prepare` made of the session."""
    url: str
    """Where the page was at hand-over: "about:blank" when cold."""
    key: Key
    slot: int
    how: How
    seconds: float
    """How long the acquire took."""
    origins: tuple[str, ...] = ()
    """Origins whose storage it was given, if not all; see `SiteConfig.storage_origins`."""
    greeting: object = None
    """What the page answered to the `greet` of the acquire; None = it was not asked."""
