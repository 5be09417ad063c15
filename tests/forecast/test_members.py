"""The plain members, each against what it must do on a series whose future is plain."""

import numpy as np
import pytest

from triage.forecast.members import (
    ENSEMBLE,
    FAST,
    Past,
    damped_trend,
    last_value,
    mean_of_year,
    ridge,
    season,
    smoothed,
)
from triage.forecast.ridge import ridge_forecasts

EVERY = tuple(dict.fromkeys((*FAST, *ENSEMBLE)))


def waves(periods=84, series=3, seed=1):
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(periods)[:, None] / 12
    return 0.5 * np.sin(angle) + 0.05 * rng.standard_normal((periods, series))


def past(z, *lengths, horizon=12):
    return Past(z, np.array(lengths), 12, horizon)


@pytest.mark.parametrize("member", EVERY)
def test_only_what_an_origin_sees_enters_its_forecast(member):
    z, other = waves(), waves()
    other[60:] += 7
    np.testing.assert_array_equal(member(past(z, 40, 60)), member(past(other, 40, 60)))


@pytest.mark.parametrize("member", EVERY)
def test_many_origins_at_once_give_what_each_gives_alone(member):
    z = waves()
    together = member(past(z, 40, 55, 84))
    alone = np.concatenate([member(past(z, length)) for length in (40, 55, 84)])
    np.testing.assert_allclose(together, alone, atol=1e-9)


@pytest.mark.parametrize("member", (smoothed, mean_of_year, damped_trend))
def test_a_season_that_returns_is_forecast(member):
    z = waves(series=1)
    found = member(past(z, 72))[0, :, 0]
    assert np.corrcoef(found, z[72:84, 0])[0, 1] > 0.95


def test_last_value_stays_where_it_was():
    assert (last_value(past(waves(), 50)) == waves()[49]).all()


def test_a_trend_is_damped_and_never_beyond_its_limit():
    z = np.arange(30.0)[:, None] * 0.1  # too short for a season
    found = damped_trend(past(z, 30, horizon=60))[0, :, 0]
    assert (np.diff(found) >= 0).all() and found[-1] < z[-1, 0] + 0.1 * 0.85 / 0.15 + 0.05


def test_less_than_three_years_have_no_season():
    assert not season(waves(35), 12).any()


def test_a_season_of_noise_is_shrunk():
    noise = np.random.default_rng(3).standard_normal((60, 1))
    raw = np.median(noise.reshape(5, 12, 1), axis=0)
    assert season(noise, 12).std() < raw.std()


def test_the_ridge_learns_a_leading_indicator_and_does_without():
    rng = np.random.default_rng(5)
    lead = rng.standard_normal((120, 4, 1))
    z = np.vstack([np.zeros((1, 4)), np.cumsum(0.3 * lead[:-1, :, 0], axis=0)])
    lengths = np.arange(60, 119)
    outcome = z[lengths]
    plain = ridge_forecasts(z, lengths, 12, 1)[:, 0]
    led = ridge_forecasts(z, lengths, 12, 1, lead)[:, 0]
    assert np.abs(led - outcome).mean() < 0.5 * np.abs(plain - outcome).mean()


def test_without_enough_outcomes_the_ridge_stays_at_the_last_mean():
    z = waves(26, 1)
    np.testing.assert_allclose(ridge(past(z, 14, horizon=12))[0, -1], z[11:14].mean(axis=0))
