"""Questions to a page that no browser holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest

from abos.snapshot import Snapshot
from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns, Field

Build = Callable[..., Columns]

SHOP = (
    "<html><head><title>Shop</title><style>p{}</style></head><body><h1>Blue  mugs</h1>"
    "<p>Nice <b>and</b> blue<br>cheap</p><div>before<p>inner</p>after</div>"
    '<form id="f"><input name="q"><select name="size"><option value="s">Small</option>'
    "<option>Large</option></select></form>"
    "<my-card><shadow-root><i>in the shade</i></shadow-root></my-card>"
    "<noscript>no</noscript><template><inert-content><p>later</p></inert-content></template>"
    "<iframe><frame-document><html><body>framed</body></html></frame-document></iframe>"
    '<input type="radio" name="pay" value="card"></body></html>'
)


@pytest.fixture
def shop(columns_of: Build) -> Snapshot:
    return Snapshot.from_bytes(encode(columns_of(SHOP)))


def index(snapshot: Snapshot, tag: str, nth: int = 0) -> int:
    return snapshot.find(tag)[nth].index


def test_what_is_true_of_the_page(shop: Snapshot) -> None:
    assert (shop.url, shop.title, shop.taken_at) == ("https://shop.example/", "Shop", 12.5)
    assert shop.size == len(shop.data)
    assert shop.element_count == len(shop.find()) < shop.node_count


def test_it_is_frozen_and_equal_by_its_bytes(shop: Snapshot) -> None:
    with pytest.raises(FrozenInstanceError):
        shop.source = b""  # type: ignore[misc]
    assert shop == Snapshot.from_bytes(shop.data)
    assert hash(shop) == hash(Snapshot.from_bytes(shop.data))


def test_text_is_what_a_person_sees(shop: Snapshot) -> None:
    assert shop.text().splitlines() == [
        "Blue mugs", "Nice and blue", "cheap", "before", "inner", "after", "Small", "Large",
        "in the shade", "framed",
    ]  # fmt: skip


def test_text_leaves_out_what_is_not_displayed(columns_of: Build) -> None:
    snapshot = Snapshot.from_bytes(
        encode(columns_of("<p>seen</p><div><p>gone</p></div><p>too</p>", hidden=[3]))
    )
    assert snapshot.text() == "seen\ntoo"


def test_text_of_one_node(shop: Snapshot) -> None:
    assert shop.text(index(shop, "p")) == "Nice and blue\ncheap"


def test_find(shop: Snapshot) -> None:
    assert [node.tag for node in shop.find(attribute="name")] == ["input", "select", "input"]
    assert [node.index for node in shop.find("input", "name", "q")] == [index(shop, "input")]
    assert shop.find("table") == ()
    assert shop.find("input", "type", "radio")[0].attributes["value"] == "card"


def test_boxes_belong_to_their_elements(shop: Snapshot) -> None:
    everything = shop.find()
    assert everything[3].box == (12.0, 13.0, 14.0, 15.0)
    with pytest.raises(IndexError):
        shop.node(0)


def test_paths_lead_through_shadow_roots_and_frames(shop: Snapshot) -> None:
    assert shop.path(index(shop, "i")) == (
        ("html", 1), ("body", 1), ("my-card", 1), ("#shadow", 0), ("i", 1),
    )  # fmt: skip
    assert shop.path(index(shop, "body", 1))[-3:] == (("#document", 0), ("html", 1), ("body", 1))
    assert shop.where(index(shop, "p", 1)).endswith("div:nth-of-type(1) > p:nth-of-type(1)")


def test_form_state_in_words(columns_of: Build) -> None:
    plain = Snapshot.from_bytes(encode(columns_of(SHOP)))
    query, radio = (node.index for node in plain.find("input"))
    select = index(plain, "select")
    state = [
        (query, Field.VALUE, "mug"), (select, Field.SELECTED, 0), (select, Field.SELECTED, 1),
        (radio, Field.CHECKED, 1), (index(plain, "h1"), Field.SECRET, 0),
    ]  # fmt: skip
    snapshot = Snapshot.from_bytes(encode(columns_of(SHOP, state=state)))
    said = snapshot.form_state()
    assert said[:4] == (
        ('input[name="q"]', "mug"),
        ('select[name="size"]', "Small"),
        ('select[name="size"]', "Large"),
        ('input[name="pay"]=card', "on"),
    )
    assert said[4][1] == "••••"
    assert snapshot.options(select) == (("s", "Small"), ("Large", "Large"))


def test_the_tree_hash_is_of_tags_and_depths(columns_of: Build) -> None:
    def digest(markup: str) -> str:
        return Snapshot.from_bytes(encode(columns_of(markup))).tree_hash

    page = digest("<div id=a><p>one</p></div>")
    assert page == digest("<div><p>two</p> <p></p></div>".replace(" <p></p>", ""))
    assert page == digest("text<div class=x>more<p></p></div>")
    different = ["<div></div><p></p>", "<div><b></b></div>", "<div></div>", "<p><div></div></p>"]
    assert len({page, *map(digest, different)}) == 5
    assert len({digest("<a></a><b></b>"), digest("<b></b><a></a>")}) == 2


def test_a_very_deep_tree(columns_of: Build) -> None:
    snapshot = Snapshot.from_bytes(encode(columns_of("<b>" * 20_000 + "deep")))
    assert snapshot.text() == "deep"
    assert snapshot.html.endswith("deep" + "</b>" * 20_000)
    assert len(snapshot.path(20_000)) == 20_000
