"""Counting tokens with a real tokenizer: that of the local model (a byte-pair encoding of 49 k)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from abos.planner.models.artifact import default_model_path
from abos.snapshot.lines import estimate_tokens


def counter() -> tuple[Callable[[str], int], str]:
    """How to count, and by what; the kernel's estimate where the model is not there."""
    path = default_model_path()
    if find_spec("llama_cpp") is None or not path.exists():
        return estimate_tokens, "estimated"
    from llama_cpp import Llama

    vocabulary = Llama(str(path), vocab_only=True, verbose=False)
    return (
        lambda text: len(vocabulary.tokenize(text.encode(), add_bos=False, special=False)),
        "SmolLM2's tokenizer",
    )
