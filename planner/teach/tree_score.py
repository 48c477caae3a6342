"""What the taught tree says of the records of a file, for the booster and for the tests.

``python -m abos.planner.teach.tree_score DATA.jsonl --out SCORES.jsonl`` writes for each record
``{"id", "places", "scores"}``: the shortlist's places on the page and their log-odds, by llama.cpp
as at run time. ``--record`` asks PyTorch the questions below instead, for comparing the two.
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
from .tree_data import Example, Tokenizer, examples, option_tokens, records
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
    model_path = told.base or default_model_path()
    if told.record:
        told.out.write_text(json.dumps(_recorded(model_path, told.threads or 2), indent=1) + "\n")
        return
    SHARED.load()
    found = list(examples(records(told.data, told.examples, told.seed), SHARED))
    asyncio.run(_ask(LocalConfig(path=told.base, threads=told.threads), found, told.out))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="*", help="JSON lines in the shared format")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, help="the GGUF file; else the one that ABOS uses")
    parser.add_argument("--examples", type=int, default=10**9, help="at most so many")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="PyTorch's answers, for a test")
    return parser.parse_args()


async def _ask(config: LocalConfig, found: list[Example], out: Path) -> None:
    model = LlamaModel(config)
    with out.open("w") as file:
        for each in found:
            question = each.question
            options = phrases.branches(question, each.places)
            odds = await model.choose(
                question.instruction or question.value, question.action, options, _PATIENCE_S
            )
            told = {"id": each.id, "places": each.places, "scores": [round(o, 3) for o in odds]}
            file.write(json.dumps(told) + "\n")
    await model.close()


def _recorded(path: Path, threads: int) -> list[dict[str, Any]]:
    import torch

    torch.set_num_threads(threads)
    tokens = Tokenizer(path)
    matrices = tree_adapter.read(taught.ADAPTER)
    rank = next(iter(matrices.values()))[0].shape[0]
    base = Base(path, 1 + max(int(name.split(".")[1]) for name in matrices))
    lora = Lora(base, rank, 2.0 * rank, 0)
    lora.take(base, matrices)
    model = TreeModel(base, lora, (tokens(phrases.YES)[0], tokens(phrases.NO)[0]))
    return list(_cases(model, tokens))


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
