"""The optimum: what it says comes true, and nothing that reads the same facts says it better."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.simulation.optimum import LEVELS, spread_by_hardness

MOMENTS = list(Moment)
HEAVY = 2


@pytest.fixture(scope="module")
def optima(world):
    return {moment: world.optimum(moment) for moment in MOMENTS}


def fifths(said: np.ndarray) -> list[np.ndarray]:
    return np.array_split(np.argsort(said), 5)


def close(said: np.ndarray, came: np.ndarray) -> bool:
    """Whether shares agree within four standard errors, in each fifth of what was said."""
    gaps = [said[part].mean() - came[part].mean() for part in fifths(said)]
    errors = [np.sqrt(max((said[part] * (1 - said[part])).mean(), 1e-4) / len(part)) for part in fifths(said)]
    return all(abs(gap) < 4 * error + 0.001 for gap, error in zip(gaps, errors, strict=True))


@pytest.mark.parametrize("moment", MOMENTS)
def test_class_chances_come_true(world, optima, moment):
    for k in range(len(Register.load().class_names)):
        assert close(optima[moment].chances[:, k], (world.truth["class_true"] == k).to_numpy())


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_truth_table_holds_the_same_chances(world, optima, moment):
    number = 1 + MOMENTS.index(moment)
    told = world.truth.filter(regex=f"^p{number}_").to_numpy()
    assert np.allclose(told, optima[moment].chances)
    assert np.allclose(world.truth[f"hours{number}"], optima[moment].hours_mean)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("place", range(len(LEVELS)))
def test_hours_fall_below_a_quantile_as_often_as_it_says(world, optima, moment, place):
    quantile = optima[moment].hours_quantiles[:, place]
    below = (world.truth["hours_true"] < quantile).to_numpy()
    for part in fifths(quantile):
        assert below[part].mean() == pytest.approx(LEVELS[place], abs=4 * 0.5 / np.sqrt(len(part)))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_quantile_is_where_the_chance_below_is_its_level(optima, moment):
    optimum = optima[moment]
    sd = spread_by_hardness(optimum.known.settings)
    for place, level in enumerate(LEVELS):
        assert np.allclose(optimum.known.below(np.log(optimum.hours_quantiles[:, place]), sd), level, atol=1e-4)


@pytest.mark.parametrize("moment", MOMENTS)
def test_expected_hours_are_unbiased(world, optima, moment):
    for part in fifths(optima[moment].hours_mean):
        true = world.truth["hours_true"].to_numpy()[part]
        error = true.std() / np.sqrt(len(part))
        assert optima[moment].hours_mean[part].mean() == pytest.approx(true.mean(), abs=4 * error)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("term", [91, 182, 456])
def test_lateness_comes_true_under_any_term(world, optima, moment, term):
    assert close(optima[moment].late(term), (world.truth["days_true"] > term).to_numpy())


@given(term=st.integers(1, 2000), longer=st.integers(1, 500))
@settings(max_examples=15, deadline=None)
def test_a_longer_term_never_makes_lateness_likelier(world, term, longer):
    optimum = world.optimum(Moment.REGISTERED)
    assert (optimum.late(term + longer) <= optimum.late(term) + 1e-12).all()


def test_a_term_per_case_is_read_row_by_row(optima):
    optimum = optima[Moment.IDENTIFIED]
    terms = np.where(np.arange(len(optimum.chances)) % 2, 182, 456)
    assert np.allclose(optimum.late(terms), np.where(terms == 182, optimum.late(182), optimum.late(456)))


def test_what_is_said_after_identification_is_the_mean_of_what_is_said_later(optima):
    first, second = (optima[m].chances[:, HEAVY] for m in MOMENTS)
    for part in fifths(first):
        error = second[part].std() / np.sqrt(len(part))
        assert first[part].mean() == pytest.approx(second[part].mean(), abs=4 * error)


def test_the_registration_interview_tells_more(world, optima):
    first, second = (log_loss(world.truth["class_true"], optima[m].chances) for m in MOMENTS)
    assert second < first - 0.05


def sharper(p: np.ndarray) -> np.ndarray:
    return p**1.15 / (p**1.15).sum(axis=1, keepdims=True)


def flatter(p: np.ndarray) -> np.ndarray:
    return p**0.87 / (p**0.87).sum(axis=1, keepdims=True)


def towards_the_prior(p: np.ndarray) -> np.ndarray:
    return 0.9 * p + 0.1 * p.mean(axis=0)


def heavier(p: np.ndarray) -> np.ndarray:
    raised = p * np.array([1.0, 1.0, 1.15])
    return raised / raised.sum(axis=1, keepdims=True)


def shaken(p: np.ndarray) -> np.ndarray:
    moved = p * np.exp(np.random.default_rng(1).normal(0, 0.2, p.shape))
    return moved / moved.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("bend", [sharper, flatter, towards_the_prior, heavier, shaken])
def test_nothing_near_the_optimum_is_better(world, optima, moment, bend):
    best, y = optima[moment].chances, world.truth["class_true"]
    assert log_loss(y, best) < log_loss(y, bend(best))


@pytest.mark.parametrize(("moment", "low", "high"), [(MOMENTS[0], 0.78, 0.83), (MOMENTS[1], 0.85, 0.89)])
def test_even_the_best_score_leaves_much_unknown(world, optima, moment, low, high):
    assert low < roc_auc_score(world.truth["class_true"] == HEAVY, optima[moment].chances[:, HEAVY]) < high


def gain_of(extra: pd.DataFrame, chance: np.ndarray, came: np.ndarray) -> float:
    """Twice the log-likelihood that these columns add to the optimum, in a logistic regression."""
    odds = np.log(chance / (1 - chance))[:, None]
    losses = []
    for columns in (odds, np.hstack([odds, extra.to_numpy(dtype=float)])):
        model = LogisticRegression(C=1e6, max_iter=2000).fit(columns, came)
        losses.append(log_loss(came, model.predict_proba(columns)[:, 1], normalize=False))
    return 2 * (losses[0] - losses[1])


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("column", ["nationality_iso3", "language", "location", "sex"])
def test_who_and_where_tell_nothing_of_work_given_the_facts(world, optima, moment, column):
    extra = pd.get_dummies(world.cases[column].astype(str), drop_first=True)
    came = (world.truth["class_true"] == HEAVY).to_numpy()
    assert gain_of(extra, optima[moment].chances[:, HEAVY], came) < chi2.ppf(0.999, extra.shape[1])


def test_a_planted_nationality_effect_would_be_seen(world, optima):
    extra = pd.get_dummies(world.cases["nationality_iso3"].astype(str), drop_first=True)
    planted = np.where(world.cases["nationality_iso3"] == "ERI", 1.15, 1.0) * world.truth["hours_true"]
    came = (planted >= Register.load().cutoffs_hours[-1]).to_numpy()
    assert gain_of(extra, optima[Moment.IDENTIFIED].chances[:, HEAVY], came) > chi2.ppf(0.999, extra.shape[1])
