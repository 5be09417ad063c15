"""A table from a file is published whole, or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from triage.adapters.files import write_table
from triage.adapters.sources import shipped_inflow
from triage.adapters.store import Store
from triage.domain.errors import NothingToDoError, TableError
from triage.domain.facts import Register
from triage.jobs.import_table import import_table

REGISTER = Register.load()


def inflow_file(folder: Path, rows: int = 3) -> Path:
    path = folder / "inflow.csv"
    path.write_text("month,persons\n" + "".join(f"2026-{m:02d},{m * 10}\n" for m in range(1, rows + 1)))
    return path


def test_a_file_is_published_under_its_label(store: Store, tmp_path: Path):
    report = import_table(inflow_file(tmp_path), "INFLOW", "mine", store, REGISTER)
    found = store.newest("INFLOW", "mine")
    assert found is not None and found[0].publication_id == report.publication_id
    assert found[1]["persons"].tolist() == [10, 20, 30] and report.rows == 3


def test_a_dry_run_publishes_nothing(store: Store, tmp_path: Path):
    report = import_table(inflow_file(tmp_path), "INFLOW", "mine", store, REGISTER, dry_run=True)
    assert report.rows == 3 and report.publication_id is None
    assert store.publications("INFLOW") == []


def test_the_same_rows_are_not_published_twice(store: Store, tmp_path: Path):
    import_table(inflow_file(tmp_path), "INFLOW", "mine", store, REGISTER)
    with pytest.raises(NothingToDoError):
        import_table(inflow_file(tmp_path), "INFLOW", "mine", store, REGISTER)
    assert len(store.publications("INFLOW")) == 1


def test_new_rows_are_published_beside_the_old_ones(store: Store, tmp_path: Path):
    import_table(inflow_file(tmp_path, 3), "INFLOW", "mine", store, REGISTER)
    import_table(inflow_file(tmp_path, 4), "INFLOW", "mine", store, REGISTER)
    assert [p.rows for p in store.publications("INFLOW")] == [4, 3]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_an_exported_table_is_recognised_when_it_comes_back(store: Store, tmp_path: Path, suffix: str):
    store.publish("INFLOW", shipped_inflow().head(40), "inflow")
    write_table(shipped_inflow().head(40), tmp_path / f"inflow{suffix}")
    with pytest.raises(NothingToDoError):
        import_table(tmp_path / f"inflow{suffix}", "INFLOW", "inflow", store, REGISTER)


def test_one_bad_row_among_ten_thousand_publishes_nothing(store: Store, tmp_path: Path):
    lines = [f"c{i},2026-07-01,true" for i in range(10_000)]
    lines[6_000] = "c6000,2026-07-01,perhaps"
    (tmp_path / "cases.csv").write_text("case_id,lodged_on,at_border\n" + "\n".join(lines))
    with pytest.raises(TableError, match="row 6001, column at_border"):
        import_table(tmp_path / "cases.csv", "CASES", "cases", store, REGISTER)
    assert store.publications("CASES") == [] and store.audit_events() == []


def test_imported_cases_keep_known_unknown_and_not_asked_apart(store: Store, tmp_path: Path):
    (tmp_path / "cases.csv").write_text(
        "case_id,lodged_on,at_border\na,2026-07-01,true\nb,2026-07-01,unknown\nc,2026-07-01,\n"
    )
    import_table(tmp_path / "cases.csv", "CASES", "cases", store, REGISTER)
    found = store.newest("CASES")
    assert found is not None and found[1]["at_border"].tolist() == [True, "unknown", None]


def test_a_file_without_rows_is_refused(store: Store, tmp_path: Path):
    (tmp_path / "inflow.csv").write_text("month,persons\n")
    with pytest.raises(TableError, match="no rows"):
        import_table(tmp_path / "inflow.csv", "INFLOW", "mine", store, REGISTER)


def test_a_table_that_is_not_declared_is_refused(store: Store, tmp_path: Path):
    write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")
    with pytest.raises(TableError, match="Declared are"):
        import_table(tmp_path / "a.csv", "SECRETS", "x", store, REGISTER)
