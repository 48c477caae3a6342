"""The demo shop in a real browser, driven by plain Playwright: does it behave as it is built?"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, async_playwright, expect

from abos.kernel.demo import DEMO_EMAIL, DEMO_PASSWORD, DemoShop
from abos.pool.discover import find_chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = {
    "Full name": "Ada Lovelace",
    "Email": "ada@example.com",
    "Street address": "12 Main St",
    "City": "London",
    "Postcode": "N1 9GU",
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), args=options
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server() -> AsyncIterator[DemoShop]:
    async with DemoShop() as shop:
        yield shop


@pytest.fixture
def shop(server: DemoShop) -> DemoShop:
    server.reset()
    return server


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, shop: DemoShop) -> AsyncIterator[Page]:
    """A newcomer who has answered the cookie question; no page of a test may throw."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(5000)
    await context.add_cookies([{"name": "shop_consent", "value": "accepted", "url": shop.url}])
    page = await context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    await context.close()
    assert thrown == []
    assert shop.state()["errors"] == []


async def add(page: Page, shop: DemoShop, slug: str) -> None:
    await page.goto(f"{shop.url}product/{slug}")
    await page.get_by_role("button", name="Add to cart").click()
    await page.wait_for_url("**/cart")


async def sign_in(page: Page, shop: DemoShop) -> None:
    await page.goto(shop.url + "sign-in")
    await page.get_by_label("Email").fill(DEMO_EMAIL)
    await page.get_by_label("Password").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()


async def test_a_visitor_searches_and_buys(page: Page, shop: DemoShop, tmp_path: Path) -> None:
    await page.goto(shop.url)
    search = page.get_by_placeholder("Search products")
    await search.press_sequentially("blue m")
    await expect(page.locator(".suggestions a").first).to_have_text("Blue Mug")
    await search.press("Escape")
    await search.fill("blue mug")
    await page.get_by_role("button", name="Search", exact=True).click()
    await page.locator("main article a").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Blue Mug")
    await page.get_by_label("400 ml").check()
    await page.get_by_label("Quantity").fill("2")
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_label("Promo code").fill("WELCOME10")
    await page.get_by_role("button", name="Apply code").click()
    await page.get_by_role("link", name="Go to checkout").click()
    await page.get_by_role("button", name="Continue to delivery").click()
    await expect(page.get_by_role("alert")).to_contain_text("Enter your full name.")
    for label, value in ADDRESS.items():
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Continue to delivery").click()
    await page.get_by_label("Express delivery").check()
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.get_by_label("Card number")).to_be_hidden()
    await page.get_by_label("Credit or debit card").check()
    await page.get_by_label("Card number").fill("4242 4242 4242 4242")
    await page.get_by_label("Expiry date").fill("04/30")
    await page.get_by_label("Security code").fill("123")
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Ada Lovelace")
    await expect(page.locator("#order-number")).to_have_text("1001")

    [order] = shop.orders()
    assert order["items"] == [
        {
            "product": "blue-mug",
            "name": "Blue Mug",
            "options": {"Size": "400 ml"},
            "qty": 2,
            "unit_price": 1450,
        }
    ]
    assert (order["address"], order["delivery"]) == ("12 Main St", "express")
    assert (order["payment"], order["total"]) == ("card ending 4242", 2900 - 290 + 995)

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download invoice").click()
    got = await download.value
    await got.save_as(tmp_path / got.suggested_filename)
    assert "€36.05" in (tmp_path / "invoice-1001.txt").read_text(encoding="utf-8")


async def test_the_cookie_banner_covers_things_until_it_is_answered(
    browser: Browser, shop: DemoShop
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    page = await context.new_page()
    await page.goto(shop.url)
    covered = """name => {
        const link = [...document.querySelectorAll('main a')].find(a => a.textContent === name);
        const box = link.getBoundingClientRect();
        const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return hit !== null && hit.closest('#consent') !== null;
    }"""
    assert await page.evaluate(covered, "Shop mugs and cups")
    await page.get_by_role("button", name="Reject optional cookies").click()
    await expect(page.locator("#consent")).to_have_count(0)
    assert not await page.evaluate(covered, "Shop mugs and cups")
    await page.reload()
    await expect(page.locator("#consent")).to_have_count(0)
    [cookie] = [c for c in await context.cookies() if c["name"] == "shop_consent"]
    assert cookie["value"] == "rejected"
    await context.close()


async def test_the_newsletter_lives_in_an_open_shadow_root(page: Page, shop: DemoShop) -> None:
    await page.goto(shop.url)
    assert await page.evaluate("document.querySelector('newsletter-box').shadowRoot !== null")
    box = page.locator("newsletter-box")
    await box.get_by_label("Email for the newsletter").fill("ada@example.com")
    await box.get_by_role("button", name="Subscribe").click()
    await expect(box.get_by_role("status")).to_contain_text("Thank you")
    assert shop.state()["newsletter"] == ["ada@example.com"]


async def test_the_delivery_estimate_lives_in_a_frame(page: Page, shop: DemoShop) -> None:
    await page.goto(shop.url + "product/blue-mug")
    frame = page.frame_locator("iframe[title='Delivery estimate']")
    await frame.get_by_label("Postcode").fill("SW1Y 4JH")
    await frame.get_by_role("button", name="Check delivery").click()
    await expect(frame.get_by_role("status")).to_contain_text("SW1Y 4JH takes")


async def test_emptying_the_cart_asks_first(page: Page, shop: DemoShop) -> None:
    await add(page, shop, "blue-mug")
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if len(asked) > 1 else dialog.dismiss())

    page.on("dialog", answer)
    await page.get_by_role("button", name="Empty cart").click()
    await expect(page.get_by_role("heading", name="Blue Mug")).to_be_visible()
    await page.get_by_role("button", name="Empty cart").click()
    await expect(page.get_by_text("Your cart is empty.")).to_be_visible()
    assert asked == ["Remove everything from your cart?"] * 2
    assert shop.state()["carts"] == {}


