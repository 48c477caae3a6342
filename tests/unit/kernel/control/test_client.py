"""Finding the kernels of a user, and choosing one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from abos.kernel.control import call, chosen, kernels, labels, the_one
from abos.kernel.control.client import _exchange
from abos.kernel.errors import KernelSilent, NoKernel, UsageError

from .conftest import Serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "abos"
    folder.mkdir(mode=0o700)
    return folder


def left_behind(path: Path) -> Path:
    """The socket of a kernel that was killed."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    return path


def ended_pid() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_sockets_of_dead_kernels_are_removed(folder: Path) -> None:
    path = left_behind(folder / f"{ended_pid()}.abc.sock")
    assert kernels(folder) == []
    assert not path.exists()


def test_a_server_that_starts_removes_them_too(serve: Serve, folder: Path) -> None:
    path = left_behind(folder / f"{ended_pid()}.abc.sock")
    with serve():
        assert not path.exists()


def test_a_dead_kernels_socket_whose_pid_lives_again_goes_when_it_refuses(folder: Path) -> None:
    path = left_behind(folder / f"{os.getpid()}.abc.sock")
    (found,) = kernels(folder)
    with pytest.raises(NoKernel, match="is gone"):
        call(found, "echo")
    assert not path.exists()


def test_other_files_are_left_alone(folder: Path) -> None:
    for name in ("1.json", f"{os.getpid()}.x.new"):
        (folder / name).write_text("")
    assert kernels(folder) == []
    assert len(list(folder.iterdir())) == 2


def test_a_folder_of_somebody_else_is_not_believed(serve: Serve, folder: Path) -> None:
    with serve():
        assert len(kernels(folder)) == 1
        folder.chmod(0o755)
        assert kernels(folder) == []
        folder.chmod(0o700)


def test_no_folder_is_no_kernel(tmp_path: Path) -> None:
    assert kernels(tmp_path / "none") == []
    with pytest.raises(NoKernel, match="no kernel runs") as caught:
        chosen(directory=tmp_path / "none")
    assert "abos run" in caught.value.hint
    assert caught.value.exit_code == 1


def test_one_of_several_is_chosen_by_name(serve: Serve, folder: Path) -> None:
    with serve() as first:
        assert the_one("", folder) == first
        assert the_one(str(os.getpid()), folder) == first
        assert labels([first]) == [str(os.getpid())]
        with serve() as second:
            with pytest.raises(UsageError, match="2 kernels run") as caught:
                the_one("", folder)
            assert first.name in str(caught.value)
            assert second.name in str(caught.value)
            assert "--kernel" in caught.value.hint
            assert the_one(second.name, folder) == second
            assert set(chosen(str(os.getpid()), folder)) == {first, second}
            with pytest.raises(NoKernel) as missing:
                chosen("1", folder)
            assert first.name in missing.value.hint


@pytest.mark.parametrize("reply", [b"", b'{"version": 1', b"\xff\n", b"[]\n"])
def test_a_reply_that_makes_no_sense(folder: Path, reply: bytes) -> None:
    path = folder / f"{os.getpid()}.odd.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        code = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); c, _ = s.accept(); c.recv(1 << 20); c.sendall(bytes.fromhex(sys.argv[2]))"
        args = (sys.executable, "-c", code, str(listener.fileno()), reply.hex())
        with subprocess.Popen(args, pass_fds=[listener.fileno()]):
            (found,) = kernels(folder)
            with pytest.raises(KernelSilent):
                call(found, "echo")


def test_no_time_left_is_a_timeout(serve: Serve) -> None:
    with serve() as at, pytest.raises(TimeoutError):
        _exchange(at.path, b"\n", 0.0)
