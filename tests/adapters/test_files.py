"""Files in and out: refused with row and column, never half-loaded, never echoing a value."""

import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from triage.adapters.files import MAX_COLUMNS, read_table, tidy_inflow, write_table
from triage.adapters.sources import shipped_inflow
from triage.domain.errors import TableError
from triage.domain.inflow_tables import INFLOW

SECRET = "Zaïda-Canary-9999"


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf8"))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(TableError) as refused:
        read_table(path)
    return str(refused.value)


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_reads_alike_whatever_its_delimiter_mark_and_line_end(
    tmp_path: Path, delimiter: str, mark: bytes, end: str
):
    text = end.join(["a,b", "1,x", ",y"]).replace(",", delimiter)
    frame = read_table(written(tmp_path, mark + text.encode()))
    assert frame["a"].tolist()[0] == "1" and frame["a"].isna().tolist() == [False, True]
    assert frame["b"].tolist() == ["x", "y"]


def test_a_quoted_cell_may_hold_delimiters_and_line_ends(tmp_path: Path):
    frame = read_table(written(tmp_path, 'a,b\n"1;2,\n3",x\n'))
    assert frame["a"].tolist() == ["1;2,\n3"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_table_comes_back_from_every_kind_of_file(tmp_path: Path, suffix: str):
    path = tmp_path / f"inflow{suffix}"
    write_table(shipped_inflow().head(30), path)
    pd.testing.assert_frame_equal(read_table(path, INFLOW), shipped_inflow().head(30))


def test_latin_1_is_refused_with_its_row(tmp_path: Path):
    path = written(tmp_path, "a,b\nx,y\ncafé,z\n".encode("latin-1"))
    assert "row 2 is not UTF-8" in refusal(path)


def test_a_row_of_another_width_is_named(tmp_path: Path):
    assert "row 2 has 3 cells, the header has 2" in refusal(written(tmp_path, "a,b\n1,2\n1,2,3\n"))


def test_a_long_field_is_named_by_row_and_column_number(tmp_path: Path):
    said = refusal(written(tmp_path, f"a,b\n1,2\n1,{'é' * 2100}\n"))
    assert "row 2, column 2: longer than 4096 bytes" in said


def test_a_field_longer_than_the_parser_takes_is_refused(tmp_path: Path):
    assert "line 2" in refusal(written(tmp_path, f"a\n{'x' * 200_000}\n"))


def test_a_quote_that_does_not_close_is_refused(tmp_path: Path):
    assert "no CSV" in refusal(written(tmp_path, 'a,b\n"1,2\n3,4\n'))


def test_nul_characters_are_refused(tmp_path: Path):
    assert "NUL" in refusal(written(tmp_path, "a,b\n1,\0\n"))


def test_an_empty_row_between_rows_is_named(tmp_path: Path):
    assert "row 2 is empty" in refusal(written(tmp_path, "a,b\n1,2\n\n3,4\n"))


def test_empty_rows_at_the_end_do_not_count(tmp_path: Path):
    assert len(read_table(written(tmp_path, "a,b\n1,2\n\n,\n\n"))) == 1


def test_too_many_columns_are_refused(tmp_path: Path):
    header = ",".join(f"c{i}" for i in range(MAX_COLUMNS + 1))
    assert "more than 80 columns" in refusal(written(tmp_path, header + "\n"))


@pytest.mark.parametrize("header", ["a,a", "a,,b", ",a"])
def test_a_header_with_empty_or_double_names_is_refused(tmp_path: Path, header: str):
    assert "column" in refusal(written(tmp_path, f"{header}\n1,2,3\n"))


@pytest.mark.parametrize("name", ["table.txt", "table.pkl", "table"])
def test_other_kinds_of_file_are_refused(tmp_path: Path, name: str):
    assert ".csv, .parquet, .xlsx" in refusal(written(tmp_path, "a\n1\n", name))


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx", "table.parquet"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str):
    assert name in refusal(written(tmp_path, b"", name))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    assert "cannot be read" in refusal(tmp_path / "nothing.csv")


@pytest.mark.parametrize("name", ["table.xlsx", "table.parquet"])
def test_noise_in_a_binary_file_is_refused_calmly(tmp_path: Path, name: str):
    assert "Write it again" in refusal(written(tmp_path, b"\x00\x01PK" * 50, name)).replace("Save", "Write")


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (30 * 2**20))
    assert "unpacks to more than" in refusal(path)


def test_a_sheet_gives_typed_cells(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["a", "b", "c", "d"])
    sheet.append([1.5, True, "x", date(2026, 7, 1)])
    book.save(tmp_path / "table.xlsx")
    frame = read_table(tmp_path / "table.xlsx")
    assert frame.iloc[0].tolist()[:3] == [1.5, True, "x"]
    assert frame.iloc[0]["d"].date() == date(2026, 7, 1)


def test_parquet_with_nested_columns_is_refused(tmp_path: Path):
    pd.DataFrame({"a": [[1, 2]]}).to_parquet(tmp_path / "table.parquet")
    assert "plain column" in refusal(tmp_path / "table.parquet")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_exported_text_starts_a_formula(tmp_path: Path, suffix: str, start: str):
    path = tmp_path / f"out{suffix}"
    write_table(pd.DataFrame({"note": [f"{start}HYPERLINK(1)"], "persons": [-3.5]}), path)
    found = read_table(path)
    assert found["note"][0].startswith("'")
    assert float(found["persons"][0]) == -3.5


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path):
    path = tmp_path / "out.csv"
    write_table(pd.DataFrame({"a": [1]}), path)
    with pytest.raises(TableError):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "out.pdf")
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize(
    ("name", "value"), [("month", "2026-01"), ("quarter", "2026Q1"), ("week", "2026-W03"), ("period", "2026-01")]
)
def test_inflow_may_call_its_period_by_its_length(tmp_path: Path, name: str, value: str):
    frame = read_table(written(tmp_path, f"{name},persons\n{value},12\n"), INFLOW)
    assert frame.iloc[0].to_dict() == {
        "period": value,
        "persons": 12.0,
        "nationality_iso3": "TOT",
        "kind": "first_application",
    }


def test_inflow_with_two_periods_is_refused():
    with pytest.raises(TableError, match="one column period"):
        tidy_inflow(pd.DataFrame({"month": ["2026-01"], "week": ["2026-W01"], "persons": [1]}))


def test_a_bad_inflow_row_among_ten_thousand_is_named(tmp_path: Path):
    rows = [f"{1900 + i // 12:04d}-{i % 12 + 1:02d},{i},K{i % 7}" for i in range(10_000)]
    rows[7_311] = f"2026-01,{SECRET},K1"
    path = written(tmp_path, "month,persons,kind\n" + "\n".join(rows) + "\n")
    with pytest.raises(TableError) as refused:
        read_table(path, INFLOW)
    assert "row 7312" in str(refused.value) and "persons" in str(refused.value) and SECRET not in str(refused.value)
