"""Rolling origin: strictly as known then, and the promised figures on the shipped series."""

import numpy as np
import pytest
from forecast_examples import panel

from triage.adapters.sources import shipped_inflow
from triage.forecast.backtest import (
    origins_of,
    outcomes,
    quantile_rows,
    run_trial,
    score_trials,
    sum_rows,
    usual_origins,
)
from triage.forecast.series import panel_of

ORIGINS = "2018-12:2025-09:3"


def test_permuting_the_future_changes_no_forecast():
    history = panel(60, 3)
    origins = origins_of("2017-06:2018-06:6", history)
    changed = history.values.copy()
    changed[history.length_at(origins[-1]) :] = changed[history.length_at(origins[-1]) :][::-1] * 7
    other = type(history)(changed, history.names, history.calendar, history.first)
    first, second = (run_trial("path_fast", p, origins, 6) for p in (history, other))
    assert (first.quantiles == second.quantiles).all()


def test_outcomes_after_the_data_are_not_known():
    y = outcomes(panel(48, 2), ["2018-10"], 12)
    assert (~np.isnan(y[0])).all(axis=1).sum() == 2


def test_kept_paths_are_coherent_and_change_no_score():
    history = panel(48, 3)
    plain = run_trial("path_fast", history, ["2017-12"], 6)
    kept = run_trial("path_fast", history, ["2017-12"], 6, keep_paths=20)
    assert (plain.quantiles == kept.quantiles).all() and kept.paths is not None
    assert np.abs(kept.paths[:, :, -1] - kept.paths[:, :, :-1].sum(axis=2)).max() <= 1e-6


def test_rows_hold_every_origin_series_horizon_and_model_once():
    history = panel(48, 2)
    origins = ["2017-12", "2018-06"]
    trials = [run_trial(m, history, origins, 6) for m in ("seasonal_naive", "naive")]
    rows = quantile_rows(trials, history, origins, 6)
    assert len(rows) == 2 * 2 * 6 * 3 == len(rows.drop_duplicates(["origin", "series", "h", "model"]))
    assert rows.loc[0, ["origin", "period", "h"]].tolist() == ["2017-12", "2018-01", 1]
    assert len(sum_rows(trials, history, origins, 6)) == 2 * 2 * 3


def test_a_yearly_sum_counts_only_when_all_its_months_are_known():
    history = panel(48, 2)
    trial = run_trial("seasonal_naive", history, ["2018-06"], 12)
    assert sum_rows([trial], history, ["2018-06"], 12)["actual"].isna().to_numpy().all()


def test_a_horizon_of_less_than_a_year_has_no_yearly_sum():
    history = panel(48, 2)
    trial = run_trial("seasonal_naive", history, ["2017-12"], 6)
    assert sum_rows([trial], history, ["2017-12"], 6)[["q05", "q50", "actual"]].isna().to_numpy().all()
    assert np.isnan(score_trials([trial], history, ["2017-12"], 6)["seasonal_naive"]["total"]["sum_rel_wis"])


@pytest.mark.parametrize(("name", "periods"), [("month", 60), ("quarter", 48), ("week", 70), ("week", 200)])
def test_usual_origins_fit_the_data_at_every_frequency(name, periods):
    history = panel(periods, 2, name=name)
    origins = usual_origins(history)
    assert 1 <= len(origins) <= 20 and history.length_at(origins[-1]) < periods


@pytest.fixture(scope="module")
def protocol():
    history = panel_of(shipped_inflow(), kind="first_application")
    origins = origins_of(ORIGINS, history)
    trials = [run_trial(m, history, origins, 12) for m in ("seasonal_naive", "naive", "path_fast", "path_fast_rec")]
    return trials, score_trials(trials, history, origins, 12)


def test_path_fast_beats_seasonal_naive_by_a_fifth_on_the_seven_nationalities(protocol):
    _, scores = protocol
    assert scores["path_fast"]["bottom"]["rel_wis"] <= 0.80
    assert scores["path_fast"]["against_seasonal_naive"]["high"] < 0


def test_path_fast_keeps_the_promise_of_its_80_percent_band(protocol):
    _, scores = protocol
    assert 0.74 <= scores["path_fast"]["bottom"]["coverage_80"] <= 0.86


def test_reconciling_costs_the_nationalities_nothing_and_leaves_the_total_as_it_was(protocol):
    _, scores = protocol
    raw, coherent = scores["path_fast"], scores["path_fast_rec"]
    assert coherent["bottom"]["rel_wis"] <= 1.02 * raw["bottom"]["rel_wis"]
    assert coherent["total"]["coverage_80"] == pytest.approx(raw["total"]["coverage_80"], abs=0.01)


def test_naive_scores_as_the_published_protocol_says(protocol):
    _, scores = protocol
    assert scores["naive"]["bottom"]["rel_wis"] == pytest.approx(0.996, abs=0.01)
