"""The level of a model: found back where it was moved, left alone where nothing says otherwise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.routing.complexity import chances_of
from triage.routing.level import (
    Level,
    fit_hours_level,
    fit_intercept,
    fit_level,
    losses,
    prior_log_odds,
    widening,
)

CENTRE = np.array([0.8, -0.8])


def drawn(n: int, shift: float, slope: float = 1.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(log-odds as said, classes that came): what came follows the said log-odds at another level."""
    random = np.random.default_rng(seed)
    said = CENTRE + random.normal(size=(n, 1))
    chances = chances_of(Level(slope, shift).applied(said, CENTRE))
    return said, (random.random(n)[:, None] > chances.cumsum(axis=1)).sum(axis=1)


def test_a_moved_level_is_found_back_from_an_audit_sample():
    assert fit_intercept(*drawn(2000, 0.6)) == pytest.approx(0.6, abs=0.12)


def test_a_thin_audit_sample_stays_near_what_the_backtest_says():
    said, came = drawn(15, 0.6, seed=3)
    assert abs(fit_intercept(said, came, expected=-0.4) + 0.4) < abs(fit_intercept(said, came) + 0.4)


def test_a_case_that_stands_twice_counts_once():
    said, came = drawn(100, 0.6)
    twice = fit_intercept(np.vstack([said, said]), np.tile(came, 2), repeats=2)
    assert twice == pytest.approx(fit_intercept(said, came), abs=1e-4)


def test_slope_and_shift_are_found_back():
    found = fit_level(*drawn(6000, 0.3, 0.5), CENTRE)
    assert (found.slope, found.shift) == pytest.approx((0.5, 0.3), abs=0.08)


def test_log_odds_without_meaning_are_brought_back_to_the_prior():
    random = np.random.default_rng(2)
    said, came = CENTRE + random.normal(size=(4000, 1)), drawn(4000, 0.0, 0.0)[1]
    assert fit_level(said, came, CENTRE).slope < 0.2


def test_a_slope_of_nothing_says_the_prior():
    prior = np.array([0.3, 0.4, 0.3])
    centre = prior_log_odds(prior)
    assert np.allclose(chances_of(Level(0.0).applied(np.array([[3.0, 1.0]]), centre)), prior)


def test_shifts_and_slope_are_the_same_correction_in_the_form_a_model_keeps():
    said, level = np.array([[1.0, -2.0]]), Level(0.7, 0.2)
    assert np.allclose(level.slope * said + level.shifts(CENTRE), level.applied(said, CENTRE))


def test_losses_are_those_of_the_class_that_came():
    assert losses(np.array([[0.0, -30.0]]), np.array([0]))[0] == pytest.approx(np.log(2))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=12, max_size=300), st.floats(0.0, 1.0))
def test_a_widened_band_holds_its_share_of_the_cases_it_was_set_on(log_hours, half):
    came = np.array(log_hours)
    more = widening(np.full(len(came), -half), np.full(len(came), half), came)
    inside = np.abs(came) <= half + more + 1e-12
    assert more >= 0 and (inside.mean() >= 0.8 or more == 0.7)


def test_hours_that_lie_off_move_the_level_and_one_typing_error_does_not():
    misfit = 0.1 + 0.4 * np.random.default_rng(5).normal(size=1000)
    level = fit_hours_level(misfit, 0.0)
    assert level == pytest.approx(0.1, abs=0.04)
    assert fit_hours_level(np.append(misfit, 6.9), 0.0) == pytest.approx(level, abs=0.005)
