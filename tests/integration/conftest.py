"""A real browser for each integration test that asks, and a watch on what tests leave behind."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from abos.pool import find_chromium

from .faults import Machine, Site
from .machine import processes_of, served, until

SHARED = {"browser", "shared_kernel"}
"""Fixtures of a whole file that live on an event loop."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask for what their file shares run on its event loop, the module's."""
    for item in items:
        if SHARED & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of a file: contexts keep them apart, and a start takes half a second."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_chromium()), chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest.fixture
async def nothing_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """No process and no file of a pool may outlive its test.

    A temporary folder of the test's own, by which its processes are known, keeps other browsers on
    this machine out of the count. Gives that folder.
    """
    tmp_path_factory.getbasetemp()  # before the temporary folder moves
    with tempfile.TemporaryDirectory(prefix="abos-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield folder
        await until(lambda: not processes_of(folder))
        assert not os.listdir(folder)  # noqa: PTH208 - pathlib's blocks, says ASYNC240


@pytest.fixture
def sites() -> Iterator[tuple[Site, Site]]:
    """The shop, which misbehaves, and the news, which never do."""
    with ExitStack() as stack:
        found = Site(), Site()
        for site in found:
            site.url = stack.enter_context(served(site.handler()))
        yield found
        for site in found:
            site.closing.set()


@pytest.fixture
def shop(sites: tuple[Site, Site]) -> Site:
    return sites[0]


@pytest.fixture
def news(sites: tuple[Site, Site]) -> Site:
    return sites[1]


@pytest.fixture
def machine(nothing_left: str) -> Machine:
    return Machine(nothing_left)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Where SIGINT is ignored, as below `nohup` or in a background job, a child would inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "abos")
    return caplog


@pytest.fixture
def runtime(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Where kernels publish their tables: they take them away in the end."""
    folder = tmp_path_factory.mktemp("run")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield
    assert not list(folder.glob("abos/*"))
