"""Tidy inflow rows -> Panel: months (quarters, weeks) by series, complete, with the total as a level of its own.

Nothing is filled: a hole in the middle, a repeated month or a negative count is refused by row or period.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, TableError
from triage.forecast.transform import Power

TOTAL = "total"
ALL = "TOT"
PERIOD_COLUMNS = ("period", "month", "quarter", "week")
#: Labels that tell two rows of one month apart; rows that differ in them only are summed within a series.
LABELS = ("kind", "nationality_iso3", "destination_iso3", "location", "route", "vintage")
#: 1.234 in text: a thousand and more in Dutch, one and a bit to a computer.
GROUPED = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")
FEWEST_PERIODS = 24
LARGEST_HORIZON = 60


@dataclass(frozen=True)
class Calendar:
    """One frequency: how a period is written, and its number on an endless line without gaps."""

    name: str
    season: int  # periods a year
    pattern: str
    number: Callable[[int, int], int]  # (year, part) -> place on the line
    text: Callable[[int], str]


def _week_number(year: int, week: int) -> int:
    return date.fromisocalendar(year, week, 1).toordinal() // 7


def _week_text(number: int) -> str:
    year, week, _ = date.fromordinal(number * 7 + 1).isocalendar()  # ordinal 1 is a Monday
    return f"{year}-W{week:02d}"


CALENDARS = (
    Calendar("month", 12, r"(\d{4})-(\d{2})", lambda y, p: y * 12 + p - 1, lambda n: f"{n // 12}-{n % 12 + 1:02d}"),
    Calendar("quarter", 4, r"(\d{4})-?Q([1-4])", lambda y, p: y * 4 + p - 1, lambda n: f"{n // 4}Q{n % 4 + 1}"),
    Calendar("week", 52, r"(\d{4})-?W(\d{2})", _week_number, _week_text),
)


@dataclass(frozen=True)
class Panel:
    """Counts by period and series, complete: `values` is T x n (persons), the last column is the total.

    `first` is the number of the first period on the calendar's line; `notes` says what was left out.
    """

    values: np.ndarray
    names: tuple[str, ...]
    calendar: Calendar
    first: int
    notes: tuple[str, ...] = ()

    @property
    def season(self) -> int:
        """Periods a year: 12, 4 or 52."""
        return self.calendar.season

    @property
    def periods(self) -> tuple[str, ...]:
        """The T periods as text."""
        return tuple(self.calendar.text(self.first + k) for k in range(len(self.values)))

    @property
    def offset(self) -> float:
        """c of the scale, in persons: 5 for counts rounded to 5, else 1. Read off what is visible, never later."""
        return 5.0 if not np.any(np.mod(self.values, 5)) else 1.0

    @property
    def power(self) -> Power:
        """The scale on which the models work, from what is visible."""
        return Power.of(self.values, self.offset)

    def ahead(self, horizon: int) -> list[str]:
        """The `horizon` periods after the last one, as text."""
        return [self.calendar.text(self.first + len(self.values) + k) for k in range(horizon)]

    def until(self, length: int) -> "Panel":
        """The panel as it was after its first `length` periods: nothing later is in it."""
        return replace(self, values=self.values[:length].copy())

    def length_at(self, period: str) -> int:
        """Number of periods up to and including `period`. Raises ForecastError where that is not in the data."""
        length = number_of(period, self.calendar) - self.first + 1
        if not 0 < length <= len(self.values):
            raise ForecastError(
                f"Origin {period} lies outside the series, which run from {self.periods[0]} to {self.periods[-1]}. "
                "Choose --origins between them."
            )
        return length


def number_of(period: str, calendar: Calendar) -> int:
    """Place of a period on its calendar's line. Raises ForecastError for another frequency or no period at all."""
    number = _number(str(period), calendar)
    if number is None:
        raise ForecastError(
            f"Expected a {calendar.name} such as {calendar.text(calendar.number(2025, 3))}. Correct it."
        )
    return number


def _number(period: str, calendar: Calendar) -> int | None:
    found = re.fullmatch(calendar.pattern, period.strip())
    if not found:
        return None
    year, part = int(found[1]), int(found[2])
    if not 1 <= part <= {"month": 12, "quarter": 4, "week": 53}[calendar.name] or year < 1900:
        return None
    try:
        return calendar.number(year, part)
    except ValueError:  # week 53 of a year that has 52
        return None


def check_horizon(horizon: int) -> int:
    """A horizon of 1 to 60 periods. Raises ForecastError."""
    if isinstance(horizon, bool) or int(horizon) != horizon or not 1 <= horizon <= LARGEST_HORIZON:
        raise ForecastError(f"Expected a horizon of 1 to {LARGEST_HORIZON} periods. Choose one of these.")
    return int(horizon)


