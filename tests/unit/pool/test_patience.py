"""When work counts as late."""

from __future__ import annotations

import asyncio

import pytest

from abos.pool.patience import Patience


async def test_work_counts_as_late_from_the_limit_to_its_end() -> None:
    changes: list[int] = []
    patience = Patience(0.0)

    def late() -> None:
        changes.append(patience.late)

    with patience.watch(late), patience.watch(late):
        assert patience.late == 0
        await asyncio.sleep(0.01)
        assert changes == [1, 2]
    assert patience.late == 0


async def test_work_that_ends_in_time_never_counts() -> None:
    patience = Patience(60.0)
    with pytest.raises(ValueError, match="broken"), patience.watch(pytest.fail):
        raise ValueError("broken")
    await asyncio.sleep(0)
    assert patience.late == 0
