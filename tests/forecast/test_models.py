"""The contract that every model in MODELS holds."""

import numpy as np
import pytest
from forecast_examples import panel, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.forecast.models import MODELS
from triage.forecast.series import panel_of

QUICK = ("seasonal_naive", "naive", "path_fast", "path_fast_rec")


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


def test_path_fast_never_rises_above_twelve_times_the_largest_count_seen():
    history = panel(36, 3)
    highest = (history.values.max(axis=0) + history.offset) * np.exp(2.5)
    assert (draw("path_fast", history, 12, 400).max(axis=(0, 2)) <= highest).all()


def test_seasonal_naive_repeats_last_year_with_more_noise_in_the_second():
    paths = draw("seasonal_naive", panel(48, 1), 24, 4000)
    assert paths[:, 0, 12:].std() > paths[:, 0, :12].std()
