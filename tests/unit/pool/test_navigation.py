"""Chromium's error names become one line for people."""

from __future__ import annotations

import pytest

from abos.pool import navigation_failed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://x/\nCall log:\n  - x", "unresolved"),
        ("Page.goto: net::ERR_CONNECTION_REFUSED at http://x/", "refused"),
        ("Page.goto: net::ERR_CONNECTION_TIMED_OUT at http://x/", "timeout"),
        ("Page.goto: net::ERR_CONNECTION_RESET at http://x/", "unreachable"),
        ("Page.goto: net::ERR_CERT_DATE_INVALID at https://x/", "tls"),
        ("Page.goto: net::ERR_TOO_MANY_REDIRECTS at http://x/", "redirects"),
        ("Page.goto: net::ERR_ABORTED at http://x/", "aborted"),
        ("Page.goto: Download is starting", "download"),
        ("Page.goto: Timeout 10ms exceeded.", "timeout"),
        ("Page.goto: Protocol error (Page.navigate): Cannot navigate to invalid URL", "invalid"),
        ("Page.goto: net::ERR_BRAND_NEW at http://x/", "other"),
        ("Page.goto: something else\nwith a log", "other"),
        ("", "other"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    failed = navigation_failed("http://x/", RuntimeError(text))
    assert failed.kind == kind
    assert str(failed).startswith("Could not open http://x/: ")
    assert "\n" not in str(failed)
    assert "Page.goto" not in str(failed)
