"""How pages get warm: a new context, or a used one that is reset, loaded and touched once."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar, cast

from .browser import Session
from .config import SiteConfig
from .errors import BrowserLost, PageUnfit
from .health import looks_like_sign_in
from .options import SessionOptions
from .parts import Parts
from .shelf import Key
from .slot import Event, Reason, Slot
from .tasks import join

S = TypeVar("S", bound=Session)
P = TypeVar("P")

_log = logging.getLogger(__name__)


class Refiller(Generic[S, P]):
    """Opens sessions, and makes warm pages of them."""

    def __init__(self, parts: Parts[S, P]) -> None:
        self._parts = parts
        self.warming: Counter[str] = Counter()
        """Refills under way, by stand."""
        self.listeners: list[Callable[[Key, float], object]] = []
        """Told of every page warmed, with the seconds it took."""

    async def open(self, slot: Slot[S, P], options: SessionOptions) -> S:
        """Put a prepared session into a WARMING slot."""
        parts = self._parts
        slot.making = parts.tasks.spawn(parts.opener.make(slot, options), f"pool-open-{slot.id}")
        session = slot.session = await join(slot.making)
        slot.made_at = self._parts.clock()
        session.on_lost(lambda reason: parts.closer.lost(slot, reason))
        slot.prepared = await parts.opener.prepare(session)
        if not session.alive:
            raise BrowserLost("The session was lost while it was prepared")
        return session

    def refill(self, stand: SiteConfig) -> None:
        """Begin to warm a page of a stand, in a new context."""
        slot = self._parts.roster.open(self._parts.stands.key(stand))
        self._begin(slot, stand)

    def recycle(self, slot: Slot[S, P], stand: SiteConfig) -> None:
        """Begin to warm the page of a LEASED slot anew, for the next lease."""
        slot.move(Event.RESET)
        self._parts.tally.reuses += 1
        self._begin(slot, stand)

    def _begin(self, slot: Slot[S, P], stand: SiteConfig) -> None:
        self.warming[stand.name] += 1
        self._parts.tasks.spawn(self._refill(slot, stand), f"pool-warm-{stand.name}")

    async def _refill(self, slot: Slot[S, P], stand: SiteConfig) -> None:
        started = self._parts.clock()
        stands = self._parts.stands
        profile = stands.profile(stand)
        generation = stands.generation(profile)
        try:
            await self._warm(slot, stand, profile)
        except Exception as error:  # noqa: BLE001 - the hooks are the caller's code
            self._failed(slot, stand, error)
        else:
            self._succeeded(slot, stand, self._parts.clock() - started)
            if generation != stands.generation(profile):  # forgotten meanwhile
                self._parts.closer.retire(slot, Reason.CHANGED)
        finally:
            self.warming[stand.name] -= 1
            self._parts.changed()

    async def _warm(self, slot: Slot[S, P], stand: SiteConfig, profile: str) -> None:
        """Prepare, then navigate, then touch: the first use of a page costs several times more."""
        parts, config = self._parts, self._parts.config
        async with asyncio.timeout(config.prepare_timeout_s):
            kind = await parts.stands.load(parts.stands.site(stand.url), profile)
        session = slot.session
        if session is None:
            slot.key = replace(slot.key, fingerprint=kind.fingerprint)
            session = await self.open(slot, kind.options)
        else:
            if slot.key.fingerprint != kind.fingerprint:
                raise PageUnfit("Its profile changed while it was lent")
            await session.reset(kind.options, config.session_timeout_s)
            if slot.host is not None:
                await slot.host.browser.wipe(config.close_timeout_s)
            slot.prepared = await parts.opener.prepare(session)
        await session.open(stand.url, stand.ready, config.warm_timeout_s, stand.script)
        await parts.opener.touch(cast(P, slot.prepared))
        seconds = await session.ping(config.session_timeout_s)
        if not session.alive:
            raise BrowserLost("The page was lost while it was warmed")
        parts.tender.answered(slot, seconds)
        verdict = parts.tender.verdict(slot, signed_out=looks_like_sign_in(session.url, stand.url))
        if verdict.quarantine:
            raise PageUnfit(f"It is not fit to be lent: {', '.join(verdict.reasons)}")

    def _succeeded(self, slot: Slot[S, P], stand: SiteConfig, seconds: float) -> None:
        self._parts.diary.succeeded(stand.name)
        self._parts.tally.refills += 1
        self._parts.tally.refill_seconds += seconds
        self._parts.tally.last_refill_s = seconds
        self._parts.forecast.warmed(slot.key, seconds)
        self._parts.roster.shelve(slot, self._parts.clock() + stand.ttl_s)
        self._parts.tender.shelved(slot)
        for listener in self.listeners:
            listener(slot.key, seconds)

    def _failed(self, slot: Slot[S, P], stand: SiteConfig, error: Exception) -> None:
        rest = self._parts.diary.failed(stand.name, self._parts.clock())
        self._parts.tally.refill_failures += 1
        cause = next(iter(str(error).splitlines()), "") or type(error).__name__
        self._parts.tally.last_error = f"{stand.name}: {cause}"
        _log.warning("Could not warm %s (again in %g s)", self._parts.tally.last_error, rest)
        unfit = isinstance(error, PageUnfit)
        self._parts.closer.retire(slot, Reason.HEALTH if unfit else Reason.FAILED)