def fewest_periods(season: int) -> int:
    """Periods that a model needs to learn from: 24, and a year and 12 periods for weeks."""
    return max(FEWEST_PERIODS, season + 12)


def check_length(panel: Panel) -> Panel:
    """The panel, when it is long enough to learn from: 24 periods, and a year and 12 periods for weeks."""
    fewest = fewest_periods(panel.season)
    if len(panel.values) < fewest:
        raise ForecastError(
            f"The series hold {len(panel.values)} {panel.calendar.name}s; a forecast needs {fewest} or more. "
            "Give a longer history, or later --origins."
        )
    return panel


def panel_of(frame: pd.DataFrame, by: str = "nationality_iso3", kind: str | None = None) -> Panel:
    """Read tidy rows into a Panel, one series per value of `by` (several labels: comma between), total last.

    Rows of one series that differ in another label (a location, a route) are summed. Two kinds or two vintages
    are never summed. Where one series starts later, all start there, and a note says so. A missing cell is
    never filled.

    Parameters
    ----------
    frame : columns `month`, `quarter`, `week` or `period`; `persons`; optional labels (see LABELS).
    by : label column(s) that make the series; without nationalities in the file there is one series, TOT.
    kind : keep only this kind; may be left out where the file holds one.

    Raises
    ------
    TableError : a column is missing; text, a negative count, a repeated month; two kinds or vintages.
    ForecastError : a hole in the middle, series that end apart, fewer than 24 periods.
    """
    rows = _rows(frame, by, kind)
    calendar = _calendar(rows)
    rows["number"] = _numbers(rows, calendar)
    rows["persons"] = _persons(rows)
    labels = [name for name in dict.fromkeys([*_names(by), *LABELS]) if name in rows and _is_used(rows, name, by)]
    _refuse_repeats(rows, ["number", *labels])
    return check_length(_panel(rows, labels, by, calendar))


def _is_used(rows: pd.DataFrame, name: str, by: str) -> bool:
    """A label column without any value says nothing; the one that makes the series must have values."""
    return name in _names(by) or bool(rows[name].notna().to_numpy(bool).any())


def _names(by: str) -> list[str]:
    return [name.strip() for name in by.split(",")]


def _rows(frame: pd.DataFrame, by: str, kind: str | None) -> pd.DataFrame:
    """The rows of one kind and one vintage, with their row number (from 1) and the period under one name."""
    named = [name for name in PERIOD_COLUMNS if name in frame.columns]
    if len(named) != 1 or "persons" not in frame.columns:
        raise TableError("INFLOW: expected a column month, quarter, week or period, and a column persons.")
    rows = frame.reset_index(drop=True).rename(columns={named[0]: "period"})
    rows = rows.assign(row=np.arange(1, len(rows) + 1))
    if by == "nationality_iso3" and by not in rows:
        rows[by] = ALL
    absent = [name for name in _names(by) if name not in rows]
    if absent:
        raise TableError(f"INFLOW: no column named {absent[0]}. Give --by a label column that the file has.")
    rows = _one_kind(rows, kind)
    if "vintage" in rows and len(rows["vintage"].unique()) > 1:
        raise TableError(
            "INFLOW: two vintages in one file; the same month would count twice. Choose a day to look back from with "
            "--as-of, or keep one vintage."
        )
    return rows


def _one_kind(rows: pd.DataFrame, kind: str | None) -> pd.DataFrame:
    if "kind" not in rows:
        if kind not in (None, "first_application"):
            raise TableError(f"INFLOW: the file has no column kind, so {kind} cannot be chosen. Add the column.")
        return rows
    kinds = sorted(map(str, rows["kind"].dropna().unique()))
    if kind is not None:
        rows = rows.loc[rows["kind"] == kind]
    elif len(kinds) > 1:
        raise TableError(f"INFLOW: {len(kinds)} kinds in one file, and they are never summed. Choose one with --kind.")
    if rows.empty:
        raise TableError(f"INFLOW: no rows of kind {kind}. The file holds {', '.join(kinds) or 'no rows'}.")
    return rows.reset_index(drop=True)


def _calendar(rows: pd.DataFrame) -> Calendar:
    """The frequency of the first row; all others must have the same."""
    if rows.empty:
        raise TableError("INFLOW: the file holds no rows. Give at least 24 periods.")
    first = _period_text(rows["period"].iloc[0])
    found = next((c for c in CALENDARS if re.fullmatch(c.pattern, first)), None)
    if found is None:
        raise TableError(f"INFLOW: row {rows['row'].iloc[0]}, column period: expected 2026-11, 2026Q4 or 2026-W47.")
    return found


def _period_text(cell: object) -> str:
    return f"{cell:%Y-%m}" if isinstance(cell, (pd.Timestamp, date)) else str(cell).strip()


