"""Scenarios end to end: register in, base and overlaid forecast out, both scored; the MPP beside them."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from triage.adapters.files import write_table
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_events, shipped_file, shipped_inflow
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NothingToDoError, TableError
from triage.domain.inflow_tables import FORECAST, PATHS, PUBLISHED_SCORES
from triage.entrypoints.commands.inflow import forecast
from triage.entrypoints.commands.tables import open_store
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.forecast_national import forecast_national
from triage.jobs.import_events import import_events
from triage.jobs.judge_mpp import judge_mpp, judged_rows, placed_now, published_mpp_form
from triage.jobs.list_scenarios import list_scenarios
from triage.jobs.score_published import score_published

KIND = "first_application"


def fresh_store(folder) -> Store:
    opened = Store.open(f"sqlite:///{folder / 'triage.db'}")
    opened.upgrade()
    return opened


@pytest.fixture(scope="module")
def inflow() -> pd.DataFrame:
    return shipped_inflow()


@pytest.fixture(scope="module")
def until_2024(inflow) -> pd.DataFrame:
    return inflow[inflow["period"] <= "2024-12"].assign(vintage="2025-01-31")


@pytest.fixture(scope="module")
def forecasted(tmp_path_factory, inflow, until_2024):
    """At 2024-12, base and the Syrian scenario; the counts of 2025 came in later: (store, table)."""
    store = fresh_store(tmp_path_factory.mktemp("home"))
    table = forecast_inflow(until_2024, KIND, 18, 400, store, model_name="path_fast", scenarios=["syria-2024"])
    store.publish("INFLOW", inflow, "inflow")
    return store, table


def wide(store: Store, label: str) -> pd.DataFrame:
    return store.newest("PATHS", label)[1].pivot_table(index=["draw", "month"], columns="series", values="persons")


def test_base_and_scenario_are_published_each_under_its_own_label(forecasted):
    store, table = forecasted
    labels = {p.label for p in store.publications("FORECAST")}
    assert labels == {p.label for p in store.publications("PATHS")} == {KIND, f"{KIND}/syria-2024"}
    assert list(table["scenario"].unique()) == ["base", "syria-2024"]


def test_what_is_published_says_its_scenario_vintage_and_hindsight(forecasted):
    store, _ = forecasted
    base, laid = (store.newest("FORECAST", label)[1] for label in (KIND, f"{KIND}/syria-2024"))
    assert set(base["vintage"]) == set(laid["vintage"]) == {"2025-01-31"}
    assert set(base["note"]) == {""} and laid["note"].str.contains("Hindsight").all()
    assert set(store.newest("PATHS", f"{KIND}/syria-2024")[1]["scenario"]) == {"syria-2024"}
    for table in (base, laid):
        FORECAST.check(table)


def test_the_base_is_the_same_with_and_without_a_scenario(forecasted, tmp_path, until_2024):
    store, _ = forecasted
    alone = fresh_store(tmp_path)
    forecast_inflow(until_2024, KIND, 18, 400, alone, model_name="path_fast")
    assert alone.newest("PATHS", KIND)[0].digest == store.newest("PATHS", KIND)[0].digest
    assert alone.publications("INFLOW_EVENTS") == []


def test_a_scenario_does_not_depend_on_which_others_are_asked_for(forecasted, tmp_path, until_2024):
    store, _ = forecasted
    more = fresh_store(tmp_path)
    names = ["eritrea-2025", "syria-2024", "syria-2024"]
    forecast_inflow(until_2024, KIND, 18, 400, more, model_name="path_fast", scenarios=names)
    label = f"{KIND}/syria-2024"
    assert more.newest("PATHS", label)[0].digest == store.newest("PATHS", label)[0].digest
    assert len(more.publications("FORECAST")) == 3


def test_only_the_series_of_the_event_and_the_total_differ(forecasted):
    store, _ = forecasted
    base, laid = wide(store, KIND), wide(store, f"{KIND}/syria-2024")
    others = [name for name in base if name not in ("SYR", "total")]
    pd.testing.assert_frame_equal(base[others], laid[others])
    assert (laid["SYR"] <= base["SYR"]).all() and (laid["SYR"] < base["SYR"]).any()
    assert (laid["total"] - laid.drop(columns="total").sum(axis=1)).abs().max() <= 1e-6
    assert base.loc[pd.IndexSlice[:, "2026-01"], "SYR"].equals(laid.loc[pd.IndexSlice[:, "2026-01"], "SYR"])


def test_the_register_that_was_used_is_published_once(forecasted, until_2024):
    store, _ = forecasted
    assert len(store.publications("INFLOW_EVENTS")) == 1
    pd.testing.assert_frame_equal(store.newest("INFLOW_EVENTS", "events")[1], shipped_events(), check_dtype=False)


def test_base_and_scenario_are_both_scored_and_the_scenario_wins_on_syria(forecasted):
    store, _ = forecasted
    scores = score_published(store, KIND).set_index(["scenario", "series"])
    assert set(scores.index.get_level_values(0)) == {"base", "syria-2024"}
    assert (scores["outcomes"].drop("bottom", level=1) == 12).all()
    assert scores.loc[("syria-2024", "SYR"), "wis"] <= 0.7 * scores.loc[("base", "SYR"), "wis"]
    assert scores.loc[("base", "ERI"), "wis"] == scores.loc[("syria-2024", "ERI"), "wis"]
    assert scores.loc[("base", "SYR"), "bias"] > 0.5


def test_the_baseline_is_scored_by_the_same_formula(forecasted):
    store, _ = forecasted
    scores = score_published(store, KIND)
    assert (scores["naive_wis_80"] > 0).all()
    naive = scores.pivot(index="series", columns="scenario", values="naive_wis_80")
    np.testing.assert_allclose(naive["base"], naive["syria-2024"])


def test_scores_can_be_published(forecasted):
    store, _ = forecasted
    score_published(store, KIND, publish=True)
    PUBLISHED_SCORES.check(store.newest("PUBLISHED_SCORES", KIND)[1])


def test_a_forecast_of_which_nothing_is_known_yet_has_rows_without_measures(tmp_path, inflow):
    store = fresh_store(tmp_path)
    store.publish("INFLOW", inflow, "inflow")
    forecast_inflow(inflow, KIND, 3, 20, store, model_name="naive")
    scores = score_published(store, KIND)
    assert (scores["outcomes"] == 0).all() and scores["wis"].isna().all() and len(scores) == 9


def test_an_unknown_scenario_is_refused_with_the_known_ones_and_nothing_is_published(tmp_path, inflow):
    store = fresh_store(tmp_path)
    with pytest.raises(ForecastError, match=r"Known are .*syria-2024.*mpp-2025-09"):
        forecast_inflow(inflow, KIND, 3, 20, store, scenarios=["nowhere"])
    with pytest.raises(ForecastError, match="says nothing of family_member_nareis"):
        forecast_inflow(inflow, "family_member_nareis", 3, 20, store, scenarios=["syria-2024"])
    assert store.publications("FORECAST") == []


def test_an_own_file_with_a_scenario_stays_out_of_the_official_labels(tmp_path, inflow):
    store = fresh_store(tmp_path)
    forecast_inflow(inflow, KIND, 6, 20, store, "naive", label="x (eigen bestand)", scenarios=["pact-2026"])
    assert {p.label for p in store.publications("FORECAST")} == {"x (eigen bestand)", "x (eigen bestand)/pact-2026"}


def test_an_edition_of_the_mpp_is_a_scenario_with_its_bridge_told(tmp_path, inflow):
    store = fresh_store(tmp_path)
    table = forecast_inflow(inflow, KIND, 12, 400, store, "path_fast", scenarios=["mpp-2025-09"])
    laid = table[table["scenario"] == "mpp-2025-09"]
    assert laid["note"].str.contains("27 %").all() and len(store.publications("MPP")) == 1
    form = published_mpp_form(store, inflow, KIND, f"{KIND}/mpp-2025-09").iloc[0]
    np.testing.assert_allclose([form["min"], form["max"]], np.array([39000, 67100]) * 11000 / 40610, rtol=0.02)


def test_an_edition_that_speaks_of_no_year_ahead_changes_nothing_and_says_so(tmp_path, inflow):
    store = fresh_store(tmp_path)
    table = forecast_inflow(inflow, KIND, 12, 50, store, "path_fast", scenarios=["mpp-2023-04"])
    base, laid = (table[table["scenario"] == s].reset_index(drop=True) for s in ("base", "mpp-2023-04"))
    pd.testing.assert_frame_equal(base.drop(columns=["scenario", "note"]), laid.drop(columns=["scenario", "note"]))
    assert laid["note"].str.contains("changes nothing").all()


def test_editions_are_scored_only_where_their_definition_can_be_bridged(tmp_path, inflow):
    rows = pd.DataFrame(judged_rows(judge_mpp(fresh_store(tmp_path), inflow, KIND))).set_index(["edition", "year"])
    scores = rows["interval_score"]
    assert scores["2023-04", 2023] == 77000 - 49000 and scores["2023-11", 2023] == 68000 - 45000
    assert scores["2025-09", 2025] == 55300 - 40000
    withheld = rows[scores.isna()]
    assert withheld["reason"].str.len().gt(10).all()
    assert "76700 and 136700" in withheld["reason"]["2025-spring", 2025]
    assert "incl. nareis" in withheld["reason"]["2022-11", 2022]
    assert rows[["position_min", "position_max"]].stack().between(0, 1).all()
    assert (rows["our_p10"] <= rows["our_p90"]).all()


def test_an_edition_is_judged_by_a_forecast_that_knew_no_more_than_its_makers(tmp_path, inflow):
    store = fresh_store(tmp_path)
    cut = inflow[inflow["period"] <= "2024-01"]
    early, late = ([r for r in judged_rows(judge_mpp(store, f, KIND)) if r["year"] == 2023] for f in (cut, inflow))
    assert [r["our_p50"] for r in early] == [r["our_p50"] for r in late] and len(early) == 2


def test_editions_are_placed_in_the_newest_forecast(tmp_path, inflow):
    store = fresh_store(tmp_path)
    forecast_inflow(inflow, KIND, 12, 200, store, "path_fast")
    found = placed_now(store, inflow, KIND)
    assert {(r["edition"], r["year"]) for r in found} == {("2025-09", 2026), ("2025-spring", 2026)}
    assert all(0 <= r["position_min"] <= r["position_max"] <= 1 and r["position_medio"] is None for r in found)


def test_a_register_is_imported_whole_and_the_newest_one_is_used(tmp_path, inflow):
    store = fresh_store(tmp_path)
    mine = shipped_events().head(1).assign(scenario="mine", event_id="mine", first="2026-01", last="2026-03")
    write_table(mine, tmp_path / "events.csv")
    report = import_events(tmp_path / "events.csv", "events", store)
    assert report.rows == 1 and report.scenarios == ("mine",) and "mine" in report.flags[0]
    assert next(one.name for one in list_scenarios(store)) == "mine"
    with pytest.raises(NothingToDoError):
        import_events(tmp_path / "events.csv", "events", store)
    forecast_inflow(inflow, KIND, 6, 20, store, "naive", scenarios=["mine"])
    assert len(store.publications("INFLOW_EVENTS")) == 1


def test_a_register_with_one_wrong_row_is_not_imported(tmp_path):
    store = fresh_store(tmp_path)
    wrong = shipped_events()
    wrong.loc[2, "high"] = 0.1
    write_table(wrong, tmp_path / "events.csv")
    with pytest.raises(TableError, match="row 3, column low"):
        import_events(tmp_path / "events.csv", "events", store)
    assert store.publications("INFLOW_EVENTS") == []


def test_a_dry_run_of_a_register_publishes_nothing(tmp_path):
    store = fresh_store(tmp_path)
    assert import_events(None, "events", store, dry_run=True).publication_id is None
    assert store.publications("INFLOW_EVENTS") == []


def test_an_exported_register_can_be_imported_again(tmp_path):
    store = fresh_store(tmp_path)
    import_events(None, "events", store)
    write_table(store.newest("INFLOW_EVENTS", "events")[1], tmp_path / "again.xlsx")
    with pytest.raises(NothingToDoError):
        import_events(tmp_path / "again.xlsx", "events", store)


def run(tmp_path, *words: str):
    return CliRunner().invoke(forecast, list(words), obj=Settings(home=str(tmp_path), forecast_paths=50))


def test_the_command_lists_scenarios_and_publishes_nothing(tmp_path):
    said = run(tmp_path, "--list-scenarios", "--json")
    names = [one["name"] for one in json.loads(said.stdout)["scenarios"]]
    assert {"syria-2024", "pact-2026", "mpp-2025-09"} <= set(names)
    assert "hindsight" in run(tmp_path, "--list-scenarios").output
    assert open_store(Settings(home=str(tmp_path))).publications("FORECAST") == []


def test_the_command_publishes_several_scenarios_and_prints_the_mpps_form(tmp_path):
    words = ["--model", "path_fast", "--months", "12", "--scenario", "pact-2026", "--scenario", "mpp-2025-09"]
    said = run(tmp_path, *words, "--mpp", "--json")
    found = json.loads(said.stdout)
    assert {row["scenario"] for row in found["mpp"]} == {"base", "pact-2026", "mpp-2025-09"}
    assert all(row["min"] <= row["medio"] <= row["max"] for row in found["mpp"])
    assert {one["scenario"] for one in found["notes"]} == {"pact-2026", "mpp-2025-09"}
    assert found["editions"] and found["places"] and "Hindsight" in said.stderr
    PATHS.check(open_store(Settings(home=str(tmp_path))).newest("PATHS", f"{KIND}/mpp-2025-09")[1])


def test_the_command_shows_a_doubtful_count_and_uses_it(tmp_path, inflow):
    doubtful = inflow.copy()
    is_last = (doubtful["period"] == "2025-12") & (doubtful["nationality_iso3"] == "AFG") & (doubtful["kind"] == KIND)
    doubtful.loc[is_last, "persons"] = 8500.0
    write_table(doubtful, tmp_path / "doubtful.csv")
    said = run(tmp_path, "--data", str(tmp_path / "doubtful.csv"), "--model", "naive", "--months", "3", "--json")
    assert "Please judge: AFG, 2025-12: 8500 persons" in said.stderr
    assert "AFG" in [one["series"] for one in json.loads(said.stdout)["surprises"]]


def test_a_label_that_looks_like_an_official_scenario_is_refused(tmp_path):
    refused = run(tmp_path, "--label", f"{KIND}/pact-2026", "--months", "3")
    assert isinstance(refused.exception, ForecastError)


def test_with_a_remainder_on_the_same_paths_there_is_a_national_row(tmp_path, inflow):
    store = fresh_store(tmp_path)
    forecast_inflow(inflow, KIND, 12, 100, store, "path_fast")
    quarters = pd.read_csv(shipped_file("cbs_quarterly_inflow.csv")).set_index("quarter")["first_applications"]
    forecast_national(inflow, KIND, quarters, None, store)
    seven, national = published_mpp_form(store, inflow, KIND).itertuples(index=False)
    assert (seven.year, national.year) == (2026, 2026) and national.scope == "national"
    assert national.medio > seven.medio and national.min <= national.medio <= national.max
    forecast_inflow(inflow, KIND, 12, 100, store, "path_fast", seed=2)  # other paths: the remainder is no longer theirs
    assert len(published_mpp_form(store, inflow, KIND)) == 1
