"""What an agent sees of bytes. That a live page says the same is in the integration tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import Element, Observation, Snapshot, UnknownRef
from abos.snapshot.addresses import Base
from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns, Field
from abos.snapshot.dom import clean
from abos.snapshot.lines import View, choose, estimate_tokens

Build = Callable[..., Columns]


def snapshot(columns_of: Build, markup: str, **options: object) -> Snapshot:
    columns = columns_of(f"<html><body>{markup}</body></html>", **options)
    return Snapshot.from_bytes(encode(replace(columns, boxes=np.array([], "f4"))))


def view(columns_of: Build, markup: str, **options: object) -> Observation:
    return snapshot(columns_of, markup, **options).observe()


def names(observation: Observation) -> list[str]:
    return [element.name for element in observation.elements]


def test_words_controls_and_headings(columns_of: Build) -> None:
    seen = view(columns_of, "<h2>Mugs</h2><p>Blue <b>and</b> red</p><button>Buy</button>")
    assert seen.text.splitlines() == [
        '- heading "Mugs" [level=2]', "- text: Blue and red", '- button "Buy" [ref=e1]',
    ]  # fmt: skip
    assert seen.elements[0].context == "Mugs"


def test_refs_lead_to_elements(columns_of: Build) -> None:
    page = snapshot(columns_of, "<button>a</button><a href=/x>b</a>")
    assert (page.at("e2").tag, page.at("@e1").tag) == ("a", "button")
    assert page.observe().find("e2").href == "https://shop.example/x"
    for ref in ("e3", "e0", "x", "e", "e²"):
        with pytest.raises(UnknownRef):
            page.at(ref)
    assert [node.tag for node in page.by_role("link")] == ["a"]
    assert page.by_role("button", "other") == ()


def test_names_from_everywhere(columns_of: Build) -> None:
    seen = view(
        columns_of,
        "<span id=l>by id</span><input aria-labelledby=l><button aria-label=label>x</button>"
        "<label>around <input></label><label for=f>for</label><input id=f><input title=title>"
        "<input placeholder=holder><a href=/><img alt=alt></a><button>some <i>thing</i></button>",
    )
    assert names(seen) == [
        "by id", "label", "around", "for", "title", "holder", "alt", "some thing",
    ]  # fmt: skip


def test_what_is_not_shown_is_not_seen(columns_of: Build) -> None:
    markup = (
        "<div><button>a</button></div><template><inert-content><button>b</button></inert-content>"
        "</template><div aria-hidden=true><span tabindex=0>c</span><button>kept</button></div>"
        "<div style='visibility: hidden'><button>d</button>"
        "<button style='visibility:visible'>shown</button></div><input type=hidden>"
    )
    assert names(view(columns_of, markup, hidden=[3])) == ["shown"]


def test_states_and_values(columns_of: Build) -> None:
    state = [(3, Field.CHECKED, 3), (4, Field.VALUE, "typed"), (5, Field.SECRET, 0)]
    seen = view(
        columns_of,
        "<input type=checkbox aria-label=c><input required disabled aria-label=t>"
        "<input type=password aria-label=p><fieldset disabled><legend><button>in</button></legend>"
        "<button>off</button></fieldset><details open=''><summary>s</summary></details>",
        state=state,
        focus=4,
    )
    by_name = {element.name: element for element in seen.elements}
    assert by_name["c"].states == {"checked", "mixed"}
    assert by_name["t"].value == "typed"
    assert by_name["t"].states == {"required", "disabled", "focused"}
    assert by_name["p"].value == "••••"
    assert by_name["in"].states == frozenset()
    assert by_name["off"].states == {"disabled"}
    assert by_name["s"].states == {"expanded"}


def test_shadow_roots_show_what_is_slotted(columns_of: Build) -> None:
    seen = view(
        columns_of,
        "<x-a><shadow-root mode=open><button>first</button><slot name=s></slot><slot></slot>"
        "</shadow-root><button>default</button><button slot=s>named</button>"
        "<button slot=no>lost</button></x-a>"
        "<x-b><shadow-root mode=closed><button>closed</button></shadow-root><button>light</button></x-b>",
    )
    assert names(seen) == ["first", "named", "default", "light"]


def test_frames(columns_of: Build) -> None:
    inner = "<frame-document{}><html><body><a href=y>{}</a></body></html></frame-document>"
    seen = view(
        columns_of,
        f"<iframe>{inner.format(' url=https://a.example/b/c', 'near')}<i>fallback</i></iframe>"
        f"<iframe>{inner.format(' cross=', 'far')}</iframe>",
    )
    assert [(e.name, e.href) for e in seen.elements] == [("near", "https://a.example/b/y")]
    assert "fallback" not in seen.text


@pytest.mark.parametrize(
    ("base", "given", "whole"),
    [
        ("https://a.example/b/c?d#e", "/x", "https://a.example/x"),
        ("https://a.example/b/c?d#e", "x y", "https://a.example/b/x%20y"),
        ("https://a.example/b/c?d#e", "#f", "https://a.example/b/c?d#f"),
        ("https://a.example/b/c?d#e", "?q=é", "https://a.example/b/c?q=%C3%A9"),
        ("https://a.example/b/c", "../../x", "https://a.example/x"),
        ("https://a.example/b/c", "//B.example", "https://b.example/"),
        ("https://a.example/b/c", " HTTPS://C.example:443/%7e ", "https://c.example/%7e"),
        ("https://a.example/b/c", "x#", "https://a.example/b/x#"),
        ("https://a.example/b/c", "mailto:a b?subject=c d", "mailto:a b?subject=c%20d"),
        ("https://a.example/b/c", "javascript:go('é')", "javascript:go('%C3%A9')"),
        ("https://a.example/b/c", "http://[bad", "http://[bad"),
        ("about:blank", "/x", "/x"), ("about:blank", "#x", "about:blank#x"),
        ("https://a.example/b/c", "", "https://a.example/b/c"),
    ],
)  # fmt: skip
def test_addresses(base: str, given: str, whole: str) -> None:
    assert Base(base).resolved(given) == whole


@given(
    st.text(max_size=30), st.sampled_from(["https://a.example/b", "about:blank", "", "x:", "//"])
)
def test_any_text_is_an_address(given: str, base: str) -> None:
    assert isinstance(Base(base).resolved(given), str)


def test_white_space_and_limits() -> None:
    assert clean(" a\xa0\n b ", 10) == "a b"
    assert clean("x" * 11, 10) == "x" * 9 + "…"
    assert clean("\U0001f642" * 6, 10) == "\U0001f642" * 4 + "\ud83d…"


@given(
    st.lists(st.tuples(st.text("ab 1é", max_size=30), st.booleans(), st.booleans()), max_size=40),
    st.integers(0, 120),
)
def test_lines_are_chosen_as_if_all_were_written(
    rows: Sequence[tuple[str, bool, bool]], most: int
) -> None:
    lines = [f"- text: x{text}" for text, _, _ in rows]
    ranks = [2 * (not in_view) + (not important) for _, in_view, important in rows]
    assert choose(ranks, [5] * len(lines), lines.__getitem__, most) == chosen(lines, ranks, most)


def chosen(lines: Sequence[str], ranks: Sequence[int], most: int) -> View:
    """By the rules of the view, without a thought of speed."""
    costs = [estimate_tokens(line) for line in lines]
    if sum(costs) <= most:
        return View("\n".join(lines), sum(costs), 0)
    note = "- … {} more lines left out"
    budget = most - estimate_tokens(note.format(len(lines)))
    kept: list[int] = []
    for i in sorted(range(len(lines)), key=ranks.__getitem__):
        if sum(costs[k] for k in kept) + costs[i] <= budget:
            kept.append(i)
    left_out = len(lines) - len(kept)
    last = [note.format(left_out)] if budget >= 0 else []
    tokens = sum(costs[i] for i in kept) + sum(map(estimate_tokens, last))
    return View("\n".join([*(lines[i] for i in sorted(kept)), *last]), tokens, left_out)


def test_no_line_takes_less_than_is_said(columns_of: Build) -> None:
    seen = view(columns_of, "<button>a b c d e f g h</button><h1>x</h1><span tabindex=0>.</span>,")
    page = snapshot(
        columns_of, "<button>a b c d e f g h</button><h1>x</h1><span tabindex=0>.</span>,"
    )
    least = page._glance._lines._least
    lines = seen.text.splitlines()
    assert len(lines) == len(least) == 4
    assert all(low <= estimate_tokens(line) for low, line in zip(least, lines, strict=True))


def test_elements_are_equal_to_constructed_ones(columns_of: Build) -> None:
    (found,) = view(columns_of, "<main><button>a</button></main>").elements
    assert found == Element("e1", "button", "a", tag="button", landmark="main")
    assert hash(found) == hash(Element("e1", "button", "a", tag="button", landmark="main"))


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p><b>one</b> <i>two</i><u>three</u>\n<s>four</s></p>", ["- text: one twothree four"]),
        ("<p> <b>one</b><b> </b><!-- x --> <i>two</i> </p>", ["- text: one two"]),
        ("<p>one</p> <p>two</p>", ["- text: one", "- text: two"]),
        ("<div onclick>one</div>", ['- clickable "one" [ref=e1]']),
        ("<div onclick>one <b>two</b></div>", ['- clickable "one two" [ref=e1]']),
        (
            "<div onclick aria-label=named>one</div>",
            ['- clickable "named" [ref=e1]', "- text: one"],
        ),
        (
            "<div tabindex=0><p style='cursor:pointer'>one</p>two</div>",
            ['- clickable "one two" [ref=e1]', '- clickable "one" [ref=e2]'],
        ),
    ],
)
def test_words_stand_apart_and_are_said_once(
    columns_of: Build, markup: str, lines: list[str]
) -> None:
    assert view(columns_of, markup).text.splitlines() == lines
