"""`abos snapshot` as a user runs it: output, exit codes, hints."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abos.kernel.doors.cli import main
from abos.kernel.doors.terminal import age, size
from abos.snapshot.codec import encode
from abos.snapshot.columns import Columns, Kind, Page
from abos.snapshot.store import Labels, SnapshotStore

NONE = np.array([], "u4")


def page() -> bytes:
    """A page with one paragraph."""
    return encode(
        Columns(
            page=Page("https://shop/", "Shop", 5.0, True, 800.0, 600.0, 1.0, 0.0, 0.0, -1, -1, -1),
            strings=("", "p", "Hello \x1b[31mworld"),
            parent=np.array([-1, 0, 1], "i4"),
            kind=np.array([Kind.DOCUMENT, Kind.ELEMENT, Kind.TEXT], "u1"),
            label=np.array([0, 1, 2], "u4"),
            attr_count=np.array([0, 0, 0], "u4"),
            attrs=NONE,
            boxes=np.array([], "f4"),
            hidden=NONE,
            state_node=NONE,
            state_field=np.array([], "u1"),
            state_value=np.array([], "i4"),
            scroll_node=NONE,
            scroll_xy=np.array([], "f4"),
            selection=np.array([], "i4"),
            sheet_node=NONE,
            sheet_flags=np.array([], "u1"),
            sheet_texts=NONE,
            mark_node=NONE,
            mark_kind=np.array([], "u1"),
            mark_value=NONE,
        )
    )


PAGE = hashlib.sha256(page()).hexdigest()
DELTA = hashlib.sha256(b"delta").hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def filled() -> None:
        async with SnapshotStore(tmp_path / "s") as store:
            labels = Labels(name="cart", url="https://shop/", title="\x1b[2JShop", pid=3)
            await store.put(page(), labels)
            await store.put(b"delta", Labels(base=PAGE))

    asyncio.run(filled())
    return tmp_path / "s"


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(folder.parent)  # no abos.toml here
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*args: str, store: bool = True) -> tuple[int, str, str]:
        where = ["--store", str(folder)] if store else []
        monkeypatch.setattr(sys, "argv", ["abos", "snapshot", *args, *where])
        with pytest.raises(SystemExit) as ended:
            main()
        done = capsys.readouterr()
        return int(ended.value.code or 0), done.out, done.err

    return ran


def told(run: Run, *args: str) -> Any:
    code, out, err = run(*args, "--json")
    assert code == 0, err
    return json.loads(out)


def test_ls(run: Run) -> None:
    code, out, _ = run("ls")
    assert code == 0
    assert PAGE[:12] in out
    assert "cart" in out
    assert "\x1b" not in out
    rows = told(run, "ls")
    assert {row["id"] for row in rows} == {PAGE, DELTA}
    assert [row["id"] for row in told(run, "ls", "--name", "cart")] == [PAGE]
    assert [row["id"] for row in told(run, "ls", "--url", "https://shop")] == [PAGE]
    assert len(told(run, "ls", "--limit", "1")) == 1


@pytest.mark.parametrize("which", [PAGE, PAGE[:8], "cart"])
def test_show(run: Run, which: str) -> None:
    found = told(run, "show", which, "--text")
    assert (found["id"], found["name"], found["tier"]) == (PAGE, "cart", "warm")
    assert found["page"]["page_title"] == "Shop"
    assert (found["page"]["nodes"], found["page"]["elements"]) == (3, 1)
    assert found["page"]["text"] == "Hello \x1b[31mworld"
    code, out, _ = run("show", which, "--text")
    assert code == 0
    assert "Hello" in out
    assert "\x1b" not in out


def test_show_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "page.bin").write_bytes(page())
    found = told(run, "show", str(tmp_path / "page.bin"))
    assert found["page"]["elements"] == 1


def test_show_what_is_no_page(run: Run) -> None:
    found = told(run, "show", DELTA)
    assert found["base"] == PAGE
    assert "unreadable" in found["page"]


def test_rm(run: Run) -> None:
    code, _, err = run("rm", "cart")
    assert code == 1
    assert "base of 1" in err
    assert "Remove those first" in err
    assert told(run, "rm", DELTA[:9], "cart") == [DELTA, PAGE]
    assert told(run, "ls") == []


def test_pin(run: Run) -> None:
    assert told(run, "pin", "cart")["pinned"]
    assert "pinned" in run("ls")[1]
    assert not told(run, "pin", "cart", "--off")["pinned"]


def test_gc(run: Run) -> None:
    done = told(run, "gc")
    assert (done["moved"], done["dropped"]) == (0, 0)
    assert done["warm_bytes"] == len(page()) + 5
    assert "0 dropped" in run("gc")[1]


def test_verify(run: Run, folder: Path) -> None:
    assert told(run, "verify")["checked"] == 2
    path = folder / "warm.1.sqlite"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"delta", b"DELTA"))
    code, out, _ = run("verify")
    assert code == 1
    assert f"damaged {DELTA}" in out
    assert told(run, "verify")["clean"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["show", "0" * 64], "abos snapshot ls"),
        (["show", "abc"], "hexadecimal"),
        (["rm"], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_hint(run: Run, args: list[str], words: str) -> None:
    code, out, err = run(*args)
    assert code == 2
    assert words in err
    assert out == ""


def test_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    code, _, err = run("ls", "--store", str(tmp_path / "none"), store=False)
    assert code == 2
    assert "no such folder" in err


def test_the_folder_and_the_bounds_come_from_the_configuration(run: Run, folder: Path) -> None:
    toml = folder.parent / "abos.toml"
    toml.write_text(
        f"[kernel]\nsnapshots = '{folder}'\n[store.warm]\nmax_bytes = 1\nmax_age_s = 9\n"
    )
    code, out, err = run("gc", "--json", store=False)
    assert code == 0, err
    assert json.loads(out)["moved"] == 2
    toml.write_text("[store.warm]\nmax_bytes = 0\nmax_age_s = 9.0\n")
    code, _, err = run("gc", store=False)
    assert code == 2
    assert "store.warm" in err


def test_words_for_people() -> None:
    assert [size(n) for n in (0, 1023, 1024, 1536 * 1024, 5 * 1024**4)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 MiB",
        "5120.0 GiB",
    ]
    assert [age(s) for s in (-1, 59, 60, 7200, 200000)] == ["0 s", "59 s", "1 min", "2 h", "2 d"]
