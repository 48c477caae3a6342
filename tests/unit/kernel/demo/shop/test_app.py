from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from abos.kernel.demo.shop.app import _GET
from abos.kernel.demo.shop.store import Store
from abos.kernel.demo.web.control import CHANGES, Controls

ADDRESS = {
    "full_name": "Ada Lovelace",
    "email": "ada@example.com",
    "address": "12 Main St",
    "city": "London",
    "postcode": "N1 9GU",
    "country": "United Kingdom",
}
PLAIN = sorted(path for path in _GET if "{" not in path)


@pytest.mark.parametrize("path", [*PLAIN, "/product/hammock", "/category/clothing"])
async def test_every_page_answers_a_newcomer(visitor: Any, store: Store, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status in (200, 303)
    assert not store.errors


async def test_a_guest_buys_a_mug(visitor: Any, store: Store) -> None:
    added = await visitor.post("/product/blue-mug", size="400 ml", quantity="2")
    assert (added.status, added.headers["location"]) == (303, "/cart")
    assert "Blue Mug (400 ml) was added" in (await visitor.get("/cart")).text
    assert "was added" not in (await visitor.get("/cart")).text
    steps = [
        await visitor.post("/checkout/address", **ADDRESS),
        await visitor.post("/checkout/delivery", delivery="standard"),
        await visitor.post("/checkout/payment", payment="invoice"),
    ]
    assert [s.headers["location"] for s in steps] == [
        "/checkout/delivery",
        "/checkout/payment",
        "/order/1001",
    ]
    page = await visitor.get("/order/1001")
    assert "Thank you, Ada Lovelace" in page.text
    invoice = await visitor.get("/order/1001/invoice.txt")
    assert "attachment" in invoice.headers["content-disposition"]
    assert "€32.95" in invoice.text
    [order] = store.state()["orders"]
    assert (order["address"], order["total"], order["items"][0]["qty"]) == ("12 Main St", 3295, 2)


async def test_the_checkout_goes_in_order(visitor: Any) -> None:
    assert (await visitor.get("/checkout")).headers["location"] == "/cart"
    await visitor.post("/product/blue-mug")
    for path in ("/checkout/delivery", "/checkout/payment"):
        assert (await visitor.get(path)).headers["location"] == "/checkout/address"
    wrong = await visitor.post("/checkout/address", full_name="Ada Lovelace")
    assert wrong.status == 422
    assert "Enter the street and house number." in wrong.text
    assert 'value="Ada Lovelace"' in wrong.text


async def test_an_order_is_placed_once(visitor: Any, store: Store) -> None:
    await visitor.post("/product/blue-mug")
    await visitor.post("/checkout/address", **ADDRESS)
    await visitor.post("/checkout/delivery", delivery="pickup")
    for _ in range(2):
        last = await visitor.post("/checkout/payment", payment="invoice")
    assert last.headers["location"] == "/cart"
    assert len(store.orders) == 1


async def test_a_wrong_choice_is_said_where_it_was_made(visitor: Any) -> None:
    page = await visitor.post("/product/merino-sweater", quantity="99")
    assert page.status == 422
    assert "Please choose a size." in page.text
    assert "Enter a number from 1 to 10." in page.text
    assert (await visitor.post("/product/glass-latte-mug")).status == 422


async def test_visitors_share_nothing(newcomer: Callable[[], Any]) -> None:
    ada, other = newcomer(), newcomer()
    await ada.post("/product/blue-mug")
    assert "Your cart is empty" in (await other.get("/cart")).text
    await ada.post("/checkout/address", **ADDRESS)
    await ada.post("/checkout/delivery", delivery="standard")
    await ada.post("/checkout/payment", payment="transfer")
    assert (await other.get("/order/1001")).status == 404
    assert (await other.get("/order/1001/invoice.txt")).status == 404


async def test_the_cart_form(visitor: Any, store: Store) -> None:
    await visitor.post("/product/blue-mug")
    await visitor.post("/cart/update", key="blue-mug-300-ml", quantity="3")
    await visitor.post("/cart", promo="welcome10")
    await visitor.post("/cart/gift-note", gift_note="For <you>")
    page = await visitor.get("/cart")
    assert "-€4.35" in page.text
    assert "For &lt;you&gt;" in page.text
    [cart] = store.state()["carts"].values()
    assert cart["items"][0]["qty"] == 3
    wrong = await visitor.post("/cart", promo="MAGIC")
    assert "We do not know this code." in wrong.text
    await visitor.post("/cart/remove", key="blue-mug-300-ml")
    assert "Your cart is empty" in (await visitor.get("/cart")).text


async def test_signing_in(visitor: Any) -> None:
    assert (await visitor.get("/account")).headers["location"] == "/sign-in?next=/account"
    wrong = await visitor.post("/sign-in", email="ada@example.com", password="byron")
    assert wrong.status == 422
    assert "Email or password is not right." in wrong.text
    right = await visitor.post(
        "/sign-in", email="ada@example.com", password="lovelace", next="//evil.example/"
    )
    assert right.headers["location"] == "/account"
    assert "St James&#x27;s Square" in (await visitor.get("/account")).text
    await visitor.post("/product/blue-mug")
    assert "St James&#x27;s Square" in (await visitor.get("/checkout/address")).text
    await visitor.post("/account", **ADDRESS)
    assert "12 Main St" in (await visitor.get("/account")).text
    await visitor.post("/sign-out")
    assert (await visitor.get("/account")).status == 303


async def test_registering(visitor: Any, store: Store) -> None:
    form = {"full_name": "Grace Hopper", "email": "grace@example.com", "password": "nanosecond"}
    assert (await visitor.post("/register", **{**form, "password": "x"})).status == 422
    assert (await visitor.post("/register", **form)).headers["location"] == "/account"
    assert "Hello, Grace Hopper" in (await visitor.get("/account")).text
    assert "already an account" in (await visitor.post("/register", **form)).text
    assert await visitor.put("/api/newsletter/preference", {"on": True})
    assert store.state()["newsletter"] == ["grace@example.com"]


async def test_nothing_a_visitor_says_becomes_html(visitor: Any) -> None:
    evil = "<script>alert(1)</script>"
    for answer in (
        await visitor.get(f"/search?q={quote(evil)}"),
        await visitor.get(f"/widget/delivery?postcode={quote(evil)}"),
        await visitor.post("/contact", name=evil, email=evil, message=evil),
        await visitor.post("/sign-in", email=evil, next=f'"{evil}'),
    ):
        assert evil not in answer.text


async def test_uploads(visitor: Any, store: Store) -> None:
    url, name = "/api/uploads/attachment", {"x-file-name": quote("../my note.txt")}
    assert (await visitor.ask("PUT", url, b"hello", name)).json["name"] == "my note.txt"
    assert (await visitor.ask("PUT", url, b"", name)).status == 422
    assert (await visitor.ask("PUT", url, b"x" * (1024 * 1024 + 1), name)).status == 413
    assert (await visitor.ask("PUT", "/api/uploads/avatar", b"x", name)).status == 401
    [upload] = store.state()["uploads"]
    assert (upload["name"], upload["bytes"]) == ("my note.txt", 5)


async def test_wishes_reviews_suggestions_and_newsletter(visitor: Any, store: Store) -> None:
    for slug in ("blue-mug", "hammock"):
        await visitor.post("/wishlist/add", product=slug)
    assert (await visitor.put("/api/wishlist", {"order": ["hammock"]})).status == 422
    await visitor.put("/api/wishlist", {"order": ["hammock", "blue-mug"]})
    assert list(store.state()["wishlists"].values()) == [["hammock", "blue-mug"]]
    more = (await visitor.get("/api/products/blue-mug/reviews?offset=3")).json
    assert "Verified buyer" in more["html"]
    assert more["next"] is None
    assert (await visitor.get("/api/suggest?q=blue+m")).json[0] == "Blue Mug"
    kind = {"content-type": "application/json"}
    bad = await visitor.ask("POST", "/api/newsletter", b"[not json", kind)
    assert bad.status == 422


async def test_the_consent_is_remembered_and_can_be_taken_back(visitor: Any) -> None:
    assert "We use cookies" in (await visitor.get("/")).text
    answer = await visitor.ask(
        "POST",
        "/consent",
        b"choice=rejected",
        {
            "content-type": "application/x-www-form-urlencoded",
            "referer": "http://shop.test//evil.example/x",
        },
    )
    assert answer.headers["location"] == "/evil.example/x"
    assert "We use cookies" not in (await visitor.get("/")).text
    await visitor.post("/consent", choice="reset")
    assert "We use cookies" in (await visitor.get("/")).text


async def test_what_is_not_there(visitor: Any) -> None:
    page = await visitor.get("/product/unicorn")
    assert page.status == 404
    assert "Page not found" in page.text
    assert (await visitor.get("/api/products/unicorn/reviews")).json == {"error": "Not Found"}
    assert (await visitor.get("/static/nothing.css")).status == 404
    assert (await visitor.ask("DELETE", "/cart")).status == 405
    huge = {"content-type": "application/x-www-form-urlencoded"}
    assert (await visitor.ask("POST", "/contact", b"a" * 70_000, huge)).status == 413


async def test_static_files_may_be_kept(visitor: Any) -> None:
    answer = await visitor.get("/static/shop.css?v=0")
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


async def test_failures_are_injected_and_used_up(visitor: Any, controls: Controls) -> None:
    assert (await visitor.ask("POST", "/_control/fail?path=/cart&status=502&times=2")).json["ok"]
    assert [(await visitor.get("/cart")).status for _ in range(3)] == [502, 502, 200]
    for query in ("path=cart", "path=/_state", "path=/x&status=200", "path=/x&times=x"):
        assert (await visitor.ask("POST", f"/_control/fail?{query}")).status == 422
    for at in range(32):
        controls.fail(f"/{at}")
    assert (await visitor.ask("POST", "/_control/fail?path=/more")).status == 422
    await visitor.ask("POST", "/_control/reset")
    assert (await visitor.get("/_state")).json["failures"] == {}


async def test_the_delay_is_for_documents(
    visitor: Any, controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("abos.kernel.demo.web.control.asyncio.sleep", sleep)
    assert (await visitor.ask("POST", "/_control/delay?ms=250")).json == {"ok": True}
    await visitor.get("/")
    await visitor.get("/widget/delivery")
    await visitor.get("/static/shop.css?v=0")
    await visitor.get("/api/suggest?q=mug")
    await visitor.post("/product/blue-mug")
    assert slept == [0.25, 0.25]
    assert (await visitor.ask("POST", "/_control/delay?ms=-1")).status == 422
    assert controls.delay_ms == 250


async def test_each_change_of_the_pages_shows_and_can_be_taken_back(
    visitor: Any, controls: Controls
) -> None:
    async def pages() -> list[str]:
        return [
            (await visitor.get(p)).text for p in ("/product/wool-blanket", "/category/clothing")
        ]

    await visitor.get("/")
    before = await pages()
    for name in CHANGES:
        assert (await visitor.ask("POST", f"/_control/change?name={name}")).json == {"ok": True}
        assert await pages() != before, name
        assert (await visitor.get("/_state")).json["changes"] == [name]
        await visitor.ask("POST", f"/_control/change?name={name}&on=0")
        assert await pages() == before
    assert (await visitor.ask("POST", "/_control/change?name=music")).status == 422


async def test_a_renamed_button_does_the_same(visitor: Any, controls: Controls) -> None:
    controls.change("renamed_button")
    text = (await visitor.get("/product/blue-mug")).text
    assert ">Put in basket</button>" in text
    assert "Add to cart" not in text
