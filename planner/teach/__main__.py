"""``python -m abos.planner.teach``: from packages to the files in ``planner/taught``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from . import blind, booster, card, data, encoder, records, shrink, sources

_TAUGHT = Path(__file__).resolve().parent.parent / "taught"
STEPS = 380


def main() -> int:
    """Every stage, or those that are named; prints what each took."""
    parser = argparse.ArgumentParser(description="Teach the ranker: data, encoder, booster, card.")
    parser.add_argument(
        "stages", nargs="*", help="data encoder booster card; with --trees: tree or booster-tree"
    )
    parser.add_argument("--work", type=Path, default=Path("build/teach"))
    parser.add_argument("--out", type=Path, default=_TAUGHT)
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of the encoder")
    parser.add_argument("--trees", type=Path, help="the local model's opinions")
    chosen = parser.parse_args()
    stages = chosen.stages or ["data", "encoder", "booster", "card"]
    started = time.perf_counter()
    for stage in stages:
        begun = time.perf_counter()
        _run(stage, chosen.work, chosen.out, chosen.steps, chosen.trees)
        print(f"== {stage}: {time.perf_counter() - begun:.0f} s", flush=True)
    print(f"== all: {time.perf_counter() - started:.0f} s")
    return 0


def _run(stage: str, work: Path, out: Path, steps: int, trees: Path | None) -> None:
    from ..taught.encoder import Encoder

    packages = work / "packages"
    if stage == "data":
        data.build(sources.fetch(sources.TAUGHT, packages / "taught"), work)
        unseen = sources.fetch(sources.BLIND, packages / "blind")
        records.write(blind.build(unseen), work / "blind.jsonl")
    elif stage == "encoder":
        base = sources.fetch([sources.BASE], packages) / sources.BASE.file
        encoder.teach(work, base, work / "encoder.safetensors", steps=steps)
        print(
            f"encoder.npz: {shrink.shrink(work / 'encoder.safetensors', out / 'encoder.npz')} bytes"
        )
    elif stage in ("booster", "booster-tree"):
        near = Encoder(out / "encoder.npz")
        near.load()
        name = "ranker" if stage == "booster" else "tree"
        file = out / f"booster-{name}.npz"
        booster.teach(work, near, file, trees=trees if name == "tree" else None)
    elif stage == "tree" and trees is not None:
        near = Encoder(out / "encoder.npz")
        near.load()
        booster.fit_tree(work, near, out / "booster-ranker.npz", trees)
    elif stage == "card":
        card.write(work, out)
    else:
        raise SystemExit(f"there is no stage {stage!r}")


if __name__ == "__main__":
    raise SystemExit(main())
