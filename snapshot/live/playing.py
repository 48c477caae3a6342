"""What becomes of each request of a page that is loaded from its recording. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urldefrag

from .recording import Pairs, Recording, Response

Network = Literal["live", "recorded"]
"""What happens to requests that the recording has no answer to: they go to the network, or fail."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that waits for our word."""

    url: str
    method: str
    page: bool = False
    """Whether it asks for the page itself and not for one of its parts."""
    headers: Pairs = ()


@dataclass(frozen=True, slots=True)
class Given:
    """The answer to a request. Without a response it is let through, or refused."""

    response: Response | None = None
    refused: bool = False
    missing: bool = False
    """Whether the recording has no answer to it."""


BLANK = Response("", "document", 200, (("content-type", "text/html"),), b"<!doctype html>")


def given(asked: Asked, recording: Recording, network: Network, *, first: bool) -> Given:
    """What is done with a request; `first` is the page's own first document.

    That one is answered with the recorded document whatever its address: scripts may have changed
    the address since, and a page may be the answer to a POST.
    """
    document = recording.document
    url = urldefrag(asked.url).url
    if asked.page and document and (first or (document.url == url and asked.method == "GET")):
        return Given(document)
    found = recording.answer(url)
    if found and asked.method == "GET":
        return Given(found)
    if found and asked.method == "OPTIONS":
        return Given(_preflight(asked))
    return Given(refused=network == "recorded", missing=True)


def _preflight(asked: Asked) -> Response:
    """What let the page ask for this when it was recorded."""
    said = {name.lower(): value for name, value in asked.headers}
    allowed = (
        ("access-control-allow-origin", said.get("origin", "*")),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", said.get("access-control-request-method", "GET")),
        ("access-control-allow-headers", said.get("access-control-request-headers", "*")),
    )
    return Response(asked.url, "preflight", 204, allowed, b"")
