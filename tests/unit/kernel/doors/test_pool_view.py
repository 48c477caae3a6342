"""The tables of `abos pool`, as a person sees them."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console, RenderableType

from abos.kernel.doors.pool_view import duration, slot_table, statistics_view
from abos.pool import BrowserInfo, PoolStatistics, Reason, SlotInfo, Standing, State

LONG = SlotInfo(
    123,
    "a-very-long-site-name-indeed",
    "someone@example.com",
    State.QUARANTINED,
    5999.0,
    12,
    100,
    1234.0,
    2547813,
)
COLD = SlotInfo(4, "", "default", State.LEASED, 5.0, 1, None, None, None)


def drawn(what: RenderableType, width: int = 80) -> list[str]:
    console = Console(width=width, force_terminal=True, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(what)
    return [line.rstrip() for line in capture.get().splitlines()]


def statistics(**changes: Any) -> PoolStatistics:
    values: dict[str, Any] = {
        "slots": {State.READY: 4, State.LEASED: 0},
        "ready": {"shop": 4, "mail": 0},
        "waiting": 0,
        "hits": 0,
        "misses": 0,
        "refills": 0,
        "refill_failures": 0,
        "retirements": {},
        "refill_seconds": 0.0,
        "reuses": 0,
        "unclosed": 0,
        "browsers": (),
        "browser_retirements": {},
        "draining": (),
        "launches": 1,
        "last_refill_s": None,
        "last_error": "",
    }
    return PoolStatistics(**{**values, **changes})


def test_the_widest_numbers_fit_eighty_columns() -> None:
    head, quarantined, leased = drawn(slot_table({"2547812": [LONG], "1": [COLD]}))
    for word in ("KERNEL", "ID", "SITE", "PROFILE", "STATE", "AGE", "USES", "SCORE", "MB"):
        assert word in head.split()
    assert quarantined.split()[:2] == ["2547812", "123"]
    assert quarantined.endswith("quarantined  100 min    12    100  1234  2547813")
    assert "…" in quarantined
    assert leased.split() == ["1", "4", "-", "default", "leased", "5", "s", "1", "-", "-", "-"]


def test_one_kernel_needs_no_name() -> None:
    head, _ = drawn(slot_table({"2547812": [COLD]}))
    assert "KERNEL" not in head


def test_names_are_whole_where_there_is_room() -> None:
    assert LONG.site in "".join(drawn(slot_table({"1": [LONG]}), 120))


def test_no_slots() -> None:
    assert drawn(slot_table({"1": [], "2": []})) == ["no slots in use"]


def test_slots_are_in_order_of_site_and_number() -> None:
    rows = [LONG, COLD]
    assert [line.split()[0] for line in drawn(slot_table({"1": rows}))] == ["ID", "4", "123"]


def test_names_do_not_steer_the_terminal() -> None:
    evil = SlotInfo(1, "[red]\x1b[2J", ":smiley:", State.READY, 0.0, 0, 1, None, None)
    text = "\n".join(drawn(slot_table({"1": [evil]}), 200))
    assert "\x1b" not in text
    assert "[red]" in text
    assert ":smiley:" in text


def test_a_pool_that_has_done_nothing() -> None:
    lines = drawn(statistics_view({"7": statistics()}))
    assert lines[0] == "kernel 7"
    assert lines[1].split() == ["hit", "rate", "nothing", "acquired", "yet"]
    assert lines[2].split() == ["slots", "4", "ready"]
    assert lines[3].split() == ["ready", "shop", "4", "·", "mail", "0"]
    assert lines[5].split() == ["retired", "none"]


def test_a_pool_that_has_done_something() -> None:
    found = statistics(
        hits=39,
        misses=1,
        refills=4,
        refill_failures=2,
        refill_seconds=2.0,
        last_refill_s=0.25,
        retirements={Reason.USED: 3, Reason.EXPIRED: 1},
        browsers=(BrowserInfo(1, 42, "", Standing.CURRENT, 40, 1, 311.6, None),),
        draining=("shop", "mail"),
        waiting=1,
        last_error="shop: \x1b[31mrefused",
    )
    text = "\n".join(drawn(statistics_view({"7": found, "8": found})))
    for words in (
        "97.5%  39 of 40 acquires warm",
        "4, 500 ms each, the latest 250 ms, 2 failed",
        "3 used · 1 expired",
        "42 shared  current: 1 session, 40 served, 312 MB",
        "waiting     1 caller\n",
        "mail, shop",
        "shop:  [31mrefused",
        "kernel 8",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (99, "99 s"),
        (100, "2 min"),
        (5990, "100 min"),
        (6000, "1.7 h"),
        (400_000, "5 d"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
