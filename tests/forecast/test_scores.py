"""The measures of the public protocol, on figures that can be checked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triage.forecast.scores import (
    Scale,
    block_interval,
    coverage,
    diebold_mariano,
    energy_score,
    group_scores,
    pinball,
    relative_wis,
    scale_of,
    wis,
)

BAND = np.array([5.0, 10, 25, 50, 75, 90, 95])


def test_wis_of_an_outcome_at_the_median_is_the_width_alone():
    by_hand = (0.25 * 50 + 0.1 * 80 + 0.05 * 90) / 3.5
    assert wis(BAND, np.array(50.0)) == pytest.approx(by_hand)


def test_wis_adds_what_the_outcome_lies_outside():
    # Above all bands by 10: half the error of 55, and (y - u) of each band in full.
    by_hand = (55 / 2 + 0.25 * 50 + 30 + 0.1 * 80 + 15 + 0.05 * 90 + 10) / 3.5
    assert wis(BAND, np.array(105.0)) == pytest.approx(by_hand)


@given(arrays(float, 7, elements=st.floats(0, 1e5)), st.floats(0, 1e5))
def test_wis_is_twice_the_mean_pinball_loss(levels, outcome):
    q = np.sort(levels)
    assert wis(q, np.array(outcome)) == pytest.approx(2 * pinball(q, np.array(outcome)), abs=1e-6)


def test_the_ends_of_a_band_are_inside():
    assert coverage(np.tile(BAND, (3, 1)), np.array([10.0, 90.0, 91.0]), 0.2) == pytest.approx(2 / 3)


def test_an_outcome_not_known_is_left_out_of_coverage():
    assert coverage(np.tile(BAND, (2, 1)), np.array([50.0, np.nan]), 0.2) == 1


def test_relative_wis_of_a_model_against_itself_is_one():
    q = np.random.default_rng(1).gamma(2, 10, (4, 3, 2, 7))
    np.testing.assert_allclose(relative_wis(np.sort(q), np.sort(q), np.ones((4, 3, 2))), 1)


def test_the_group_takes_the_geometric_mean_over_its_series():
    y = np.zeros((1, 1, 2))
    reference = np.tile(BAND, (1, 1, 2, 1))
    q = reference * np.array([4.0, 1.0])[:, None]
    scale = Scale(np.ones((1, 2)), np.ones((1, 2)))
    assert group_scores(q, reference, y, scale)["rel_wis"] == pytest.approx(2)


def test_a_median_above_the_outcome_is_a_positive_bias():
    y, q = np.full((1, 2, 1), 40.0), np.tile(BAND, (1, 2, 1, 1))
    scale = Scale(np.ones((1, 1)), np.ones((1, 1)))
    assert group_scores(q, q, y, scale)["bias"] == pytest.approx(0.25)


def test_the_scale_of_a_quiet_series_is_one_person():
    assert scale_of(np.full((30, 1), 7.0), 12).mean == 1


def test_the_energy_score_of_a_certain_forecast_is_its_error():
    paths = np.full((10, 1, 2), 8.0)
    assert energy_score(paths, np.array([[5.0], [5.0]])) == pytest.approx(3)


def test_diebold_mariano_of_no_difference_is_not_a_number():
    assert np.isnan(diebold_mariano(np.zeros(10)))


def test_diebold_mariano_is_negative_for_the_better_model():
    assert diebold_mariano(np.random.default_rng(1).normal(-1, 0.3, 28)) < -2


def test_the_block_interval_holds_the_mean():
    d = np.random.default_rng(1).normal(-1, 0.3, 28)
    low, high = block_interval(d)
    assert low < d.mean() < high
