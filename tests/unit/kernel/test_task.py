"""What a task's owner is told."""

from __future__ import annotations

import pytest

from abos.kernel.errors import TaskFailed
from abos.kernel.task import TaskResult


def test_a_task_that_was_done_raises_nothing() -> None:
    TaskResult(ok=True, exit_code=0).raise_for_failure()


def test_a_failure_is_raised_with_what_to_do() -> None:
    failed = TaskResult(ok=False, exit_code=1, error="the shop is closed", hint="Come tomorrow.")
    with pytest.raises(TaskFailed, match="the shop is closed") as caught:
        failed.raise_for_failure()
    assert caught.value.hint == "Come tomorrow."
