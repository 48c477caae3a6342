"""An address space in memory, for tests of agents and kernels without a browser.

    site = {"https://shop.example/": FakePage([Element("e1", "link", "Cart")], {"e1": "/cart"})}
    kernel = Kernel(config, hardware=fake_hardware(site))

Clicking an element that leads somewhere navigates; filled, selected and checked values are kept.
Faults are set per ref: the error is raised instead of the action, as often as it is listed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from ..pool import FakeLauncher, FakeSession
from ..snapshot import BadSnapshot, Element, Observation, RestoreReport, Snapshot
from .actions import Action, Check, Click, Effect, Fill, Press, Select, Type, WaitFor
from .errors import ElementGone, NavigationFailed, WaitFailed
from .hardware import Hardware
from .syscalls import Restore, TakeSnapshot


@dataclass(slots=True)
class FakePage:
    """A page: its elements, where their refs lead, and its text."""

    elements: Sequence[Element] = ()
    leads: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    title: str = ""


class FakeSpace:
    """One tab over a mapping of address to page."""

    def __init__(
        self,
        site: Mapping[str, FakePage],
        faults: MutableMapping[str, list[Exception]] | None = None,
        session: FakeSession | None = None,
    ) -> None:
        self.site = site
        self.faults = faults if faults is not None else {}
        self.values: dict[str, str] = {}
        self.done: list[Action] = []
        """Every action performed, oldest first."""
        self.closed = False
        self._session = session
        self._went_to = ""

    @property
    def url(self) -> str:
        """Where the tab is; where its session was opened until it navigates."""
        return self._went_to or (self._session.url if self._session else "about:blank")

    async def touch(self) -> None:
        """Nothing to warm."""

    async def navigate(self, url: str) -> Effect:
        """Go to a page of the site. Raises `NavigationFailed` for any other."""
        if url not in self.site:
            raise NavigationFailed(f"no such page: {url}")
        self._went_to = url
        return Effect(url, navigated=True)

    async def greet(self, max_tokens: int) -> Observation:
        """The same as `observe`."""
        return await self.observe(max_tokens)

    async def observe(self, max_tokens: int) -> Observation:
        """The page with the values that were put into it."""
        page = self.site.get(self.url, FakePage())
        elements = tuple(
            dataclasses.replace(element, value=self.values.get(element.ref, element.value))
            for element in page.elements
        )
        return Observation(self.url, page.title, elements, page.text, tabs=(self.url,))

    async def act(self, action: Action) -> Effect:
        """Perform an action on the page in memory."""
        ref = getattr(action, "ref", "")
        if pending := self.faults.get(ref):
            raise pending.pop(0)
        page = self.site[self.url]
        if ref and all(element.ref != ref for element in page.elements):
            raise ElementGone(ref, "the element has left the page")
        self.done.append(action)
        return await self._effect(action, ref, page)

    async def _effect(self, action: Action, ref: str, page: FakePage) -> Effect:
        match action:
            case Fill(_, value) | Type(_, value):
                self.values[ref] = value
                return Effect(self.url, changed=1, value=value)
            case Select(_, options):
                self.values[ref] = options[0]
                return Effect(self.url, changed=1, value=options[0])
            case Check():
                return Effect(self.url, changed=1)
            case WaitFor(text) if not text or text not in page.text:
                raise WaitFailed("nothing changes here")
            case Click() | Press() if ref in page.leads:
                return await self.navigate(urljoin(self.url, page.leads[ref]))
            case _:
                return Effect(self.url)

    async def extract(self, ref: str, kind: str, max_chars: int) -> Any:
        """The page's text; no things."""
        if kind == "things":
            return []
        return self.site[self.url].text[:max_chars]

    async def evaluate(self, expression: str) -> Any:
        """There is no JavaScript here."""
        return None

    async def snapshot(self, how: TakeSnapshot | None = None, key: bytes | None = None) -> Snapshot:
        """There are no bytes here. Raises `BadSnapshot`."""
        raise BadSnapshot("a page in memory has no bytes")

    async def restore(self, what: Restore, key: bytes | None = None) -> RestoreReport:
        """There are no bytes here. Raises `BadSnapshot`."""
        raise BadSnapshot("a page in memory has no bytes")

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def fake_hardware(
    site: Mapping[str, FakePage],
    launcher: FakeLauncher | None = None,
    faults: MutableMapping[str, list[Exception]] | None = None,
) -> Hardware:
    """Hardware whose sessions are fake and whose spaces show `site`."""

    async def prepare(session: FakeSession) -> FakeSpace:
        return FakeSpace(site, faults, session)

    return Hardware(launcher or FakeLauncher(), prepare)
