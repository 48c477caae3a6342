"""Cloud calls cost something: who pays, how much at most, and what is written down."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from abos.planner import Account, CloudConfig, CostReached, Ledger, LedgerFailed, Spending, paying
from abos.planner.ledger import CloudCall
from abos.planner.spending import price
from abos.planner.steps import Usage

PRICED = CloudConfig("http://a/v1", "m", price_in=2.0, price_out=10.0)
DAY = 86400.0


def call(at: float = 0.0, cost: float = 1.0, purpose: str = "plan") -> CloudCall:
    return CloudCall(at, purpose, "m", {"system": 300, "page": 900}, Usage(1200, 80), cost, 0.5)


def test_prices_are_for_a_million_tokens() -> None:
    assert price(PRICED, Usage(500_000, 100_000)) == pytest.approx(2.0)
    assert price(CloudConfig(), Usage(500_000, 100_000)) == 0.0


def test_what_is_written_down_is_read_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "ledger.sqlite")
    assert ledger.calls(0.0) == []
    assert ledger.spent(0.0) == 0.0
    assert not (tmp_path / "new").exists()
    ledger.add(call(10.0, 1.0))
    Ledger(tmp_path / "new" / "ledger.sqlite").add(call(20.0, 0.5, "choose"))
    assert ledger.calls(15.0) == [call(20.0, 0.5, "choose")]
    assert ledger.spent(0.0) == 1.5
    assert ledger.spent(15.0) == 0.5
    assert (tmp_path / "new" / "ledger.sqlite").stat().st_mode & 0o077 == 0


def test_old_calls_go(tmp_path: Path) -> None:
    Ledger(tmp_path / "l").add(call(10.0))
    ledger = Ledger(tmp_path / "l")
    ledger.add(call(10.0 + 91 * DAY))
    assert len(ledger.calls(0.0)) == 1


def test_a_book_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerFailed, match=r"planner\.ledger"):
        Ledger(tmp_path / "l").add(call())


async def test_a_task_stops_before_its_ceiling() -> None:
    spending = Spending(CloudConfig("http://a/v1", "m", max_task_cost=1.0))
    await spending.check(5.0)  # nobody pays: no task
    account = Account()
    token = paying.set(account)
    try:
        await spending.check(1.0)
        with pytest.raises(CostReached, match="max_task_cost"):
            await spending.check(1.1)
        spending.charge(call(cost=0.6))
        await spending.check(0.4)
        with pytest.raises(CostReached):
            await spending.check(0.5)
    finally:
        paying.reset(token)
    assert (account.tokens_in, account.tokens_out, account.cost) == (1200, 80, 0.6)


async def test_a_day_has_a_ceiling_for_all_kernels(tmp_path: Path) -> None:
    now = [1000 * DAY + 5.0]
    config = CloudConfig("http://a/v1", "m", max_day_cost=1.0)
    mine, other = (Spending(config, Ledger(tmp_path / "l"), clock=lambda: now[0]) for _ in range(2))
    await other.write(call(now[0], 0.8))
    await mine.check(0.2)
    with pytest.raises(CostReached, match="max_day_cost"):
        await mine.check(0.3)
    now[0] += DAY
    await mine.check(0.3)


async def test_a_book_that_fails_costs_nobody_the_answer(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(b"not a database" * 100)
    await Spending(PRICED, Ledger(tmp_path / "l")).write(call())


def test_two_writers_at_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    ledger.add(call())
    with sqlite3.connect(tmp_path / "l", isolation_level=None) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM calls").fetchall()
        ledger.add(call())
        other.execute("COMMIT")
    other.close()
    assert len(ledger.calls(0.0)) == 2
