"""`abos snapshot diff`: files and ids, whole pages and deltas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from abos.kernel.doors.snapshot_diff import register
from abos.kernel.errors import AbosError
from abos.snapshot.codec import encode as encode_page
from abos.snapshot.columns import Columns, Page
from abos.snapshot.delta import diff, encode


def page(*words: str, title: str = "Shop") -> Columns:
    """A page of one paragraph for each of some words."""
    count = len(words)
    kind = [0, 5, *[5, 1] * count]
    parent = [-1, 0, *(p for i in range(count) for p in (1, 2 + 2 * i))]
    label = [0, 1, *(s for i in range(count) for s in (2, 3 + i))]
    none = np.zeros(0, "u4")
    return Columns(
        page=Page(
            "https://shop.example/", title, 1.0, True, 800.0, 600.0, 1.0, 0.0, 0.0, -1, -1, -1
        ),
        strings=("", "body", "p", *words),
        parent=np.array(parent, "i4"),
        kind=np.array(kind, "u1"),
        label=np.array(label, "u4"),
        attr_count=np.zeros(len(kind), "u4"),
        attrs=none,
        boxes=none.astype("f4"),
        hidden=none,
        state_node=none,
        state_field=none.astype("u1"),
        state_value=none.astype("i4"),
        scroll_node=none,
        scroll_xy=none.astype("f4"),
        selection=none.astype("i4"),
        sheet_node=none,
        sheet_flags=none.astype("u1"),
        sheet_texts=none,
        mark_node=none,
        mark_kind=none.astype("u1"),
        mark_value=none,
    )


ONE, TWO, THREE = page("a"), page("a", "b \x1b[31m"), page("b \x1b[31m", title="Cart")
KEPT: dict[str, tuple[dict[str, Any], bytes]] = {
    "one": ({}, encode_page(ONE)),
    "two": ({"base": "one"}, encode(diff(ONE, TWO))),
    "three": ({"base": "two"}, encode(diff(TWO, THREE))),
    "loose": ({}, encode(diff(ONE, TWO))),
    "broken": ({}, b"nothing"),
}


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def root() -> None: ...

    def look_up(
        which: str, folder: Path | None, config: Path | None
    ) -> tuple[dict[str, Any], bytes]:
        return KEPT[which]

    register(app, look_up)
    return app


def run(app: typer.Typer, *args: str) -> Any:
    return CliRunner().invoke(app, ["diff", *args], catch_exceptions=False)


def test_in_words(app: typer.Typer) -> None:
    result = run(app, "one", "three")
    assert result.exit_code == 0
    assert "title changed from 'Shop' to 'Cart'" in result.output
    assert "\x1b" not in result.output
    assert run(app, "one", "one").output.startswith("the same")


@pytest.mark.parametrize("other", ["two", "loose"])
def test_a_delta_stands_for_its_page(app: typer.Typer, other: str) -> None:
    said = json.loads(run(app, "one", other, "--json").output)
    assert not said["same"]
    assert [(change["kind"], change["what"][:9]) for change in said["changes"]] == [
        ("added", "paragraph")
    ]
    assert said["nodes"] == [4, 6]


def test_exit_code(app: typer.Typer) -> None:
    assert run(app, "one", "two", "--exit-code").exit_code == 1
    assert run(app, "two", "two", "--exit-code").exit_code == 0


def test_what_is_no_snapshot_is_an_error(app: typer.Typer) -> None:
    for one, other in (("one", "broken"), ("loose", "one")):
        with pytest.raises(AbosError):
            run(app, one, other)
