"""Page events folded into counters, without a browser."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from abos.kernel.space.signals import Signals


def send(signals: Signals, event: str, **params: Any) -> None:
    signals.handlers()[event](params)


def busy(signals: Signals) -> bool:
    """Asked anew each time: type checkers take a property for unchanged by calls."""
    return signals.busy


def pending(signals: Signals) -> bool:
    return signals.pending


@pytest.fixture
def signals() -> Signals:
    return Signals("main")


def test_a_navigation_from_request_to_parsed(signals: Signals) -> None:
    send(signals, "Page.frameRequestedNavigation", frameId="main", disposition="currentTab")
    assert signals.navigating
    send(signals, "Page.frameNavigated", frame={"id": "main"})
    assert signals.navigating
    assert signals.navigations == 1
    send(signals, "Page.domContentEventFired", timestamp=1)
    assert not signals.navigating


def test_a_request_that_becomes_nothing_ends(signals: Signals) -> None:
    send(signals, "Page.frameRequestedNavigation", frameId="main")
    send(signals, "Page.frameStoppedLoading", frameId="main")
    assert not signals.navigating
    assert signals.navigations == 0


def test_a_navigation_that_turns_into_a_download_ends(signals: Signals) -> None:
    send(signals, "Page.frameRequestedNavigation", frameId="main")
    signals.on_download("invoice.txt")
    assert not signals.navigating
    assert signals.downloads == ["invoice.txt"]


def test_other_frames_and_new_tabs_do_not_navigate_this_page(signals: Signals) -> None:
    send(signals, "Page.frameRequestedNavigation", frameId="child")
    send(signals, "Page.frameRequestedNavigation", frameId="main", disposition="newTab")
    send(signals, "Page.frameNavigated", frame={"id": "child", "parentId": "main"})
    assert not signals.navigating
    assert signals.navigations == 0


def test_addresses_changed_by_script_count(signals: Signals) -> None:
    send(signals, "Page.navigatedWithinDocument", frameId="main", url="/#2")
    assert signals.navigations == 1
    assert not signals.navigating


def test_only_what_scripts_ask_for_keeps_a_page_busy(signals: Signals) -> None:
    send(signals, "Network.requestWillBeSent", requestId="1", type="Image")
    assert not busy(signals)
    send(signals, "Network.requestWillBeSent", requestId="2", type="Fetch")
    assert busy(signals)
    send(signals, "Network.loadingFailed", requestId="2")
    assert not busy(signals)


def test_a_new_document_drops_the_old_ones_requests(signals: Signals) -> None:
    send(signals, "Network.requestWillBeSent", requestId="2", type="XHR")
    send(signals, "Page.frameNavigated", frame={"id": "other"})
    assert not signals.busy
    assert signals.main_frame == "other"


def test_downloads_are_bounded(signals: Signals) -> None:
    for number in range(250):
        signals.on_download(f"{number}.txt")
    assert len(signals.downloads) == 100
    assert signals.downloads[-1] == "249.txt"


def test_downloads_beyond_those_kept_are_told(signals: Signals) -> None:
    for number in range(250):
        signals.on_download(f"{number}.txt")
    assert signals.newest(248) == ("248.txt", "249.txt")
    assert signals.newest(250) == ()
    assert len(signals.newest(0)) == 100


def test_navigations_of_the_browser_itself_are_seen(signals: Signals) -> None:
    send(signals, "Page.frameStartedNavigating", frameId="main", navigationType="sameDocument")
    assert not pending(signals)
    send(signals, "Page.frameStartedNavigating", frameId="main", navigationType="reload")
    assert pending(signals)
    signals.still_there()
    assert not pending(signals)


def test_a_stream_is_cut_short_until_the_next_document(signals: Signals) -> None:
    send(signals, "Page.frameNavigated", frame={"id": "main"})
    signals.parsed_enough()
    assert (signals.navigating, signals.cut_short) == (False, True)
    send(signals, "Page.frameNavigated", frame={"id": "main"})
    assert (signals.navigating, signals.cut_short) == (True, False)


async def test_waiting_ends_with_the_event(signals: Signals) -> None:
    waiting = asyncio.ensure_future(signals.until(lambda: signals.windows > 0, 5.0))
    await asyncio.sleep(0)
    assert not waiting.done()
    send(signals, "Page.windowOpen", url="/")
    assert await waiting


async def test_waiting_is_bounded(signals: Signals) -> None:
    assert not await signals.until(lambda: False, 0.01)
