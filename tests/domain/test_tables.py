"""Declared tables: wrong input is refused with row and column, and never repeated in the message."""

import pandas as pd
import pytest

from triage.domain.errors import TableError
from triage.domain.inflow_tables import INFLOW
from triage.domain.tables import TABLES


def inflow(**columns):
    good = {"period": ["2026-01", "2026-02"], "persons": [10, 20], "kind": "a", "nationality_iso3": "SYR"}
    return pd.DataFrame(good | columns)


def test_a_good_table_comes_back_with_its_declared_types():
    assert INFLOW.check(inflow())["persons"].dtype == float


def test_labels_of_the_source_are_kept():
    assert "harbour" in INFLOW.check(inflow(harbour="x")).columns


@pytest.mark.parametrize(
    ("columns", "row", "column"),
    [
        ({"persons": [10, -1]}, 2, "persons"),
        ({"persons": [10, None]}, 2, "persons"),
        ({"persons": [float("inf"), 1]}, 1, "persons"),
        ({"period": ["2026-13", "2026-02"]}, 1, "period"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(columns, row, column):
    with pytest.raises(TableError, match=rf"row {row}, column {column}"):
        INFLOW.check(inflow(**columns))


def test_text_in_a_count_is_refused_without_repeating_it():
    with pytest.raises(TableError, match="column persons") as caught:
        INFLOW.check(inflow(persons=["10", "veertig"]))
    assert "veertig" not in str(caught.value)


def test_a_missing_column_is_named():
    with pytest.raises(TableError, match="column persons is missing"):
        INFLOW.check(inflow().drop(columns="persons"))


def test_a_repeated_key_is_refused_with_its_row():
    with pytest.raises(TableError, match="row 2 repeats the key"):
        INFLOW.check(inflow(period=["2026-01", "2026-01"]))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_every_column_says_what_it_means(table):
    assert set(table.columns) <= set(table.meaning)
