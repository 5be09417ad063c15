"""An import of counts is a new vintage beside the older ones, and says what was revised."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from triage.adapters.settings import Settings
from triage.adapters.sources import SHIPPED_VINTAGE, shipped_inflow, shipped_vintages
from triage.adapters.store import Store
from triage.domain.errors import NothingToDoError, SourceError, TableError
from triage.entrypoints.commands.tables import import_group
from triage.forecast.series import panel_of
from triage.forecast.vintages import as_of, triangle
from triage.jobs.import_inflow import import_inflow

MAY, NOVEMBER = SHIPPED_VINTAGE, "2026-11-20"


def revised(**changes: float) -> pd.DataFrame:
    """The shipped series with other values for Syrians in the months named (m2025_12=400)."""
    frame = shipped_inflow()
    for month, persons in changes.items():
        is_cell = (frame["kind"] == "first_application") & (frame["nationality_iso3"] == "SYR")
        frame.loc[is_cell & (frame["period"] == month[1:].replace("_", "-")), "persons"] = persons
    return frame


def test_a_second_import_stands_beside_the_first(store: Store):
    import_inflow(shipped_inflow(), "inflow", MAY, store)
    report = import_inflow(revised(m2025_12=400, m2025_11=275), "inflow", NOVEMBER, store)
    assert [p.rows for p in store.publications("INFLOW")] == [1848, 1848]
    found = report.revision
    assert found is not None and (found.cells, found.changed, found.new, found.gone) == (1848, 2, 0, 0)
    assert found.largest == 95 and found.largest_period == "2025-12" and "SYR" in found.largest_series
    assert found.largest_percent == pytest.approx(100 * 95 / 305)


def test_what_was_known_before_the_revision_can_be_read_back(store: Store):
    import_inflow(shipped_inflow(), "inflow", MAY, store)
    import_inflow(revised(m2025_12=400), "inflow", NOVEMBER, store)
    numbers = [p.publication_id for p in store.publications("INFLOW") if p.label == "inflow"]
    history = triangle([store.published(number)[1] for number in numbers])
    ends = [panel_of(as_of(history, day), kind="first_application").values[-1, 4] for day in ("2026-06", "2026-12")]
    assert ends == [305, 400]


@pytest.mark.parametrize("vintage", [MAY, NOVEMBER, ""])
def test_the_same_counts_under_another_date_are_nothing_to_do(store: Store, vintage: str):
    import_inflow(shipped_inflow(), "inflow", MAY, store)
    with pytest.raises(NothingToDoError):
        import_inflow(shipped_inflow().sample(frac=1, random_state=1), "inflow", vintage, store)
    assert len(store.publications("INFLOW")) == 1


def test_counts_without_a_date_get_the_day_of_import(store: Store, clock):
    report = import_inflow(shipped_inflow(), "mine", "", store, clock=clock)
    found = store.newest("INFLOW", "mine")
    assert report.vintage == "2026-11-24" and found is not None and set(found[1]["vintage"]) == {"2026-11-24"}


def test_a_file_with_two_vintages_keeps_them(store: Store):
    report = import_inflow(shipped_vintages(), "eurostat", "", store)
    found = store.newest("INFLOW", "eurostat")
    assert report.vintage == "of the file" and found is not None and found[1]["vintage"].nunique() == 2
    with pytest.raises(NothingToDoError):
        import_inflow(shipped_vintages(), "eurostat", "", store)


def test_a_dry_run_tells_the_revisions_and_publishes_nothing(store: Store):
    import_inflow(shipped_inflow(), "inflow", MAY, store)
    report = import_inflow(revised(m2025_12=400), "inflow", NOVEMBER, store, dry_run=True)
    assert report.publication_id is None and report.revision is not None and report.revision.changed == 1
    assert len(store.publications("INFLOW")) == 1


@pytest.mark.parametrize("vintage", ["soon", "2026-13-01", "26-11-2026"])
def test_a_report_date_that_is_none_publishes_nothing(store: Store, vintage: str):
    with pytest.raises(TableError, match="vintage"):
        import_inflow(shipped_inflow(), "inflow", vintage, store)
    assert store.publications("INFLOW") == []


def test_no_rows_are_refused(store: Store):
    with pytest.raises(TableError, match="no rows"):
        import_inflow(shipped_inflow().head(0), "inflow", MAY, store)


def test_the_command_reads_a_source_and_leaves_no_store_where_it_cannot_be_reached(tmp_path: Path):
    settings = Settings(home=str(tmp_path / "home"), cbs_url="http://127.0.0.1:9", source_timeout_seconds=1)
    answer = CliRunner().invoke(import_group, ["inflow", "--from", "cbs"], obj=settings)
    assert isinstance(answer.exception, SourceError) and not (tmp_path / "home").exists()


def test_the_command_says_what_was_revised_as_json(tmp_path: Path):
    settings = Settings(home=str(tmp_path / "home"))
    revised(m2025_12=400).to_csv(tmp_path / "new.csv", index=False)
    first = CliRunner().invoke(import_group, ["inflow"], obj=settings)
    second = CliRunner().invoke(import_group, ["inflow", str(tmp_path / "new.csv"), "--json"], obj=settings)
    assert "1848 rows checked, published under inflow as the vintage 2026-05-22" in first.stdout
    assert json.loads(second.stdout)["revision"]["largest"] == 95


def test_a_file_and_a_source_together_are_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text("month,persons\n2026-01,1\n")
    answer = CliRunner().invoke(
        import_group, ["inflow", str(tmp_path / "a.csv"), "--from", "cbs"], obj=Settings(home=str(tmp_path))
    )
    assert answer.exit_code == 2
