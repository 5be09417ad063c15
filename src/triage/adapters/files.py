"""Tables from and to files: CSV (comma or semicolon), Parquet, XLSX. Nothing is half-loaded.

Errors name the row (from 1, the header not counted) and a column of the *known* list, never a value: a value
may be a name or a number that belongs to somebody.
"""

import csv
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from triage.adapters.case_files import canonical_cases
from triage.adapters.cells import is_empty, plain_frame
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.domain.inflow_tables import INFLOW
from triage.domain.table import Table

MAX_FIELD_BYTES = 4096
MAX_COLUMNS = 80
MAX_FILE_BYTES = 512 * 2**20
MAX_INFLATED_BYTES = 100 * 2**20
MAX_RATIO = 100
MAX_XLSX_ROWS = 1_048_575
PERIOD_NAMES = ("month", "quarter", "week")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Grid = tuple[list[str], list[list[Any]]]


def read_table(path: Path, table: Table | None = None) -> pd.DataFrame:
    """Read a table file; with `table` also checked against its declaration.

    CSV gives text cells, Parquet and XLSX give typed ones; an empty cell is missing (None or NaN). For INFLOW
    the columns are first made tidy (see `tidy_inflow`). Raises TableError with row and column.
    """
    path = Path(path)
    frame = _reader(path)(path)
    if table is None:
        return frame
    return table.check(tidy_inflow(frame) if table is INFLOW else frame)


def read_cases(path: Path, register: Register) -> pd.DataFrame:
    """Read a file of cases as CASES in its canonical form (see `canonical_cases`), every cell checked.

    Raises TableError that names the first bad row and column, for an unknown column, a repeated case_id and
    for a case decided before it was lodged.
    """
    return canonical_cases(read_table(path), register)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as .csv, .parquet or .xlsx; the file appears whole or not at all.

    Text that a spreadsheet would run as a formula gets a ' before it (CSV and XLSX). Dates without a time
    are written as 2026-11-24, flags as true and false.
    """
    path = Path(path)
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise TableError(f"{path.name}: expected a file that ends in {', '.join(WRITERS)}. Choose one of these.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        writer(plain_frame(frame), draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def tidy_inflow(frame: pd.DataFrame) -> pd.DataFrame:
    """Inflow rows under the names of INFLOW: `month`, `quarter` or `week` becomes `period`.

    Where they are absent, `nationality_iso3` is filled with TOT (all nationalities) and `kind` with
    first_application, the statistic that is called inflow without more words.
    """
    tidy = frame
    named = [name for name in PERIOD_NAMES if name in tidy.columns]
    if "period" not in tidy.columns:
        if len(named) != 1:
            raise TableError("INFLOW: expected one column period, month, quarter or week. Keep one of them.")
        tidy = tidy.rename(columns={named[0]: "period"})
    if "nationality_iso3" not in tidy.columns:
        tidy = tidy.assign(nationality_iso3="TOT")
    return tidy if "kind" in tidy.columns else tidy.assign(kind="first_application")


def _reader(path: Path) -> Callable[[Path], pd.DataFrame]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise TableError(f"{path.name}: expected a file that ends in {', '.join(READERS)}. Save it as one of these.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise TableError(f"{path.name} cannot be read ({error.strerror}). Check the name of the file.") from error
    if size > MAX_FILE_BYTES:
        raise TableError(f"{path.name}: larger than {MAX_FILE_BYTES >> 20} MiB. Split the file, or offer Parquet.")
    return reader


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start)
        raise TableError(
            f"{path.name}: row {line} is not UTF-8 (perhaps Latin-1 or Windows-1252). Save the file as CSV UTF-8."
        ) from error
    if "\0" in text:
        raise TableError(f"{path.name}: holds NUL characters, so it is no CSV text. Save the file as CSV UTF-8.")
    return _frame(*_checked_grid(path.name, _csv_rows(path.name, text)))


def _csv_rows(name: str, text: str) -> Iterator[list[Any]]:
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from rows
    except csv.Error as error:
        raise TableError(
            f"{name}: line {rows.line_num} is no CSV (a quote that does not close, or a field too long). Correct it."
        ) from error


def _read_xlsx(path: Path) -> pd.DataFrame:
    _guard_zip(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            rows = (list(row) for row in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1))
            return _frame(*_checked_grid(path.name, rows))
        finally:
            book.close()
    except TableError:
        raise
    except Exception as error:  # openpyxl raises whatever its XML parser meets
        raise TableError(f"{path.name} cannot be read as XLSX. Save it again, or offer CSV.") from error


def _guard_zip(path: Path) -> None:
    """Refuse a zip bomb before a parser opens it: the declared sizes, and what really comes out."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            limit = min(MAX_INFLATED_BYTES, MAX_RATIO * max(path.stat().st_size, 4096))
            if sum(member.file_size for member in members) > limit or _inflated(archive, members, limit) > limit:
                raise TableError(
                    f"{path.name}: unpacks to more than {MAX_INFLATED_BYTES >> 20} MiB or {MAX_RATIO} times its size. "
                    f"Offer CSV or Parquet."
                )
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise TableError(f"{path.name} cannot be read as XLSX. Save it again, or offer CSV.") from error


