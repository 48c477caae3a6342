"""What a kernel sets for the whole process at its boot, so that its event loop is not held up."""

from __future__ import annotations

import gc
import sys


def spare_the_collector(wanted: bool) -> None:
    """Full collections need not look through what was imported and made before the boot."""
    if wanted and gc.get_freeze_count() == 0:
        gc.freeze()


def hand_over_within(seconds: float) -> None:
    """Have a thread that computes in Python hand the interpreter over after this long.

    Whatever waits for it, the event loop too, waits no longer than that. Never made longer.
    """
    if seconds < sys.getswitchinterval():
        sys.setswitchinterval(seconds)
