"""The text view: chosen in the page, held against a plain reading of the same rules."""

from __future__ import annotations

import re
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Page

from abos.snapshot import Element, Observation, World, observe

VIEW_JS = (Path(__file__).parents[2] / "snapshot/view.js").read_text(encoding="utf-8")
LEFT_OUT = "- … {} more lines left out"
PIECE = re.compile(r"[A-Za-z]{1,5}|[^\sA-Za-z]")
WIDE = re.compile(r"[\u2e80-\U0010ffff]")
WORDS = st.text(st.sampled_from('abcde XY09."[]=-äж购🙂\n\t\x1c\u00a0\u2003'), max_size=40)
LINES = st.lists(st.tuples(WORDS, st.integers(0, 3)), max_size=40)
IN_PAGE = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# ---- the rules, said plainly ------------------------------------------------------------------


def estimate(text: str) -> int:
    tokens = 1 + len(PIECE.findall(text))
    return tokens + len(WIDE.findall(text)) // 2


def choose(lines: list[tuple[str, int]], budget: int) -> tuple[str, int, int]:
    """The text, its tokens and how many lines were left out."""
    costs = [estimate(text) for text, _ in lines]
    if sum(costs) <= budget:
        return "\n".join(text for text, _ in lines), sum(costs), 0
    room = budget - estimate(LEFT_OUT.format(len(lines)))
    spent, kept = 0, set()
    for i in sorted(range(len(lines)), key=lambda i: (lines[i][1], i)):
        if spent + costs[i] <= room:
            kept.add(i)
            spent += costs[i]
    if room < 0:
        return "", 0, len(lines)
    note = LEFT_OUT.format(len(lines) - len(kept))
    chosen = [text for i, (text, _) in enumerate(lines) if i in kept]
    return "\n".join([*chosen, note]), spent + estimate(note), len(lines) - len(kept)


def describe(element: Element) -> str:
    line = f"- {element.role}"
    if element.name:
        line += ' "' + element.name.replace('"', '\\"') + '"'
    shown = [s for s in STATES_SHOWN if s in element.states]
    line += "".join(f" [{state}]" for state in shown) + f" [ref={element.ref}]"
    if not element.name and element.hint:
        line += f" ({element.hint})"
    if element.options:
        line += " {" + " | ".join(element.options[:12]) + "}"
    return f"{line}: {element.value}" if element.value else line


STATES_SHOWN = (
    "disabled", "checked", "mixed", "selected", "expanded", "collapsed", "focused", "required",
    "readonly", "invalid", "pressed", "current",
)  # fmt: skip

# ---- view.js follows them ---------------------------------------------------------------------


async def run(page: Page, code: str, argument: object) -> Any:
    return await page.evaluate(f"(given) => {{ {VIEW_JS}\n{code} }}", argument)


@IN_PAGE
@given(texts=st.lists(WORDS, min_size=20, max_size=40))
async def test_tokens_are_estimated_alike(page: Page, texts: list[str]) -> None:
    found = await run(page, "return given.map((text) => countTokens(text))", texts)
    assert found == [estimate(text) for text in texts]


@IN_PAGE
@given(lines=LINES, budget=st.integers(0, 300))
async def test_lines_are_chosen_alike(
    page: Page, lines: list[tuple[str, int]], budget: int
) -> None:
    found = await run(
        page,
        """const [lines, budget] = given;
        const textOf = (i) => lines[i][0], least = (i) => countTokens(textOf(i)) >> 1;
        const { text, tokens, left } = chooseLines(lines.map(([, rank]) => rank), textOf, least, budget);
        return [text, tokens, left];""",
        [[list(line) for line in lines], budget],
    )
    assert tuple(found) == choose(lines, budget)
    assert found[1] <= budget


@IN_PAGE
@given(numbers=st.lists(st.integers(-3, 3), max_size=60))
async def test_columns_come_back(page: Page, numbers: list[int]) -> None:
    packed = await run(page, "return packed(differences(given))", numbers)
    lengths = packed.get("lengths", [1] * len(packed["values"]))
    steps = [value for value, n in zip(packed["values"], lengths, strict=True) for _ in range(n)]
    assert list(accumulate(steps)) == numbers


