"""The inflow jobs end to end, on the shipped series, with a store in a file and MLflow's own database."""

import json
import signal
import sqlite3
import subprocess
import sys
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
from triage.domain.inflow_tables import FORECAST, PATHS
from triage.entrypoints.commands.backtest import backtest
from triage.entrypoints.commands.inflow import forecast
from triage.entrypoints.commands.tables import open_store
from triage.forecast.series import panel_of
from triage.jobs.backtest_inflow import backtest_inflow
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.learn_inflow import against_champion, learn_inflow, own_label, proposed
from triage.jobs.run_cells import Run, run_cells
from triage.jobs.show_forecast import show_forecast
from triage.jobs.sum_forecast import sum_forecast

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


def test_a_model_that_is_hardly_better_or_by_chance_does_not_replace_the_champion(tmp_path):
    store = fresh_store(tmp_path)
    champion = store.promote(f"inflow-{KIND}", "naive-0a", "bundles/naive-0a", "run", 0)
    gate = {"gain_over_other_champion_at_least": 0.01, "diebold_mariano_below": -1.64}
    proof, chance = {"high": -0.01, "diebold_mariano": -2.1}, {"high": 0.02, "diebold_mariano": -1.0}
    scores = {"naive": {"bottom": {"rel_wis": 0.9}}, "path_fast": {"bottom": {"rel_wis": 0.895}}}
    scores["path_fast"]["against_champion"] = proof
    assert against_champion(gate, "path_fast", scores, champion) == ("gain_over_other_champion_at_least",)
    scores["path_fast"]["bottom"]["rel_wis"] = 0.85
    assert against_champion(gate, "path_fast", scores, champion) == ()
    scores["path_fast"]["against_champion"] = chance
    assert against_champion(gate, "path_fast", scores, champion) == ("diebold_mariano_below",)


def test_within_one_per_cent_of_the_best_the_cheapest_is_proposed():
    figures = {"seasonal_naive": 0.5, "path_fast": 0.801, "path_ens": 0.81, "ens_card2": 0.795}
    scores = {m: {"bottom": {"rel_wis": v}, "total": {"rel_wis": v}} for m, v in figures.items()}
    assert proposed(scores, 0.01) == "path_fast" and proposed(scores, 0.0) == "ens_card2"


def test_the_champion_is_scored_again_even_when_it_was_not_asked_for(learned, inflow):
    home, store, registry, result, _ = learned
    again = learn_inflow(inflow, KIND, store, registry, home, ORIGINS, models=["naive"], workers=1)
    assert result["model"] in again["scores"] and again["model"] == result["model"]


def test_every_origin_of_every_model_is_a_run_below_that_of_the_model(learned):
    home, _, _, result, _ = learned
    with sqlite3.connect(home / "mlflow.db") as record:
        rows = record.execute(
            "SELECT model.value, origin.value FROM tags t JOIN params model USING (run_uuid) JOIN params origin "
            "USING (run_uuid) JOIN metrics m USING (run_uuid) WHERE t.key = 'mlflow.parentRunId' AND "
            "model.key = 'model' AND origin.key = 'origin' AND m.key = 'coverage_80'"
        ).fetchall()
    assert {origin for _, origin in rows} == {"2022-12", "2023-12", "2024-12"}
    assert set(result["scores"]) == {model for model, _ in rows}


def test_a_file_of_ones_own_gives_a_challenger_and_never_a_champion(tmp_path, learned, inflow):
    home, store, registry, _, _ = learned
    standing = store.champion(f"inflow-{KIND}")
    own = inflow.assign(persons=inflow["persons"] * 2)
    label = own_label(own, KIND, [inflow])
    assert label == f"{KIND} (eigen bestand)" and own_label(inflow.copy(), KIND, [inflow]) is None
    result = learn_inflow(own, KIND, store, registry, home, ORIGINS, models=QUICK, workers=1, label=label)
    assert not result["promoted"] and not result["is_champion"] and "challenger under" in result["headline"]
    assert store.champion(f"inflow-{KIND}") == standing
    assert store.champion(f"inflow-{label}") is None and store.newest("SCORES", label) is not None
    assert registry.history(f"inflow-{label}")[0]["aliases"] == ["challenger"]


def test_a_first_file_of_ones_own_does_not_become_champion_either(tmp_path, learned, inflow):
    _, _, registry, _, _ = learned
    store = fresh_store(tmp_path)
    learn_inflow(inflow, KIND, store, registry, tmp_path, "2024-06", models=["naive"], workers=1, label="mine")
    assert store.champion(f"inflow-{KIND}") is None


def test_quarters_are_learned_from_without_naming_origins(tmp_path, learned):
    _, _, registry, _, _ = learned
    quarters = [str(p) for p in pd.period_range("2014Q1", "2025Q4", freq="Q")]
    frame = pd.DataFrame({"quarter": quarters, "persons": range(100, 148), "nationality_iso3": "SYR"})
    store = fresh_store(tmp_path)
    result = learn_inflow(frame, KIND, store, registry, tmp_path, models=["naive"], workers=1)
    assert result["promoted"] and result["model"] == "naive"


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
    year = sum_forecast(store, number, first="2026-01", last="2026-12")
    months = table[(table["series"] == "total") & table["month"].between("2026-01", "2026-12")]
    assert year.p90 - year.p10 < (months["p90"] - months["p10"]).sum()


