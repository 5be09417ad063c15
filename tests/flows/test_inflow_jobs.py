"""The inflow jobs end to end, on the shipped series, with a store in a file and MLflow's own database."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from triage.adapters.bundles import read_bundle
from triage.adapters.files import write_table
from triage.adapters.registry import Registry
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_inflow
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError, TableError
from triage.domain.tables import FORECAST, PATHS
from triage.entrypoints.commands.inflow import forecast
from triage.entrypoints.commands.tables import open_store
from triage.jobs.backtest_inflow import backtest_inflow
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.learn_inflow import against_champion, learn_inflow
from triage.jobs.show_forecast import show_forecast, sums_of

KIND = "first_application"
ORIGINS = "2022-12:2024-12:12"
QUICK = ["naive", "path_fast"]


def fresh_store(folder: Path) -> Store:
    opened = Store.open(f"sqlite:///{folder / 'store.db'}")
    opened.upgrade()
    return opened


@pytest.fixture(scope="module")
def inflow() -> pd.DataFrame:
    return shipped_inflow()


@pytest.fixture(scope="module")
def learned(tmp_path_factory, inflow):
    """Learned once and forecast with it: (home, store, registry, result, table)."""
    home = tmp_path_factory.mktemp("home")
    store, registry = fresh_store(home), Registry(f"sqlite:///{home / 'mlflow.db'}", home / "mlartifacts")
    store.publish("INFLOW", inflow, "inflow")
    result = learn_inflow(inflow, KIND, store, registry, home, ORIGINS, models=QUICK, workers=1)
    return home, store, registry, result, forecast_inflow(inflow, KIND, 18, 200, store)


@pytest.fixture(scope="module")
def backtested(tmp_path_factory, inflow):
    out = tmp_path_factory.mktemp("backtest")
    result = backtest_inflow(
        inflow, "nationality_iso3", KIND, ORIGINS, 12, ["path_fast"], out, workers=1, paths_to_write=20
    )
    return out, result


def test_the_first_model_learned_becomes_champion(learned):
    _, store, registry, result, _ = learned
    champion = store.champion(f"inflow-{KIND}")
    assert champion and champion.version == result["version"] and result["promoted"]
    assert registry.history(f"inflow-{KIND}")[0]["aliases"] == ["champion"]


def test_the_champions_bundle_holds_its_card_and_measures(learned):
    home, _, _, result, _ = learned
    files = read_bundle(home / result["location"])
    assert json.loads(files["model.json"])["model"] == result["model"]
    assert json.loads(files["metrics.json"])["bottom"]["rel_wis"] < 1
    assert "not national inflow" in files["card.md"]


def test_learning_again_on_the_same_data_leaves_the_champion(learned, inflow):
    home, store, registry, _, _ = learned
    again = learn_inflow(inflow, KIND, store, registry, home, ORIGINS, models=QUICK, workers=1)
    assert not again["promoted"] and "champion already" in again["text"]
    assert store.champion(f"inflow-{KIND}").sequence == 1


def test_a_model_that_is_hardly_better_than_the_champions_does_not_replace_it(tmp_path):
    store = fresh_store(tmp_path)
    champion = store.promote(f"inflow-{KIND}", "naive-0a", "bundles/naive-0a", "run", 0)
    gate = {"gain_over_other_champion_at_least": 0.01}
    scores = {"naive": {"bottom": {"rel_wis": 0.900}}, "path_fast": {"bottom": {"rel_wis": 0.895}}}
    assert against_champion(gate, "path_fast", scores, champion) == ("gain_over_other_champion_at_least",)
    scores["path_fast"]["bottom"]["rel_wis"] = 0.85
    assert against_champion(gate, "path_fast", scores, champion) == ()


def test_the_champion_is_scored_again_even_when_it_was_not_asked_for(learned, inflow):
    home, store, registry, result, _ = learned
    again = learn_inflow(inflow, KIND, store, registry, home, ORIGINS, models=["naive"], workers=1)
    assert result["model"] in again["scores"] and again["model"] == result["model"]


def test_scores_are_published_with_the_group_and_the_total(learned):
    _, store, _, result, _ = learned
    _, scores = store.newest("SCORES", KIND)
    assert {"bottom", "total", "SYR"} <= set(scores["series"])
    assert result["model"] in set(scores["model"])


def test_the_forecast_is_read_off_its_paths(learned):
    _, store, _, _, table = learned
    _, paths = store.newest("PATHS", KIND)
    one = paths[(paths["series"] == "SYR") & (paths["month"] == "2026-06")]["persons"]
    row = table[(table["series"] == "SYR") & (table["month"] == "2026-06")].iloc[0]
    assert row["p90"] == pytest.approx(np.quantile(one, 0.9))


def test_on_every_published_draw_the_total_is_the_sum_of_its_parts(learned):
    _, store, _, _, _ = learned
    _, paths = store.newest("PATHS", KIND)
    wide = paths.pivot_table(index=["draw", "month"], columns="series", values="persons")
    assert (wide["total"] - wide.drop(columns="total").sum(axis=1)).abs().max() <= 1e-6


def test_what_is_published_holds_the_tables_declaration(learned):
    _, store, _, _, table = learned
    FORECAST.check(table)
    PATHS.check(store.newest("PATHS", KIND)[1])


def test_the_same_seed_forecasts_the_same(tmp_path, inflow):
    store = fresh_store(tmp_path)
    first, second = (forecast_inflow(inflow, KIND, 6, 50, store, model_name="path_fast", seed=9) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_forecast_that_cannot_be_publishes_nothing(tmp_path, inflow):
    store = fresh_store(tmp_path)
    with pytest.raises(ForecastError):
        forecast_inflow(inflow, KIND, 61, 50, store)
    with pytest.raises(TableError):
        forecast_inflow(inflow, "tourists", 6, 50, store)
    with pytest.raises(ForecastError, match="Known are"):
        forecast_inflow(inflow, KIND, 6, 50, store, model_name="crystal_ball")
    assert store.publications("FORECAST") == [] and store.publications("PATHS") == []


def test_a_shown_forecast_has_a_dutch_chart_rows_and_a_sum_for_every_series(learned):
    _, store, _, _, _ = learned
    shown = show_forecast(store, KIND)
    assert shown.series[0].series == "total" and len(shown.series) == 8
    for series in shown.series:
        assert series.chart.startswith("<svg") and len(series.rows) == 18
        assert series.year.p10 <= series.year.p50 <= series.year.p90
        assert series.score is not None
    assert "niet de landelijke instroom" in shown.series[0].label


def test_a_sum_over_months_is_narrower_than_the_sum_of_their_bands(learned):
    _, store, _, _, table = learned
    number = store.newest("FORECAST", KIND)[0].publication_id
    year = next(s for s in sums_of(store, number, ("2026-01", "2026-12")) if s.series == "total")
    months = table[(table["series"] == "total") & table["month"].between("2026-01", "2026-12")]
    assert year.p90 - year.p10 < (months["p90"] - months["p10"]).sum()


def test_a_window_outside_the_forecast_is_refused(learned):
    _, store, _, _, _ = learned
    number = store.newest("FORECAST", KIND)[0].publication_id
    with pytest.raises(ForecastError, match="outside the forecast"):
        sums_of(store, number, ("2031-01", "2031-12"))


def test_without_a_forecast_there_is_nothing_to_show(tmp_path):
    with pytest.raises(NotFoundError):
        show_forecast(fresh_store(tmp_path), KIND)


def test_a_backtest_writes_the_promised_columns(backtested):
    out, _ = backtested
    levels = ["q05", "q10", "q25", "q50", "q75", "q90", "q95", "actual"]
    assert list(pd.read_parquet(out / "quantiles.parquet")) == ["origin", "series", "period", "h", "model", *levels]
    assert list(pd.read_parquet(out / "sums.parquet")) == ["origin", "series", "model", *levels]
    assert {"origin", "draw", "series", "period", "persons"} <= set(pd.read_parquet(out / "paths.parquet"))


def test_written_paths_add_up(backtested):
    out, _ = backtested
    paths = pd.read_parquet(out / "paths.parquet")
    wide = paths.pivot_table(index=["origin", "draw", "period"], columns="series", values="persons")
    assert np.abs(wide["total"] - wide.drop(columns="total").sum(axis=1)).max() <= 1e-6


def test_scores_are_plain_json_with_definitions(backtested):
    out, result = backtested
    scores = json.loads((out / "scores.json").read_text())
    assert set(scores["models"]) == {"seasonal_naive", "path_fast"}
    promised = {"relWIS", "WIS", "WAPE", "MASE", "RMSSE", "bias", "coverage50", "coverage80", "coverage90", "seconds"}
    ours = scores["models"]["path_fast"]
    for group in (ours["overall"], ours["total"], *ours["series"].values()):
        assert promised <= set(group) and {"relWIS", "coverage80"} <= set(group["sums"])
    assert ours["seconds"] > 0
    assert promised | {"sums.relWIS"} <= set(scores["definitions"])
    assert "path_fast" in result["table"]


def test_the_report_stands_alone(backtested):
    out, _ = backtested
    page = (out / "report.html").read_text()
    assert page.count("<svg") >= 11 and "not national inflow" in page
    assert "<script" not in page and "src=" not in page and "@import" not in page


def test_the_number_of_workers_changes_no_figure(tmp_path, inflow):
    given = (inflow, "nationality_iso3", KIND, "2024-06", 6, ["naive", "path_fast"])
    for workers in (1, 2):
        backtest_inflow(*given, tmp_path / str(workers), workers=workers)
    one, two = (pd.read_parquet(tmp_path / w / "quantiles.parquet") for w in ("1", "2"))
    pd.testing.assert_frame_equal(one, two)


def test_a_backtest_of_an_unknown_model_names_the_known_ones(tmp_path, inflow):
    with pytest.raises(ForecastError, match="path_fast"):
        backtest_inflow(inflow, "nationality_iso3", KIND, ORIGINS, 12, ["crystal_ball"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_backtest_with_nothing_to_score_is_refused(tmp_path, inflow):
    with pytest.raises(ForecastError, match=r"outcome.*--origins up to 2025-11"):
        backtest_inflow(inflow, "nationality_iso3", KIND, "2025-12", 3, ["path_fast"], tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_quarters_are_backtested_without_naming_origins(tmp_path):
    quarters = [str(p) for p in pd.period_range("2014Q1", "2025Q4", freq="Q")]
    frame = pd.DataFrame({"quarter": quarters, "persons": range(100, 148), "nationality_iso3": "SYR"})
    result = backtest_inflow(frame, "nationality_iso3", None, None, 4, ["path_fast"], tmp_path, workers=1)
    assert result["protocol"]["origins"][0] == "2022Q1" and len(result["protocol"]["origins"]) <= 20
    assert result["models"]["path_fast"]["overall"]["relWIS"] is not None


def test_a_forecast_of_a_file_of_ones_own_is_not_the_official_one(store_of_inflow, inflow):
    forecast_inflow(inflow, KIND, 3, 20, store_of_inflow, label="mine")
    assert store_of_inflow.newest("FORECAST", KIND) is None
    assert store_of_inflow.newest("FORECAST", "mine") is not None


def test_a_model_name_with_a_tail_is_refused(store_of_inflow, inflow):
    with pytest.raises(ForecastError, match="path_fast"):
        forecast_inflow(inflow, KIND, 3, 20, store_of_inflow, model_name="path_fast-bogus")


@pytest.fixture
def store_of_inflow(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'triage.db'}")
    store.upgrade()
    return store


def test_a_file_of_ones_own_never_takes_the_name_of_an_official_forecast(tmp_path, inflow):
    write_table(inflow, tmp_path / f"{KIND}.csv")
    given = ["forecast", "--data", str(tmp_path / f"{KIND}.csv"), "--months", "3"]
    settings = Settings(home=str(tmp_path), forecast_paths=20)
    for label in (KIND, "family_member_nareis"):
        refused = CliRunner().invoke(forecast, [*given[1:], "--label", label], obj=settings)
        assert isinstance(refused.exception, ForecastError)
    assert CliRunner().invoke(forecast, given[1:], obj=settings).exit_code == 0
    labels = [p.label for p in open_store(settings).publications("FORECAST")]
    assert labels == [f"{KIND} (eigen bestand)"]


def test_a_negative_seed_is_refused_before_anything_runs(tmp_path):
    refused = CliRunner().invoke(forecast, ["--seed", "-1"], obj=Settings(home=str(tmp_path)))
    assert refused.exit_code == 2 and "--seed" in refused.output
