"""What a declared table is: columns with units, a key, and one check where it enters. tables.py lists them all."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa

from triage.domain.errors import TableError

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
#: A period of any frequency: 2026-11, 2026Q4 or 2026-W47.
PERIOD = r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4]|-W(0[1-9]|[1-4]\d|5[0-3]))$"


def text(pattern: str | None = None, nullable: bool = False) -> pa.Column:
    """A text column, with an optional pattern."""
    return pa.Column(str, pa.Check.str_matches(pattern) if pattern else None, nullable=nullable, coerce=True)


def persons() -> pa.Column:
    """A count of persons, zero or more, finite."""
    return pa.Column(float, pa.Check.in_range(0, 1e9), coerce=True)


@dataclass(frozen=True)
class Table:
    """A declared table: `check` returns it with the declared types, or says which row and column is wrong."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, pa.Column]
    meaning: Mapping[str, str]
    extra_columns: bool = False  # labels of the source are kept

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A copy with the declared types. Raises TableError with row (from 1, the header not counted) and column."""
        missing = [name for name, column in self.columns.items() if column.required and name not in frame]
        if missing:
            raise TableError(
                f"{self.name}: column {missing[0]} is missing. Expected {', '.join(self.columns)}; "
                f"found {', '.join(map(str, frame.columns)) or 'no columns'}."
            )
        unknown = [str(name) for name in frame.columns if name not in self.columns]
        if unknown and not self.extra_columns:
            raise TableError(f"{self.name}: a column is not declared. Expected only {', '.join(self.columns)}.")
        plain = frame.reset_index(drop=True)
        schema = pa.DataFrameSchema(dict(self.columns), strict=False)
        try:
            checked = schema.validate(plain, lazy=True)
        except pa.errors.SchemaErrors as error:
            raise TableError(self._sentence(error.failure_cases)) from error
        return self._unique(checked)

    def _sentence(self, failures: pd.DataFrame) -> str:
        first = failures.sort_values("index", na_position="last").iloc[0]
        where = f"row {int(first['index']) + 1}, " if pd.notna(first["index"]) else ""
        column = first["column"]
        more = f" {len(failures) - 1} more rows or checks fail too." if len(failures) > 1 else ""
        return (
            f"{self.name}: {where}column {column}: expected {self.meaning.get(column, 'another value')} "
            f"(check {first['check']}). Correct the row and offer the whole table again.{more}"
        )

    def _unique(self, frame: pd.DataFrame) -> pd.DataFrame:
        keys = [name for name in self.key if name in frame]
        repeated = frame.duplicated(keys)
        if repeated.any():
            row = int(repeated.to_numpy().argmax()) + 1
            raise TableError(f"{self.name}: row {row} repeats the key {'/'.join(keys)}. Keep one row per key.")
        return frame
