"""Intervals, corrections and lead times, held against figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from triage.simulation.policy_measures import kaplan_meier
from triage.simulation.policy_statistics import holm, is_precise, paired

ps = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_by_hand():
    # Sorted .01 .02 .04: times 3, 2, 1 gives .03 .04 .04; in the order given .04, .03, .04.
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])


def test_holm_never_exceeds_one():
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(ps)
def test_holm_lies_between_the_p_and_bonferroni(given_ps):
    for p, adjusted in zip(given_ps, holm(given_ps), strict=True):
        assert p - 1e-12 <= adjusted <= min(1.0, len(given_ps) * p) + 1e-12


@given(ps)
def test_holm_keeps_the_order_of_the_ps(given_ps):
    order = np.argsort(given_ps, kind="stable")
    assert (np.diff(np.array(holm(given_ps))[order]) >= -1e-12).all()


def test_a_paired_interval_is_the_t_interval_of_the_differences():
    one, other = [3.0, 5.0, 9.0, 4.0], [1.0, 4.0, 4.0, 4.0]
    known = stats.ttest_rel(one, other)
    interval, found = known.confidence_interval(0.95), paired(one, other)
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, known.pvalue))


def test_equal_differences_leave_no_doubt():
    found = paired([2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    assert (found.mean, found.low, found.high, found.p) == (1.0, 1.0, 1.0, 0.0)


def test_one_replication_has_no_interval():
    with pytest.raises(ValueError, match="two replications"):
        paired([1.0], [0.0])


def test_half_a_point_is_precise_enough():
    assert is_precise(paired([50.0, 51.0, 50.0, 51.0], [40.0, 40.0, 41.0, 41.0])) is False
    assert is_precise(paired([50.0, 50.3, 50.0, 50.3], [40.0, 40.0, 40.0, 40.0])) is True


def test_kaplan_meier_by_hand():
    # Six cases: decided in weeks 1, 3, 3; last seen open in weeks 2, 3, 4.
    # Week 1: 5/6 left. Week 3: four at risk, two decided: 5/6 * 2/4. Week 4: nobody decided.
    ended, decided = np.array([0, 1, 1, 3, 1]), np.array([0, 1, 0, 2, 0])
    assert kaplan_meier(ended, decided) == pytest.approx([1, 5 / 6, 5 / 6, 5 / 12, 5 / 12])


def test_leaving_out_who_is_still_open_would_flatter():
    ended, decided = np.array([0, 1, 1, 3, 1]), np.array([0, 1, 0, 2, 0])
    assert kaplan_meier(ended, decided)[-1] > kaplan_meier(decided, decided)[-1]
