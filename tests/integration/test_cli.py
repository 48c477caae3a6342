"""The command line as a user runs it: output, exit codes, interrupts, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from abos.kernel.demo import DemoShop

pytestmark = pytest.mark.timeout(600)  # many commands, of which each loads everything anew
ABOS = Path(sys.executable).with_name("abos")


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


def abos(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ABOS), *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **env},
    )


def test_version() -> None:
    done = abos("version", "--json")
    assert json.loads(done.stdout)["abos"]


def test_run_shows_steps_and_deciders(shop: DemoShop) -> None:
    done = abos("run", "search for blue mug, open the first result", "--url", shop.url)
    assert done.returncode == 0, done.stderr
    assert "Blue Mug" in done.stdout
    assert "exact" in done.stdout
    assert "done in" in done.stdout


def test_run_in_json_is_one_event_a_line(shop: DemoShop) -> None:
    done = abos("run", "search for blue mug", "--url", shop.url, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "RunStarted"
    assert events[-1]["event"] == "RunFinished"
    assert events[-1]["result"]["ok"]


def test_open_prints_the_view(shop: DemoShop) -> None:
    done = abos("open", shop.url)
    assert done.returncode == 0
    assert 'link "Sign in" [ref=e' in done.stdout


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("run", "find a nice gift", "--url", "SHOP"), 1, "cloud model"),
        (("run", "  ", "--url", "SHOP"), 2, "empty"),
        (("run", "click x", "--url", "ftp://x/"), 2, "not an http(s) address"),
        (("open", "http://no-such-host.invalid/"), 1, "does not resolve"),
        (("open", "http://127.0.0.1:9/"), 1, "refus"),
        (("open",), 2, "Missing argument"),
        (("nonsense",), 2, "No such command"),
        (("demo-site", "--port", "99999"), 2, "port"),
        (("demo-site", "--delay-ms", "99999999"), 2, "delay"),
        (("open", "SHOP", "--config", "/nonexistent.toml"), 2, "no such configuration"),
    ],
)
def test_failures_are_one_line_without_a_traceback(
    shop: DemoShop, args: tuple[str, ...], code: int, words: str
) -> None:
    done = abos(*(shop.url if each == "SHOP" else each for each in args))
    said = done.stderr + done.stdout
    assert done.returncode == code, said
    assert words in " ".join(said.split())
    assert "Traceback" not in said


def test_a_taken_port_is_one_line(shop: DemoShop) -> None:
    done = abos("demo-site", "--port", str(shop.port))
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_page_says_does_not_steer_the_terminal(shop: DemoShop) -> None:
    done = abos("run", 'search for "\x1b[31mred :smiley:"', "--url", shop.url)
    assert "\x1b" not in done.stdout
    assert ":smiley:" in done.stdout


def test_a_broken_process_file_does_not_break_ps(tmp_path: Path) -> None:
    folder = tmp_path / "abos"
    folder.mkdir(mode=0o700)
    (folder / f"{os.getpid()}.x.json").write_text("{}")
    done = abos("ps", "--json", XDG_RUNTIME_DIR=str(tmp_path))
    assert done.stdout.strip() == "[]"


def test_a_browser_that_will_not_start_is_one_line(shop: DemoShop) -> None:
    done = abos("open", shop.url, ABOS_CHROMIUM="/bin/false")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_ps_lists_what_runs_elsewhere_and_ctrl_c_leaves_nothing(shop: DemoShop) -> None:
    running = subprocess.Popen(
        [str(ABOS), "run", 'wait for "never shown"', "--url", shop.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        rows = _eventually(lambda: _living(running.pid))
        assert rows[0]["site"] in shop.url
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) > 2
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process of the job
        _, said = running.communicate(timeout=60)
        assert running.returncode == 130
        assert "Traceback" not in said
        _, alive = psutil.wait_procs(children, timeout=30)
        assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]
    finally:
        running.kill()
        running.communicate()
    assert not _living(running.pid)


def _living(kernel: int) -> list[dict[str, Any]]:
    rows = json.loads(abos("ps", "--json").stdout)
    return [row for row in rows if row["kernel"] == kernel and row["state"] != "new"]


def _eventually(look: object, seconds: float = 60) -> list[dict[str, Any]]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found: list[dict[str, Any]] = look()  # type: ignore[operator]
        if found:
            return found
    raise AssertionError("it never happened")


def test_profiles_are_imported_listed_exported_and_removed(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"cookies": [], "origins": []}')
    env = {"ABOS_KERNEL_PROFILES": str(tmp_path / "profiles")}
    assert abos("profile", "import", "ada", str(state), **env).returncode == 0
    assert json.loads(abos("profile", "ls", "--json", **env).stdout)[0]["name"] == "ada"
    assert json.loads(abos("profile", "export", "ada", **env).stdout)["cookies"] == []
    assert abos("profile", "rm", "ada", **env).returncode == 0
    gone = abos("profile", "export", "ada", **env)
    assert gone.returncode == 1
    assert "Traceback" not in gone.stderr
