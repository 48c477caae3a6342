"""`abos snapshot take|show|render|restore` as a user runs them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abos.kernel.demo import DemoShop
from abos.snapshot import Snapshot

pytestmark = pytest.mark.timeout(600)  # many commands, of which each loads everything anew
ABOS = Path(sys.executable).with_name("abos")


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


class Person:
    """Somebody in a folder, with data folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._env = {
            **os.environ,
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder),
            "ABOS_LOCAL_ENABLED": "0",
            "COLUMNS": "80",
        }

    def abos(self, *args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(ABOS), "snapshot", *args],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self._env,
            cwd=self.folder,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, *args: str, code: int = 0) -> Any:
        return json.loads(self.abos(*args, "--json", code=code).stdout)

    def refused(self, *args: str, code: int = 2) -> str:
        error = self.abos(*args, code=code).stderr
        assert error.count("\n") == 1, error
        return error


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def picture_size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    return struct.unpack(">II", data[16:24])


def test_take_show_and_render(person: Person, shop: DemoShop) -> None:
    said = person.json("take", shop.url, "-o", "page.abos", "--boxes")
    data = (person.folder / "page.abos").read_bytes()
    snapshot = Snapshot.from_bytes(data)
    assert (said["url"], said["size"], said["sealed"], said["id"]) == (
        shop.url,
        len(data),
        False,
        "",
    )
    assert said["elements"] == snapshot.element_count == len(snapshot.columns.boxes) // 4
    shown = person.abos("show", "page.abos", "--text").stdout
    assert "Harbour Lane" in shown
    assert "PART" in shown
    assert max(map(len, shown.split("PART")[1].split("\n\n")[0].splitlines())) <= 80
    parts = {part["part"]: part for part in person.json("show", "page.abos")["page"]["parts"]}
    assert parts["boxes"]["rows"] == snapshot.element_count
    assert "responses" not in parts
    made = person.json("render", "page.abos", "-o", "page.png")
    assert made["report"]["state"] == "exact"
    assert picture_size(person.folder / "page.png") == (1280, 720)
    person.abos("render", "page.abos", "-o", "full.png", "--full")
    assert picture_size(person.folder / "full.png")[1] > 1000


def test_live_into_the_store_and_back_with_the_server_down(person: Person) -> None:
    with DemoShop() as shop:
        said = person.json("take", shop.url, "--keep", "home", "--live")
    assert said["sealed"]
    assert said["file"] == ""
    page = person.json("show", "home")["page"]
    assert page["sealed"]
    assert next(part["rows"] for part in page["parts"] if part["part"] == "responses") > 1
    report = person.json("restore", "home", "--network", "recorded", "--text")
    assert (report["state"], report["source"], report["missing"]) == ("exact", "recording", [])
    assert "Harbour Lane" in report["text"]
    words = person.abos("restore", said["id"][:10], "--mode", "inert").stdout
    assert words.startswith("exact")
    assert "snapshot" in words
    assert person.json("diff", "home", said["id"][:10])["same"]
    # Another person's key opens nothing of it.
    export = next(person.folder.rglob("vault.key"))
    export.unlink()
    export.with_name("vault.json").unlink()
    assert "sealed" in person.refused("restore", "home")
    assert "sealed" in person.refused("diff", "home", "home")
    assert "sealed" in person.json("show", "home")["page"]["unreadable"]


def test_a_page_that_is_another_one_now(person: Person) -> None:
    with DemoShop() as shop:
        person.abos("take", shop.url + "search?q=mug", "-o", "page.abos")
        shop.fail("/search", 503, 100)
        assert person.json("restore", "page.abos", code=1)["state"] == "diverged"
    assert "nothing listens" in person.refused("restore", "page.abos", code=1)
    assert "diverged" not in person.abos("restore", "page.abos", "--mode", "inert").stdout


def test_waiting_for_a_text(person: Person, shop: DemoShop) -> None:
    person.abos("take", shop.url, "-o", "page.abos", "--wait", "We use cookies")
    error = person.refused("take", shop.url, "-o", "no.abos", "--wait", "Nowhere to be seen", "--timeout", "0.5", code=1)  # fmt: skip
    assert "abos: " in error
    assert not (person.folder / "no.abos").exists()


def test_bad_input(person: Person, shop: DemoShop) -> None:
    assert "-o" in person.refused("take", shop.url)
    assert "http" in person.refused("take", "ftp://x/", "-o", "x.abos")
    assert "no such folder" in person.refused("take", shop.url, "-o", "no/x.abos")
    assert "no such file" in person.refused("render", "no.abos", "-o", "x.png")
    assert "no such folder" in person.refused("render", "no.abos", "-o", "no/x.png")
    (person.folder / "noise").write_bytes(os.urandom(500))
    (person.folder / "noise.live").write_bytes(b"ABOSLIVE" + os.urandom(500))
    for name in ("noise", "noise.live"):
        person.refused("restore", name)
        person.refused("render", name, "-o", "x.png")
        assert "unreadable" in person.abos("show", name).stdout
    assert not list(person.folder.glob("x.*"))
    person.refused("restore", "noise", "--mode", "dead")
