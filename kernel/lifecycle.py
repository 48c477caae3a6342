"""How processes begin and end: contexts are taken from the pool and always given back to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace

from ..pool import Lease, Profile, WarmPool
from .config import Config
from .errors import ProcessGone
from .handlers import Space
from .past import Past
from .personas import Personas
from .process import EXIT_LOST, Event, ProcessRecord
from .space import checked_url
from .syscalls import Observe, Spawn, Spawned
from .table import ProcessTable
from .telemetry import Telemetry

_BLANK = "about:blank"
_CLOSE_SPACE_S = 2.0
_STATE_S = 5.0
"""How long reading a profile's state from the browser may take at exit."""


@dataclass(frozen=True, slots=True)
class _Owned:
    lease: Lease[Any, Space]
    profile: Profile | None
    """The stored profile that it began with; None when nothing is to be kept."""


class Lifecycle:
    """Owns the lease of every living process.

    `changed` is called after each start and end; `background` runs work that nobody awaits.
    """

    def __init__(
        self,
        config: Config,
        pool: WarmPool[Any, Space],
        personas: Personas,
        telemetry: Telemetry,
        *,
        changed: Callable[[], None],
        background: Callable[[Any], None],
    ) -> None:
        self.table = ProcessTable(config.kernel.max_processes)
        self._site_urls = {site.name: site.url.rstrip("/") for site in config.pool.sites}
        self._warm_urls = frozenset(self._site_urls.values())
        self._pool = pool
        self._telemetry = telemetry
        self._changed = changed
        self._background = background
        self._personas = personas
        self._owned: dict[int, _Owned] = {}

    def space(self, record: ProcessRecord) -> Space:
        """The address space of a process. Raises `ProcessGone` when it has none (any more)."""
        owned = self._owned.get(record.pid)
        if owned is None:
            raise ProcessGone(f"process {record.pid} has no page: {record.reason or record.state}")
        return owned.lease.prepared

    async def spawn(self, parent: ProcessRecord, request: Spawn) -> Spawned:
        """Start a process. Whatever happens, it ends up with a context or the pool has it back."""
        if request.url:
            checked_url(request.url)
        record = _record(self.table.next_pid(), parent, request)
        self.table.add(record)
        loading = asyncio.ensure_future(self._load(record, request))
        record.inflight.add(loading)  # so that ending the process ends this as well
        try:
            spawned = await loading
        except BaseException as error:
            loading.cancel()
            killed = record.final
            await self.end(record, Event.FAIL, EXIT_LOST, str(error) or "cancelled")
            if killed and not _cancelled_from_outside():
                raise ProcessGone(f"process {record.pid} ended: {record.reason}") from None
            raise
        finally:
            record.inflight.discard(loading)
        span = trace.get_current_span()
        span.set_attributes({"abos.site": record.site, "abos.start": spawned.how})
        self._telemetry.started(spawned.how, spawned.startup_s)
        self._changed()
        return spawned

    async def end(self, record: ProcessRecord, event: Event, code: int, reason: str) -> None:
        """End a process, cancel its calls and give its context back. Ending twice is fine.

        A clean exit keeps what the process changed in its profile. Raises `pool.ProfileError`
        when that can't be stored; the process has ended all the same.
        """
        if record.final:
            return
        record.move(event)
        record.exit_code, record.reason = code, reason
        record.ended.set()
        record.resumed.set()
        for task in tuple(record.inflight):
            task.cancel()
        self._changed()
        if record.plan is not None:
            self._background(record.plan.close())
            record.plan = None
        record.past = Past()  # ended processes are remembered, what they saw is not
        owned = self._owned.pop(record.pid, None)
        if owned is None:
            return
        try:
            if event is Event.EXIT and code == 0 and owned.profile is not None:
                state = await owned.lease.session.storage_state(_STATE_S)
                await self._personas.keep(owned.profile, state, owned.lease.origins)
        finally:
            await self._give_back(owned.lease, broken=event is Event.FAIL)

    async def _load(self, record: ProcessRecord, request: Spawn) -> Spawned:
        profile = await self._personas.find(request.profile)
        with self._telemetry.span("abos.pool.acquire"):
            lease = await self._pool.acquire(
                request.url or _BLANK,
                profile=request.profile,
                greet=_greet if request.url.rstrip("/") in self._warm_urls else None,
            )
        try:
            lease.session.on_lost(lambda reason: self._lost(record, reason))
            if request.url and not self._is_there(lease, request.url):
                with self._telemetry.span("abos.spawn.navigate"):
                    await lease.prepared.navigate(request.url)
            record.move(Event.LOADED)
        except BaseException:
            await self._give_back(lease, broken=True)
            raise
        self._owned[record.pid] = _Owned(lease, profile)
        record.how = lease.how
        record.startup_s = time.monotonic() - record.born
        return Spawned(record.pid, lease.how, record.startup_s, request.url)

    async def _give_back(self, lease: Lease[Any, Space], *, broken: bool) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SPACE_S):
                await lease.prepared.close()
        except TimeoutError:
            broken = True
        finally:
            await self._pool.release(lease, broken=broken)  # does not suspend

    def _is_there(self, lease: Lease[Any, Space], url: str) -> bool:
        """Whether a warm page was opened at this address, wherever that led it (a sign-in page)."""
        return lease.how == "warm" and self._site_urls[lease.key.site] == url.rstrip("/")

    def _lost(self, record: ProcessRecord, reason: str) -> None:
        if not record.final:
            self._background(self.end(record, Event.FAIL, EXIT_LOST, reason))


async def _greet(space: Space) -> object:
    """The first observation, asked in place of a ping."""
    return await space.greet(Observe().max_tokens)


def _record(pid: int, parent: ProcessRecord, request: Spawn) -> ProcessRecord:
    return ProcessRecord(
        pid=pid,
        site=_site(request.url),
        profile=request.profile,
        # A child can't have what its parent lacks.
        capabilities=request.capabilities & parent.capabilities,
        limits=request.limits,
        born=time.monotonic(),
        parent=parent.pid,
        task=request.task,
    )


def _site(url: str) -> str:
    """Host and port, without the user and password that an address may carry."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _cancelled_from_outside() -> bool:
    this = asyncio.current_task()
    return this is not None and this.cancelling() > 0
