from __future__ import annotations

import json

import pytest

from abos.kernel.demo.shop.accounts import DEMO_ADDRESS, DEMO_EMAIL, DEMO_PASSWORD
from abos.kernel.demo.shop.cart import Cart, Line
from abos.kernel.demo.shop.errors import CannotOrder, EmailTaken
from abos.kernel.demo.shop.records import Order, Session
from abos.kernel.demo.shop.store import Limits, Store
from abos.kernel.demo.web.errors import StoreFull


def buy(store: Store, session: Session) -> Order:
    session.cart = Cart((Line("blue-mug", (("Size", "300 ml"),), 2),))
    session.address, session.delivery = DEMO_ADDRESS, "express"
    return store.place_order(session, "invoice")


def test_an_order_is_recorded_as_it_was_placed(store: Store) -> None:
    session, _ = store.session(None)
    order = buy(store, session)
    recorded = store.state()["orders"]
    assert json.loads(json.dumps(recorded)) == recorded
    assert recorded[0]["items"] == [
        {
            "product": "blue-mug",
            "name": "Blue Mug",
            "options": {"Size": "300 ml"},
            "qty": 2,
            "unit_price": 1450,
        }
    ]
    assert (order.number, order.total, order.name) == ("1001", 2900 + 995, "Ada Lovelace")
    assert order.placed_at == "2023-11-14T22:13:20.000+00:00"
    assert session.cart == Cart()
    assert buy(store, session).number == "1002"


def test_nothing_is_ordered_from_an_unfinished_checkout(store: Store) -> None:
    session, _ = store.session(None)
    with pytest.raises(CannotOrder, match="empty"):
        store.place_order(session, "invoice")
    session.cart = Cart((Line("blue-mug", (), 1),))
    with pytest.raises(CannotOrder, match="address"):
        store.place_order(session, "invoice")
    assert not store.orders


def test_orders_are_seen_by_their_own_visitor_and_account_only(store: Store) -> None:
    ada, _ = store.session(None)
    other, _ = store.session(None)
    again, _ = store.session(None)
    store.sign_in(ada, DEMO_EMAIL, DEMO_PASSWORD)
    buy(store, ada)
    assert store.orders_of(other) == ()
    store.sign_in(again, DEMO_EMAIL.upper(), DEMO_PASSWORD)
    assert [o.number for o in store.orders_of(again)] == ["1001"]


def test_passwords_are_checked_and_never_shown(store: Store) -> None:
    session, _ = store.session(None)
    assert store.sign_in(session, DEMO_EMAIL, "byron") is None
    assert session.account == ""
    store.register("Grace Hopper", "grace@example.com", "nanosecond", newsletter=True)
    with pytest.raises(EmailTaken):
        store.register("Grace Hopper", "GRACE@example.com", "nanosecond", newsletter=False)
    text = json.dumps(store.state())
    assert "nanosecond" not in text
    assert DEMO_PASSWORD not in text.replace("Lovelace", "")
    assert store.state()["newsletter"] == ["grace@example.com"]


def test_everything_is_bounded() -> None:
    limits = Limits(sessions=3, orders=2, accounts=2, newsletter=2, messages=2, uploads=2)
    store = Store(limits)
    for at in range(5):
        session, _ = store.session(None)
        buy(store, session)
        store.subscribe(f"{at}@example.com")
        store.receive_message("A", "a@example.com", "", "text", "")
        store.receive_upload(session, "a.txt", b"a", "attachment")
    state = store.state()
    assert len(state["sessions"]) == 3
    assert [o["number"] for o in state["orders"]] == ["1004", "1005"]
    assert [len(state[k]) for k in ("newsletter", "messages", "uploads")] == [2, 2, 2]
    store.register("Alan Turing", "alan@example.com", "enigma-1", newsletter=False)
    with pytest.raises(StoreFull):
        store.register("Kurt Gödel", "kurt@example.com", "incomplete", newsletter=False)


def test_reset_forgets_all_but_the_seed(store: Store) -> None:
    session, _ = store.session(None)
    buy(store, session)
    store.reset()
    state = store.state()
    assert [a["email"] for a in state["accounts"]] == [DEMO_EMAIL]
    assert state["orders"] == state["sessions"] == []
    assert buy(store, store.session(None)[0]).number == "1001"


def test_a_cookie_finds_its_session_again(store: Store) -> None:
    session, fresh = store.session(None)
    assert fresh
    assert store.session(session.id) == (session, False)
    assert store.session("made-up")[1]
