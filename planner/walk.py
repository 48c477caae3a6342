"""The way of one decision from tier to tier: what was answered, what failed, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from . import router
from .calibration import Calibration
from .config import Thresholds
from .errors import Undecided
from .explain import Explanation, TierNote, new_id, shortened
from .models.base import Load
from .question import TIERS, Decision, Kind, Question, Tier

_CANNOT: dict[Kind, str] = {
    "element": "Cannot tell which element '{}' is",
    "option": "Cannot tell which option '{}' is",
    "yesno": "Cannot tell '{}'",
    "done": "Cannot tell whether '{}' succeeded",
    "value": "Cannot tell which value '{}' is",
}


class Walk:
    """Everything that is known of a decision while it is taken; its tiers' answers calibrated.

    ``at`` is the time in seconds since 1970, ``ends`` the deadline on the monotonic clock.
    """

    def __init__(
        self,
        question: Question,
        given: Thresholds,
        known: Calibration,
        at: float,
        ends: float,
    ) -> None:
        self.id = new_id()
        self.question = question
        self.decisions: list[Decision] = []
        self._given = given
        self.know(known)
        self._at, self._ends = at, ends
        self._started = time.perf_counter()
        self._notes: dict[Tier, TierNote] = {}
        self._failed: list[str] = []
        self._conditions = router.CALM
        self._end: router.Route | None = None
        self._kept = False

    def know(self, calibration: Calibration) -> None:
        """Go by this calibration from now on."""
        self._calibration = calibration
        self._thresholds = calibration.thresholds(self.question.kind, self._given)

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self._ends - time.monotonic()

    @property
    def thresholds(self) -> Thresholds:
        """What an answer needs."""
        return self._thresholds

    @property
    def last(self) -> Decision | None:
        """The answer that was taken, or else that of the dearest tier; None when none answered."""
        if isinstance(self._end, router.Accept):
            return self._end.decision
        return self.decisions[-1] if self.decisions else None

    def conditions(
        self, budget: float, load: Load | None, limit_s: float, *, taught: bool
    ) -> router.Conditions:
        """The conditions of the next choice of a tier."""
        expected = load.expected_s if load is not None else 0.0
        self._conditions = router.Conditions(self.left_s, budget, expected, limit_s, taught)
        return self._conditions

    def route(self, available: frozenset[Tier], now: router.Conditions) -> router.Route:
        """What to do next; the last one is how it ended."""
        self._end = router.route(
            self.question,
            self.decisions,
            frozenset(self._notes),
            available,
            self._thresholds,
            now,
        )
        return self._end

    def answered(
        self, tier: Tier, answer: Decision | None, seconds: float, *, measured: bool = True
    ) -> None:
        """A tier's answer, or that it had none; ``measured`` when calibration knows the tier."""
        if answer is None:
            self._notes[tier] = TierNote(tier, "silent", "no answer", seconds=seconds)
            return
        stated = answer.probability
        if measured:
            answer = self._calibration.calibrated(self.question.kind, answer)
        answer = replace(answer, seconds=seconds)
        self.decisions.append(answer)
        self._notes[tier] = TierNote(
            tier,
            "answered",
            answer.reason,
            answer.ref,
            self._called(answer.ref),
            answer.probability,
            seconds,
            stated=stated,
        )

    def failed(self, tier: Tier, why: str, seconds: float) -> None:
        """A tier that could not answer."""
        self._failed.append(f"{tier}: {why}")
        self._notes[tier] = TierNote(tier, "failed", why, seconds=seconds)

    def remembered(self, numbers: Sequence[float]) -> Decision | None:
        """The decision that was taken here before; None when the numbers make none."""
        if len(numbers) != 3:
            return None
        place, probability, tier = int(numbers[0]), numbers[1], int(numbers[2])
        least = -1 if self.question.or_none else 0
        if not (least <= place < len(self.question.candidates) and 0 <= tier < len(TIERS)):
            return None
        self._kept = True
        ref = self.question.candidates[place].ref if place >= 0 else None
        seconds = time.perf_counter() - self._started
        return Decision(ref, probability, TIERS[tier], seconds, (), "as decided before")

    def accepted(self, step: router.Accept) -> Decision:
        """The decision, with why it was taken."""
        why = router.explain(self.question, self.decisions, step)
        return replace(step.decision, reason=f"{step.decision.reason} [{why}]")

    def undecided(self, end: router.GiveUp, missing: Sequence[str]) -> Undecided:
        """The error that says what each tier said, and what was missing."""
        said = "; ".join(f"{d.by} {d.ref or 'none'} {d.probability:.2f}" for d in self.decisions)
        words = shortened(self.question.instruction or self.question.value)
        return Undecided(
            f"{_CANNOT[self.question.kind].format(words)}: {end.reason} ({said or 'no answers'}).",
            f"Use the page's own words, or configure a cloud model (abos why {self.id}).",
            (*self._failed, *missing),
        )

    def explanation(self, decision: Decision | None, available: frozenset[Tier]) -> Explanation:
        """All of it; ``decision`` is None when there was none."""
        question = self.question
        last = self._end.reason if isinstance(self._end, (router.Accept, router.GiveUp)) else ""
        return Explanation(
            self.id,
            self._at,
            shortened(question.instruction or question.value),
            question.action,
            question.irreversible,
            len(question.candidates),
            router.needed(question, self._thresholds, decision),
            () if self._kept else tuple(self._note(tier, available) for tier in TIERS),
            decision.ref if decision else None,
            decision.by if decision else None,
            decision.probability if decision else 0.0,
            time.perf_counter() - self._started,
            "as decided before" if self._kept else last or "cut short",
            self._kept,
        )

    def _note(self, tier: Tier, available: frozenset[Tier]) -> TierNote:
        if tier in self._notes:
            return self._notes[tier]
        if tier not in available:
            return TierNote(tier, "skipped", "it is not there")
        why = router.skipped(
            tier, self.question, self.decisions, self._thresholds, self._conditions
        )
        return TierNote(tier, "skipped", why or "a cheaper tier was sure enough")

    def _called(self, ref: str | None) -> str:
        """What an answer is called; values of a page are nobody else's to read."""
        if self.question.kind == "value":
            return ""
        found = (c for c in self.question.candidates if c.ref == ref)
        return shortened(next((f"{c.role} {c.name or c.hint}" for c in found), ""))
