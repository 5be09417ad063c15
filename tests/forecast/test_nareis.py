"""The lag model: nareis as an echo of earlier drivers."""

from dataclasses import replace

import numpy as np
import pytest
from forecast_examples import CALENDAR, panel, rows

from triage.adapters.sources import shipped_inflow
from triage.domain.errors import ForecastError
from triage.forecast.ablation import judge_parts, trial_of
from triage.forecast.backtest import origins_of
from triage.forecast.models import MODELS
from triage.forecast.nareis import LagModel, lag_weights, lagged
from triage.forecast.series import panel_of

RATIO = np.array([0.9, 0.6, 0.3])


def echo(months: int = 144, seed: int = 1):
    """Drivers with waves of their own, and nareis that follows them 12 to 17 months later."""
    rng = np.random.default_rng(seed)
    level = 200 * np.exp(np.cumsum(0.12 * rng.standard_normal((months, 3)), axis=0) * 0.9)
    drivers = rng.poisson(level)
    mean = np.array([drivers[max(t - 17, 0) : max(t - 11, 1)].mean(axis=0) for t in range(months)]) * RATIO
    entries = rng.poisson(mean)
    names = ("N0", "N1", "N2")
    make = lambda x: panel_of(rows({n: [float(v) for v in x[:, i]] for i, n in enumerate(names)}))  # noqa: E731
    return make(entries), make(drivers)


def test_lagged_means_look_back_and_only_back():
    drivers = np.arange(60.0)[:, None]
    out = lagged(drivers)
    assert np.isnan(out[35]).any() and not np.isnan(out[36:]).any()
    assert out[40, 0, 0] == np.arange(40 - 11, 40 - 5).mean()
    assert out[40, 0, 4] == np.arange(40 - 36, 40 - 29).mean()


def test_planted_lags_and_ratios_are_found():
    entries, drivers = echo()
    x = lagged(drivers.values[:, :-1])[36:]
    weights, ratios = lag_weights(x, entries.values[36:, :-1])
    assert (weights >= 0).all() and weights.argmax() == 1 and weights[1] > 0.7 * weights.sum()
    assert ratios[0] > ratios[1] > ratios[2]


def test_where_entries_echo_a_known_driver_the_lag_model_passes_the_gate():
    entries, drivers = echo()
    origins = origins_of("2019-06:2025-12:6", entries)
    lag, fast = (trial_of(model, entries, origins, 12) for model in (LagModel(drivers), MODELS["path_fast"]()))
    assert judge_parts("lag model", lag, fast, entries, origins)["bottom"].passes


def test_on_the_public_series_the_lag_model_does_not_pass():
    frame = shipped_inflow()
    entries, drivers = panel_of(frame, kind="family_member_nareis"), panel_of(frame, kind="first_application")
    origins = origins_of("2018-12:2025-09:3", entries)
    lag, naive = (trial_of(model, entries, origins, 12) for model in (LagModel(drivers), MODELS["naive"]()))
    ruling = judge_parts("lag model", lag, naive, entries, origins)["bottom"]
    assert not ruling.passes and ruling.ratio > 1


def test_paths_are_counts_and_the_same_for_the_same_seed():
    entries, drivers = echo(84)
    fitted = LagModel(drivers).fit(entries)
    a, b = (fitted.sample(24, 50, np.random.default_rng(1)) for _ in range(2))
    assert a.shape == (50, 4, 24) and np.isfinite(a).all() and (a >= 0).all() and (a == b).all()


def test_drivers_after_the_origin_change_nothing():
    entries, drivers = echo()
    seen = entries.until(96)
    values = drivers.values.copy()
    values[96:] *= 9
    a, b = (
        LagModel(d).fit(seen).sample(12, 40, np.random.default_rng(1))
        for d in (drivers, replace(drivers, values=values))
    )
    assert (a == b).all()


def test_a_capacity_holds_entries_back_and_loses_nobody():
    entries, drivers = echo()
    free = LagModel(drivers).fit(entries).expected(120, 24)
    capacity = float(free[:, :-1].sum(axis=1).max() * 0.9)
    held = LagModel(drivers, capacity).fit(entries).expected(120, 24)
    assert (held[:, :-1].sum(axis=1) <= capacity + 1e-6).all()
    waiting = np.cumsum(free[:, :-1].sum(axis=1)) - np.cumsum(held[:, :-1].sum(axis=1))
    assert (waiting >= -1e-6).all() and waiting.max() > 0


def test_drivers_that_do_not_fit_are_refused():
    entries, drivers = echo(84)
    with pytest.raises(ForecastError, match="same series"):
        LagModel(panel(84)).fit(panel(84, series=2))
    with pytest.raises(ForecastError, match="months only"):
        LagModel(drivers).fit(panel(84, name="quarter"))
    late = replace(drivers, first=drivers.first + 3)
    with pytest.raises(ForecastError, match="start after"):
        LagModel(late).fit(entries.until(60))
    assert CALENDAR["month"].season == 12
