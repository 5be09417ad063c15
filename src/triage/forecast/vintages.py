"""What was known when: counts with their report date, how they were revised, and draws of what they will become.

A triangle is a table of every value ever reported: `series`, `period`, `reported` (YYYY-MM-DD), `value` (persons),
with the labels of INFLOW beside them. Nothing in it is overwritten; `as_of` reads it as it stood on a day, so
that a later revision can never reach an older forecast.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, TableError
from triage.domain.inflow_tables import INFLOW
from triage.forecast.series import LABELS

KEYS = tuple(name for name in LABELS if name != "vintage")


@dataclass(frozen=True)
class Revision:
    """What changed between two vintages of the same cells (series and period). Shares are of the cells in both."""

    cells: int  # in both
    changed: int
    new: int  # in the later one only
    gone: int  # in the earlier one only
    share_changed: float | None
    largest: float | None  # persons, later minus earlier
    largest_series: str = ""
    largest_period: str = ""
    largest_percent: float | None = None  # of the earlier value


def day_reported(vintage: object) -> str:
    """A report date as YYYY-MM-DD; a month counts as its last day, because it was surely known only then.

    Raises TableError for what is no date.
    """
    found = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", str(vintage).strip())
    try:
        if found:
            year, month = int(found[1]), int(found[2])
            return str(date(year, month, int(found[3]) if found[3] else monthrange(year, month)[1]))
    except ValueError:  # a month 13, a 31 February
        pass
    raise TableError("INFLOW: column vintage: expected a date 2026-11-25 or a month 2026-11. Correct it.")


def without_vintage(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows without their report date."""
    return frame.drop(columns="vintage", errors="ignore")


def triangle(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Every value ever reported, from publications or from files with a column `vintage` (INFLOW rows).

    Returns `series` (the labels, | between), `period`, `reported`, `value`, the labels and `source`, sorted. The
    same cell twice on one day is refused, as is a publication without report date.

    Raises TableError.
    """
    parts = [_dated(frame) for frame in frames]
    if not parts:
        raise TableError("INFLOW: no vintage was given. Import one first: triage import inflow.")
    rows = pd.concat(parts, ignore_index=True)
    labels = _labels(rows)
    rows = rows.assign(series=_series(rows))
    rows = rows.drop_duplicates(["series", "period", "reported", "value"])
    repeated = rows.duplicated(["series", "period", "reported"]).to_numpy(bool)
    if repeated.any():
        row = rows.iloc[int(repeated.argmax())]
        raise TableError(
            f"INFLOW: {row['series']} has two values for {row['period']} reported on {row['reported']}. Keep one."
        )
    columns = ["series", "period", "reported", "value", *labels, *(["source"] if "source" in rows else [])]
    return rows.loc[:, columns].sort_values(["series", "period", "reported"], ignore_index=True)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    if "vintage" not in frame or bool(frame["vintage"].isna().to_numpy(bool).any()):
        raise TableError("INFLOW: a row has no report date. Give the file a column vintage, such as 2026-11-25.")
    rows = INFLOW.check(frame)
    known = {text: day_reported(text) for text in set(rows["vintage"])}
    return rows.rename(columns={"persons": "value"}).assign(reported=[known[text] for text in rows["vintage"]])


def as_of(history: pd.DataFrame, day: str) -> pd.DataFrame:
    """The counts as they were known on `day` (a date, or a month: its last day), as INFLOW rows.

    Per cell the newest value reported on or before that day; the column `vintage` holds the newest report date of
    all rows, `reported` that of each. Raises ForecastError where nothing had been reported yet.
    """
    until = day_reported(day)
    seen: pd.DataFrame = history.loc[history["reported"] <= until]
    if seen.empty:
        first = history["reported"].min() if len(history) else "never"
        raise ForecastError(
            f"Nothing had been reported on {until}; the first vintage is of {first}. Choose a later day."
        )
    newest: pd.DataFrame = seen.sort_values("reported", kind="stable").groupby(["series", "period"], sort=True).tail(1)
    rows = newest.rename(columns={"value": "persons"}).sort_values(["series", "period"], ignore_index=True)
    return rows.drop(columns="series").assign(vintage=newest["reported"].max())


def latest(frame: pd.DataFrame, day: str | None = None) -> pd.DataFrame:
    """A file or publication as one vintage: the newest, or as it was known on `day`.

    A file without report dates, or with one, is given back as it is; asking such a file for an older day than
    its own is refused by ForecastError, because what was known then cannot be read off it.
    """
    if "vintage" not in frame or bool(frame["vintage"].isna().to_numpy(bool).all()):
        if day is not None:
            raise ForecastError("The file has no column vintage, so --as-of cannot be answered. Add the report dates.")
        return frame
    if day is None and len(set(frame["vintage"])) == 1:
        return frame
    tidy = frame.rename(columns={name: "period" for name in ("month", "quarter", "week") if name in frame})
    tidy = tidy if "nationality_iso3" in tidy else tidy.assign(nationality_iso3="TOT")
    tidy = tidy if "kind" in tidy else tidy.assign(kind="first_application")
    history = triangle([tidy])
    return as_of(history, day or max(history["reported"]))


def revision(old: pd.DataFrame, new: pd.DataFrame) -> Revision:
    """What changed from one vintage to the next: each read as its newest value per cell (INFLOW rows)."""
    before, after = _cells(old), _cells(new)
    both = sorted(before.keys() & after.keys())
    change = {cell: after[cell] - before[cell] for cell in both if after[cell] != before[cell]}
    if not change:
        return Revision(len(both), 0, len(after) - len(both), len(before) - len(both), 0.0 if both else None, None)
    series, period = place = max(change, key=lambda cell: abs(change[cell]))
    base = before[place]
    return Revision(
        cells=len(both),
        changed=len(change),
        new=len(after) - len(both),
        gone=len(before) - len(both),
        share_changed=len(change) / len(both),
        largest=change[place],
        largest_series=series,
        largest_period=period,
        largest_percent=100 * change[place] / base if base else None,
    )


def _labels(rows: pd.DataFrame) -> list[str]:
    """The label columns that say something."""
    return [name for name in KEYS if name in rows and bool(rows[name].notna().to_numpy(bool).any())]


def _series(rows: pd.DataFrame) -> list[str]:
    """The labels of each row as one name, | between; a destination that all share is no part of it."""
    names = [name for name in _labels(rows) if name != "destination_iso3" or len(set(rows[name].dropna())) > 1]
    parts = [rows[name].astype(object).where(rows[name].notna(), "").astype(str).to_numpy(object) for name in names]
    return list(sum((part + "|" for part in parts[:-1]), np.full(len(rows), "", object)) + parts[-1])


def _cells(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Newest value per (series, period)."""
    rows = frame.assign(reported=frame["vintage"].map(day_reported) if "vintage" in frame else "")
    rows = rows.assign(series=_series(rows))
    newest = rows.sort_values("reported", kind="stable")  # a later row of a cell takes the place of an earlier
    cells = zip(newest["series"], newest["period"], newest["persons"], strict=True)
    return {(series, period): float(persons) for series, period, persons in cells}


def releases(history: pd.DataFrame) -> pd.DataFrame:
    """First and latest value of every cell: series, period, first, first_reported, latest, latest_reported."""
    rows = history.sort_values(["series", "period", "reported"])
    cells = rows.groupby(["series", "period"], sort=True)
    found = pd.concat(
        [
            cells[["value", "reported"]].first().set_axis(["first", "first_reported"], axis=1),
            cells[["value", "reported"]].last().set_axis(["latest", "latest_reported"], axis=1),
        ],
        axis=1,
    )
    return found.reset_index()
