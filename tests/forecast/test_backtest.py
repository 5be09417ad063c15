"""Rolling origin: strictly as known then, and the promised figures on the shipped series."""

from dataclasses import replace

import numpy as np
import pytest
from forecast_examples import panel
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.adapters.sources import shipped_inflow
from triage.domain.errors import ForecastError
from triage.forecast.backtest import (
    best_model,
    cells_of,
    origin_scores,
    origins_of,
    outcomes,
    quantile_rows,
    run_origin,
    run_trial,
    score_trials,
    stack_all,
    sum_rows,
    usual_origins,
)
from triage.forecast.models import MODELS, REFERENCE, Naive
from triage.forecast.series import Panel, panel_of

SLOW = {"lgbm_quantiles", "ets", "ens_card2"}
CHEAP = [name for name in MODELS if name not in SLOW]
ORIGINS = "2018-12:2025-09:3"


def another_future(history: Panel, last: str, seed: int) -> Panel:
    """The same counts up to `last`; after it other ones, in another order, so that nothing of them is left."""
    values, length = history.values.copy(), history.length_at(last)
    rng = np.random.default_rng(seed)
    values[length:] = rng.permutation(values[length:]) * rng.uniform(0, 50) + rng.integers(1, 10_000)
    return replace(history, values=values)


@pytest.mark.parametrize("model", CHEAP)
def test_another_future_leaves_every_quantile_bit_for_bit_as_it_was(model):
    history = panel(60, 3)
    origins = origins_of("2017-06:2018-06:6", history)
    first, second = (run_trial(model, p, origins, 6) for p in (history, another_future(history, origins[-1], 1)))
    assert (first.quantiles == second.quantiles).all()
    assert (first.sums == second.sums).all() or np.isnan(first.sums).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 59))
def test_no_future_at_all_reaches_a_forecast(seed, length):
    history = panel(60, 2)
    origin = history.periods[length - 1]
    first, second = (run_trial("path_fast", p, [origin], 3) for p in (history, another_future(history, origin, seed)))
    assert (first.quantiles == second.quantiles).all()


def test_fit_never_sees_a_row_after_the_origin(monkeypatch):
    seen: list[Panel] = []

    class Watching(Naive):
        def fit(self, panel):
            seen.append(panel)
            return super().fit(panel)

    monkeypatch.setitem(MODELS, "watching", Watching)
    history, origins = panel(48, 2), ["2017-06", "2017-12", "2018-03"]
    run_trial("watching", history, origins, 3)
    assert [p.periods[-1] for p in seen] == origins
    assert all(p.values.base is None or len(p.values.base) == len(p.values) for p in seen)  # nothing behind it either


def test_the_order_of_the_cells_changes_no_figure():
    history, models, origins = panel(48, 3), ["seasonal_naive", "path_fast"], ["2017-06", "2017-12", "2018-03"]
    cells = cells_of(models, history, origins, 6)
    onward = stack_all(models, [run_origin(cell, 6) for cell in cells])
    backward = stack_all(models, [run_origin(cell, 6) for cell in cells[::-1]][::-1])
    assert all((a.quantiles == b.quantiles).all() for a, b in zip(onward, backward, strict=True))


def test_an_origin_on_its_own_is_forecast_as_among_others():
    history = panel(48, 3)
    alone = run_trial("path_fast", history, ["2017-12"], 6)
    among = run_trial("path_fast", history, ["2017-06", "2017-12"], 6)
    assert (alone.quantiles[0] == among.quantiles[1]).all()


def test_a_model_that_fails_is_named_with_its_origin(monkeypatch):
    class Broken(Naive):
        def fit(self, panel):
            if panel.periods[-1] == "2017-12":
                raise np.linalg.LinAlgError("singular")
            return super().fit(panel)

    monkeypatch.setitem(MODELS, "broken", Broken)
    with pytest.raises(ForecastError, match=r"broken at origin 2017-12.*LinAlgError"):
        run_trial("broken", panel(48, 2), ["2017-06", "2017-12"], 3)


def test_a_model_that_says_what_is_no_count_is_refused(monkeypatch):
    class Boundless(Naive):
        def fit(self, panel):
            return replace(super().fit(panel), last=np.full(len(panel.names), np.inf))

    monkeypatch.setitem(MODELS, "boundless", Boundless)
    with pytest.raises(ForecastError, match="boundless at origin 2017-06: expected finite counts"):
        run_trial("boundless", panel(48, 2), ["2017-06"], 3)


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
    trials = [run_trial(m, history, origins, 12) for m in ("seasonal_naive", "naive")]
    rows = quantile_rows(trials, history, origins, 12)
    assert len(rows) == 2 * 2 * 12 * 3 == len(rows.drop_duplicates(["origin", "series", "h", "model"]))
    assert rows.loc[0, ["origin", "period", "h"]].tolist() == ["2017-12", "2018-01", 1]
    assert len(sum_rows(trials, history, origins, 12)) == 2 * 2 * 3


def test_a_yearly_sum_counts_only_when_all_its_months_are_known():
    history = panel(48, 2)
    trial = run_trial("seasonal_naive", history, ["2018-06"], 12)
    assert sum_rows([trial], history, ["2018-06"], 12)["actual"].isna().to_numpy().all()


def test_a_horizon_of_less_than_a_year_has_no_yearly_sum():
    history = panel(48, 2)
    trial = run_trial("seasonal_naive", history, ["2017-12"], 6)
    assert sum_rows([trial], history, ["2017-12"], 6).empty
    assert np.isnan(score_trials([trial], history, ["2017-12"], 6)["seasonal_naive"]["total"]["sum_rel_wis"])


@pytest.mark.parametrize(("name", "periods"), [("month", 60), ("quarter", 48), ("week", 70), ("week", 200)])
def test_usual_origins_fit_the_data_at_every_frequency(name, periods):
    history = panel(periods, 2, name=name)
    origins = usual_origins(history)
    assert 1 <= len(origins) <= 20 and history.length_at(origins[-1]) < periods


def test_every_model_has_its_test_against_naive_the_best_and_the_champion():
    history, origins = panel(60, 3), [f"2018-{m:02d}" for m in range(3, 12)]
    trials = [run_trial(m, history, origins, 6) for m in ("seasonal_naive", "naive", "path_fast")]
    scores = score_trials(trials, history, origins, 6, champion="naive")
    best = best_model(scores)
    for model, found in scores.items():
        rivals = {"seasonal_naive": REFERENCE, "best": best, "champion": "naive"}
        for name, rival in rivals.items():
            difference = found[f"against_{name}"]
            assert difference.get("model", model) == rival
            assert model == rival or difference["low"] <= difference["mean"] <= difference["high"]


def test_the_scores_of_the_origins_make_the_score_of_all():
    history, origins = panel(60, 3), ["2017-06", "2017-12", "2018-06"]
    trials = [run_trial(m, history, origins, 6) for m in ("seasonal_naive", "naive")]
    each = origin_scores(trials[1], trials[0], history, origins)
    whole = score_trials(trials, history, origins, 6)["naive"]
    for name in ("wis", "swis", "coverage_80"):
        assert np.mean([one[name] for one in each]) == pytest.approx(whole["bottom"][name])
        assert np.mean([one[f"total_{name}"] for one in each]) == pytest.approx(whole["total"][name])


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