def test_a_window_outside_the_forecast_is_refused(learned):
    _, store, _, _, _ = learned
    number = store.newest("FORECAST", KIND)[0].publication_id
    with pytest.raises(NotFoundError, match="no such period"):
        sum_forecast(store, number, first="2031-01", last="2031-12")


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


def without_seconds(found):
    """Scores but for what depends on the machine."""
    if isinstance(found, dict):
        return {name: without_seconds(value) for name, value in found.items() if name not in ("seconds", "cells")}
    return found


@pytest.fixture(scope="module")
def small(inflow) -> pd.DataFrame:
    """Two nationalities: what is promised of a run holds for few series too."""
    return inflow[inflow["nationality_iso3"].isin(["SYR", "TUR"])].reset_index(drop=True)


def test_the_number_of_workers_changes_no_figure(tmp_path, small):
    given = (small, "nationality_iso3", KIND, "2023-06:2024-06:12", 6, ["naive", "path_fast"])
    one, two = (backtest_inflow(*given, tmp_path / str(n), workers=n, paths_to_write=5) for n in (1, 2))
    assert without_seconds(one) == without_seconds(two)
    for name in ("quantiles", "sums", "paths"):
        pd.testing.assert_frame_equal(*(pd.read_parquet(tmp_path / n / f"{name}.parquet") for n in ("1", "2")))


KILLED = """
import os, signal, sys
from pathlib import Path
from triage.adapters.files import read_table
from triage.jobs.backtest_inflow import backtest_inflow

def die_halfway(label, done, total):
    if done == 7:
        os.kill(os.getpid(), signal.SIGKILL)

data, out = map(Path, sys.argv[1:])
backtest_inflow(read_table(data), "nationality_iso3", "first_application", "2023-06:2024-06:3", 6,
                ["naive", "path_fast"], out, workers=1, progress=die_halfway)
"""


def test_a_run_that_was_killed_goes_on_where_it_ended_and_finds_the_same(tmp_path, small):
    write_table(small, tmp_path / "small.csv")
    given = [tmp_path / "small.csv", tmp_path / "broken"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *given], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL and not (tmp_path / "broken" / "scores.json").exists()
    resumed, clean = (
        backtest_inflow(
            small, "nationality_iso3", KIND, "2023-06:2024-06:3", 6, ["naive", "path_fast"], tmp_path / name, workers=1
        )
        for name in ("broken", "clean")
    )
    assert 7 <= resumed["cells"]["reused"] < 15 and clean["cells"] == {"reused": 0, "all": 15}
    found, wanted = (json.loads((tmp_path / name / "scores.json").read_text()) for name in ("broken", "clean"))
    assert without_seconds(found) == without_seconds(wanted)


def cells_again(frame: pd.DataFrame, folder: Path, seed: int = 1):
    """Two models at three origins, kept in `folder`: (trials, how many were reused)."""
    panel = panel_of(frame, kind=KIND)
    run = Run(6, seed=seed, workers=1, folder=folder)
    return run_cells(["seasonal_naive", "path_fast"], panel, ["2023-06", "2023-09", "2023-12"], run)


def test_a_second_run_reuses_all_and_makes_a_torn_cell_anew(tmp_path, small):
    (first, none), (second, all_of_them) = (cells_again(small, tmp_path) for _ in range(2))
    assert (none, all_of_them) == (0, 6)
    torn = next(tmp_path.glob("path_fast-2023-09-*.npz"))
    torn.write_bytes(torn.read_bytes()[:500])
    third, reused = cells_again(small, tmp_path)
    assert reused == 5
    for trials in (second, third):
        assert all((a.quantiles == b.quantiles).all() for a, b in zip(first, trials, strict=True))
    assert [t.seconds for t in first] == [t.seconds for t in second]


def test_other_counts_or_another_seed_reuse_nothing(tmp_path, small):
    cells_again(small, tmp_path)
    revised = small.assign(persons=small["persons"].where(small["period"] != "2015-03", small["persons"] + 5))
    assert cells_again(revised, tmp_path)[1] == 0
    assert cells_again(small, tmp_path, seed=7)[1] == 0


def test_the_command_says_what_it_reused(tmp_path, small):
    write_table(small, tmp_path / "inflow.csv")
    given = ["--data", str(tmp_path / "inflow.csv"), "--kind", KIND, "--origins", "2024-06", "--horizon", "3"]
    given += ["--model", "naive", "--out", str(tmp_path / "out")]
    said = [CliRunner().invoke(backtest, given, obj=Settings(workers=1)).output for _ in range(2)]
    assert "reused 0 of 2" in said[0] and "reused 2 of 2" in said[1]


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
    given = ["--data", str(tmp_path / f"{KIND}.csv"), "--months", "3"]
    settings = Settings(home=str(tmp_path), forecast_paths=20)
    for words in ([], ["--label", "mine"], ["--label", f"{KIND}/pact-2026"]):
        assert CliRunner().invoke(forecast, [*given, *words], obj=settings).exit_code == 0
    labels = {p.label for p in open_store(settings).publications("FORECAST")}
    assert labels == {f"{name} (eigen bestand)" for name in (KIND, "mine", f"{KIND}/pact-2026")}
    refused = CliRunner().invoke(forecast, ["--months", "3", "--label", "family_member_nareis"], obj=settings)
    assert isinstance(refused.exception, ForecastError)


def test_a_negative_seed_is_refused_before_anything_runs(tmp_path):
    refused = CliRunner().invoke(forecast, ["--seed", "-1"], obj=Settings(home=str(tmp_path)))
    assert refused.exit_code == 2 and "--seed" in refused.output