def test_the_budget_goes_to_what_is_seen_first() -> None:
    ranks = [("far head ", 2), ("near text ", 1), ("near head ", 0), ("far text ", 3)]
    lines = [(words * 20, rank) for words, rank in ranks]
    note, each = estimate(LEFT_OUT.format(4)), estimate(lines[0][0])
    views = [choose(lines, n * each + note)[0].split("\n")[:-1] for n in (1, 2, 3)]
    assert [[line[:9].strip() for line in view] for view in views] == [
        ["near head"],
        ["near text", "near head"],
        ["far head", "near text", "near head"],
    ]


# ---- whole pages ------------------------------------------------------------------------------

SHAPES = (
    "<p>{0} of <b>some</b> words</p>", "<a href=/{0}>link {0}</a>", "<h2>part {0}</h2>",
    "<button aria-pressed=true>press \"{0}\"</button>", "<input placeholder='hint {0}' required>",
    "<select aria-label=s{0}><option>one<option selected>two {0}</select>",
    "<label>tick {0}<input type=checkbox checked></label>", "<div style='height:400px'></div>",
    "<div onclick=x()>card {0} <a href=/{0}?q>more</a></div>", "<div role=dialog>asks {0}</div>",
    "<ul><li><h3>{0}</h3><button disabled>take</button></ul>", "<div hidden><a href=/>no</a></div>",
    "<textarea aria-label=t{0}>购物车 {0}</textarea>", "<div style='display:contents'>in {0}</div>",
)  # fmt: skip


def a_page(seed: int) -> str:
    random = Random(seed)
    return "".join(random.choice(SHAPES).format(i) for i in range(random.randint(1, 40)))


async def see(world: World, budget: int) -> Observation:
    return (await observe(world, max_tokens=budget)).observation


@settings(parent=IN_PAGE, max_examples=25)
@given(seed=st.integers(0, 10**6), budget=st.integers(0, 500))
async def test_a_view_is_its_elements_under_any_budget(page: Page, seed: int, budget: int) -> None:
    world = await World.attach(await page.context.new_cdp_session(page))
    await page.set_content(a_page(seed))
    whole, view = await see(world, 10**6), await see(world, budget)
    lines = whole.text.split("\n") if whole.text else []
    assert [line for line in lines if "[ref=" in line] == [describe(e) for e in whole.elements]
    assert (whole.truncated, whole.tokens) == (0, sum(map(estimate, lines)))
    assert view.elements == whole.elements
    assert view.tokens <= budget
    kept = [line for line in view.text.split("\n") if line and not line.startswith("- …")]
    rest = iter(lines)
    assert all(line in rest for line in kept), "in page order"
    assert view.truncated == len(lines) - len(kept)


async def test_the_lines_of_every_kind(page: Page) -> None:
    world = await World.attach(await page.context.new_cdp_session(page))
    await page.set_content(
        "<h1>Cart</h1><p>Two mugs.</p><button>Add to cart</button>"
        "<select aria-label=Size required><option>Small<option selected>Large</select>"
        "<input placeholder=you@example.com autofocus><div role=dialog aria-label='Sign in'></div>"
    )
    assert (await see(world, 500)).text.splitlines() == [
        '- heading "Cart" [level=1]',
        "- text: Two mugs.",
        '- button "Add to cart" [ref=e1]',
        '- combobox "Size" [required] [ref=e2] {Small | Large}: Large',
        '- textbox "you@example.com" [focused] [ref=e3]',
        '- dialog "Sign in"',
    ]


# ---- against a real tokenizer -----------------------------------------------------------------

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


async def test_the_estimate_is_near_a_real_tokenizer(page: Page, tokenizer: Any) -> None:
    found = await run(page, "return given.map((t) => countTokens(t))", list(SAMPLES.values()))
    for (name, text), tokens in zip(SAMPLES.items(), found, strict=True):
        real = len(tokenizer.encode(text, add_special_tokens=False).ids)
        assert ENOUGH <= tokens / real < 2.5, name
