"""The mean of several distributions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.forecast.ensemble import averaged, in_order_of
from triage.forecast.quantiles import quantiles_of


def normal(mean, spread, seed, paths=400):
    return mean + spread * np.random.default_rng(seed).standard_normal((paths, 2, 3))


def test_quantiles_of_the_mean_are_the_mean_of_the_quantiles():
    one, other = normal(10, 1, 1), normal(20, 4, 2)
    mean = (quantiles_of(one) + quantiles_of(other)) / 2
    np.testing.assert_allclose(quantiles_of(averaged([one, other], one)), mean, rtol=1e-9)


def test_paths_keep_the_order_of_the_template():
    one, other = normal(0, 1, 1), normal(5, 2, 2)
    assert (averaged([one, other], one).argsort(axis=0) == one.argsort(axis=0)).all()


def test_a_member_far_wider_than_the_others_is_left_out():
    narrow = [normal(10, 1, seed) for seed in (1, 2)]
    with_wide = averaged([*narrow, normal(10, 50, 3)], narrow[0])
    np.testing.assert_allclose(with_wide, averaged(narrow, narrow[0]))


def test_the_guard_looks_at_each_series_alone():
    members = [normal(10, 1, seed) for seed in (1, 2, 3)]
    members[2][:, 1] *= 50
    mean = averaged(members, members[0])
    np.testing.assert_allclose(mean[:, 0], averaged([m[:, :1] for m in members], members[0][:, :1])[:, 0])
    assert mean[:, 1].max() < 20


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1000), paths=st.integers(2, 60))
def test_putting_values_in_order_keeps_every_value(seed, paths):
    values = np.sort(normal(0, 1, seed, paths), axis=0)
    found = in_order_of(normal(0, 1, seed + 1, paths), values)
    assert (np.sort(found, axis=0) == values).all()
