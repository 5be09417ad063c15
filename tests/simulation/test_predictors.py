"""Made-up classifiers have the quality that was asked, and are calibrated."""

import numpy as np
import pytest
from policy_examples import pool_of

from triage.domain.errors import TableError
from triage.simulation.arrivals import Inflow, draw_arrivals
from triage.simulation.predictors import (
    GRID,
    Advisor,
    chances_on_grid,
    forced_depths,
    slope_for_auc,
    weight_on_grid,
)

POOL = pool_of(4000)
SHARES = POOL.shares


@pytest.mark.parametrize("wanted", [0.5, 0.65, 0.75, 0.85, 0.95])
def test_scores_tell_classes_apart_as_well_as_was_asked(wanted):
    slope, random = slope_for_auc(SHARES, wanted), np.random.default_rng(4)
    kind = random.choice(3, 4000, p=SHARES)
    score = slope * kind + random.standard_normal(4000)
    apart = kind[:, None] < kind[None, :]
    assert (score[:, None] < score[None, :])[apart].mean() == pytest.approx(wanted, abs=0.015)


def test_who_cannot_tell_cases_apart_says_the_shares_of_the_classes():
    assert np.allclose(chances_on_grid(SHARES, 0.0), SHARES)


def test_chances_are_calibrated():
    slope = slope_for_auc(SHARES, 0.85)
    said = weight_on_grid(SHARES, slope) @ chances_on_grid(SHARES, slope)
    assert np.allclose(said, SHARES, atol=1e-3)


def test_forced_use_fills_its_quotas():
    slope = slope_for_auc(SHARES, 0.75)
    weight = weight_on_grid(SHARES, slope)
    depth = forced_depths(GRID, weight, np.array([0.2, 0.5, 0.3]))
    assert np.allclose(np.bincount(depth, weight, minlength=3), [0.2, 0.5, 0.3], atol=0.02)


def test_a_higher_score_never_gets_a_lighter_depth():
    depth = forced_depths(GRID, weight_on_grid(SHARES, 1.0), np.array([0.2, 0.5, 0.3]))
    assert (np.diff(depth) >= 0).all()


def test_two_classifiers_read_the_same_noise():
    arrivals = draw_arrivals(POOL, Inflow(20.0), 0, 20, 1, 0)
    none = np.zeros((len(GRID), 3))
    weak, strong = (Advisor("", {}, none, none, slope).keys(arrivals, POOL) for slope in (0.0, 2.0))
    assert np.array_equal(strong - weak, np.rint(2.0 * POOL.kind[arrivals.row] / 0.05))


@pytest.mark.parametrize("impossible", [0.4, 1.0])
def test_an_impossible_quality_is_refused(impossible):
    with pytest.raises(TableError, match="AUC"):
        slope_for_auc(SHARES, impossible)
