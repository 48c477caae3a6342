"""The decider: performs the route from tier to tier, remembers it, and keeps why it was taken."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import astuple, replace

from . import router
from .asking import answered
from .cache import CacheStatistics, ResponseCache, fingerprint, key
from .calibration import NOTHING_KNOWN, Calibration, shipped
from .config import PlannerConfig
from .errors import CloudError, LocalModelUnavailable, ModelCorrupt, ModelError, ModelMissing
from .explain import Explanation
from .models.base import CloudModel, LocalModel, ModelInfo
from .models.cloud import cloud_from
from .models.near import local_from
from .question import TIERS, Decision, Question, Tier
from .stores import Memory, store_for
from .taught import encoder
from .tiers import Asked, Models, Tiers, off_the_loop
from .vectors import SHARED, Vectors
from .walk import Walk

_log = logging.getLogger(__name__)

_FOR_GOOD = (ModelMissing, ModelCorrupt, LocalModelUnavailable)
"""Failures of a local model that another try would not mend."""


class Decider:
    """Answers questions by the cheapest tier that is sure enough.

    ``local`` and ``cloud`` default to what the configuration says. A tier that is not there is
    skipped, and named when it is missed. ``told`` is given why each decision went as it did;
    ``calibration`` defaults to the shipped one.
    """

    def __init__(
        self,
        config: PlannerConfig | None = None,
        *,
        local: LocalModel | None = None,
        cloud: CloudModel | None = None,
        vectors: Vectors = SHARED,
        told: Callable[[Explanation], None] = lambda _: None,
        calibration: Calibration | None = None,
    ) -> None:
        self.config = config = config or PlannerConfig()
        self._no_local = ""
        self._local = local or self._configured()
        self._cloud = cloud or cloud_from(config.cloud)
        self._vectors = vectors
        self._told = told
        self._calibration = calibration
        self._responses = ResponseCache(config.cache, store_for(config.redis_url, config.cache))
        self._routes = ResponseCache(config.cache, Memory(config.cache.size))
        self._tiers = Tiers(config, Models(vectors, self._local, self._cloud), self._responses)

    def _configured(self) -> LocalModel | None:
        """The local model, when there is one; else the reason is remembered."""
        try:
            return local_from(self.config.local)
        except ModelError as error:
            self._no_local = str(error)
            return None

    async def warm_up(self) -> None:
        """Load what ranker and models need, so that the first decision is fast already.

        A model that cannot be loaded takes its tier out; that is told when the tier is missed. A
        server that does not answer now is asked again when it is needed.
        """
        await self._vectors.load_async()
        await encoder.SHARED.load_async()
        self._calibration = self._calibration or await asyncio.to_thread(shipped)
        await self._responses.warm_up()
        await self._routes.warm_up()
        if self._cloud is not None:
            await self._cloud.warm_up()
        if self._local is None:
            return
        try:
            await self._local.warm_up()
        except _FOR_GOOD as error:
            self._no_local, broken, self._local = str(error), self._local, None
            await broken.close()
            _log.info("no local model: %s", error)
        except ModelError as error:
            _log.info("the local model is not ready: %s", error)

    async def close(self) -> None:
        """Free the local model and close the connections."""
        await self._responses.close()
        await self._routes.close()
        if self._local is not None:
            await self._local.close()
        if self._cloud is not None:
            await self._cloud.close()

    @property
    def available(self) -> frozenset[Tier]:
        """The tiers that can be asked."""
        tiers: set[Tier] = {"exact", "ranker"}
        tiers |= {"local"} if self._local is not None else set()
        tiers |= {"cloud"} if self._cloud is not None else set()
        return frozenset(tiers)

    @property
    def responses(self) -> CacheStatistics:
        """The cache of what models answered."""
        return self._responses.statistics

    @property
    def routes(self) -> CacheStatistics:
        """The cache of whole decisions."""
        return self._routes.statistics

    @property
    def local(self) -> ModelInfo | None:
        """What is known of the local model; None without one."""
        return self._local.info if self._local is not None else None

    async def decide(
        self,
        question: Question,
        *,
        deadline_s: float = 10.0,
        profile: str = "",
        budget: float = math.inf,
    ) -> Decision:
        """Which candidate is meant, by the first tier that is sure enough.

        ``deadline_s`` is for all tiers together. Answers are remembered for the same ``profile``
        alone. A call to the cloud costs ``router.CLOUD_COST`` of the ``budget``. Raises Undecided,
        which names what was missing and what to do.
        """
        walk = await self._begun(question, deadline_s)
        name = await self._name(question, profile)
        kept = await self._routes.ask_only(name) if name else None
        decision = walk.remembered(kept) if kept is not None else None
        try:
            if decision is None:
                decision = self._ended(walk, await self._walk(walk, profile, budget))
                if name:
                    await self._routes.put(name, _numbers(decision, question), self._route_s)
        finally:
            self._told(walk.explanation(decision, self.available))
        return answered(question, replace(decision, id=walk.id))

    @property
    def _route_s(self) -> float:
        return self.config.cache.route_s

    async def _name(self, question: Question, profile: str) -> str:
        """What the decision is remembered by: all that it hangs on. "" when nothing is."""
        if not self.config.cache.enabled:
            return ""
        models = (
            self._local.info.identity if self._local else "",
            self._cloud.identity if self._cloud else "",
        )
        settings = repr(astuple(self.config.thresholds))
        page = await off_the_loop(fingerprint, question)
        return key("route", profile, (*models, *sorted(self.available), settings), page)

    async def consult(self, question: Question, *, deadline_s: float = 10.0) -> Walk:
        """The way that a decision would go, however it ends; nothing is remembered or told."""
        walk = await self._begun(question, deadline_s)
        await self._walk(walk, "", math.inf)
        return walk

    async def every_answer(self, question: Question) -> list[Decision]:
        """What each tier says, uncalibrated, sure or not; for fitting and looking, not for use."""
        walk = Walk(question, self.config.thresholds, NOTHING_KNOWN, time.time(), math.inf)
        for tier in TIERS:
            if tier in self.available and not (tier == "local" and not self._is_taught):
                await self._ask(tier, walk, "")
        return walk.decisions

    async def _begun(self, question: Question, deadline_s: float) -> Walk:
        if self._calibration is None:
            self._calibration = await asyncio.to_thread(shipped)
        ends = time.monotonic() + deadline_s
        return Walk(question, self.config.thresholds, self._calibration, time.time(), ends)

    def _ended(self, walk: Walk, end: router.Accept | router.GiveUp) -> Decision:
        if isinstance(end, router.GiveUp):
            raise walk.undecided(end, self._missing())
        return walk.accepted(end)

    async def _walk(self, walk: Walk, profile: str, budget: float) -> router.Accept | router.GiveUp:
        """From tier to tier until one is sure enough, or none is left."""
        while True:
            load, limit_s = self._local.load if self._local else None, self.config.local.deadline_s
            now = walk.conditions(budget, load, limit_s, taught=self._is_taught)
            step = walk.route(self.available, now)
            if not isinstance(step, router.Use):
                return step
            await self._ask(step.tier, walk, profile)

    async def _ask(self, tier: Tier, walk: Walk, profile: str) -> None:
        """One tier's answer with its time; none when it has none, fails or is out of time."""
        started = time.perf_counter()
        asked = Asked(walk.question, profile, walk.decisions, walk.left_s)
        try:
            answer = await self._tiers.ask(tier, asked)
        except (ModelError, CloudError, TimeoutError) as error:
            walk.failed(tier, str(error) or "no answer in time", time.perf_counter() - started)
        else:
            seconds = time.perf_counter() - started
            if tier == "ranker" and not self._vectors.ready:
                walk.know(NOTHING_KNOWN)  # without vectors it is another one than was measured
            walk.answered(tier, answer, seconds, measured=tier != "local" or self._is_taught)

    @property
    def _is_taught(self) -> bool:
        return self._local is not None and self._local.info.taught

    def _missing(self) -> list[str]:
        missing = []
        if self._local is None:
            missing.append(f"local: {self._no_local}")
        if self._cloud is None:
            missing.append("cloud: not configured (ABOS_CLOUD_BASE_URL, ABOS_CLOUD_MODEL)")
        if not self._vectors.ready:
            missing.append(f"ranker: {self._vectors.missing}")
        return missing


def _numbers(decision: Decision, question: Question) -> tuple[float, float, float]:
    """A decision as numbers: which candidate, how surely, by which tier."""
    places = (i for i, c in enumerate(question.candidates) if c.ref == decision.ref)
    place = -1 if decision.ref is None else next(places)
    return (place, decision.probability, TIERS.index(decision.by))
