"""What there is to see of a pool, as values."""

from __future__ import annotations

from typing import TypeVar

from .browser import Session
from .parts import Parts
from .slot import SHELVED, State
from .statistics import PoolStatistics, SlotInfo

S = TypeVar("S", bound=Session)
P = TypeVar("P")


def statistics(parts: Parts[S, P], waiting: int) -> PoolStatistics:
    """The pool at this moment."""
    tally, fleet = parts.tally, parts.fleet
    states, counts = parts.roster.states(), parts.roster.shelf.counts()
    return PoolStatistics(
        slots={state: states[state] for state in State if state is not State.EMPTY},
        ready={stand.name: counts[parts.stands.key(stand)] for stand in parts.stands.config.sites},
        waiting=waiting,
        hits=tally.hits,
        misses=tally.misses,
        refills=tally.refills,
        refill_failures=tally.refill_failures,
        refill_seconds=tally.refill_seconds,
        reuses=tally.reuses,
        retirements=dict(tally.retirements),
        unclosed=tally.unclosed,
        browsers=tuple(fleet.browsers()),
        launches=fleet.tally.launches,
        browser_retirements=dict(fleet.tally.retirements),
        draining=parts.stands.draining,
        last_refill_s=tally.last_refill_s,
        last_error=tally.last_error,
        scores={slot.id: parts.tender.verdict(slot).score for slot in parts.roster.shelved()},
    )


def slots(parts: Parts[S, P]) -> tuple[SlotInfo, ...]:
    """Every slot in use, oldest first."""
    now = parts.clock()
    return tuple(
        SlotInfo(
            id=slot.id,
            site=slot.key.site,
            profile=slot.key.profile,
            state=slot.state,
            age_s=now - slot.made_at if slot.session is not None else 0.0,
            uses=slot.uses,
            score=parts.tender.verdict(slot).score if slot.state in SHELVED else None,
            pss_mb=slot.pss_mb,
            browser_pid=slot.host.browser.pid if slot.host is not None else None,
        )
        for slot in parts.roster.slots.values()
    )