async def test_the_gift_note_is_a_modal_dialog(page: Page, shop: DemoShop) -> None:
    await add(page, shop, "blue-mug")
    await page.get_by_role("button", name="Add a gift note").click()
    dialog = page.get_by_role("dialog", name="Gift note")
    await dialog.get_by_label("Your words").fill("Happy birthday")
    await dialog.get_by_role("button", name="Save note").click()
    await expect(page.get_by_text("Gift note: Happy birthday")).to_be_visible()
    [cart] = shop.state()["carts"].values()
    assert cart["gift_note"] == "Happy birthday"


async def test_the_account_takes_a_file_and_a_preference(
    page: Page, shop: DemoShop, tmp_path: Path
) -> None:
    picture = tmp_path / "me.txt"
    picture.write_bytes(b"hello")
    await sign_in(page, shop)
    await page.get_by_label("Choose a picture").set_input_files(picture)
    await page.get_by_role("button", name="Upload picture").click()
    await expect(page.get_by_text("me.txt was uploaded (5 bytes).")).to_be_visible()
    await page.get_by_role("switch", name="Send me the newsletter").check()
    await expect(page.get_by_text("You will get our newsletter.")).to_be_visible()
    state = shop.state()
    assert [(u["name"], u["bytes"]) for u in state["uploads"]] == [("me.txt", 5)]
    assert (state["accounts"][0]["newsletter"], state["newsletter"]) == (True, [DEMO_EMAIL])


async def test_a_message_with_an_attachment(page: Page, shop: DemoShop, tmp_path: Path) -> None:
    file = tmp_path / "damage.txt"
    file.write_text("a crack in the handle", encoding="utf-8")
    await page.goto(shop.url + "contact")
    await page.get_by_label("Your name").fill("Ada Lovelace")
    await page.get_by_label("Email").fill("ada@example.com")
    await page.get_by_label("Topic").select_option("A repair")
    await page.get_by_label("Message").fill("The handle of my mug has a crack.")
    await page.get_by_label("Attachment").set_input_files(file)
    await expect(page.get_by_text("damage.txt was uploaded")).to_be_visible()
    await page.get_by_role("button", name="Send message").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your message")
    [message] = shop.state()["messages"]
    assert (message["topic"], message["attachment"]) == ("A repair", "damage.txt")


async def test_wishes_are_put_in_order_by_dragging(page: Page, shop: DemoShop) -> None:
    for slug in ("blue-mug", "hammock", "wall-clock"):
        await page.goto(f"{shop.url}product/{slug}")
        await page.get_by_role("button", name="Save to wish list").click()
        await expect(page.get_by_text("is on your wish list")).to_be_visible()
    await page.goto(shop.url + "wishlist")
    rows = page.locator("#wishes li")
    await rows.nth(0).drag_to(rows.nth(2))
    await expect(page.locator("#wishes-status")).to_have_text("Saved.")
    [order] = shop.state()["wishlists"].values()
    assert order == ["hammock", "wall-clock", "blue-mug"]


async def test_menu_new_tab_and_more_reviews(page: Page, shop: DemoShop) -> None:
    await page.goto(shop.url)
    await page.get_by_role("link", name="Shop", exact=True).hover()
    await page.locator(".menu").get_by_role("link", name="Clothing").click()
    await page.get_by_role("link", name="Merino Sweater").click()
    async with page.expect_popup() as popup:
        await page.get_by_role("link", name="Size guide").click()
    guide = await popup.value
    await expect(guide.get_by_role("heading", level=1)).to_have_text("Size guide")
    await guide.close()
    await page.get_by_role("button", name="Load more reviews").click()
    await expect(page.locator("#review-list > li")).to_have_count(6)


async def test_two_visitors_share_no_cart(browser: Browser, page: Page, shop: DemoShop) -> None:
    await add(page, shop, "blue-mug")
    other = await browser.new_context()
    theirs = await other.new_page()
    await theirs.goto(shop.url + "cart")
    await expect(theirs.get_by_text("Your cart is empty.")).to_be_visible()
    await other.close()
