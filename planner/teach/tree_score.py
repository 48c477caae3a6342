"""What the taught tree says of the records of a file, for the booster and for the tests.

``python -m abos.planner.teach.tree_score DATA.jsonl --out SCORES.jsonl`` writes for each record
``{"id", "instruction", "places", "scores"}``: the shortlist's places on the page and their
log-odds, by PyTorch, which takes a third of what llama.cpp takes for many; or by ``--llama``.
``--record`` writes PyTorch's answers to the questions below, for comparing the two.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..config import LocalConfig
from ..models import taught
from ..models.artifact import default_model_path
from ..models.llama import LlamaModel
from ..taught import phrases
from ..vectors import SHARED
from . import tree_adapter
from .tree_batch import Tree
from .tree_data import Example, Tokenizer, examples, option_tokens, records, trees
from .tree_model import Base, Lora, TreeModel
from .tree_train import scored

_PATIENCE_S = 60.0

_ASKED = (
    ("Sign me in", "click", ["link Help", "button Log in", "textbox Email", "link Sign up"]),
    ("Type the password again", "type", ["textbox Password", "textbox Verify password"]),
    ("I live in Texas", "select", ["combobox Country", "combobox State", "textbox City"]),
    ("Give me news by mail", "check", ["checkbox Remember me", "checkbox Newsletter"]),
    ("Upload the invoice", "upload", ["button Search", "link Home", "textbox Name"]),
    ("Zoek een boek", "type", ["searchbox Zoeken", "textbox E-mailadres", "button Inloggen"]),
    ("Add it to the cart", "click", ["button Add to wish list", "button Add to basket"]),
    ("go back", "click", ["link Next", "link Previous page", "button Pay", "tab Reviews"]),
)


def main() -> None:
    """Ask and write."""
    told = _arguments()
    path = told.base or default_model_path()
    if told.record:
        told.out.write_text(json.dumps(_recorded(path), indent=1) + "\n")
        return
    SHARED.load()
    found = list(examples(records(told.data, told.examples, told.seed), SHARED))
    if told.llama:
        scores = asyncio.run(_ask(LocalConfig(path=told.base, threads=told.threads), found))
    else:
        tokens = Tokenizer(path)
        scores = scored(_model(path, tokens), trees(found, tokens), threads=told.threads)
    _write(told.out, found, scores)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="*", help="JSON lines in the shared format")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, help="the GGUF file; else the one that ABOS uses")
    parser.add_argument("--examples", type=int, default=10**9, help="at most so many")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--llama", action="store_true", help="by llama.cpp")
    parser.add_argument("--record", action="store_true", help="PyTorch's answers, for a test")
    return parser.parse_args()


async def _ask(config: LocalConfig, found: list[Example]) -> list[list[float]]:
    model, scores = LlamaModel(config), []
    for each in found:
        options = phrases.branches(each.question, each.places)
        said, action = each.question.instruction, each.question.action
        scores.append(await model.choose(said, action, options, _PATIENCE_S))
    await model.close()
    return scores


def _write(out: Path, found: list[Example], scores: list[list[float]]) -> None:
    with out.open("w") as file:
        for each, odds in zip(found, scores, strict=True):
            rounded = [round(value, 3) for value in odds]
            told = {"id": each.id, "instruction": each.question.instruction}
            file.write(json.dumps({**told, "places": each.places, "scores": rounded}) + "\n")


def _model(path: Path, tokens: Tokenizer) -> TreeModel:
    matrices = tree_adapter.read(taught.ADAPTER)
    rank = next(iter(matrices.values()))[0].shape[0]
    base = Base(path, 1 + max(int(name.split(".")[1]) for name in matrices))
    lora = Lora(base, rank, 2.0 * rank, 0)
    lora.take(base, matrices)
    return TreeModel(base, lora, (tokens(phrases.YES)[0], tokens(phrases.NO)[0]))


def _recorded(path: Path) -> list[dict[str, Any]]:
    tokens = Tokenizer(path)
    return list(_cases(_model(path, tokens), tokens))


def _cases(model: TreeModel, tokens: Tokenizer) -> Iterator[dict[str, Any]]:
    for instruction, action, options in _ASKED:
        start = tokens(phrases.prefix(instruction, action), special=True)
        tree = Tree(start, tuple(option_tokens(each, tokens) for each in options))
        (scores,) = scored(model, [tree])
        yield {
            "instruction": instruction,
            "action": action,
            "options": options,
            "scores": [round(score, 3) for score in scores],
        }


if __name__ == "__main__":
    main()
