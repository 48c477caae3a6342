"""The slope fit behind the leak rows: right lines, honest intervals."""

from __future__ import annotations

from random import Random

import pytest
from _slope import LEAST, fit, student


def test_a_line_is_found_exactly() -> None:
    slope = fit([100, 125, 150, 175, 200], [7, 8, 9, 10, 11])
    assert slope.value == pytest.approx(0.04)
    assert (slope.low, slope.high) == pytest.approx((0.04, 0.04))
    assert slope.proven == pytest.approx(0.04)


def test_a_known_example() -> None:
    """Worked by hand: squared residuals of 0.8, 3 degrees of freedom, t = 3.182."""
    slope = fit([1, 2, 3, 4, 5], [2, 3, 5, 5, 7])
    assert slope.value == pytest.approx(1.2)
    assert slope.high - slope.value == pytest.approx(3.182 * (0.8 / 3 / 10) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("freedom", "expected"), [(3, 3.1824), (5, 2.5706), (10, 2.2281), (15, 2.1314), (100, 1.9840)]
)
def test_quantiles_are_those_of_the_tables(freedom: int, expected: float) -> None:
    assert student(0.975, freedom) == pytest.approx(expected, rel=0.02)


def test_the_interval_holds_the_true_slope_as_often_as_it_says() -> None:
    random, xs = Random(1), range(100, 501, 25)
    held = 0
    for _ in range(400):
        slope = fit(xs, [3 * x + random.gauss(0, 200) for x in xs])
        held += slope.low <= 3 <= slope.high
    assert 0.92 <= held / 400 <= 0.98


def test_noise_around_a_level_and_shrinking_prove_no_growth() -> None:
    random, xs = Random(2), range(17)
    assert fit(xs, [random.gauss(0, 1) for _ in xs]).proven == 0
    assert fit(xs, [-x for x in xs]).proven == 0


@pytest.mark.parametrize("xs", [range(LEAST - 1), [1] * LEAST])
def test_too_little_is_refused(xs: list[float]) -> None:
    with pytest.raises(ValueError, match="slope needs"):
        fit(xs, [0.0] * len(xs))
