"""Tests of groups are exact, corrected for their number, and say what they could have found."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from triage.routing.evidence import (
    ALPHA_GATE,
    ALPHA_REST,
    chance_of_gap,
    count_chances,
    detectable_difference,
    holm,
    mean_intervals,
    median_interval,
    planted_bias,
    share_interval,
)

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=7)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


@given(CHANCES)
def test_chances_of_a_count_are_those_of_all_ways_it_can_come_about(said):
    whole = np.zeros(len(said) + 1)
    for came in product((0, 1), repeat=len(said)):
        whole[sum(came)] += np.prod([p if c else 1 - p for p, c in zip(said, came, strict=True)])
    assert np.allclose(count_chances(np.array([said]))[0], whole, atol=1e-12)


def test_equal_chances_give_the_binomial():
    assert np.allclose(count_chances(np.full((1, 400), 0.3))[0], binom.pmf(np.arange(401), 400, 0.3), atol=1e-14)


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 0.999), min_size=5, max_size=60), st.floats(0.001, 0.3))
def test_a_right_model_is_accused_no_more_often_than_the_level_says(said, level):
    chances = count_chances(np.array([said]))[0]
    counts = np.arange(len(said) + 1)
    p_values = chance_of_gap(np.tile(said, (len(counts), 1)), counts)
    assert chances[p_values <= level].sum() <= level + 1e-9


def test_a_gap_of_nothing_is_certain_to_come():
    assert chance_of_gap(np.full((1, 10), 0.5), np.array([5]))[0] == pytest.approx(1.0)


@given(P_VALUES)
def test_holm_never_makes_evidence_stronger(p_values):
    assert (holm(p_values) >= p_values - 1e-12).all() and (holm(p_values) <= 1).all()


@given(P_VALUES)
def test_holm_keeps_the_order(p_values):
    assert (np.diff(holm(p_values)[np.argsort(p_values, kind="stable")]) >= 0).all()


def test_holm_on_the_example_of_the_textbook():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_the_difference_called_detectable_is_found_in_about_80_of_100():
    sd, n, level = np.sqrt(0.3 * 0.7), 400, ALPHA_GATE / 40
    gap = detectable_difference(sd, n, ALPHA_GATE, 40)
    p_values = chance_of_gap(np.full((n + 1, n), 0.3), np.arange(n + 1))
    assert binom.pmf(np.arange(n + 1), n, 0.3 + gap)[p_values <= level].sum() == pytest.approx(0.8, abs=0.05)


def test_a_smaller_group_can_hide_a_larger_difference():
    few, many = (detectable_difference(0.45, n, 0.05, 40) for n in (50, 3000))
    assert few > 0.25 and many < 0.04


def test_the_planted_bias_is_found_in_80_and_falsely_in_5_of_100_reports():
    """Exact: 40 groups of 400 cases, base 30 %, one with 10 points more; every chance of a count is summed."""
    counts, slices = np.arange(401), 40
    named = chance_of_gap(np.full((401, 400), 0.3), counts) <= ALPHA_GATE / slices
    false_alarm = 1 - (1 - binom.pmf(counts, 400, 0.3)[named].sum()) ** slices
    assert binom.pmf(counts, 400, 0.4)[named].sum() >= 0.8 and false_alarm + ALPHA_REST <= 0.05


def test_a_bias_of_nothing_is_seldom_found():
    trial = planted_bias(reports=40, slices=10, cases=200, points=0.0)
    assert trial.found <= 2 and trial.false_alarms <= 4


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_the_planted_bias_is_found_in_simulated_reports_of_several_seeds(spread):
    trials = [planted_bias(300, spread=spread, seed=seed) for seed in range(1, 6)]
    assert np.mean([t.share_found for t in trials]) >= 0.8 and np.mean([t.share_false for t in trials]) <= 0.05


def test_an_interval_of_a_share_has_width_at_nothing():
    low, high = share_interval(np.array([0.0, 20.0]), np.array([20.0, 20.0]))
    assert low[0] == 0 and high[0] > 0.1 and low[1] < 0.9 and high[1] == pytest.approx(1.0)


def test_bootstrapped_intervals_hold_the_mean_in_95_of_100():
    from scipy import sparse

    random = np.random.default_rng(8)
    held = 0
    for _ in range(60):
        values, members = random.exponential(size=400), sparse.csc_matrix(np.ones((400, 1)))
        low, high = mean_intervals(values, members, random)[0]
        held += low <= 1.0 <= high
    assert 52 <= held <= 60


def test_cases_of_which_a_figure_does_not_hold_are_left_out_of_its_interval():
    from scipy import sparse

    values = np.where(np.arange(200) < 100, 1.0, np.nan)
    interval = mean_intervals(values, sparse.csc_matrix(np.ones((200, 1))), np.random.default_rng(1))
    assert interval[0].tolist() == [1.0, 1.0]


def test_a_median_lies_in_its_interval():
    low, high = median_interval(np.arange(101.0))
    assert low < 50 < high and (low, high) == (40.0, 60.0)