def _numbers(rows: pd.DataFrame, calendar: Calendar) -> list[int]:
    known = {cell: _number(_period_text(cell), calendar) for cell in rows["period"].unique()}
    numbers = [known.get(cell) for cell in rows["period"]]
    if None in numbers:
        row = rows["row"].iloc[numbers.index(None)]
        raise TableError(f"INFLOW: row {row}, column period: expected a {calendar.name}. Correct the row.")
    return [n for n in numbers if n is not None]


def _persons(rows: pd.DataFrame) -> pd.Series:
    """Counts as floats, empty cells as missing. Text, infinity and negative counts are refused by row."""
    cells = rows["persons"]
    is_empty = cells.isna() | (cells.astype(str).str.strip() == "")
    numbers = pd.Series(pd.to_numeric(cells.where(~is_empty), errors="coerce"), index=cells.index, dtype=float)
    is_grouped = cells.map(lambda cell: isinstance(cell, str) and bool(GROUPED.fullmatch(cell.strip())))
    is_bad = (numbers.isna() & ~is_empty) | (numbers < 0) | (numbers > 1e9) | is_grouped
    if is_bad.any():
        row = rows.loc[is_bad, "row"].iloc[0]
        raise TableError(
            f"INFLOW: row {row}, column persons: expected a count of 0 or more, without separators. Correct the row."
        )
    return numbers


def _refuse_repeats(rows: pd.DataFrame, key: list[str]) -> None:
    is_repeated = rows.duplicated(key).to_numpy(bool)
    if is_repeated.any():
        place = int(is_repeated.argmax())
        raise TableError(
            f"INFLOW: row {rows['row'].iloc[place]} repeats {_period_text(rows['period'].iloc[place])} of the same "
            "series. Keep one row per period and label."
        )


def _joined(rows: pd.DataFrame, labels: list[str]) -> np.ndarray:
    """The labels of each row as one text, | between. An empty label is refused: it would be a series of its own."""
    for name in labels:
        is_empty = rows[name].isna().to_numpy(bool)
        if is_empty.any():
            raise TableError(
                f"INFLOW: row {rows['row'].iloc[int(is_empty.argmax())]}, column {name}: is empty. Fill it."
            )
    parts = [rows[name].astype(str).to_numpy(object) for name in labels]
    return np.sum([parts[0], *("|" + part for part in parts[1:])], axis=0)


def _panel(rows: pd.DataFrame, labels: list[str], by: str, calendar: Calendar) -> Panel:
    """Cells (one per combination of labels) are checked for holes first, and summed to series after that."""
    series, cells = _joined(rows, _names(by)), _joined(rows, labels)
    pairs, place = np.unique(np.array([series, cells], dtype=str), axis=1, return_inverse=True)
    numbers = rows["number"].to_numpy(int)
    grid = np.full((int(np.ptp(numbers)) + 1, pairs.shape[1]), np.nan)
    grid[numbers - numbers.min(), place.ravel()] = rows["persons"].to_numpy(float)
    late = _common_start(grid, pairs[0])
    first = int(numbers.min()) + late
    _refuse_holes(grid[late:], pairs[0], first, calendar)
    names = tuple(map(str, np.unique(pairs[0])))
    _refuse_double_totals(names)
    values = np.column_stack([grid[late:][:, pairs[0] == name].sum(axis=1) for name in names])
    notes = (f"The first {late} {calendar.name}s were left out: not all series had started.",) if late else ()
    return Panel(np.column_stack([values, values.sum(axis=1)]), (*names, TOTAL), calendar, first, notes)


def _common_start(grid: np.ndarray, names: np.ndarray) -> int:
    """First row in which every cell has started."""
    is_known = ~np.isnan(grid)
    empty = names[~is_known.any(axis=0)]
    if len(empty):
        raise ForecastError(f"Series {empty[0]} holds no counts. Leave it out.")
    return int(is_known.argmax(axis=0).max())


def _refuse_holes(grid: np.ndarray, names: np.ndarray, first: int, calendar: Calendar) -> None:
    missing = np.argwhere(np.isnan(grid))
    if len(missing):
        row, column = missing[0]
        where = "ends earlier than the others" if np.isnan(grid[row:, column]).all() else "has a hole"
        raise ForecastError(
            f"Series {names[column]} {where}: {calendar.text(first + int(row))} is missing. "
            "Give its count (0 where nobody came), or leave the series out; nothing is filled in."
        )


def _refuse_double_totals(names: tuple[str, ...]) -> None:
    if TOTAL in names or (ALL in names and len(names) > 1):
        raise ForecastError(
            "One of the series is a total already, so that the sum of all series would count everybody twice. "
            f"Take the rows named {ALL} or {TOTAL} out, or keep only these."
        )
