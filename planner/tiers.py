"""The tiers as they are asked: each with its deadline, models through the cache of responses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from . import exact, facts, outcome, ranker, router, yesno
from .cache import Numbers, ResponseCache, fingerprint, key
from .config import PlannerConfig
from .errors import CloudUnavailable, ModelUnavailable
from .models.base import Chooser, CloudModel, LocalModel, ModelInfo
from .question import Decision, Question, Tier
from .taught.phrases import branches
from .tiebreak import break_tie
from .vectors import Vectors

T = TypeVar("T")

_MANY = 12
"""Candidates from which on work over them would hold up the event loop, and goes to a thread."""

_TOO_MANY = 400
"""More candidates than this are cut to the ranker's first ones before a model sees them."""


@dataclass(frozen=True, slots=True)
class Models:
    """What can be asked."""

    vectors: Vectors
    local: LocalModel | None
    cloud: CloudModel | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a tier: whose it is, what was answered before, and how long it may take."""

    question: Question
    profile: str
    decisions: Sequence[Decision]
    left_s: float


def settle(question: Question) -> Decision | None:
    """Tier 0 for each kind: what is plain without weighing anything. Pure."""
    if question.kind == "yesno":
        return yesno.settle(question)
    if question.kind == "done":
        return outcome.settle(question)
    return facts.settle(question) if question.kind == "value" else exact.decide(question)


def judge(question: Question, vectors: Vectors) -> Decision | None:
    """Tier 1 for each kind: what is likeliest by words, types and places. Pure."""
    if question.kind == "yesno":
        return yesno.judge(question, vectors)
    if question.kind == "done":
        return outcome.judge(question)
    return facts.judge(question) if question.kind == "value" else ranker.rank(question, vectors)


async def off_the_loop(work: Callable[..., T], question: Question, *more: object) -> T:
    """Work over all candidates; in a thread when they are many."""
    if len(question.candidates) + len(question.page.lines) <= _MANY:
        return work(question, *more)
    return await asyncio.to_thread(work, question, *more)


class Tiers:
    """Performs one tier at a time. It may raise ModelError, CloudError and TimeoutError."""

    def __init__(self, config: PlannerConfig, models: Models, cache: ResponseCache) -> None:
        self._config = config
        self._models = models
        self._cache = cache

    async def ask(self, tier: Tier, asked: Asked) -> Decision | None:
        """A tier's answer; None when it has none."""
        if tier == "exact":
            return await off_the_loop(settle, asked.question)
        if tier == "ranker":
            return await self._rank(asked)
        limit = asked.left_s
        if tier == "local":
            limit = min(self._config.local.deadline_s, limit)
        async with asyncio.timeout(max(0.0, limit)):
            return await (self._ask_local(asked) if tier == "local" else self._choose(asked))

    async def _rank(self, asked: Asked) -> Decision | None:
        vectors = self._models.vectors
        if not vectors.ready:
            await asyncio.wait_for(vectors.load_async(), max(0.5, asked.left_s))
        return await asyncio.to_thread(judge, asked.question, vectors)

    async def _ask_local(self, asked: Asked) -> Decision | None:
        local = self._models.local
        if local is not None and local.info.taught and isinstance(local, Chooser):
            return await self._ask_taught(asked, local.info, local)
        return await self._break_tie(asked)

    async def _ask_taught(self, asked: Asked, info: ModelInfo, local: Chooser) -> Decision | None:
        """The ranker's answer once more, now with the model's opinion of its shortlist."""
        question = asked.question
        places = {c.ref: place for place, c in enumerate(question.candidates)}
        likely = router.shortlist(asked.decisions)[: info.shortlist]
        if not likely:
            return None
        limit = min(self._config.local.deadline_s, asked.left_s)
        words = question.instruction or question.value
        options = branches(question, [places[ref] for ref in likely])
        texts = [t.encode(errors="surrogatepass") for t in (words, question.action, *options)]
        odds = await self._numbers(
            ("tree", asked.profile, info.identity),
            texts,
            lambda: local.choose(words, question.action, options, limit),
        )
        if len(odds) != len(options):
            raise ModelUnavailable("The local model did not weigh every option.")
        tree = dict(zip(likely, odds, strict=True))
        return await asyncio.to_thread(ranker.rank, question, self._models.vectors, tree)

    async def _break_tie(self, asked: Asked) -> Decision | None:
        local = self._models.local
        pair = router.tie(asked.decisions, self._config.thresholds)
        if local is None or pair is None:
            return None
        limit = min(self._config.local.deadline_s, asked.left_s)

        async def weigh(wanted: str, options: Sequence[str]) -> Numbers:
            texts = [text.encode(errors="surrogatepass") for text in (wanted, *options)]
            gains = await self._numbers(
                ("weigh", asked.profile, local.info.identity),
                texts,
                lambda: local.weigh(wanted, options, limit),
            )
            if len(gains) != len(options):
                raise ModelUnavailable("The local model did not weigh every option.")
            return gains

        ranked = next(d for d in asked.decisions if d.by == "ranker")
        return await break_tie(asked.question, pair, ranked, weigh)

    async def _choose(self, asked: Asked) -> Decision | None:
        cloud = self._models.cloud
        if cloud is None:
            return None
        question = _shortened(asked.question, asked.decisions)
        refs = [c.ref for c in question.candidates]

        async def choose() -> Numbers:
            chosen = await cloud.choose(question)
            place = -1 if chosen.ref is None else refs.index(chosen.ref)
            return (place, chosen.probability)

        page = await off_the_loop(fingerprint, question)
        who = ("choose", asked.profile, cloud.identity)
        place, probability = _checked(await self._numbers(who, [page], choose), len(refs))
        ref = refs[place] if place >= 0 else None
        return Decision(ref, probability, "cloud", 0.0, (), "the cloud model chose")

    async def _numbers(
        self,
        who: tuple[str, str, str],
        parts: Sequence[bytes],
        call: Callable[[], Awaitable[Numbers]],
    ) -> Numbers:
        """Through the cache, once it is known which model it is."""
        kind, profile, identity = who
        if not identity or not self._config.cache.enabled:
            return await call()
        name = key(kind, profile, (identity,), *parts, secret=self._config.cache.secret)
        return await self._cache.ask(name, call)


def _checked(numbers: Numbers, candidates: int) -> tuple[int, float]:
    """Place and probability out of an answer that may have been kept by somebody else."""
    if len(numbers) == 2:
        place, probability = int(numbers[0]), float(numbers[1])
        if -1 <= place < candidates and 0 <= probability <= 1:
            return place, probability
    raise CloudUnavailable("What was remembered of the cloud model's answer makes no sense.")


def _shortened(question: Question, decisions: Sequence[Decision]) -> Question:
    """A page with thousands of links is cut before it is sent anywhere; likely ones stay."""
    if len(question.candidates) <= _TOO_MANY:
        return question
    likely = {ref for d in decisions for ref, _ in d.evidence}
    kept = [c for i, c in enumerate(question.candidates) if i < _TOO_MANY or c.ref in likely]
    return replace(question, candidates=tuple(kept))
