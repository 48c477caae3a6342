"""What is left of a driver: nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from abos.pool.driver import Driver


def test_a_folder_that_is_still_written_to_is_removed_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "profile"
    real, tries = shutil.rmtree, []

    def written_again(path: Path, *, ignore_errors: bool) -> None:
        real(path, ignore_errors=ignore_errors)
        tries.append(path)
        if len(tries) < 3:  # as a browser does that is not dead yet
            path.mkdir()

    folder.mkdir()
    driver = Driver.__new__(Driver)
    driver._folders = [folder]
    monkeypatch.setattr(shutil, "rmtree", written_again)
    driver._tidy(30.0)
    assert not folder.exists()
    assert len(tries) == 3
