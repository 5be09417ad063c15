"""Sums over windows and groups: read off the joint paths, and refused where they would count somebody twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.errors import ForecastError, NotFoundError
from triage.forecast.sums import Cube, cube_of, group_of, naive_sum, sum_quantiles, window_of

MONTHS = ("2026-01", "2026-02", "2026-03")


def made(seed: int = 1, draws: int = 40) -> Cube:
    """Two series that move together, and their total."""
    rng = np.random.default_rng(seed)
    parts = rng.gamma(2, 50, (draws, 2, 3)) * rng.gamma(4, 0.25, (draws, 1, 3))
    return Cube(np.concatenate([parts, parts.sum(axis=1, keepdims=True)], axis=1), ("ERI", "SYR", "total"), MONTHS)


def rows_of(cube: Cube) -> pd.DataFrame:
    d, s, m = (a.ravel() for a in np.indices(cube.values.shape))
    names, months = np.array(cube.names)[s], np.array(cube.months)[m]
    return pd.DataFrame({"draw": d, "series": names, "month": months, "persons": cube.values.ravel()})


@given(st.integers(0, 10_000))
def test_the_order_of_rows_changes_no_cube(seed):
    cube = made(seed, draws=5)
    found = cube_of(rows_of(cube).sample(frac=1, random_state=seed))
    assert found.names == cube.names and found.months == cube.months
    assert np.array_equal(found.values, cube.values)


@given(st.integers(0, 10_000))
def test_all_parts_together_are_the_total_in_every_window(seed):
    cube = made(seed)
    for window in (MONTHS[:1], MONTHS[1:], MONTHS):
        parts = sum_quantiles(cube, ["ERI", "SYR"], window)
        assert parts == pytest.approx(sum_quantiles(cube, ["total"], window))
        assert (np.diff(parts) >= 0).all()


def test_a_draw_that_lacks_a_month_is_refused():
    with pytest.raises(ForecastError, match="not whole"):
        cube_of(rows_of(made()).iloc[1:])


def test_a_window_is_inside_the_forecast_and_the_right_way_round():
    assert window_of(MONTHS, "2026-02", "2026-03") == ["2026-02", "2026-03"]
    with pytest.raises(ForecastError, match="outside the forecast"):
        window_of(MONTHS, "2025-12", "2026-02")
    with pytest.raises(ForecastError, match="ends before it begins"):
        window_of(MONTHS, "2026-03", "2026-01")


@pytest.mark.parametrize("group", [["SYR", "SYR"], ["total", "SYR"]])
def test_a_group_that_counts_somebody_twice_is_refused(group):
    with pytest.raises(ForecastError):
        group_of(made().names, group)


def test_a_series_that_is_not_there_is_not_found():
    with pytest.raises(NotFoundError, match="ERI, SYR, total"):
        group_of(made().names, ["XYZ"])


def test_the_naive_sum_takes_months_as_independent():
    cells = {"series": "SYR", "month": list(MONTHS), "naive_p10": 70.0, "naive_p50": 100.0, "naive_p90": 140.0}
    low, middle, high = naive_sum(pd.DataFrame(cells), ["SYR"], MONTHS)
    assert (low, middle, high) == pytest.approx((300 - 30 * 3**0.5, 300, 300 + 40 * 3**0.5))
