"""Parts add up to the total on every path, and the total stays as it was."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triage.forecast.reconcile import reconcile

COUNTS = st.floats(0, 1e6, allow_subnormal=False) | st.just(0.0)
PATHS = st.tuples(st.integers(1, 12), st.integers(2, 5), st.integers(1, 6)).flatmap(
    lambda shape: arrays(float, shape, elements=COUNTS)
)


@settings(max_examples=200, deadline=None)
@given(PATHS)
def test_on_every_path_the_total_is_the_sum_of_its_parts(paths):
    out = reconcile(paths)
    assert np.abs(out[:, -1] - out[:, :-1].sum(axis=1)).max() <= 1e-6
    assert (out >= 0).all() and np.isfinite(out).all()


@settings(max_examples=200, deadline=None)
@given(PATHS)
def test_the_total_keeps_its_own_distribution(paths):
    before, after = np.sort(paths[:, -1], axis=0), np.sort(reconcile(paths)[:, -1], axis=0)
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-6)


def test_coherent_paths_stay_as_they_are():
    bottom = np.random.default_rng(1).gamma(2, 50, size=(50, 4, 12))
    paths = np.concatenate([bottom, bottom.sum(axis=1, keepdims=True)], axis=1)
    np.testing.assert_allclose(reconcile(paths), paths)


def test_a_total_without_parts_is_shared_as_on_the_other_paths():
    paths = np.array([[[0.0], [0.0], [8.0]], [[3.0], [1.0], [9.0]]])
    np.testing.assert_allclose(reconcile(paths)[0].ravel(), [6, 2, 8])