def _inflated(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo], limit: int) -> int:
    total = 0
    for member in members:
        with archive.open(member) as file:
            while total <= limit and (chunk := file.read(1 << 20)):
                total += len(chunk)
    return total


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        file = parquet.ParquetFile(path)
        inflated = sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
        if inflated > 2 * MAX_FILE_BYTES:
            raise TableError(f"{path.name}: unpacks to more than {2 * MAX_FILE_BYTES >> 20} MiB. Split the file.")
        header = _header(path.name, file.schema_arrow.names)
        if any(arrow.types.is_nested(field.type) or arrow.types.is_binary(field.type) for field in file.schema_arrow):
            raise TableError(f"{path.name}: a column is no plain column of numbers, text, flags or dates. Flatten it.")
        frame = file.read().to_pandas()
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise TableError(f"{path.name} cannot be read as Parquet. Write it again, or offer CSV.") from error
    frame = frame.reset_index(drop=True) if list(frame.columns) == header else frame.reset_index()
    return frame.set_axis(header, axis=1)


def _checked_grid(name: str, rows: Iterator[list[Any]]) -> Grid:
    """Header and rows, each as wide as the header; empty rows at the end dropped."""
    header = _header(name, _without_empty_end(next(rows, [])))
    width = len(header)
    grid: list[list[Any]] = []
    filled = 0
    for number, cells in enumerate(rows, 1):
        row = cells if len(cells) <= width else [*cells[:width], *_without_empty_end(cells[width:])]
        if not any(cell is not None and cell != "" for cell in row):
            grid.append([])
            continue
        _check_row(name, number, row, width, header)
        grid.append(row)
        filled = number
    grid = grid[:filled]
    if [] in grid:
        raise TableError(f"{name}: row {grid.index([]) + 1} is empty. Take empty rows out.")
    return header, grid


def _check_row(name: str, number: int, row: list[Any], width: int, header: list[str]) -> None:
    if len(row) != width:
        raise TableError(f"{name}: row {number} has {len(row)} cells, the header has {width}. Give every row as many.")
    if any(isinstance(cell, str) and len(cell) > MAX_FIELD_BYTES // 4 for cell in row):
        for place, cell in enumerate(row, 1):
            if isinstance(cell, str) and len(cell.encode("utf8")) > MAX_FIELD_BYTES:
                raise TableError(f"{name}: row {number}, column {place}: longer than {MAX_FIELD_BYTES} bytes. Cut it.")


def _without_empty_end(cells: list[Any]) -> list[Any]:
    end = len(cells)
    while end and (cells[end - 1] is None or cells[end - 1] == ""):
        end -= 1
    return cells[:end]


def _header(name: str, cells: Iterable[Any]) -> list[str]:
    header = ["" if cell is None else str(cell).strip() for cell in cells]
    if not header:
        raise TableError(f"{name}: is empty. Expected a header with column names in the first row.")
    if len(header) > MAX_COLUMNS:
        raise TableError(f"{name}: has more than {MAX_COLUMNS} columns. Keep the declared ones.")
    for place, column in enumerate(header, 1):
        if not column or column in header[: place - 1]:
            raise TableError(f"{name}: column {place} has no name, or a name that stands twice. Correct the header.")
    return header


def _frame(header: list[str], grid: list[list[Any]]) -> pd.DataFrame:
    columns = zip(*grid, strict=True) if grid else [()] * len(header)
    return pd.DataFrame({name: _column(cells) for name, cells in zip(header, columns, strict=True)})


def _column(cells: Iterable[Any]) -> pd.Series:
    """Text as pandas keeps text; cells of other types, as a sheet may hold them, as they are."""
    found = [None if is_empty(cell) else cell for cell in cells]
    return pd.Series(found, dtype="str" if found and all(c is None or isinstance(c, str) for c in found) else object)


def guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy in which no text or column name can run as a formula in a spreadsheet: a ' stands before it."""
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name].dtype):
            safe[name] = safe[name].map(lambda c: f"'{c}" if isinstance(c, str) and c.startswith(FORMULA_STARTS) else c)
    return safe.set_axis([f"'{n}" if str(n).startswith(FORMULA_STARTS) else str(n) for n in safe.columns], axis=1)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    safe = guarded(frame)
    texts = (safe[name] for name in safe.columns if not pd.api.types.is_numeric_dtype(safe[name].dtype))
    has_returns = any("\r" in cell for column in texts for cell in column if isinstance(cell, str))
    # Python's writer quotes a carriage return only where it is part of the line end.
    safe.to_csv(path, index=False, encoding="utf8", lineterminator="\r\n" if has_returns else "\n")


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    arrow_table = arrow.Table.from_pandas(frame, preserve_index=False)
    parquet.write_table(arrow_table, path, compression="zstd")


def _write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    if len(frame) > MAX_XLSX_ROWS:
        raise TableError(f"{path.suffix}: a sheet holds {MAX_XLSX_ROWS} rows. Write CSV or Parquet instead.")
    safe = guarded(frame).astype(object)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    sheet.append(list(safe.columns))
    for row in safe.where(safe.notna(), None).itertuples(index=False, name=None):
        sheet.append(row)
    book.save(path)


READERS = {".csv": _read_csv, ".parquet": _read_parquet, ".xlsx": _read_xlsx}
WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".xlsx": _write_xlsx}
