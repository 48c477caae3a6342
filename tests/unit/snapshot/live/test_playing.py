"""What becomes of the requests of a page that is loaded from its recording."""

from __future__ import annotations

import pytest

from abos.snapshot.live.playing import Asked, Network, given
from abos.snapshot.live.recording import Recording, Response

URL = "https://shop.test/"
PAGE = Response(URL, "document", 200, (), b"page")
LIST = Response(URL + "list", "fetch", 200, (), b"list")
RECORDING = Recording(document=PAGE, responses=(LIST,))


def test_the_first_document_is_the_recorded_one_whatever_its_address() -> None:
    asked = Asked(URL + "route", "GET", page=True)
    assert given(asked, RECORDING, "live", first=True).response is PAGE
    assert given(asked, RECORDING, "live", first=False).missing
    again = Asked(URL + "#part", "GET", page=True)
    assert given(again, RECORDING, "live", first=False).response is PAGE


def test_without_a_recorded_document_the_network_is_asked() -> None:
    found = given(Asked(URL, "GET", page=True), Recording(), "live", first=True)
    assert (found.response, found.refused, found.missing) == (None, False, True)


@pytest.mark.parametrize(("network", "refused"), [("live", False), ("recorded", True)])
def test_what_was_not_recorded(network: Network, refused: bool) -> None:
    for asked in (Asked(URL + "other", "GET"), Asked(URL + "list", "POST"), Asked(URL, "GET")):
        found = given(asked, RECORDING, network, first=False)
        assert (found.response, found.refused, found.missing) == (None, refused, True)
    assert given(Asked(URL + "list#x", "GET"), RECORDING, network, first=False).response is LIST


def test_a_preflight_is_granted_for_what_was_recorded_alone() -> None:
    headers = (("Origin", "https://a.test"), ("Access-Control-Request-Headers", "x-mine"))
    found = given(
        Asked(URL + "list", "OPTIONS", headers=headers), RECORDING, "recorded", first=False
    )
    assert found.response is not None
    said = dict(found.response.headers)
    assert said["access-control-allow-origin"] == "https://a.test"
    assert said["access-control-allow-headers"] == "x-mine"
    assert given(Asked(URL + "no", "OPTIONS"), RECORDING, "recorded", first=False).refused
