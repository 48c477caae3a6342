"""Local tiers behind servers: Ollama's own API and OpenAI's, well and badly behaved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from abos.planner import (
    Candidate,
    CloudConfig,
    Decider,
    Decision,
    Explanation,
    LocalConfig,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelUnavailable,
    PlannerConfig,
    Question,
    Undecided,
)
from abos.planner.models.ollama import OllamaModel
from abos.planner.models.openai_client import OpenAIClient
from abos.planner.models.openai_local import OpenAILocal

from .ollama_server import MODEL, OllamaServer
from .serving import serving

TWINS = tuple(
    Candidate(f"e{i}", "link", f"Details of {n}") for i, n in enumerate(("Xanthe", "Yorick"))
)
QUESTION = Question("open the details", "click", TWINS)


@pytest.fixture
def server() -> OllamaServer:
    return OllamaServer()


@pytest.fixture
async def config(server: OllamaServer) -> AsyncIterator[LocalConfig]:
    with serving(server.app) as url:
        yield LocalConfig(backend="ollama", base_url=url, model=MODEL, deadline_s=5, load_s=5)


@pytest.fixture
async def ollama(config: LocalConfig) -> AsyncIterator[OllamaModel]:
    model = OllamaModel(config)
    yield model
    await model.close()


async def test_ollama_weighs_options_by_their_letters(
    server: OllamaServer, ollama: OllamaModel
) -> None:
    await ollama.warm_up()
    options = ['link "Details of Xanthe"', 'link "Details of Yorick"', 'button "Buy"']
    weights = await ollama.weigh("click the details of Yorick", options, 5)
    assert max(weights) == weights[1]
    assert weights[0] > weights[2]
    assert ollama.info.identity.startswith("f974a743")
    assert ollama.info.bytes > 4e9
    assert ollama.info.rss_mb == 0
    asked = server.asked()[0]
    assert asked["top_logprobs"] == 20
    assert asked["keep_alive"] == "1800s"
    assert asked["options"]["num_predict"] == 1


async def test_ollama_is_asked_in_both_orders(server: OllamaServer, ollama: OllamaModel) -> None:
    """Options that are alike weigh alike, wherever they stand."""
    weights = await ollama.weigh("click it", ['link "One"', 'link "Two"'], 5)
    assert weights[0] == pytest.approx(weights[1])
    first, second = (request["prompt"].splitlines()[1:] for request in server.asked())
    assert [line[3:] for line in first] == [line[3:] for line in reversed(second)]


async def test_an_older_ollama_tells_the_letter_alone(
    server: OllamaServer, ollama: OllamaModel
) -> None:
    server.version = "0.9.6"
    weights = await ollama.weigh("click Yorick", ['link "Xanthe"', 'link "Yorick"'], 5)
    assert weights[1] > weights[0]
    assert "logprobs" not in server.asked()[0]


async def test_ollama_keeps_its_connections(server: OllamaServer, ollama: OllamaModel) -> None:
    for number in range(8):
        await ollama.weigh(f"click {number}", ['link "One"', 'link "Two"'], 5)
    assert len(server.asked()) == 16
    assert len(server.connections) <= 2


async def test_a_model_that_ollama_does_not_have(config: LocalConfig) -> None:
    model = OllamaModel(replace(config, model="llama9"))
    with pytest.raises(ModelMissing, match="ollama pull llama9"):
        await model.warm_up()
    await model.close()


@pytest.mark.parametrize(
    "mood", ["garbage", "list", "empty", "broken", "endless", "nonsense", "chatty"]
)
async def test_a_wrong_ollama_is_a_typed_error(
    server: OllamaServer, ollama: OllamaModel, mood: str
) -> None:
    server.mood = mood
    async with asyncio.timeout(10):
        with pytest.raises((ModelUnavailable, ModelMissing)):
            await ollama.weigh("click it", ['link "One"', 'link "Two"'], 5)
    server.mood = ""
    assert len(await ollama.weigh("click it", ['link "One"', 'link "Two"'], 5)) == 2


@pytest.mark.parametrize("when", ["before it is known", "afterwards"])
async def test_an_ollama_that_hangs_ends_at_the_deadline(
    server: OllamaServer, ollama: OllamaModel, when: str
) -> None:
    if when == "afterwards":
        await ollama.warm_up()
    server.mood = "hangs"
    started = time.monotonic()
    with pytest.raises(ModelBusy, match="did not answer"):
        await ollama.weigh("click it", ['link "One"', 'link "Two"'], 0.2)
    assert time.monotonic() - started < 20
    assert ollama.load.expected_s > 0


async def test_nobody_listens() -> None:
    model = OllamaModel(LocalConfig(backend="ollama", base_url="http://127.0.0.1:9", model=MODEL))
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await model.weigh("click it", ["a", "b"], 5)
    await model.close()


@pytest.mark.parametrize("mood", ["", "hangs", "garbage", "chatty"])
async def test_the_decider_goes_on_without_it(
    server: OllamaServer, config: LocalConfig, mood: str
) -> None:
    """Whatever Ollama does, the answer is one of the page's, or a typed error; nothing hangs."""
    server.mood = mood
    told: list[Explanation] = []
    decider = Decider(PlannerConfig(local=replace(config, deadline_s=0.5)), told=told.append)
    async with asyncio.timeout(15):
        (end,) = await asyncio.gather(
            decider.decide(QUESTION, deadline_s=2), return_exceptions=True
        )
    await decider.close()
    outcomes = {note.tier: note.outcome for note in told[0].tiers}
    if mood:
        assert outcomes["local"] == "failed"
        assert isinstance(end, Undecided) or end.by == "ranker"  # type: ignore[union-attr]
    else:
        assert isinstance(end, Decision)
        assert end.by == "local"
        assert end.ref == "e1"
        assert end.probability <= 0.75


