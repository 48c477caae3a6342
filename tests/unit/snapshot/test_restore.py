"""What a restore asks of the page, and what it may claim afterwards."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pytest

from abos.snapshot import RestoreReport, Snapshot, WorldLost, restore
from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns, Field
from abos.snapshot.replay import left_out, replay_state
from abos.snapshot.restore import elements_differ, not_restorable

Build = Callable[..., Columns]
FORM = (
    '<form id="f"><input id="mail" name="mail" type="email"><input type="radio" name="r" value="2">'
    "<select><option>One</option><option>Two</option></select></form>"
    "<x-a><shadow-root><input></shadow-root></x-a>"
)
MAIL, RADIO, SELECT, INNER = 2, 3, 4, 11
STATE = [
    (MAIL, Field.VALUE, "ada@example.com"), (RADIO, Field.CHECKED, 1),
    (SELECT, Field.SELECTED, 1), (INNER, Field.VALUE, "shade"),
]  # fmt: skip


def snapshot_of(columns: Columns) -> Snapshot:
    return Snapshot.from_bytes(encode(columns))


def test_fields_know_how_to_be_found(columns_of: Build) -> None:
    state = replay_state(snapshot_of(columns_of(FORM, state=STATE, focus=MAIL)))
    mail, radio, select, inner = state["fields"]
    assert mail["where"] == {
        "root": (), "path": (("form", 1), ("input", 1)), "tag": "input", "html": True, "id": "mail",
        "name": "mail", "type": "email", "value": None, "form": "f",
    }  # fmt: skip
    assert (mail["kind"], mail["want"]) == ("value", "ada@example.com")
    assert radio["where"]["value"] == "2"
    assert radio["want"] == {"checked": True, "mixed": False}
    assert select["want"] == [[1, "Two"]]
    assert inner["where"]["root"] == (("x-a", 1), ("#shadow", 0))
    assert inner["where"]["path"] == (("input", 1),)
    assert state["focus"]["where"] == mail["where"]


def test_secrets_and_files_are_named_not_replayed(columns_of: Build) -> None:
    rows = [(MAIL, Field.SECRET, 0), (INNER, Field.FILES, "cv.pdf")]
    snapshot = snapshot_of(columns_of(FORM, state=rows))
    assert replay_state(snapshot)["fields"] == []
    assert left_out(snapshot)[0] == "#mail (left out as a secret)"
    assert left_out(snapshot)[1].endswith("(chosen files)")
    assert "chosen files" in not_restorable(snapshot)


def test_not_restorable_names_what_the_page_has(columns_of: Build) -> None:
    plain = not_restorable(snapshot_of(columns_of("<p></p>")))
    rich = not_restorable(
        snapshot_of(columns_of("<canvas></canvas><video></video><iframe></iframe>"))
    )
    assert any("scripts" in words for words in plain)
    assert set(rich) - set(plain) == {
        "WebGL, and what scripts would draw next on canvas",
        "positions of audio and video",
        "the state of frames from other sites",
    }


@pytest.mark.parametrize(
    ("other", "differ"),
    [
        ("<div><p></p></div>", 0),
        ("<div><p></p><p></p></div>", 1),
        ("<div><b></b></div>", 1),
        ("<div></div><p></p>", 1),
        ("<main></main>", 2),
    ],
)
def test_elements_differ(columns_of: Build, other: str, differ: int) -> None:
    before = snapshot_of(columns_of("<div><p></p></div>"))
    assert elements_differ(before, snapshot_of(columns_of(other))) == differ


def test_another_order_differs_too(columns_of: Build) -> None:
    one, two = (snapshot_of(columns_of(m)) for m in ("<a></a><b></b>", "<b></b><a></a>"))
    assert elements_differ(one, two) == 1


def tape_of(snapshot: Snapshot) -> str:
    """What capture.js would answer in a page that is as `snapshot`."""
    columns = snapshot.columns
    page = asdict(columns.page)
    del page["taken_at"]
    numbers = {
        field.name: np.asarray(column, "<f4" if column.dtype.kind == "f" else "<i4")
        for field in fields(columns)
        if isinstance(column := getattr(columns, field.name), np.ndarray)
    }
    packed = {name: base64.b64encode(column.tobytes()).decode() for name, column in numbers.items()}
    return json.dumps(
        {"strings": columns.strings, "columns": packed, "page": page, "unread": [], "suspects": 0}
    )


class Run:
    """One restore into a page that then is as each of `now`, one capture after the other."""

    def __init__(self, *now: Snapshot) -> None:
        back = {"missed": [], "scrolled": True, "focused": True}
        self.answers: dict[str, list[Any]] = {
            "replay": [back],
            "changed": [True],
            "capture": [tape_of(snapshot) for snapshot in now],
        }
        self.calls: list[tuple[str, Any]] = []
        self.visited: list[str] = []

    async def call(self, function: str, *args: Any, timeout_s: float = 5.0) -> Any:
        self.calls.append((function, args))
        answers = self.answers[function]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def load(
        self, navigate: Callable[[str], Awaitable[None]], url: str, timeout_s: float
    ) -> None:
        await navigate(url)

    async def navigate(self, url: str) -> None:
        self.visited.append(url)

    async def __call__(self, snapshot: Snapshot) -> RestoreReport:
        ticks = iter(range(100))
        world: Any = self
        return await restore(world, self.navigate, snapshot, clock=lambda: next(ticks) / 10)


async def test_exact(columns_of: Build) -> None:
    snapshot = snapshot_of(columns_of(FORM, state=STATE))
    run = Run(snapshot)
    report = await run(snapshot)
    assert (report.state, report.exact, report.mode) == ("exact", True, "live")
    assert report.fields_restored == 4
    assert report.seconds > 0
    assert run.visited == [snapshot.url]


@pytest.mark.parametrize(
    ("page", "markup", "state"),
    [
        ({}, "<p></p>" * 9, "close"),
        ({"url": "https://shop.example/#cart"}, "<p></p>" * 10, "exact"),
        ({"url": "https://shop.example/login"}, "<p></p>" * 10, "diverged"),
        ({}, "<p></p>" * 7, "diverged"),
    ],
)
async def test_never_more_than_it_knows(
    columns_of: Build, page: Any, markup: str, state: str
) -> None:
    run = Run(snapshot_of(columns_of(markup, **page)))
    assert (await run(snapshot_of(columns_of("<p></p>" * 10)))).state == state


@pytest.mark.parametrize("part", ["scrolled", "focused"])
async def test_a_missed_part_is_not_exact(columns_of: Build, part: str) -> None:
    snapshot = snapshot_of(columns_of(FORM, state=STATE))
    run = Run(snapshot)
    run.answers["replay"][0][part] = False
    assert (await run(snapshot)).state == "close"


async def test_missed_fields_are_named(columns_of: Build) -> None:
    snapshot = snapshot_of(columns_of(FORM, state=STATE))
    run = Run(snapshot)
    run.answers["replay"][0]["missed"] = [0]
    report = await run(snapshot)
    assert (report.state, report.fields_missed, report.fields_restored) == ("close", ("#mail",), 3)


async def test_waits_for_what_the_page_builds_late(columns_of: Build) -> None:
    snapshot = snapshot_of(columns_of(FORM))
    run = Run(snapshot_of(columns_of("<p></p>")), snapshot)
    assert (await run(snapshot)).exact


async def test_a_document_that_goes_away_once_is_no_error(columns_of: Build) -> None:
    snapshot = snapshot_of(columns_of(FORM))
    run = Run(snapshot)
    run.answers["replay"].insert(0, WorldLost("gone"))
    assert (await run(snapshot)).exact
    run.answers["replay"] = [WorldLost("gone")]
    with pytest.raises(WorldLost):
        await run(snapshot)
