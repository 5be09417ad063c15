"""The scale of the forecasts: there and back, and bounded."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triage.forecast.transform import CEILING, Power

COUNTS = arrays(float, (30, 3), elements=st.integers(0, 200_000).map(float))


@settings(max_examples=100, deadline=None)
@given(COUNTS, st.sampled_from([1.0, 5.0]))
def test_counts_come_back_as_they_were(counts, offset):
    power = Power.of(counts, offset)
    back = power.back(power.forward(counts).T[None])[0].T
    np.testing.assert_allclose(back, counts, rtol=1e-9, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(COUNTS, st.floats(-1e6, 1e6))
def test_whatever_comes_back_is_a_bounded_count(counts, z):
    back = Power.of(counts, 1.0).back(np.full((1, 3, 2), z))
    assert (back >= 0).all() and (back <= CEILING * (counts.max(axis=0) + 1)[:, None]).all()


def test_near_its_level_a_step_is_a_relative_change():
    power = Power(0.0, np.array([100.0]), np.array([1e9]))
    assert abs(power.forward(np.array([101.0]))[0] - 0.01) < 1e-4
