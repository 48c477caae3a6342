"""The control socket under well-behaved, slow, loud and broken peers."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abos.kernel.control import Bounds, ControlServer, KernelSocket, call
from abos.kernel.control.protocol import MAX_REQUEST, decode_reply, encode_request
from abos.kernel.errors import AbosError, KernelSilent, NoKernel, Refused

from .conftest import Serve, serving

QUICK = Bounds(connections=4, read_s=0.2, perform_s=0.2, write_s=0.2)


def connect(at: KernelSocket) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(10)
    line.connect(str(at.path))
    return line


def everything(line: socket.socket) -> bytes:
    """What comes until the server closes; it must, in time."""
    reply = b""
    try:
        while chunk := line.recv(65536):
            reply += chunk
    except ConnectionResetError:  # it closed with bytes unread
        pass
    return reply


def test_a_request_and_its_reply(serve: Serve) -> None:
    with serve() as at:
        assert call(at, "echo", {"site": "shop"}) == {"site": "shop"}


def test_the_socket_is_the_users_alone_and_goes_with_its_server(serve: Serve) -> None:
    with serve() as at:
        mode = at.path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        assert stat.S_IMODE(at.path.parent.stat().st_mode) == 0o700
        assert list(at.path.parent.iterdir()) == [at.path]
    assert not list(at.path.parent.iterdir())
    with pytest.raises(NoKernel):
        call(at, "echo")


def test_an_unknown_command_says_what_is_known(serve: Serve) -> None:
    with serve() as at, pytest.raises(Refused) as caught:
        call(at, "reboot")
    assert caught.value.kind == "UnknownCommand"
    assert "break, echo, fail, flood, hang" in str(caught.value)


def test_what_a_command_raises_arrives(serve: Serve) -> None:
    with serve() as at:
        with pytest.raises(Refused, match="the shelf is full") as caught:
            call(at, "fail")
        assert (caught.value.kind, caught.value.hint) == ("TooBusy", "Wait.")
        with pytest.raises(Refused, match="no space"):
            call(at, "break")
        assert call(at, "echo") == {}


def test_a_command_that_hangs_is_given_up(serve: Serve) -> None:
    with serve(bounds=QUICK) as at, pytest.raises(Refused) as caught:
        call(at, "hang")
    assert caught.value.kind == "DeadlinePassed"


def test_a_server_that_hangs_is_given_up(serve: Serve) -> None:
    with serve() as at, pytest.raises(KernelSilent, match=r"within 0\.1 s"):
        call(at, "hang", timeout_s=0.1)


def test_a_slow_client_is_given_up(serve: Serve) -> None:
    with serve(bounds=QUICK) as at:
        with connect(at) as line:
            line.sendall(b'{"version": 1')
            with pytest.raises(Refused, match="no whole request"):
                decode_reply(everything(line))
        assert call(at, "echo") == {}


def test_dripping_bytes_do_not_prolong_the_deadline(serve: Serve) -> None:
    with serve(bounds=QUICK) as at:
        with connect(at) as line, pytest.raises(OSError, match=r"ipe|reset"):
            drip(line)
        assert call(at, "echo") == {}


def drip(line: socket.socket) -> None:
    for _ in range(2000):
        line.sendall(b" ")
        time.sleep(0.01)


def test_a_client_that_does_not_read_is_given_up(serve: Serve) -> None:
    with serve(bounds=Bounds(connections=1, write_s=0.2)) as at, connect(at) as line:
        line.sendall(encode_request("flood", {}))
        line.recv(1)
        assert eventually(lambda: answers(at))  # the only connection became free
        assert len(everything(line)) < 4_000_000


def answers(at: KernelSocket) -> bool:
    try:
        return bool(call(at, "echo") == {})
    except Refused as error:
        return error.kind != "TooBusy"


def eventually(look: object, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


def test_a_long_reply_arrives_whole(serve: Serve) -> None:
    with serve() as at:
        assert len(call(at, "flood")) == 4_000_000


def test_no_reply_is_cut_off_before_a_slow_reader_has_it(serve: Serve) -> None:
    with serve() as at:
        for size in range(150_000, 350_000, 20_000):  # around what the system buffers
            with connect(at) as line:
                line.sendall(encode_request("flood", {"size": size}))
                time.sleep(0.02)
                assert len(decode_reply(everything(line))) == size


@pytest.mark.parametrize("size", [MAX_REQUEST + 1, 40 * MAX_REQUEST])
def test_a_request_too_long_is_refused(serve: Serve, size: int) -> None:
    with serve() as at:
        with connect(at) as line:
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(b" " * size)
            with pytest.raises(Refused, match="at most 65536 bytes"):
                decode_reply(everything(line))
        assert call(at, "echo") == {}


def test_the_longest_request_is_served(serve: Serve) -> None:
    spare = MAX_REQUEST - len(encode_request("echo", {"site": ""}))
    with serve() as at:
        assert len(call(at, "echo", {"site": "x" * spare})["site"]) == spare


def test_more_connections_than_there_may_be_are_turned_away(serve: Serve) -> None:
    with serve(bounds=Bounds(connections=2)) as at:
        with connect(at), connect(at):
            assert eventually(lambda: not answers(at))
        assert eventually(lambda: answers(at))


def test_another_user_is_turned_away(serve: Serve) -> None:
    with serve(owner=os.getuid() + 1) as at, pytest.raises(Refused) as caught:
        call(at, "echo")
    assert caught.value.kind == "NotPermitted"


@pytest.mark.parametrize("steps", range(6))
async def test_silent_peers_are_cut_off_when_the_server_ends(tmp_path: Path, steps: int) -> None:
    server = ControlServer({}, tmp_path / "abos")
    running = asyncio.create_task(server.run())
    while not server.path.exists():
        await asyncio.sleep(0.001)
    with connect(KernelSocket(server.path, os.getpid())) as line:
        line.sendall(b"{")
        for _ in range(steps):  # until it is accepted, or half so, or not yet
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await asyncio.to_thread(everything, line) == b""


def test_a_folder_that_is_not_private_costs_the_socket_alone(tmp_path: Path) -> None:
    shared = tmp_path / "abos"
    shared.mkdir()
    shared.chmod(0o777)
    with serving(shared) as at:
        assert not at.path.exists()
    assert not list(shared.iterdir())


def test_a_folder_that_cannot_be_made_costs_the_socket_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serving(tmp_path / "file" / "abos") as at:
        assert not at.path.exists()


def test_a_path_longer_than_a_socket_allows(tmp_path: Path) -> None:
    with serving(tmp_path / ("x" * 120) / "abos") as at:
        assert call(at, "echo", {"a": 1}) == {"a": 1}
    assert not at.path.exists()


# ---- anything at all ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelSocket]:
    bounds = Bounds(connections=4, read_s=0.05, perform_s=0.05, write_s=0.05)
    with serving(tmp_path_factory.mktemp("any") / "abos", bounds) as at:
        yield at


REQUESTS = st.sampled_from(["echo", "fail", "break", "hang", "flood", "?"]).map(
    lambda name: encode_request(name, {"a": 1})
)
PARTS = st.lists(st.binary() | REQUESTS | st.just(b"\n") | st.just(b"[" * 70_000), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=PARTS, half_close=st.booleans(), reads=st.booleans())
def test_no_bytes_hang_or_kill_it(
    target: KernelSocket, parts: list[bytes], half_close: bool, reads: bool
) -> None:
    with connect(target) as line:
        try:
            for part in parts:
                line.sendall(part)
            if half_close:
                line.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        if reads:
            reply = everything(line)
            if not reply.startswith(b'{"version":1,"result":"xxx'):  # a flood may be cut off
                assert not reply or reply.endswith(b"\n")
    assert eventually(lambda: answers(target))


def test_many_at_once_are_all_answered_or_turned_away(target: KernelSocket) -> None:
    outcomes: list[str] = []

    def ask() -> None:
        try:
            call(target, "echo")
            outcomes.append("answered")
        except AbosError as error:
            outcomes.append(getattr(error, "kind", type(error).__name__))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(outcomes) == 40
    assert "answered" in outcomes
    assert set(outcomes) <= {"answered", "TooBusy", "DeadlinePassed", "KernelSilent"}
    assert eventually(lambda: answers(target))
