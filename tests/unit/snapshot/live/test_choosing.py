"""Which responses of a page are recorded."""

from __future__ import annotations

from typing import Any

import pytest

from abos.snapshot.live.choosing import Heard, chosen, headers_kept, status_kept
from abos.snapshot.live.recording import MAX_BODY, MAX_RESPONSES

URL = "https://shop.test/"


def heard(index: int, url: str = URL, kind: str = "fetch", **other: Any) -> Heard:
    values: dict[str, Any] = {"method": "GET", "top": False, "status": 200, "headers": {}} | other
    return Heard(index=index, url=url, kind=kind, **values)


def page(index: int, url: str = URL, **other: Any) -> Heard:
    return heard(index, url, "document", top=True, **other)


def test_only_what_came_since_the_document() -> None:
    requests = [page(0), heard(1, URL + "old"), page(2), heard(3, URL + "new")]
    choice = chosen(requests, URL)
    assert choice.document is requests[2]
    assert choice.wanted == (requests[3],)


def test_a_page_whose_document_has_gone_from_the_list() -> None:
    requests = [heard(0, URL + "a"), heard(1, URL + "b")]
    assert chosen(requests, URL).document is None
    assert len(chosen(requests, URL).wanted) == 2


def test_the_document_is_the_answer_that_is_shown() -> None:
    posted = page(1, URL + "order", method="POST")
    redirected = page(2, URL + "go", status=302, headers={"location": "/order"})
    download = page(3, URL + "file", status=204)
    pending = page(4, URL + "next", status=0)
    assert chosen([page(0), posted, redirected, download, pending], URL + "x").document is posted
    # Scripts changed the address: the newest document is the one.
    assert chosen([page(0), page(1, URL + "b")], URL + "c#d").document == page(1, URL + "b")
    assert chosen([page(0), page(1, URL + "b")], URL + "#d").document == page(0)


def test_the_newest_answer_of_each_address_in_the_order_of_need() -> None:
    requests = [
        page(0),
        heard(1, URL + "i.png", "image"),
        heard(2, URL + "api"),
        heard(3, URL + "a.js#x", "script"),
        heard(4, URL + "api"),
        heard(5, URL + "api", status=0),
        heard(6, URL + "post", method="POST"),
        heard(7, "data:text/plain,x"),
        heard(8, URL + "odd", "manifest"),
    ]
    assert [each.index for each in chosen(requests, URL).wanted] == [3, 4, 1, 8]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"status": 0}, "no answer"),
        ({"headers": {"content-type": "text/event-stream"}}, "an event stream"),
        ({"status": 206}, "audio or video"),
        ({"kind": "media"}, "audio or video"),
        ({"headers": {"content-length": str(MAX_BODY + 1)}}, "too large"),
        ({"headers": {"content-length": str(MAX_BODY)}}, ""),
        ({"headers": {"content-length": "many"}}, ""),
        ({"status": 404}, ""),
    ],
)
def test_what_is_left_out_is_told(other: dict[str, Any], why: str) -> None:
    choice = chosen([page(0), heard(1, URL + "x", **other)], URL)
    assert choice.left_out == ((f"{URL}x ({why})",) if why else ())
    assert len(choice.wanted) == (not why)


def test_not_more_than_there_may_be() -> None:
    choice = chosen([heard(i, f"{URL}{i}") for i in range(MAX_RESPONSES + 2)], URL)
    assert (len(choice.wanted), len(choice.left_out)) == (MAX_RESPONSES, 2)


def test_headers_that_matter() -> None:
    headers = {
        "content-type": "text/html", "content-encoding": "gzip", "set-cookie": "sid=1",
        "content-length": "7", "x-two": "a\nb", ":status": "200",
        "access-control-allow-origin": "*",
    }  # fmt: skip
    assert headers_kept(headers) == (
        ("content-type", "text/html"),
        ("x-two", "a"),
        ("x-two", "b"),
        ("access-control-allow-origin", "*"),
    )
    assert [status_kept(status) for status in (200, 304, 404)] == [200, 200, 404]
