"""How pages get warm: a new context, or a used one that is reset, loaded and touched once."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar, cast

from .browser import PAGE_CRASHED, Session
from .config import SiteConfig
from .errors import BrowserLost, NavigationFailed, PageUnfit
from .health import looks_like_sign_in
from .options import SessionOptions
from .parts import Parts
from .patience import Patience
from .shelf import Key
from .slot import SHELVED, Event, Reason, Slot, State
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
        self.patience = Patience(parts.config.patience_s)
        """Counts those of them that wait for a slow site."""
        self.listeners: list[Callable[[Key, float], object]] = []
        """Told of every page warmed, with the seconds it took."""

    async def open(self, slot: Slot[S, P], options: SessionOptions) -> S:
        """Put a prepared session into a WARMING slot."""
        parts = self._parts
        slot.making = parts.tasks.spawn(parts.opener.make(slot, options), f"pool-open-{slot.id}")
        session = slot.session = await join(slot.making)
        slot.made_at = self._parts.clock()
        session.on_lost(lambda reason: self._lost(slot, reason))
        slot.prepared = await parts.opener.prepare(session)
        if not session.alive:
            raise BrowserLost("The session was lost while it was prepared")
        return session

    def _lost(self, slot: Slot[S, P], reason: str) -> None:
        """Its page crashed, or its browser went."""
        waited = slot.state in SHELVED
        if not self._parts.roster.doubt(slot):
            return
        _log.info("Slot %d (%s) is lost: %s", slot.id, slot.key.site or "-", reason)
        stand = self._parts.stands.of_key(slot.key)
        if waited and reason == PAGE_CRASHED and stand is not None:
            rest = self._parts.diary.died(stand.name, self._parts.clock())
            _log.warning("A ready page of %s crashed (again in %g s)", stand.name, rest)
        self._parts.changed()

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
            with self.patience.watch(lambda: self._late(slot)):
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

    def _late(self, slot: Slot[S, P]) -> None:
        slot.late = True
        self._parts.changed()

    async def _warm(self, slot: Slot[S, P], stand: SiteConfig, profile: str) -> None:
        """Prepare, then navigate, then touch: the first use of a page costs several times more."""
        parts, config = self._parts, self._parts.config
        async with asyncio.timeout(config.prepare_timeout_s):
            kind = await parts.stands.load(parts.stands.site_of(stand), profile)
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
        await self._load(session, stand)
        await parts.opener.touch(cast(P, slot.prepared))
        seconds = await session.ping(config.session_timeout_s)
        if not session.alive:
            raise BrowserLost("The page was lost while it was warmed")
        if slot.state not in {State.WARMING, State.RESETTING}:
            raise BrowserLost("Its place was given to somebody who could not wait")
        parts.tender.answered(slot, seconds)
        verdict = parts.tender.verdict(slot, signed_out=looks_like_sign_in(session.url, stand.url))
        if verdict.quarantine:
            raise PageUnfit(f"It is not fit to be lent: {', '.join(verdict.reasons)}")

    async def _load(self, session: S, stand: SiteConfig) -> None:
        limit = self._parts.config.warm_timeout_s
        try:
            await session.open(stand.url, stand.ready, limit, stand.script)
        except NavigationFailed as error:
            # A sign-in page has nothing of what members see: that is why it never got ready.
            if error.kind == "not-ready" and looks_like_sign_in(session.url, stand.url):
                raise PageUnfit(f"It was sent to a sign-in page, {error.cause}") from error
            raise

    def _succeeded(self, slot: Slot[S, P], stand: SiteConfig, seconds: float) -> None:
        self._parts.diary.succeeded(stand.name)
        self._parts.tally.refills += 1
        self._parts.tally.refill_seconds += seconds
        self._parts.tally.last_refill_s = seconds
        self._parts.forecast.warmed(slot.key, seconds)
        slot.late = False
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
