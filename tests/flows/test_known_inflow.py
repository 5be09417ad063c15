"""Vintages end to end: a forecast made as of a day knows what was reported by then, and nothing more."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from triage.adapters.files import write_table
from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.errors import ForecastError
from triage.entrypoints.commands.inflow import forecast
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.import_inflow import import_inflow
from triage.jobs.known_inflow import imported_inflow, known_inflow

sys.path.insert(0, str(Path(__file__).parents[1] / "forecast"))
from vintage_examples import growing

KIND = "first_application"


def fresh_store(folder) -> Store:
    opened = Store.open(f"sqlite:///{folder / 'triage.db'}")
    opened.upgrade()
    return opened


@pytest.fixture(scope="module")
def reports() -> list[pd.DataFrame]:
    return growing(72, 30)[0]


def forecast_of(known, store):
    return forecast_inflow(known.frame, KIND, 6, 40, store, model_name="path_fast", history=known.history)


def test_a_later_report_changes_nothing_in_what_was_known_before(reports, tmp_path):
    day, store = str(reports[20]["vintage"].iloc[0]), fresh_store(tmp_path)
    then = forecast_of(known_inflow(reports[:21]), store)
    looked_back = forecast_of(known_inflow(reports, day), store)
    pd.testing.assert_frame_equal(then, looked_back)


def test_young_counts_are_completed_before_the_model_is_fitted_and_the_forecast_says_so(reports, tmp_path):
    store = fresh_store(tmp_path)
    known = known_inflow(reports)
    drawn = forecast_of(known, store)
    taken = forecast_inflow(known.frame, KIND, 6, 40, store, model_name="path_fast")
    assert "completed" in drawn["note"].iloc[0] and drawn["vintage"].iloc[0]
    total = drawn["series"] == "total"
    assert drawn.loc[total, "p50"].mean() > 1.02 * taken.loc[total, "p50"].mean()  # the newest counts were too low


def test_imports_stand_beside_each_other_and_the_newest_is_used(reports, tmp_path):
    store = fresh_store(tmp_path)
    for report in reports[:3]:
        import_inflow(report, "inflow", "", store)
    known = known_inflow(imported_inflow(store))
    assert known.frame["period"].max() == reports[2]["period"].max()
    assert known.history is not None and known.history["reported"].nunique() == 3


def test_one_report_has_no_history_and_is_taken_as_it_is(reports):
    assert known_inflow(reports[:1]).history is None


def test_a_day_before_the_first_report_is_refused(reports):
    with pytest.raises(ForecastError, match="Nothing had been reported"):
        known_inflow(reports, "2010-01-01")


def test_the_command_looks_back_in_a_file_of_many_reports(reports, tmp_path):
    file = tmp_path / "reports.csv"
    write_table(pd.concat(reports, ignore_index=True), file)
    settings = Settings(home=str(tmp_path / "home"))
    words = ["--data", str(file), "--as-of", str(reports[20]["vintage"].iloc[0]), "--months", "3", "--json"]
    ran = CliRunner().invoke(forecast, words, obj=settings)
    assert ran.exit_code == 0, ran.output
    assert f'"made_on": "{reports[20]["period"].max()}"' in ran.output
