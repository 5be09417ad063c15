"""The contract that every model in MODELS holds."""

import numpy as np
import pytest
from forecast_examples import panel, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.forecast.models import MODELS
from triage.forecast.series import panel_of

QUICK = ("seasonal_naive", "naive", "path_fast", "path_fast_rec", "path_ens", "local_level", "path_level")


def draw(name, history, horizon=12, paths=40, seed=3):
    return MODELS[name]().fit(history).sample(horizon, paths, np.random.default_rng(seed))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("periods", "frequency", "horizon"), [(24, "month", 14), (60, "month", 12), (30, "quarter", 6)]
)
def test_paths_have_their_shape_and_are_finite_counts(name, periods, frequency, horizon):
    history = panel(periods, 2, name=frequency)
    paths = draw(name, history, horizon)
    assert paths.shape == (40, 3, horizon)
    assert np.isfinite(paths).all() and (paths >= 0).all()


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_paths(name):
    assert (draw(name, panel(30, 2)) == draw(name, panel(30, 2))).all()


@pytest.mark.parametrize("name", MODELS)
def test_what_comes_after_the_origin_changes_nothing(name):
    history = panel(60, 2)
    shuffled = history.values.copy()
    shuffled[36:] = shuffled[36:][::-1] * 3
    other = type(history)(shuffled, history.names, history.calendar, history.first)
    assert (draw(name, history.until(36)) == draw(name, other.until(36))).all()


@pytest.mark.parametrize("name", MODELS)
def test_nobody_ever_came_still_gives_a_forecast(name):
    history = panel(26, 2)
    empty = type(history)(history.values * 0, history.names, history.calendar, history.first)
    assert np.isfinite(draw(name, empty)).all()


@pytest.mark.parametrize("name", MODELS)
def test_a_model_says_in_its_first_line_what_it_does(name):
    said = MODELS[name].__doc__
    assert said and len(said.splitlines()[0]) > 40


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(QUICK),
    counts=st.lists(st.lists(st.integers(0, 100_000), min_size=28, max_size=28), min_size=1, max_size=4),
    horizon=st.integers(1, 60),
)
def test_any_counts_at_any_horizon_give_finite_counts(name, counts, horizon):
    frame = rows({f"N{i}": list(map(float, c)) for i, c in enumerate(counts)})
    paths = draw(name, panel_of(frame), horizon, 10)
    assert np.isfinite(paths).all() and (paths >= 0).all()


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ("seasonal_naive", "naive")])
def test_no_part_rises_above_twelve_times_the_largest_count_seen(name):
    history = panel(36, 3)
    highest = (history.values.max(axis=0) + history.offset) * 12
    total = draw(name, history, 12, 400)[:, -1]
    assert (total.max(axis=(0, 1)) <= highest[-1]).all()


@pytest.mark.parametrize("name", ["path_fast_rec", "path_level"])
def test_a_coherent_model_adds_up_on_every_path(name):
    paths = draw(name, panel(60, 4), 12, 200)
    assert np.abs(paths[:, -1] - paths[:, :-1].sum(axis=1)).max() <= 1e-6


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("series", "frequency", "periods"), [(1, "month", 360), (2, "week", 130), (25, "month", 24)])
def test_one_series_thirty_years_weeks_and_two_years_of_many_all_work(name, series, frequency, periods):
    if name in ("ets", "ens_card2") and periods * series > 500:
        periods, series = max(periods // 3, 66), min(series, 3)  # statsmodels fits four forms per series
    paths = draw(name, panel(periods, series, name=frequency), 4, 20)
    assert np.isfinite(paths).all() and (paths >= 0).all()


def test_seasonal_naive_repeats_last_year_with_more_noise_in_the_second():
    paths = draw("seasonal_naive", panel(48, 1), 24, 4000)
    assert paths[:, 0, 12:].std() > paths[:, 0, :12].std()
