"""``python -m abos.kernel.doctor``: the doctor for the set-up, which knows nothing of the CLI."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from .command import run_doctor


def main() -> int:
    """Parse the arguments and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m abos.kernel.doctor", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="get what is missing")
    parser.add_argument("--deep", action="store_true", help="also start the browser")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--stamp", type=Path, help="written when nothing is left to get")
    given = parser.parse_args()
    try:
        return run_doctor(given.fix, given.json, Console(), deep=given.deep, stamp=given.stamp)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
