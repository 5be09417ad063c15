"""From quantiles to joint paths and back."""

import numpy as np

from triage.forecast.quantiles import LEVELS, paths_from_quantiles, quantiles_of


def test_paths_made_of_quantiles_have_these_quantiles():
    logs = np.log(np.array([10.0, 12, 20, 30, 45, 80, 110]) + 5)[:, None, None]
    template = np.random.default_rng(1).standard_normal((4000, 1, 1))
    found = quantiles_of(paths_from_quantiles(logs, template, 5.0))[0, 0]
    np.testing.assert_allclose(found, [10, 12, 20, 30, 45, 80, 110], rtol=0.01)


def test_paths_keep_the_order_of_the_template():
    template = np.random.default_rng(2).standard_normal((50, 2, 3))
    logs = np.sort(np.random.default_rng(3).normal(3, 1, (7, 2, 3)), axis=0)
    paths = paths_from_quantiles(logs, template, 0.0)
    assert (paths.argsort(axis=0) == template.argsort(axis=0)).all()


def test_quantiles_that_cross_are_sorted():
    logs = np.arange(7.0)[::-1].reshape(7, 1, 1)
    assert np.isfinite(paths_from_quantiles(logs, np.arange(20.0).reshape(20, 1, 1), 1.0)).all()


def test_there_are_seven_levels():
    assert len(LEVELS) == 7
