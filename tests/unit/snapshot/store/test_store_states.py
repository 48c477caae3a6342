"""The store against a dictionary: whatever happens in whatever order, nothing is lost or mixed up."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from abos.snapshot import SnapshotNeeded, StoreFull, UnknownSnapshot
from abos.snapshot.store import Labels, SnapshotStore, StoreConfig, Tier, TierConfig

CONFIG = StoreConfig(
    hot=TierConfig(300, 30.0),
    warm=TierConfig(600, 100.0),
    cold=TierConfig(1200, 1000.0),
    half_life_s=50.0,
    collect_every_s=math.inf,
)


@dataclass
class Known:
    data: bytes
    created: float
    name: str
    base: str
    pinned: bool = False


class StoreMachine(RuleBasedStateMachine):
    """Every store is opened on the same folder; the second is another process's view."""

    def __init__(self) -> None:
        super().__init__()
        logging.getLogger("abos.snapshot").setLevel(logging.CRITICAL)
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "0"
        self.now = 1000.0
        self.model: dict[str, Known] = {}
        self.runner = asyncio.Runner()
        self.opened: list[SnapshotStore] = []
        self.store = self.open()
        self.other = self.open()

    def open(self) -> SnapshotStore:
        store = SnapshotStore(self.folder, CONFIG, clock=lambda: self.now)
        self.opened.append(store)
        return self.runner.run(store.__aenter__())

    def pick(self, number: int) -> str:
        return sorted(self.model)[number % len(self.model)]

    def held(self) -> int:
        return sum(len(known.data) for known in self.model.values())

    @rule(
        seed=st.integers(0, 30),
        size=st.sampled_from([0, 1, 90, 250, 700, 1300]),
        name=st.sampled_from(["", "", "", "cart"]),
        base=st.one_of(st.none(), st.integers(0, 30)),
        elsewhere=st.booleans(),
    )
    def put(self, seed: int, size: int, name: str, base: int | None, elsewhere: bool) -> None:
        data = (hashlib.sha256(b"%d" % seed).digest() * 50)[:size]
        key = hashlib.sha256(data).hexdigest()
        on = self.pick(base) if base is not None and self.model else ""
        old = self.model.get(key)
        if on == key and not old:
            on = ""
        store = self.other if elsewhere else self.store
        try:
            assert self.runner.run(store.put(data, Labels(name=name, base=on))) == key
        except StoreFull:
            assert size > CONFIG.cold.max_bytes or name
            return
        if old:
            name, on = name or old.name, old.base
        self.model[key] = Known(data, self.now, name, on, bool(old and old.pinned))

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 99), digits=st.sampled_from([20, 64]), elsewhere=st.booleans())
    def get(self, number: int, digits: int, elsewhere: bool) -> None:
        key = self.pick(number)
        store = self.other if elsewhere else self.store
        assert self.runner.run(store.get(key[:digits])) == self.model[key].data

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 99), pinned=st.booleans())
    def pin(self, number: int, pinned: bool) -> None:
        key = self.pick(number)
        try:
            self.runner.run(self.store.pin(key) if pinned else self.store.unpin(key))
        except StoreFull:
            assert pinned
            return
        self.model[key].pinned = pinned

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 99))
    def remove(self, number: int) -> None:
        key = self.pick(number)
        needed = any(known.base == key for known in self.model.values())
        try:
            self.runner.run(self.store.remove(key))
        except SnapshotNeeded:
            assert needed
            return
        assert not needed
        del self.model[key]
        try:
            self.runner.run(self.store.get(key))
        except UnknownSnapshot:
            return
        raise AssertionError("a removed snapshot was read")

    @rule(seconds=st.sampled_from([1.0, 40.0, 150.0, 600.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(elsewhere=st.booleans())
    def collect(self, elsewhere: bool) -> None:
        store = self.other if elsewhere else self.store
        held = self.held()
        self.runner.run(store.collect())
        left = {entry.id for entry in self.runner.run(store.find())}
        for key in self.model.keys() - left:
            known = self.model[key]
            old = self.now - known.created > CONFIG.cold.max_age_s
            assert not known.pinned
            assert old or (held > CONFIG.cold.max_bytes and not known.name)
        self.model = {key: known for key, known in self.model.items() if key in left}
        assert store.statistics().warm.bytes <= CONFIG.warm.max_bytes

    @rule()
    def reopen(self) -> None:
        self.runner.run(self.store.__aexit__(None, None, None))
        self.opened.remove(self.store)
        self.store = self.open()

    @rule()
    def crash(self) -> None:
        """Go on with what a kill at this moment would leave on the disk."""
        fresh = self.root / str(int(self.folder.name) + 1)
        shutil.copytree(self.folder, fresh, ignore=shutil.ignore_patterns("*-shm"))
        self.close()
        self.folder = fresh
        self.store, self.other = self.open(), self.open()

    @invariant()
    def all_is_there(self) -> None:
        entries = {str(entry.id): entry for entry in self.runner.run(self.store.find())}
        assert entries.keys() == self.model.keys()
        for key, known in self.model.items():
            labels = entries[key].labels
            assert (labels.name, labels.base, labels.pinned) == (
                known.name,
                known.base,
                known.pinned,
            )
            assert not known.base or known.base in self.model, "a delta lost its base"
        assert self.store.statistics().hot.bytes <= CONFIG.hot.max_bytes
        lying = {entry.id for entry in entries.values() if entry.tier is Tier.COLD}
        files = {path.name for path in (self.folder / "objects").rglob("*") if path.is_file()}
        assert files == lying

    def close(self) -> None:
        for store in self.opened:
            self.runner.run(store.__aexit__(None, None, None))
        self.opened.clear()

    def teardown(self) -> None:
        report = self.runner.run(self.store.verify())
        assert report.clean
        assert report.checked == len(self.model)
        self.close()
        self.runner.close()
        shutil.rmtree(self.root)


StoreMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
TestStore = StoreMachine.TestCase
