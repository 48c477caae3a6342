"""A GGUF file before it is loaded: what it is, and whether loading it is safe.

llama.cpp ends the whole process when some kinds of damage reach it. A file that was not made here
and checked by its hash is therefore loaded in a child process first.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import xxhash

from ..errors import ModelBusy, ModelCorrupt
from .artifact import recorded_hash
from .worker import Stop

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST = 1_000_000
"""Tensors or settings that no file has."""
_HEADER = 24
_SAMPLE = 1 << 20
_TRIAL_S = 60.0
_POLL_S = 0.02

_TRIAL = """
import sys, ctypes, llama_cpp as l
quiet = l.llama_log_callback(lambda *_: None)
l.llama_log_set(quiet, ctypes.c_void_p(0))
l.llama_backend_init()
settings = l.llama_model_default_params()
settings.check_tensors = True
model = l.llama_model_load_from_file(sys.argv[1].encode(errors="surrogateescape"), settings)
good = bool(model)
if good and len(sys.argv) > 2:
    good = bool(l.llama_adapter_lora_init(model, sys.argv[2].encode(errors="surrogateescape")))
print("good" if good else "bad", flush=True)
"""


def identity(path: Path, lora: Path | None = None) -> str:
    """A short name for the weights: other files, other name. Raises OSError."""
    return "+".join(_fingerprint(each) for each in (path, lora) if each is not None)


def _fingerprint(path: Path) -> str:
    known = recorded_hash(path)
    if known:
        return known[:16]
    about = path.stat()
    digest = xxhash.xxh3_64(f"{about.st_size} {about.st_mtime_ns}".encode())
    with path.open("rb") as file:
        digest.update(file.read(_SAMPLE))
        file.seek(max(0, about.st_size - _SAMPLE))
        digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def refuse_unless_loadable(path: Path, lora: Path | None, stop: Stop) -> None:
    """Raise ModelCorrupt for a file that is no model, or on which llama.cpp would choke.

    Takes about a second for a file that is not known by its hash. Raises ModelBusy when that
    second became a minute, or when it is to stop.
    """
    for each in (path, lora):
        if each is not None:
            _look_at_header(each)
    if recorded_hash(path) and lora is None:
        return
    command = [sys.executable, "-I", "-c", _TRIAL, str(path), *([str(lora)] if lora else [])]
    if _told(command, stop) != b"good":
        what = f"{path} with {lora}" if lora else str(path)
        raise ModelCorrupt(f"{what} cannot be loaded as a model.", _REMOVE)


_REMOVE = "Remove it and run: abos doctor --fix"


def _told(command: list[str], stop: Stop) -> bytes:
    """What a child prints, as long as it ends well. It does not outlive this call."""
    ends = time.monotonic() + _TRIAL_S
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet) as child:
        try:
            while child.poll() is None:
                if stop.is_set or time.monotonic() > ends:
                    raise ModelBusy("The local model's file could not be checked in time.")
                time.sleep(_POLL_S)
            said = child.stdout.read() if child.stdout else b""
        finally:
            child.kill()
    return said.strip() if child.returncode == 0 else b""


def _look_at_header(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_HEADER)
    numbers = [int.from_bytes(head[at : at + n], "little") for at, n in ((4, 4), (8, 8), (16, 8))]
    version, tensors, settings = numbers
    fine = version in _VERSIONS and tensors <= _MOST and settings <= _MOST
    if len(head) < _HEADER or head[:4] != _MAGIC or not fine:
        raise ModelCorrupt(f"{path} is not a GGUF model.", _REMOVE)
