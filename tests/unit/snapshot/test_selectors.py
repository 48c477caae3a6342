"""CSS selectors without a browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.snapshot import BadSelector, Snapshot
from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns

Build = Callable[..., Columns]

PAGE = (
    "<html><body id=top><div class='a b' data-x=One><p>one</p><p class=b>two</p><b></b></div>"
    "<ul><li id=l1>1</li><li id=l2 lang=en-GB>2</li><li id=l3>3</li><li id=l4>4</li></ul>"
    "<my-card><shadow-root><p id=shaded class=b>in</p></shadow-root><p id=light>out</p></my-card>"
    "<iframe><frame-document><html><body><p id=framed>f</p></body></html></frame-document></iframe>"
    "<template><inert-content><p id=later>x</p></inert-content></template>"
    "<svg:linearGradient id=g></svg:linearGradient></body></html>"
)


@pytest.fixture(scope="module")
def page(columns_of: Build) -> Snapshot:
    return Snapshot.from_bytes(encode(columns_of(PAGE)))


def names(page: Snapshot, selector: str) -> list[str]:
    return [node.attributes.get("id", node.tag) for node in page.select(selector)]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("#l2", "l2"), ("li#l2", "l2"), ("p#l2", ""), ("LI#l2", "l2"), (".b", "div p shaded"),
        ("div.a.b", "div"), (".c", ""), ("[data-x]", "div"), ("[data-x=One]", "div"),
        ("[data-x=one]", ""), ("[data-x=one i]", "div"), ("[lang|=en]", "l2"),
        ("[id^=l][id$='3']", "l3"), ("[class~=b]", "div p shaded"), ("[id*=ram]", "framed"),
        ("div p", "p p"), ("div > p", "p p"), ("body > p", "framed"), ("p + p", "p"), ("p ~ b", "b"),
        ("#l1 + #l3", ""), ("#l1 ~ li", "l2 l3 l4"), ("li:first-child", "l1"),
        ("li:last-child", "l4"), ("li:nth-child(2n)", "l2 l4"), ("li:nth-child(odd)", "l1 l3"),
        ("li:nth-child(-n+2)", "l1 l2"), ("li:nth-last-child(1)", "l4"), ("li:nth-child(3)", "l3"),
        ("b:first-of-type", "b"), ("b:only-of-type", "b"), ("div > :nth-of-type(2)", "p"),
        ("b:empty", "b"), ("p:empty", ""), ("li:not(:is(#l1, :last-child))", "l2 l3"),
        (":is(b, #l4)", "b l4"), (":where(b)", "b"), ("ul:has(> #l1)", "ul"), ("ul:has(p)", ""),
        ("li:has(+ #l2)", "l1"), ("b, #l1", "b l1"), ("html:root", "html html"),
        ("my-card p", "light"), ("my-card #shaded", ""), ("p#later", ""), ("#later", ""),
        ("body p#framed", "framed"), ("iframe p", ""), ("*#g", "g"),
    ],
)  # fmt: skip
def test_what_is_found(page: Snapshot, selector: str, found: str) -> None:
    assert names(page, selector) == found.split()


@pytest.mark.parametrize(
    "selector",
    ["", "p >", "p:hover", "::before", "a|b", "p:nth-child(x)", ":lang(en)", "((", "p" * 5000,
     ":has(~ p)", ":is(" * 300],
)  # fmt: skip
def test_what_can_not_be_asked(page: Snapshot, selector: str) -> None:
    with pytest.raises(BadSelector):
        page.select(selector)


@given(st.text(st.sampled_from("ap#.[]()>+~:, *=\"'-n2|\\\u00e9\0"), max_size=24))
def test_any_text_is_a_selector_or_is_refused(page: Snapshot, selector: str) -> None:
    with suppress(BadSelector):
        page.select(selector)


def test_one_by_id(page: Snapshot) -> None:
    node = page.by_id("l3")
    assert node is not None
    assert (node.tag, page.text(node.index)) == ("li", "3")
    assert page.by_id("nothing") is None
