"""From quantiles to draws and back."""

import numpy as np

from triage.forecast.quantiles import LEVELS, draws_of, quantiles_of


def test_draws_read_off_quantiles_have_these_quantiles():
    levels = np.array([10.0, 12, 20, 30, 45, 80, 110])[:, None, None]
    np.testing.assert_allclose(quantiles_of(draws_of(levels, 4000))[0, 0], levels.ravel(), rtol=0.01)


def test_draws_ascend_also_where_quantiles_cross():
    draws = draws_of(np.arange(7.0)[::-1].reshape(7, 1, 1), 20)
    assert (np.diff(draws, axis=0) >= 0).all()


def test_there_are_seven_levels():
    assert len(LEVELS) == 7
