"""Publish a table from a file: all of it, or nothing."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from triage.adapters.files import read_cases, read_table
from triage.adapters.store import Store
from triage.domain.errors import NothingToDoError, TableError
from triage.domain.facts import Register
from triage.domain.tables import TABLES


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or with `dry_run` would do."""

    table: str
    label: str
    rows: int
    dry_run: bool
    publication_id: int | None  # None on a dry run


def import_table(
    path: Path, table_name: str, label: str, store: Store, register: Register, dry_run: bool = False
) -> ImportReport:
    """Read `path`, check every row, and publish it as `table_name` under `label`; the report.

    INFLOW may call its period month, quarter or week; without nationality it is TOT, without kind
    first_application. Raises TableError with row and column, and publishes nothing, where one row is wrong;
    NothingToDoError where the newest table under the label holds the same rows.
    """
    frame = _read(Path(path), table_name, register)
    if store.holds(table_name, frame, label):
        raise NothingToDoError(f"{table_name} under {label} holds these rows already. Nothing was published.")
    number = None if dry_run else store.publish(table_name, frame, label).publication_id
    return ImportReport(table_name, label, len(frame), dry_run, number)


def _read(path: Path, table_name: str, register: Register) -> pd.DataFrame:
    if table_name not in TABLES:
        raise TableError(f"No table of that name is declared. Declared are {', '.join(TABLES)}.")
    frame = read_cases(path, register) if table_name == "CASES" else read_table(path, TABLES[table_name])
    if frame.empty:
        raise TableError(f"{path.name}: holds a header and no rows. Nothing was published.")
    return frame
