"""`make eval-decisions ARGS=FILE.jsonl`: the same as `abos eval decisions FILE.jsonl`."""

from __future__ import annotations

import sys

from abos.kernel.doors.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["eval", "decisions"]
    main()
