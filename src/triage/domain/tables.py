"""Every table that travels between rooms: its columns with units, its key, and one check where it enters.

One is a frozen dataclass (case.py), many is a pandas frame declared here.
"""

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


INFLOW = Table(
    "INFLOW",
    ("period", "kind", "nationality_iso3", "destination_iso3", "vintage", "location", "route"),
    {
        "period": text(PERIOD),
        "persons": persons(),
        "kind": text(),
        "nationality_iso3": text(),
        "source": pa.Column(str, required=False, nullable=True, coerce=True),
    },
    {
        "period": "a month 2026-11, a quarter 2026Q4 or a week 2026-W47",
        "persons": "a count of persons, 0 or more",
        "kind": "first_application, family_member_nareis or another kind; never summed without a label",
        "nationality_iso3": "ISO 3166 alpha-3, TOT for all",
        "source": "where the figure comes from",
    },
    extra_columns=True,
)

PATHS = Table(
    "PATHS",
    ("series", "month", "draw"),
    {
        "made_on": text(),
        "series": text(),
        "month": text(PERIOD),
        "draw": pa.Column(int, pa.Check.ge(0), coerce=True),
        "persons": persons(),
        "model_version": text(),
    },
    {
        "made_on": "the last period that the forecast knew",
        "series": "a series, or total",
        "month": "the period ahead",
        "draw": "number of the joint path, from 0",
        "persons": "persons in that period on that path; on every draw the total is the sum of its parts",
        "model_version": "the model that made it",
    },
)

FORECAST = Table(
    "FORECAST",
    ("series", "month"),
    {
        "made_on": text(),
        "series": text(),
        "month": text(PERIOD),
        **{name: persons() for name in ("p05", "p10", "p25", "p50", "p75", "p90", "p95")},
        "naive_p10": persons(),
        "naive_p50": persons(),
        "naive_p90": persons(),
        "model_version": text(),
    },
    {
        "made_on": "the last period that the forecast knew",
        "series": "a series, or total (the sum of the series given, not national inflow)",
        "month": "the period ahead",
        **{f"p{q}": f"{q} % quantile in persons, read off PATHS" for q in ("05", "10", "25", "50", "75", "90", "95")},
        "naive_p10": "10 % quantile of the seasonal naive baseline (persons)",
        "naive_p50": "median of the seasonal naive baseline (persons)",
        "naive_p90": "90 % quantile of the seasonal naive baseline (persons)",
        "model_version": "the model that made it",
    },
)

SCORES = Table(
    "SCORES",
    ("series", "model"),
    {
        "series": text(),
        "model": text(),
        "rel_wis": pa.Column(float, nullable=True, coerce=True),
        "wis": pa.Column(float, nullable=True, coerce=True),
        "wape": pa.Column(float, nullable=True, coerce=True),
        "bias": pa.Column(float, nullable=True, coerce=True),
        "coverage_50": pa.Column(float, nullable=True, coerce=True),
        "coverage_80": pa.Column(float, nullable=True, coerce=True),
        "coverage_90": pa.Column(float, nullable=True, coerce=True),
    },
    {
        "series": "a series, total, or the group bottom (all series without the total)",
        "model": "name of the forecast model",
        "rel_wis": "weighted interval score over that of seasonal naive (below 1 is better)",
        "wis": "mean weighted interval score (persons)",
        "wape": "sum of absolute errors of the median over the sum of outcomes",
        "bias": "sum of (median - outcome) over the sum of outcomes; positive is too high",
        "coverage_50": "share of outcomes inside the 50 % band",
        "coverage_80": "share of outcomes inside the 80 % band",
        "coverage_90": "share of outcomes inside the 90 % band",
    },
    extra_columns=True,
)

CASES = Table(
    "CASES",
    ("case_id",),
    {
        "case_id": text(r"^[A-Za-z0-9._:-]{1,64}$"),
        "lodged_on": pa.Column("datetime64[ns]", coerce=True),
        "hours_booked": pa.Column(float, pa.Check.in_range(0, 2000), nullable=True, required=False, coerce=True),
        "decided_on": pa.Column("datetime64[ns]", nullable=True, required=False, coerce=True),
    },
    {
        "case_id": "a code of letters, digits and . _ : -, at most 64 long; never a V-number or a name",
        "lodged_on": "date of lodging in Europe/Amsterdam",
        "hours_booked": "handling hours to first decision, empty while open (hours)",
        "decided_on": "date of the first decision, empty while open",
    },
    extra_columns=True,  # the facts: the register checks them
)

TABLES: dict[str, Table] = {t.name: t for t in (INFLOW, PATHS, FORECAST, SCORES, CASES)}
