"""What a kernel sets for the whole process."""

from __future__ import annotations

import sys

from abos.kernel.tuning import hand_over_within


def test_the_hand_over_is_made_shorter_and_never_longer() -> None:
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.004)
        hand_over_within(0.01)
        assert round(sys.getswitchinterval(), 6) == 0.004
        hand_over_within(0.002)
        assert round(sys.getswitchinterval(), 6) == 0.002
    finally:
        sys.setswitchinterval(before)
