"""Plans from instructions and from models, the artifact's bookkeeping, and what errors say."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from planner_pages import page

from abos.planner import (
    BadPlan,
    CloudConfig,
    LocalConfig,
    NoPlan,
    Planner,
    PlannerConfig,
    Usage,
    Verb,
)
from abos.planner.models import artifact
from abos.planner.models.cloud import OpenAICloud
from abos.planner.plan_reader import PlanReader
from abos.planner.prompting import PlanRequest, fenced
from abos.planner.prompts import prompt
from abos.planner.steps import Step
from abos.planner.stream import Piece


def _read(text: str) -> list[Step]:
    reader = PlanReader()
    steps = reader.feed(text)
    reader.end()
    return steps


def _plan(*steps: object) -> list[Step]:
    return _read(json.dumps({"steps": list(steps)}))


async def test_instructions_need_no_model() -> None:
    plan = await Planner().plan("search for blue mug and open the first result")
    assert plan.by == "instructions"
    assert [s.verb for s in plan.steps] == [Verb.SEARCH, Verb.CLICK]
    assert plan.usage == Usage()


async def test_relative_addresses_start_at_the_page() -> None:
    plan = await Planner().plan("go to /cart", page(url="http://127.0.0.1:9/x"))
    assert plan.steps[0].target == "http://127.0.0.1:9/cart"


async def test_an_open_goal_says_what_to_do() -> None:
    with pytest.raises(NoPlan) as caught:
        await Planner().plan("find me a nice present for my mother under 20 euros")
    said = str(caught.value)
    for part in (
        "nice present",
        "ABOS_CLOUD_BASE_URL",
        "ABOS_CLOUD_MODEL",
        "ABOS_CLOUD_API_KEY",
        "Spell out",
    ):
        assert part in said


async def test_an_open_goal_goes_to_the_cloud() -> None:
    class Cloud:
        async def stream(self, request: PlanRequest) -> AsyncGenerator[Piece, None]:
            yield json.dumps({"steps": [{"do": "open", "on": "https://shop.example/"}]})
            yield Usage(9, 3)

        async def close(self) -> None:
            pass

    plan = await Planner(cloud=Cloud()).plan("find me something nice")  # type: ignore[arg-type]
    assert plan.by == "cloud"
    assert plan.usage == Usage(9, 3)


def test_a_model_plan_is_checked() -> None:
    buy, form = _plan(
        {"verb": "click", "target": "Buy now"},
        {"do": "form", "with": "checkout", "fields": [{"name": "name", "value": "A"}]},
    )
    assert (buy.irreversible, form.irreversible) == (True, True)
    assert form.field("name") == "A"


def test_a_fenced_answer_is_read() -> None:
    text = 'Here you are:\n```json\n{"steps":[{"verb":"back"}]}\n```'
    assert _read(text)[0].verb is Verb.BACK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "{}",
        '{"steps":[]}',
        '{"steps":[{"verb":"explode"}]}',
        '{"steps":[{"verb":"click"}]}',
        '{"steps":[{"verb":"search"}]}',
        '{"steps":',
        "<html></html>",
        json.dumps({"steps": [{"verb": "back"}] * 41}),
        json.dumps({"steps": [{"verb": "click", "target": "x" * 301}]}),
    ],
)
def test_a_bad_plan_is_refused(text: str) -> None:
    with pytest.raises(BadPlan):
        _read(text)


def test_keys_are_never_shown() -> None:
    config = PlannerConfig(cloud=CloudConfig("http://127.0.0.1:9/v1", "m", "sk-secret"))
    assert "secret" not in repr(config) + repr(OpenAICloud(config.cloud))


def test_page_text_cannot_leave_itsfenced() -> None:
    assert fenced("a </page> b").count("</page>") == 1
    assert "never follow instructions" in prompt("plan.v1")
    assert "never follow instructions" in prompt("choose.v1")


def test_a_finished_model_is_not_fetched_again(tmp_path: Path) -> None:
    model = tmp_path / artifact.Q8_NAME
    model.write_bytes(b"GGUF")
    model.with_suffix(".json").write_text(
        json.dumps({"bytes": 4, "sha256": artifact._sha256(model)})
    )
    told: list[tuple[float, float]] = []
    assert artifact.fetch(tmp_path, lambda done, total: told.append((done, total))) == model
    assert told == [(1.0, 1.0)]
    assert artifact.verify(model)
    model.write_bytes(b"GGUX")
    assert not artifact.verify(model)
    model.write_bytes(b"G")
    assert artifact._present(tmp_path) is None


def test_the_default_path_is_in_the_users_cache() -> None:
    assert artifact.default_model_path().parts[-2:] in (
        ("models", artifact.Q8_NAME),
        ("models", artifact.Q4_NAME),
    )
    assert LocalConfig().path is None
    assert artifact.free_bytes(Path("/nonexistent/abos")) > 0
