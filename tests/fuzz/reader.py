"""Breaks the reader of snapshots, if it can. `make fuzz ARGS=seconds`, or `ARGS='--inputs 1000000'`.

Fails on any exception but `SnapshotError`, on an input that takes longer than a second, and when the
process has grown by more than the bound that FORMAT.md states. The seed is printed; the same seed
makes the same inputs. Several processes can be run side by side with different seeds.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from _asking import ask
from _corpus import corpus
from _mutate import Mutator

MAX_SECONDS = 1.0
MAX_GROWTH = 1 << 30
FOLDER = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=60.0)
    parser.add_argument("--inputs", type=int, default=0, help="stop after so many instead")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    chosen = parser.parse_args()
    return run(chosen.seconds, chosen.inputs, chosen.seed)


def run(seconds: float, inputs: int, seed: int) -> int:
    """Returns the exit status."""
    print(f"seed {seed}", flush=True)
    mutator = Mutator(corpus(), seed)
    reasons: Counter[str] = Counter()
    begun, grown, slowest, count = time.monotonic(), peak(), 0.0, 0
    while count < inputs if inputs else time.monotonic() - begun < seconds:
        data = mutator.next()
        started = time.process_time()
        try:
            reasons[ask(data, first=count)[:48]] += 1
        except Exception as error:  # noqa: BLE001
            return failed(data, f"{type(error).__name__}: {error}", seed, count)
        took = time.process_time() - started
        slowest = max(slowest, took)
        if took > MAX_SECONDS:
            return failed(data, f"took {took:.1f} s", seed, count)
        if peak() - grown > MAX_GROWTH:
            return failed(data, f"grew by {(peak() - grown) >> 20} MiB", seed, count)
        count += 1
    accepted = reasons.pop("", 0)
    print(f"{count} inputs in {time.monotonic() - begun:.0f} s: {accepted} were read, the others "
          f"refused for {len(reasons)} reasons; slowest {slowest * 1000:.0f} ms, "
          f"grown by {(peak() - grown) >> 20} MiB")  # fmt: skip
    for reason, times in reasons.most_common(12):
        print(f"  {times:8}  {reason}")
    return 0


def failed(data: bytes, what: str, seed: int, count: int) -> int:
    """Keep the input and say how to see it again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{seed}-{count}.abos"
    path.write_bytes(data)
    print(f"input {count} of seed {seed}: {what}\nkept as {path}")
    return 1


def peak() -> int:
    """The most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
