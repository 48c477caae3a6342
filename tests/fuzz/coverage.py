"""Looks for ways through the reader of snapshots that nobody has tried: `make fuzz-coverage ARGS=seconds`.

Needs atheris (extra `fuzz`). Inputs are framed snapshots (`_framing`), kept when they reach new code of the
reader. Fails as `make fuzz` does: on any exception but `SnapshotError`, on an input that takes longer than a
second of processor time or more than a gibibyte of memory. What fails is kept in
`build/fuzz` as a snapshot file, what reaches new code in `build/fuzz/corpus`, where a later run begins.
`--inputs` stops after so many instead.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
MAX_SECONDS = 1.0
MAX_GROWTH = 1 << 30
MAX_LENGTH = 16 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    parser.add_argument("--inputs", type=int, default=0, help="stop after so many instead")
    parser.add_argument("--seed", type=int, default=0, help="0 for another one each time")
    chosen = parser.parse_args()
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install 'abos[fuzz]', or `make fuzz` without it")
        return 2
    with atheris.instrument_imports(include=["abos.snapshot"]):
        importlib.import_module("_asking")
    return run(atheris, chosen)


def run(atheris: Any, chosen: argparse.Namespace) -> int:
    """Never returns when all inputs are done: libFuzzer ends the process itself."""
    from _asking import ask
    from _framing import assembled
    from reader import peak

    count = 0

    def once(frame: bytes) -> None:
        nonlocal count
        count += 1
        data = assembled(frame)
        started, grown = time.process_time(), peak()
        try:
            ask(data, first=count)
        except Exception:
            print(f"kept as {kept(data)}", flush=True)
            raise
        took, grown = time.process_time() - started, peak() - grown
        if took > MAX_SECONDS or grown > MAX_GROWTH:
            print(f"kept as {kept(data)}", flush=True)
            raise AssertionError(f"took {took:.1f} s and {grown >> 20} MiB")

    limit = f"-runs={chosen.inputs}" if chosen.inputs else f"-max_total_time={chosen.seconds}"
    # The fuzzer itself grows by about two kilobytes an input; what an input takes is checked above.
    arguments = [
        sys.argv[0], str(seeds()), limit, f"-seed={chosen.seed}", f"-max_len={MAX_LENGTH}",
        "-rss_limit_mb=0", "-timeout=60", f"-artifact_prefix={FOLDER}/",
    ]  # fmt: skip
    atheris.Setup(arguments, once)
    atheris.Fuzz()
    return 0


def seeds() -> Path:
    """The folder of inputs that a run begins with; small good snapshots are always among them."""
    from _corpus import corpus
    from _framing import AS_IT_IS, COMPRESSED, framed

    from abos.snapshot.container import Container

    folder = FOLDER / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for i, data in enumerate(corpus()):
        whole = Container(data)
        sections = {name: bytes(whole[name]) for name in whole.directory}
        frame = framed(tuple(whole.header.counts), sections, COMPRESSED * (i % 2))
        (folder / f"good-{i}").write_bytes(frame)
        (folder / f"plain-{i}").write_bytes(bytes([AS_IT_IS]) + data)
    return folder


def kept(data: bytes) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"coverage-{int(time.time())}.abos"
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    sys.exit(main())
