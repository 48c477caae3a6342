"""Whether a model fits: of the machine's memory, or of the control group's where that is less."""

from __future__ import annotations

from pathlib import Path

import pytest

from abos.planner import ModelTooLarge
from abos.planner.models.room import free_bytes, refuse_unless_it_fits


def test_what_does_not_fit_is_refused_with_the_figures() -> None:
    refuse_unless_it_fits("m.gguf", 700_000_000, 256, free=1_000_000_000)
    with pytest.raises(ModelTooLarge, match=r"800 MB for m.gguf and 256 MB .* 1000 MB are"):
        refuse_unless_it_fits("m.gguf", 800_000_000, 256, free=1_000_000_000)


def test_the_machine_s_memory_without_a_control_group(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 10_000_000


@pytest.mark.parametrize(
    ("limit", "free"), [("5000000", 2_400_000), ("1000000", 0), ("max", None), ("what", None)]
)
def test_the_control_group_s_where_that_is_less(
    tmp_path: Path, limit: str, free: int | None
) -> None:
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text("3000000")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 400000\n")
    found = free_bytes(tmp_path)
    assert found == free if free is not None else found > 10_000_000