async def test_too_many_calls_are_refused(server: OllamaServer, config: LocalConfig) -> None:
    model = OllamaModel(replace(config, queue=2))
    await model.warm_up()
    server.mood = "hangs"
    calls = [model.weigh("click it", ["a", "b"], 0.3) for _ in range(5)]
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(each, ModelError) for each in done)
    assert sum("are waiting" in str(each) for each in done) == 3
    await model.close()


# ---- OpenAI's protocol ---------------------------------------------------------------------------


class OpenAIServer:
    """Chat completions that choose the second option, with or without likelihoods."""

    def __init__(self, *, tells: bool) -> None:
        self.tells = tells
        self.connections: set[int] = set()
        self.app = Starlette(
            routes=[Route("/v1/chat/completions", self.complete, methods=["POST"])]
        )

    async def complete(self, request: Request) -> JSONResponse:
        assert request.client is not None
        self.connections.add(request.client.port)
        body = await request.json()
        lines = body["messages"][1]["content"].splitlines()[1:]
        letter = next(line[0] for line in lines if "Yorick" in line)
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "length",
            "message": {"role": "assistant", "content": letter},
        }
        if self.tells:
            other = "A" if letter == "B" else "B"
            rows = [_token(letter, -0.2), _token(other, -1.8)]
            choice["logprobs"] = {"content": [{**rows[0], "top_logprobs": rows}]}
        return JSONResponse(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [choice],
            }
        )


def _token(text: str, likelihood: float) -> dict[str, Any]:
    return {"token": text, "logprob": likelihood, "bytes": [ord(text)]}


@pytest.mark.parametrize("tells", [True, False])
async def test_any_openai_server_can_be_the_local_tier(tells: bool) -> None:
    server = OpenAIServer(tells=tells)
    with serving(server.app) as url:
        local = LocalConfig(backend="openai", base_url=f"{url}/v1", model="m", deadline_s=10)
        decider = Decider(PlannerConfig(local=local))
        await decider.warm_up()
        decision = await decider.decide(QUESTION, deadline_s=20)
        assert (decision.ref, decision.by) == ("e1", "local")
        await decider.close()


async def test_an_openai_server_that_is_not_there() -> None:
    model = OpenAILocal(LocalConfig(backend="openai", base_url="http://127.0.0.1:9/v1", model="m"))
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await model.weigh("click it", ["a", "b"], 10)
    await model.close()


@pytest.mark.parametrize("url", ["nonsense", "http://[", "http://x:y/v1", "ftp://127.0.0.1"])
async def test_an_address_that_is_none(url: str) -> None:
    for model in (
        OpenAILocal(LocalConfig(backend="openai", base_url=url, model="m")),
        OllamaModel(LocalConfig(backend="ollama", base_url=url, model="m")),
    ):
        await asyncio.gather(model.warm_up(), return_exceptions=True)
        with pytest.raises(ModelUnavailable):
            await model.weigh("click it", ["a", "b"], 10)
        await model.close()


async def test_connections_to_a_cloud_are_kept() -> None:
    server = OpenAIServer(tells=False)
    with serving(server.app) as url:
        client = OpenAIClient(CloudConfig(f"{url}/v1", "m"))
        messages = [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "To x\nA: Xanthe\nB: Yorick"},
        ]
        for _ in range(6):
            await client.ask(messages, max_tokens=1)
        assert len(server.connections) == 1
        await client.close()
