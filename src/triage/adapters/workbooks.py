"""Several tables as one XLSX workbook, or one as CSV, in memory: what a page or a command hands out."""

from collections.abc import Mapping
from io import BytesIO

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from triage.adapters.cells import plain_frame
from triage.adapters.files import MAX_XLSX_ROWS, guarded
from triage.domain.errors import TableError

WIDEST = 60  # characters of a column


def workbook(sheets: Mapping[str, pd.DataFrame]) -> bytes:
    """An XLSX workbook with a sheet per table, in that order; the header is bold and stays in sight.

    Text that a spreadsheet would run as a formula gets a ' before it. Raises TableError for more rows than a sheet
    holds.
    """
    book = openpyxl.Workbook(write_only=True)
    for name, frame in sheets.items():
        if len(frame) > MAX_XLSX_ROWS:
            raise TableError(f"{name}: a sheet holds {MAX_XLSX_ROWS} rows. Ask for CSV instead.")
        _fill(book.create_sheet(name), guarded(plain_frame(frame)).astype(object))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _fill(sheet: openpyxl.worksheet.worksheet.Worksheet, frame: pd.DataFrame) -> None:  # pyright: ignore
    sheet.freeze_panes = "A2"
    for place, name in enumerate(frame.columns, 1):
        longest = max([len(str(name)), *(len(str(cell)) for cell in frame[name].head(200))], default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(longest + 2, WIDEST)
    header = [WriteOnlyCell(sheet, value=name) for name in frame.columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for row in frame.where(frame.notna(), None).itertuples(index=False, name=None):
        sheet.append(row)


def csv_text(frame: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8, with a comma between; text that would run as a formula gets a ' before it."""
    return guarded(plain_frame(frame)).to_csv(index=False, lineterminator="\r\n").encode("utf8")
