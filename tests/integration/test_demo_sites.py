"""The tracker and the directory in a real browser, driven by plain Playwright."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from abos.kernel.demo import DemoDirectory, DemoSite, DemoTracker
from abos.pool.discover import find_chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), args=options
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A newcomer; no page of a test may throw."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(5000)
    page = await context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    await context.close()
    assert thrown == []


async def _signed_in(page: Page, tracker: DemoSite) -> None:
    await page.goto(f"{tracker.url}sign-in")
    await page.get_by_label("Email").fill("mira@example.com")
    await page.get_by_label("Password").fill("kestrel")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("button", name="Account of Mira Novak")).to_be_visible()


async def test_tickets_are_found_changed_in_bulk_and_deleted(page: Page) -> None:
    with DemoTracker() as tracker:
        await _signed_in(page, tracker)
        await page.get_by_role("button", name="Status: Any").click()
        await page.get_by_role("menuitemradio", name="In review").click()
        await page.get_by_role("checkbox", name="Select all on this page").click()
        await page.get_by_role("button", name="Set status").click()
        await page.get_by_role("menuitem", name="Closed").click()
        await expect(page.get_by_text("3 tickets were changed.")).to_be_visible()
        await page.goto(f"{tracker.url}tickets/KT-42")
        await page.get_by_role("button", name="More actions").click()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("Enter")
        await page.get_by_role("alertdialog").get_by_role("button", name="Delete ticket").click()
        await expect(page.get_by_text("KT-42 was deleted.")).to_be_visible()
        tickets = tracker.state()["tickets"]
        assert "KT-42" not in tickets
        assert tickets["KT-9"]["status"] == "Closed"


async def test_a_ticket_is_written_and_commented(page: Page) -> None:
    with DemoTracker() as tracker:
        await page.goto(tracker.url)
        await page.get_by_role("button", name="New ticket").click()
        dialog = page.get_by_role("dialog", name="New ticket")
        await dialog.get_by_role("button", name="Create ticket").click()
        await expect(dialog.get_by_text("Give the ticket a title.")).to_be_visible()
        await dialog.get_by_label("Title").fill("Gate is stuck")
        await dialog.get_by_role("radio", name="Urgent").click()
        await dialog.get_by_role("combobox", name="Assignee").fill("pri")
        await dialog.get_by_role("option", name="Priya Shah").click()
        await dialog.get_by_role("checkbox", name="hardware").click()
        await dialog.get_by_role("button", name="Create ticket").click()
        await page.get_by_label("Your comment").fill("Since Monday.")
        await page.get_by_role("button", name="Add comment").click()
        await expect(page.get_by_text("Since Monday.")).to_be_visible()
        await page.get_by_role("tab", name="History").click()
        await expect(page.get_by_text("Guest commented")).to_be_visible()
        made = tracker.state()["tickets"]["KT-43"]
        assert (made["priority"], made["assignee"]) == ("Urgent", "Priya Shah")
        assert made["labels"] == ("hardware",)


async def test_the_trackers_pages_change_when_they_are_told_to(page: Page) -> None:
    with DemoTracker() as tracker:
        for name in ("renamed_button", "new_banner", "reordered_list", "moved_field"):
            tracker.change(name)
        await page.goto(tracker.url)
        await expect(page.get_by_role("region", name="Announcement")).to_be_visible()
        await expect(page.get_by_role("row").nth(1)).to_contain_text("KT-1")
        await page.get_by_role("button", name="Report a problem").click()
        await expect(page.get_by_role("dialog").get_by_role("checkbox").first).to_be_visible()


async def test_an_entry_is_registered_over_four_pages(page: Page) -> None:
    with DemoDirectory() as directory:
        await page.goto(directory.url)
        await page.get_by_role("link", name="Register an entry").click()
        await page.get_by_label("Company").check()
        await page.get_by_label("Name:").fill("Zest & Co")
        await page.get_by_label("Category:").fill("Food")
        await page.get_by_role("button", name="Next step").click()
        await page.get_by_label("Street:").fill("1 New Road")
        await page.get_by_label("Town:").select_option("Elmsted")
        await page.get_by_label("Postcode:").fill("MV5 1AC")
        await page.get_by_label("Telephone:").fill("01632 960999")
        await page.get_by_label("Email:").fill("hello@zest.example")
        await page.get_by_role("button", name="Next step").click()
        for part, value in (("day", "29"), ("month", "February"), ("year", "2024")):
            await page.get_by_label(f"Founded or born: {part}").select_option(value)
        await page.get_by_label("Every day").check()
        await page.get_by_label("I agree to the terms").check()
        await page.get_by_role("button", name="Next step").click()
        await page.get_by_role("button", name="Register now").click()
        await expect(page.get_by_role("heading", name="Zest & Co")).to_be_visible()
        state = directory.state()
        assert state["entries"]["501"]["since"] == "2024-02-29"
        assert state["errors"] == []


async def test_entries_are_narrowed_by_facets(page: Page) -> None:
    with DemoDirectory() as directory:
        await page.goto(f"{directory.url}entries?kind=company")
        await page.get_by_role("link", name="Coldwater", exact=True).click()
        await page.get_by_role("link", name="Food", exact=True).click()
        await page.get_by_role("link", name="Amberley Bakery").click()
        assert directory.state()["requests"][-1] == "GET /entry/102"
