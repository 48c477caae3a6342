"""The decider: performs the route from tier to tier, with a deadline for each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.util import find_spec

from . import exact, ranker, router
from .config import LocalConfig, PlannerConfig
from .errors import CloudError, ModelError, ModelMissing, Undecided
from .models.base import CloudModel, LocalModel
from .models.cloud import cloud_from
from .models.llama import LlamaModel, model_file
from .question import Decision, Question, Tier
from .tiebreak import break_tie
from .vectors import SHARED, Vectors

_CLOUD_LEAST_S = 0.2
"""Below this a call to the cloud cannot end in time, and is not begun."""

_TOO_MANY = 400
"""More candidates than this are cut to the ranker's first ones before a model sees them."""


class Decider:
    """Answers questions by the cheapest tier that is sure enough.

    ``local`` and ``cloud`` default to what the configuration says. A tier that is not there is
    skipped, and named when it is missed.
    """

    def __init__(
        self,
        config: PlannerConfig | None = None,
        *,
        local: LocalModel | None = None,
        cloud: CloudModel | None = None,
        vectors: Vectors = SHARED,
    ) -> None:
        self.config = config or PlannerConfig()
        self._no_local = ""
        self._local = local or self._local_from(self.config.local)
        self._cloud = cloud or cloud_from(self.config.cloud)
        self._vectors = vectors

    def _local_from(self, config: LocalConfig) -> LocalModel | None:
        """The model in this process, when its file is there; else the reason is remembered."""
        if not config.enabled:
            self._no_local = "switched off in the configuration"
            return None
        try:
            model_file(config)
        except ModelMissing as error:
            self._no_local = str(error)
            return None
        if find_spec("llama_cpp") is None:
            self._no_local = "llama.cpp is not installed: pip install 'abos[local]'"
            return None
        return LlamaModel(config)

    async def warm_up(self) -> None:
        """Load what ranker and local model need, so that the first decision is fast already.

        A model that cannot be loaded takes its tier out; that is told when the tier is missed.
        """
        await self._vectors.load_async()
        if isinstance(self._local, LlamaModel):
            try:
                await self._local.load()
            except ModelError as error:
                self._no_local, broken, self._local = str(error), self._local, None
                await broken.close()

    async def close(self) -> None:
        """Free the local model and close the connections."""
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

    async def decide(self, question: Question, *, deadline_s: float = 10.0) -> Decision:
        """Which candidate is meant, by the first tier that is sure enough.

        ``deadline_s`` is for all tiers together. Raises Undecided, which names what was missing
        and what to do.
        """
        ends = time.monotonic() + deadline_s
        decisions: list[Decision] = []
        asked: set[Tier] = set()
        failed: list[str] = []
        while True:
            step = router.route(
                question, decisions, frozenset(asked), self.available, self.config.thresholds
            )
            if isinstance(step, router.Accept):
                reason = router.explain(question, decisions, step)
                return replace(step.decision, reason=f"{step.decision.reason} [{reason}]")
            if isinstance(step, router.GiveUp):
                raise self._undecided(question, step, decisions, failed)
            asked.add(step.tier)
            answer = await self._ask(
                step.tier, question, decisions, ends - time.monotonic(), failed
            )
            decisions += [answer] if answer is not None else []

    async def _ask(
        self,
        tier: Tier,
        question: Question,
        decisions: list[Decision],
        left_s: float,
        failed: list[str],
    ) -> Decision | None:
        """One tier's answer with its time; None when it has none, fails or is out of time."""
        started = time.perf_counter()
        try:
            answer = await self._tiers[tier](question, decisions, left_s)
        except (ModelError, CloudError, TimeoutError) as error:
            failed.append(f"{tier}: {error or 'no answer in time'}")
            return None
        return None if answer is None else replace(answer, seconds=time.perf_counter() - started)

    @property
    def _tiers(
        self,
    ) -> dict[Tier, Callable[[Question, list[Decision], float], Awaitable[Decision | None]]]:
        return {
            "exact": self._exact,
            "ranker": self._rank,
            "local": self._break_tie,
            "cloud": self._choose,
        }

    async def _exact(self, question: Question, _: list[Decision], __: float) -> Decision | None:
        return exact.decide(question)

    async def _rank(self, question: Question, _: list[Decision], left_s: float) -> Decision:
        if not self._vectors.ready:
            await asyncio.wait_for(self._vectors.load_async(), max(0.5, left_s))
        return ranker.rank(question, self._vectors)

    async def _break_tie(
        self, question: Question, decisions: list[Decision], left_s: float
    ) -> Decision | None:
        pair = router.tie(decisions, self.config.thresholds)
        if self._local is None or pair is None:
            return None
        limit = min(self.config.local.deadline_s, left_s)
        ranked = next(d for d in decisions if d.by == "ranker")
        return await break_tie(question, pair, ranked, self._local, limit)

    async def _choose(
        self, question: Question, decisions: list[Decision], left_s: float
    ) -> Decision | None:
        if self._cloud is None:
            return None
        if left_s < _CLOUD_LEAST_S:
            raise TimeoutError("no time left for a call")
        return await asyncio.wait_for(self._cloud.choose(_shortened(question, decisions)), left_s)

    def _undecided(
        self, question: Question, end: router.GiveUp, decisions: list[Decision], failed: list[str]
    ) -> Undecided:
        missing = [*failed]
        if self._local is None:
            missing.append(f"local: {self._no_local}")
        if self._cloud is None:
            missing.append("cloud: not configured (ABOS_CLOUD_BASE_URL, ABOS_CLOUD_MODEL)")
        if not self._vectors.ready:
            missing.append(f"ranker: {self._vectors.missing}")
        said = "; ".join(f"{d.by} {d.ref or 'none'} {d.probability:.2f}" for d in decisions)
        words = question.instruction or question.value
        return Undecided(
            f"Cannot tell which element '{words}' is: {end.reason} ({said or 'no answers'}).",
            "Name the element as the page does, or configure a cloud model.",
            tuple(missing),
        )


def _shortened(question: Question, decisions: list[Decision]) -> Question:
    """A page with thousands of links is cut before it is sent anywhere; likely ones stay."""
    if len(question.candidates) <= _TOO_MANY:
        return question
    likely = {ref for d in decisions for ref, _ in d.evidence}
    kept = [c for i, c in enumerate(question.candidates) if i < _TOO_MANY or c.ref in likely]
    return replace(question, candidates=tuple(kept))
