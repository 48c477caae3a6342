"""The tracker's server: what its scripts may ask for, and what it remembers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from abos.kernel.demo.tracker.app import build_app
from abos.kernel.demo.tracker.data import PEOPLE, parse, seeded
from abos.kernel.demo.tracker.query import PAGE_SIZE, find
from abos.kernel.demo.tracker.store import Store
from abos.kernel.demo.web.control import CHANGES, Controls


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def visitor(store: Store, controls: Controls, browse: Callable[[Any], Any]) -> Any:
    return browse(build_app(store, controls))


@pytest.fixture
async def mira(visitor: Any) -> Any:
    await visitor.send("POST", "/api/sign-in", {"email": "mira@example.com", "password": "kestrel"})
    return visitor


def test_the_seeded_tickets_name_known_people_only() -> None:
    names = {person.name for person in PEOPLE} | {""}
    assert len(seeded()) == 42
    assert {ticket.assignee for ticket in seeded()} <= names
    assert {comment.author for ticket in seeded() for comment in ticket.comments} <= names
    with pytest.raises(ValueError, match="unknown status"):
        parse("A | Odd | Low | | | Guest | text")


def test_filters_search_order_and_pages() -> None:
    everything = find(seeded(), {})
    assert (everything.total, everything.pages) == (42, 4)
    assert everything.tickets[0].key == "KT-42"
    assert len(everything.tickets) == PAGE_SIZE
    assert find(seeded(), {"page": "99"}).number == 4
    urgent = find(seeded(), {"priority": "Urgent", "status": "not closed"})
    assert [ticket.key for ticket in urgent.tickets] == ["KT-12", "KT-6"]
    assert find(seeded(), {"assignee": "me"}, "Mira Novak").total == 6
    assert find(seeded(), {"assignee": "me"}).total == 0
    assert all(not ticket.assignee for ticket in find(seeded(), {"assignee": "nobody"}).tickets)
    assert [t.key for t in find(seeded(), {"q": "dark theme"}).tickets] == ["KT-3"]
    assert [t.key for t in find(seeded(), {"q": "kt-9"}).tickets] == ["KT-9"]
    assert find(seeded(), {"sort": "priority"}).tickets[0].priority == "Urgent"
    assert find(seeded(), {"sort": "title"}).tickets[0].title == "Add a dark theme"


async def test_a_guest_writes_changes_and_comments(visitor: Any, store: Store) -> None:
    wanted = {"title": " New ", "priority": "High", "labels": ["bug", "nonsense"]}
    made = await visitor.send("POST", "/api/tickets", wanted)
    assert made["key"] == "KT-43"
    assert (made["title"], made["labels"], made["reporter"]) == ("New", ["bug"], "Guest")
    await visitor.send("PATCH", "/api/tickets/KT-43", {"status": "Closed", "number": 7})
    await visitor.send("POST", "/api/tickets/KT-43/comments", {"text": "Done."})
    kept = store.state()["tickets"]["KT-43"]
    assert (kept["status"], kept["number"]) == ("Closed", 43)
    assert kept["comments"] == ({"author": "Guest", "text": "Done."},)


@pytest.mark.parametrize(
    ("method", "path", "sent", "says"),
    [
        ("POST", "/api/tickets", {"description": "x"}, "title"),
        ("PATCH", "/api/tickets/KT-1", {"status": "Odd"}, "Odd is no status"),
        ("PATCH", "/api/tickets/KT-99", {"status": "Open"}, "no such ticket"),
        ("POST", "/api/tickets/KT-1/comments", {"text": " "}, "Write something"),
        ("DELETE", "/api/tickets/KT-1", None, "Sign in"),
        ("PUT", "/api/tickets/KT-1/watch", {"on": True}, "Sign in"),
        ("POST", "/api/sign-in", {"email": "mira@example.com", "password": "no"}, "wrong"),
        ("PUT", "/api/settings", {"digest": "hourly"}, "digest"),
    ],
)
async def test_refusals_say_why(
    visitor: Any, store: Store, method: str, path: str, sent: Any, says: str
) -> None:
    before = store.state()["tickets"]
    assert says in (await visitor.send(method, path, sent))["error"]
    assert store.state()["tickets"] == before


async def test_signed_in_people_delete_watch_and_have_settings(mira: Any, store: Store) -> None:
    await mira.send("PUT", "/api/tickets/KT-2/watch", {"on": True})
    await mira.send("POST", "/api/bulk", {"keys": ["KT-41", "KT-42"], "delete": True})
    await mira.send("POST", "/api/bulk", {"keys": ["KT-3"], "change": {"assignee": "Tom Okafor"}})
    await mira.send("PUT", "/api/settings", {"mentions": False, "digest": "daily"})
    state = store.state()
    assert state["tickets"]["KT-2"]["watchers"] == ("Mira Novak",)
    assert state["tickets"]["KT-3"]["assignee"] == "Tom Okafor"
    assert len(state["tickets"]) == 40
    assert state["settings"]["Mira Novak"]["digest"] == "daily"
    assert {"who": "Mira Novak", "ticket": "KT-42", "what": "deleted"} in state["log"]
    store.reset()
    assert len(store.state()["tickets"]) == 42


async def test_every_address_is_the_same_document(visitor: Any, controls: Controls) -> None:
    pages = {(await visitor.get(path)).text for path in ("/", "/tickets/KT-1", "/settings")}
    assert len(pages) == 1
    script = pages.pop().split('type="module" src="')[1].split('"')[0]
    assert "immutable" in (await visitor.get(script)).headers["cache-control"]
    assert (await visitor.get("/static/dom.js")).headers["cache-control"] == "no-cache"
    for name in CHANGES:
        controls.change(name)
    assert (await visitor.send("GET", "/api/about"))["changes"] == sorted(CHANGES)
    assert (await visitor.send("GET", "/api/tickets"))["tickets"][0]["number"] == 1
