"""Files of cases: every fact checked by the register; known, unknown and not asked stay apart."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.adapters.case_files import canonical_cases
from triage.adapters.cells import of_parquet, to_parquet
from triage.adapters.files import read_cases, write_table
from triage.domain.errors import TableError
from triage.domain.facts import Fact, Register

REGISTER = Register.load()
SECRET = "Zaïda-Canary-9999"


def case_file(folder: Path, *lines: str) -> Path:
    path = folder / "cases.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def refusal(frame_or_path: pd.DataFrame | Path) -> str:
    with pytest.raises(TableError) as refused:
        if isinstance(frame_or_path, Path):
            read_cases(frame_or_path, REGISTER)
        else:
            canonical_cases(frame_or_path, REGISTER)
    return str(refused.value)


def test_a_file_of_cases_becomes_canonical(tmp_path: Path):
    path = case_file(
        tmp_path,
        "case_id;lodged_on;hours_booked;decided_on;extra_interview_day;at_border;family_size;documents;return_decision_on",
        "c1;2026-07-01;12,5;2026-09-01;ja;true;3;none;2024-02-29",
        "c2;2026-07-02;;;;unknown;UNKNOWN;unknown;",
        "c3;2026-07-03;;;;;;;",
    )
    cases = read_cases(path, REGISTER)
    assert cases["hours_booked"].iloc[0] == 12.5
    assert cases["decided_on"].iloc[0] == pd.Timestamp("2026-09-01") and cases["decided_on"].isna().sum() == 2
    assert cases["extra_interview_day"].tolist() == [True, None, None]
    assert cases["at_border"].tolist() == [True, "unknown", None]
    assert cases["family_size"].tolist() == [3.0, "unknown", None]
    assert cases["documents"].tolist() == ["none", "unknown", None]
    assert cases["return_decision_on"].tolist() == [date(2024, 2, 29), None, None]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("at_border", SECRET),
        ("family_size", "21"),
        ("family_size", "nan"),
        ("documents", SECRET),
        ("return_decision_on", "29-02-2024"),
        ("lodged_on", "01-07-2026"),
        ("lodged_on", ""),
        ("lodged_on", "2026-06-11T22:30:00+00:00"),
        ("lodged_on", "0001-01-01"),
        ("hours_booked", "-1"),
        ("hours_booked", "many"),
        ("hours_booked", "inf"),
        ("extra_interview_day", "perhaps"),
        ("decided_on", SECRET),
        ("closed_how", "x" * 65),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column_and_not_repeated(column: str, cell: str):
    frame = pd.DataFrame({"case_id": ["c1", "c2"], "lodged_on": ["2026-07-01"] * 2, column: ["", cell]})
    if column == "lodged_on":
        frame[column] = ["2026-07-01", cell]
    said = refusal(frame)
    assert f"row 2, column {column}: expected" in said
    assert SECRET not in said


def test_one_bad_row_among_ten_thousand_is_named_and_nothing_is_loaded(tmp_path: Path):
    lines = [f"c{i},2026-07-01,true" for i in range(10_000)]
    lines[7_311] = f"c7311,2026-07-01,{SECRET}"
    said = refusal(case_file(tmp_path, "case_id,lodged_on,at_border", *lines))
    assert "row 7312, column at_border" in said and SECRET not in said


def test_the_first_bad_row_is_named_and_the_others_are_counted():
    frame = pd.DataFrame({"case_id": list("abc"), "lodged_on": ["2026-07-01"] * 3})
    said = refusal(frame.assign(at_border=["", "", "x"], vis_hit=["", "x", "x"]))
    assert "row 2, column vis_hit" in said and "2 more cells" in said


def test_an_unknown_column_is_refused_by_the_names_of_the_known_ones(tmp_path: Path):
    said = refusal(case_file(tmp_path, f"case_id,lodged_on,{SECRET}", "c1,2026-07-01,x"))
    assert "column 3 of the file is not known" in said and "at_border" in said and SECRET not in said


@pytest.mark.parametrize("missing", ["case_id", "lodged_on"])
def test_a_file_without_its_key_columns_is_refused(missing: str):
    frame = pd.DataFrame({"case_id": ["c1"], "lodged_on": ["2026-07-01"]}).drop(columns=missing)
    assert f"column {missing} is missing" in refusal(frame)


def test_a_case_stands_in_a_file_once(tmp_path: Path):
    assert "row 3 repeats" in refusal(
        case_file(tmp_path, "case_id,lodged_on", "a,2026-07-01", "b,2026-07-01", "a,2026-07-02")
    )


def test_a_case_cannot_be_decided_before_it_was_lodged(tmp_path: Path):
    said = refusal(
        case_file(tmp_path, "case_id,lodged_on,decided_on", "a,2026-07-01,2026-07-01", "b,2026-07-01,2026-06-30")
    )
    assert "row 2, column decided_on" in said


def test_a_case_id_that_looks_like_anything_but_a_code_is_refused(tmp_path: Path):
    assert "row 1, column case_id" in refusal(case_file(tmp_path, "case_id,lodged_on", "Jan Jansen,2026-07-01"))


def test_numbers_of_a_spreadsheet_are_taken_as_case_ids():
    cases = canonical_cases(pd.DataFrame({"case_id": [17.0], "lodged_on": [pd.Timestamp("2026-07-01")]}), REGISTER)
    assert cases["case_id"].tolist() == ["17"]


def fact_cells(fact: Fact):
    if fact.kind == "flag":
        return st.booleans()
    if fact.kind == "number":
        return st.floats(*map(float, fact.values or (0, 100)))
    if fact.kind == "date":
        return st.dates(date(1990, 1, 1), date(2100, 1, 1))
    return st.sampled_from(["AFG", "SYR"] if fact.is_open else fact.values)


@st.composite
def canonical_frames(draw):
    rows = draw(st.integers(1, 5))
    columns = {"case_id": [f"c{i}" for i in range(rows)], "lodged_on": ["2026-07-01"] * rows}
    for name in ("at_border", "family_size", "documents", "return_decision_on", "nationality_iso3"):
        cell = st.none() | st.just("unknown") | fact_cells(REGISTER.facts[name])
        columns[name] = draw(st.lists(cell, min_size=rows, max_size=rows))
    return canonical_cases(pd.DataFrame({n: pd.Series(c, dtype=object) for n, c in columns.items()}), REGISTER)


@given(canonical_frames())
def test_every_canonical_frame_survives_the_store_format(cases: pd.DataFrame):
    pd.testing.assert_frame_equal(of_parquet(to_parquet(cases)), cases)


@given(canonical_frames(), st.sampled_from([".csv", ".parquet", ".xlsx"]))
def test_every_canonical_frame_survives_export_and_import(
    tmp_path_factory: pytest.TempPathFactory, cases: pd.DataFrame, suffix: str
):
    path = tmp_path_factory.mktemp("cases") / f"cases{suffix}"
    write_table(cases, path)
    pd.testing.assert_frame_equal(read_cases(path, REGISTER), cases)


def test_ten_thousand_cases_with_every_fact_are_read(tmp_path: Path):
    rows = 10_000
    columns = {"case_id": [f"c{i}" for i in range(rows)], "lodged_on": ["2026-07-01"] * rows}
    for fact in REGISTER.facts.values():
        values = {"flag": ["true", "false"], "number": [str(v) for v in fact.values], "date": ["2024-02-29"]}
        choices = ["", "unknown", *values.get(fact.kind, ["AFG"] if fact.is_open else list(fact.values))]
        columns[fact.name] = [choices[i % len(choices)] for i in range(rows)]
    write_table(pd.DataFrame(columns), tmp_path / "cases.csv")
    assert len(read_cases(tmp_path / "cases.csv", REGISTER)) == rows
