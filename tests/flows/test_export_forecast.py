"""A forecast taken along as a workbook or CSV: whole, safe in a spreadsheet, and true to what was published."""

import json

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.entrypoints.world import KIND, NAREIS, publish_forecasts

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.adapters.workbooks import csv_text, workbook
from triage.domain.errors import NotFoundError, TableError
from triage.entrypoints.commands.forecast_export import export_forecast_command
from triage.jobs.export_forecast import export_forecast


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> tuple[Settings, Store]:
    settings = Settings(home=str(tmp_path_factory.mktemp("home")))
    store = Store.open(settings.store_url)
    store.upgrade()
    publish_forecasts(store)
    return settings, store


def sheet(path, name) -> pd.DataFrame:
    return pd.read_excel(path, sheet_name=name, engine="openpyxl")


@pytest.fixture(scope="module")
def book(published, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "forecast.xlsx"
    assert export_forecast(published[1], KIND, path) == 2
    return path


def test_the_workbook_holds_base_and_scenario_as_published(published, book):
    rows = sheet(book, "forecast")
    assert set(rows["scenario"]) == {"base", "grens-dicht"}
    base = rows[rows["scenario"] == "base"].reset_index(drop=True)
    found = published[1].newest("FORECAST", KIND)[1]
    assert (base["p90"] - found["p90"]).abs().max() < 1e-9


def test_sums_in_the_workbook_are_narrower_than_the_sum_of_months(book):
    sums, rows = sheet(book, "sums"), sheet(book, "forecast")
    year = sums[(sums["series"] == "total") & (sums["periods"] == 12) & (sums["scenario"] == "base")].iloc[0]
    months = rows[(rows["series"] == "total") & (rows["scenario"] == "base")].head(12)
    assert year["p90"] - year["p10"] < (months["p90"] - months["p10"]).sum()


def test_the_workbook_names_sources_licence_model_and_every_column(book):
    sources = " ".join(sheet(book, "sources").astype(str).to_numpy().ravel())
    assert "CC BY 4.0" in sources and "path_fast" in sources and "not national inflow" in sources
    words = set(sheet(book, "definitions")["word"])
    used = {column for name in ("forecast", "sums") for column in sheet(book, name).columns}
    assert used - {"from", "to"} <= words
    assert sheet(book, "scenarios")["author"].iloc[0] == "een verzonnen analist"


def test_the_header_of_every_sheet_is_bold_and_stays_in_sight(book):
    opened = openpyxl.load_workbook(book)
    assert all(one.freeze_panes == "A2" and one["A1"].font.bold for one in opened.worksheets)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_text_that_would_run_as_a_formula_does_not(start, tmp_path):
    frame = pd.DataFrame({"reason": [start], start: ["x"]})
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook({"one": frame}))
    cells = [cell for row in openpyxl.load_workbook(path)["one"].iter_rows() for cell in row]
    assert all(cell.data_type == "s" and not cell.value.startswith(start) for cell in cells if cell.value != "reason")
    assert all(not line.startswith(start) for line in csv_text(frame).decode().split(","))


def test_another_ending_or_a_kind_without_forecast_is_refused_and_nothing_written(published, tmp_path):
    with pytest.raises(TableError, match=r"\.xlsx, \.csv"):
        export_forecast(published[1], KIND, tmp_path / "forecast.pdf")
    with pytest.raises(NotFoundError):
        export_forecast(published[1], "unheard_of", tmp_path / "forecast.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_csv_of_one_kind(published, tmp_path):
    path = tmp_path / "nareis.csv"
    done = CliRunner().invoke(
        export_forecast_command, ["--kind", NAREIS, "--out", str(path), "--json"], obj=published[0]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["forecasts"] == 1
    rows = pd.read_csv(path)
    assert set(rows["kind"]) == {NAREIS} and rows["source"].str.contains("CBS").all()
