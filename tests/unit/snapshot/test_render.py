"""The text view: its budget holds for any lines, and its estimate is near a real tokenizer's."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot.render import Line, estimate_tokens, render

LINES = st.lists(st.builds(Line, st.text(max_size=60), st.booleans(), st.booleans()), max_size=60)
ENOUGH = 0.9
"""An estimate below this share of the real count would break the budget of a model's context."""

SAMPLES = {
    "english": (
        '- heading "Your cart" [level=1]\n- button "Add to cart" [ref=e12]\n'
        '- text: Free delivery on orders over 40 pounds, returns within thirty days.\n'
        '- textbox "Email address" [required] [ref=e7]: ada@example.com\n'
        '- checkbox "Remember me on this computer" [checked] [ref=e9]\n'
        '- link "Terms and conditions" [ref=e10]'
    ),
    "controls": "\n".join(
        f'- combobox "Quantity" [ref=e{i}] {{1 | 2 | 3}}: 1\n- button "Remove" [ref=e{i + 1}]'
        for i in range(100, 140, 2)
    ),
    "addresses": "- text: https://shop.example/products/blue-mug?ref=home&campaign=spring",
    "german": '- link "Datenschutzerklärung und Nutzungsbedingungen" [ref=e4]',
    "chinese": '- button "加入购物车" [ref=e12]\n- text: 今天下单，明天送达。',
    "russian": '- button "Добавить в корзину" [ref=e12]\n- text: Бесплатная доставка по городу',
}  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """The tokenizer that comes with wordllama (Llama 2's, 32 k words)."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        pytest.skip("wordllama is not installed")
    from tokenizers import Tokenizer

    folder = Path(spec.origin).parent / "tokenizers"
    return Tokenizer.from_file(str(folder / "l2_supercat_tokenizer_config.json"))


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_the_estimate_is_near_a_real_tokenizer(tokenizer: Any, sample: str) -> None:
    text = SAMPLES[sample]
    real = len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert ENOUGH <= estimate_tokens(text) / real < 2.5


@given(LINES, st.integers(0, 400))
def test_the_budget_is_never_exceeded(lines: list[Line], budget: int) -> None:
    view = render(lines, budget)
    assert estimate_tokens(view.text) - 1 <= view.tokens <= budget


@given(LINES, st.integers(0, 400))
def test_what_is_left_out_is_counted_and_said(lines: list[Line], budget: int) -> None:
    view = render(lines, budget)
    if view.left_out and view.text:
        assert view.text.endswith(f"… {view.left_out} more lines left out")
    if sum(estimate_tokens(line.text) for line in lines) <= budget:
        assert view.text == "\n".join(line.text for line in lines)
        assert view.left_out == 0


def test_view_first_then_what_matters_in_page_order() -> None:
    lines = [
        Line("far head " * 20, False, True),
        Line("near text " * 20, True, False),
        Line("near head " * 20, True, True),
        Line("far text " * 20, False, False),
    ]
    cost = estimate_tokens(lines[0].text)
    note = estimate_tokens("- … 4 more lines left out")
    views = [render(lines, n * cost + note).text.split("\n") for n in (1, 2, 3)]
    assert [[line.split()[:2] for line in view[:-1]] for view in views] == [
        [["near", "head"]],
        [["near", "text"], ["near", "head"]],
        [["far", "head"], ["near", "text"], ["near", "head"]],
    ]


def test_no_room_at_all() -> None:
    assert render([Line("words " * 20, True, True)] * 3, 2).text == ""
