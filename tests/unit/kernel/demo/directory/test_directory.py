"""The directory's pages and forms, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from abos.kernel.demo.directory.app import _ROUTES, build_app
from abos.kernel.demo.directory.check import read_appointment, read_date
from abos.kernel.demo.directory.data import parse, seeded
from abos.kernel.demo.directory.query import find
from abos.kernel.demo.directory.store import Store
from abos.kernel.demo.web.control import CHANGES, Controls

WHAT = {"kind": "company", "name": "Zest & Co", "category": "Food"}
WHERE = {
    "street": "1 New Road",
    "town": "Elmsted",
    "postcode": "MV5 1AC",
    "phone": "01632 960999",
    "email": "hello@zest.example",
}
DETAILS = {
    "since_day": "29",
    "since_month": "02",
    "since_year": "2024",
    "hours": "every day",
    "languages": "Welsh",
    "terms": "1",
}
LETTER = {
    "name": "Ada",
    "email": "ada@example.com",
    "subject": "Prices",
    "message": "How much?",
    "reply": "email",
}
VISIT = {
    "name": "Ada",
    "email": "ada@example.com",
    "topic": "New entry",
    "day": "24/11/2026",
    "time": "09:30",
}


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def visitor(store: Store, controls: Controls, browse: Callable[[Any], Any]) -> Any:
    return browse(build_app(store, controls))


@pytest.fixture
async def clerk(visitor: Any) -> Any:
    await visitor.post("/sign-in", email="clerk@example.com", password="registry")
    return visitor


@pytest.mark.parametrize(
    "path", [path.replace("{number}", "102") for method, path in _ROUTES if method == "GET"]
)
async def test_every_page_answers_a_newcomer(visitor: Any, store: Store, path: str) -> None:
    assert (await visitor.get(path)).status in (200, 303)
    assert not store.errors


def test_seeds_facets_order_and_pages() -> None:
    assert len(seeded()) == 47
    with pytest.raises(ValueError, match="unknown kind"):
        parse("shop | A | B | C | Elmsted | D | E | F | G | weekdays | H")
    found = find(seeded(), {"kind": "company", "town": "Coldwater"})
    assert [entry.name for entry in found.entries] == [
        "Amberley Bakery",
        "Coldwater Cycles",
        "Larkspur Flowers",
    ]
    assert found.facets["category"] == {"Food": 1, "Retail": 2}
    oldest = find(seeded(), {"sort": "since"}).entries[0]
    assert oldest.name == "Registry of Births"
    assert find(seeded(), {"sort": "since", "order": "down"}).entries[0].name == "Jansen, Marieke"
    assert find(seeded(), {"letter": "q"}).entries[0].name == "Quayside Hotel"
    assert find(seeded(), {"q": "wedding photographs"}).total == 0
    assert find(seeded(), {"page": "2", "kind": "company"}).number == 2


async def test_a_company_registers_in_four_steps(visitor: Any, store: Store) -> None:
    await visitor.get("/register")
    assert (await visitor.post("/register?step=1", **WHAT)).status == 303
    assert "Enter the street" in (await visitor.post("/register?step=2", town="Elmsted")).text
    assert (await visitor.post("/register?step=4")).status == 422
    await visitor.post("/register?step=2", **WHERE)
    await visitor.post("/register?step=3", **DETAILS)
    assert "Zest &amp; Co" in (await visitor.get("/register?step=4")).text
    done = await visitor.post("/register?step=4")
    assert done.headers["location"] == "/entry/501"
    entry = store.state()["entries"]["501"]
    assert (entry["since"], entry["languages"]) == ("2024-02-29", ("Welsh",))
    assert (await visitor.post("/register?step=4")).status == 422
    assert not store.errors


async def test_letters_and_appointments_are_kept(visitor: Any, store: Store) -> None:
    await visitor.post("/entry/102/contact", **LETTER)
    await visitor.post("/appointment", **VISIT)
    assert store.state()["letters"][0]["to"] == 102
    assert store.state()["appointments"][0]["day"] == "2026-11-24"
    bad = await visitor.post("/entry/102/contact", **{**LETTER, "reply": "phone", "message": ""})
    assert bad.status == 422
    assert "telephone number" in bad.text
    assert len(store.letters) == 1


async def test_only_clerks_change_and_delete(visitor: Any, store: Store) -> None:
    for path in ("/entry/102/edit", "/entry/102/delete"):
        assert (await visitor.post(path, sure="1")).headers["location"] == "/sign-in"
    assert "102" in store.state()["entries"]
    signed = await visitor.post("/sign-in", email="clerk@example.com", password="registry")
    assert signed.headers["location"] == "/entry/102/delete"


async def test_clerks_change_and_delete(clerk: Any, store: Store) -> None:
    values = {**WHAT, **WHERE, "hours": "weekends", "text": "x"}
    await clerk.post("/entry/102/edit", **values)
    assert store.state()["entries"]["102"]["name"] == "Zest & Co"
    assert (await clerk.post("/entry/102/edit", **{**values, "postcode": "?"})).status == 422
    assert (await clerk.post("/entry/103/delete")).headers["location"] == "/entry/103/delete"
    await clerk.post("/entry/103/delete", sure="1")
    assert "103" not in store.state()["entries"]
    assert (await clerk.get("/entry/103")).status == 404
    assert not store.errors


def test_days_that_do_not_exist_or_are_weekends() -> None:
    assert read_date({"d_year": "2025", "d_month": "02", "d_day": "29"}, "d") is None
    for day in ("31/02/2026", "tomorrow", "", "22/11/2026"):
        _, errors = read_appointment({**VISIT, "day": day})
        assert set(errors) == {"day"}


async def test_each_change_of_the_pages_shows(visitor: Any, controls: Controls) -> None:
    async def pages() -> list[str]:
        return [(await visitor.get(path)).text for path in ("/entries", "/entry/102/contact")]

    before = await pages()
    for name in CHANGES:
        controls.change(name)
        assert await pages() != before, name
        controls.change(name, on=False)
        assert await pages() == before
