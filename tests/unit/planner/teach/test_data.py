"""The teaching data: the lexicon's size, splits that do not leak, and questions with right answers."""

from __future__ import annotations

import random
from collections import Counter

from abos.planner.teach import asking, data, lexicon, made, pages, phrasing
from abos.planner.teach.records import Page, Part


def test_lexicon_has_two_hundred_intents_in_six_languages() -> None:
    table = lexicon.intents()
    assert len(table) >= 200
    assert all(
        len({"de", "fr", "es", "it", "pt", "nl", "pl"} & set(i.labels)) >= 6 for i in table.values()
    )
    assert all(i.nouns or i.wordings for i in table.values())


def test_wordings_mostly_avoid_the_label() -> None:
    for intent in lexicon.intents().values():
        labels = {lexicon.plain(x) for x in intent.labels["en"] if len(x) > 4}
        for wording in intent.wordings:
            assert lexicon.plain(wording) not in labels, intent.name


def test_every_slot_of_a_wording_can_be_filled() -> None:
    rng = random.Random(1)
    for intent in lexicon.intents().values():
        for wording in intent.wordings:
            assert "{" not in phrasing.filled(wording, rng)


def test_a_group_is_in_one_split_and_shares_are_as_stated() -> None:
    splits = Counter(data.split_of(f"made:{i}") for i in range(4000))
    assert data.split_of("fs:example.org") == data.split_of("fs:example.org")
    assert 0.75 < splits["train"] / 4000 < 0.85
    assert splits["calibrate"] > 300
    assert splits["test"] > 300


def test_excluded_pages_are_known_by_name() -> None:
    names = pages.excluded()
    assert len(names) > 400
    assert "html/6.html" in names


def test_questions_point_at_what_they_ask_for() -> None:
    page = Page("made", "g", "en", (
        Part({"role": "textbox", "name": "Your email"}, "email"),
        Part({"role": "textbox", "name": "Passcode"}, "password"),
        Part({"role": "button", "name": "Sign in"}, "login"),
    ))  # fmt: skip
    rows = list(asking.questions(page, 200, random.Random(3)))
    assert {tuple(r["answer"]) for r in rows} >= {(), (0,), (1,), (2,)}
    missing = [r for r in rows if not r["answer"]]
    assert 0.1 < len(missing) / len(rows) < 0.35
    for record in rows:
        assert all(0 <= a < len(record["candidates"]) for a in record["answer"])
        assert record["group"] == "g"


def test_some_candidates_lack_what_evaluation_files_lack() -> None:
    rng = random.Random(5)
    names = sorted(lexicon.intents())
    rows = [r for n in range(30) for r in asking.questions(made.page(n, names, rng), 3, rng)]
    fields = Counter(len(c) for r in rows for c in r["candidates"])
    assert fields[2] > sum(fields.values()) / 2
    assert sum(n for size, n in fields.items() if size > 2) > 0
