"""Who pays for a cloud call, and whether it may still be made: ceilings for a task and a day."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from .config import CloudConfig
from .errors import CostReached, LedgerFailed
from .ledger import CloudCall, Ledger
from .steps import Usage

_MILLION = 1e6
_DAY_S = 86400.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Account:
    """What one task, or whoever calls, has spent."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    def charge(self, usage: Usage, cost: float) -> None:
        """Put a call on it."""
        self.tokens_in += usage.tokens_in
        self.tokens_out += usage.tokens_out
        self.cost += cost


paying: ContextVar[Account | None] = ContextVar("paying", default=None)
"""The account of whoever works now; tasks inherit it."""


def price(config: CloudConfig, usage: Usage) -> float:
    """What so many tokens cost at an endpoint."""
    return (usage.tokens_in * config.price_in + usage.tokens_out * config.price_out) / _MILLION


class Spending:
    """Checks calls before they are made; charges them, and writes them down, after."""

    def __init__(
        self,
        config: CloudConfig,
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._clock = clock

    async def check(self, expected: float) -> None:
        """Raise CostReached when a call that may cost so much would cross a ceiling."""
        account, config = paying.get(), self._config
        if config.max_task_cost and account and account.cost + expected > config.max_task_cost:
            raise CostReached(
                f"The task has spent {account.cost:.4f} on cloud calls; the next may cost "
                f"{expected:.4f}, and {config.max_task_cost:g} is the most it may.",
                "Raise planner.cloud.max_task_cost, or make the task smaller.",
            )
        if not config.max_day_cost or self._ledger is None:
            return
        now = self._clock()
        spent = await asyncio.to_thread(self._ledger.spent, now - now % _DAY_S)
        if spent + expected > config.max_day_cost:
            raise CostReached(
                f"Cloud calls cost {spent:.4f} today (UTC); the next may cost {expected:.4f}, and "
                f"{config.max_day_cost:g} is the most they may.",
                "Raise planner.cloud.max_day_cost, or wait for tomorrow.",
            )

    def charge(self, call: CloudCall) -> None:
        """Put a call on the account of whoever makes it, at once."""
        account = paying.get()
        if account is not None:
            account.charge(call.usage, call.cost)

    async def write(self, call: CloudCall) -> None:
        """Write a call down. A book that fails costs nobody an answer that is paid for."""
        if self._ledger is not None:
            try:
                await asyncio.to_thread(self._ledger.add, call)
            except LedgerFailed as error:
                _log.warning("%s", error)

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock()
