"""The running month from rounded weekly counts: draws of every week, bridged to months on working days.

The weekly page gives "about" so many persons, to 100 or 10; some weeks carry two values, some are missing. Each of
these is drawn and flagged, none is filled in. The page counts *all* asylum inflow; see DEFINITION.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays
import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, TableError
from triage.forecast.series import CALENDARS, number_of

DEFINITION = (
    "All asylum inflow as the ministry counts it per week (asielinstroom). It is not first applications: CBS months "
    "of first applications are lower by the other kinds, and the two are never set side by side without this line."
)
MONTH, WEEK = CALENDARS[0], CALENDARS[2]
FEWEST_WEEKS = 10
MOST_MISSING = 3  # weeks in a row; the run of weeks starts anew after a longer hole
LEVEL_WEEKS = 4  # the level ahead is the mean of so many last weeks
OFFSET = 10.0  # persons, so that a week without anybody has a logarithm


@dataclass(frozen=True)
class Weeks:
    """Weekly counts as published: per known week its values (two where two were published) and half the rounding."""

    first: int  # number of the first week of the run
    values: tuple[tuple[float, ...], ...]  # empty where the week is missing
    halves: tuple[float, ...]  # persons
    left_out: int = 0  # rows before the run

    @property
    def missing(self) -> list[int]:
        """Places of the weeks without a value."""
        return [k for k, found in enumerate(self.values) if not found]

    @property
    def ambiguous(self) -> list[int]:
        """Places of the weeks with more than one value."""
        return [k for k, found in enumerate(self.values) if len(found) > 1]

    def text(self, place: int) -> str:
        """The week at a place, such as 2026-W30."""
        return WEEK.text(self.first + place)


@dataclass(frozen=True)
class MonthNow:
    """One month, in persons: what is known so far and what the whole month will be, with what was drawn for it."""

    month: str
    status: str  # complete, or running
    to_date_p10: float
    to_date_p50: float
    to_date_p90: float
    p10: float
    p50: float
    p90: float
    working_days: int
    working_days_known: int  # those in a week with a published value
    weeks_missing: tuple[str, ...]  # drawn from the weeks around them
    weeks_ambiguous: tuple[str, ...]  # drawn over both values
    weeks_ahead: tuple[str, ...]  # not yet published


def weeks_of(frame: pd.DataFrame) -> Weeks:
    """Read weekly rows: `year` and `iso_week`, or `week` (2026-W30); `persons`; optional `ambiguous`, `rounding`.

    Only the last run of weeks is kept, without a hole of more than three. Two values of one week must both be
    marked `ambiguous` = 1. Without `rounding` the counts are exact.

    Raises TableError with the row, ForecastError for fewer than ten weeks.
    """
    rows = frame.reset_index(drop=True)
    if rows.empty:
        raise TableError("Weeks: the file holds no rows. Give at least ten weeks.")
    numbers = [_week(rows, k) for k in range(len(rows))]
    persons = [_number(rows, k, "persons", 1e6) for k in range(len(rows))]
    halves = [_number(rows, k, "rounding", 1e4) / 2 if "rounding" in rows else 0.0 for k in range(len(rows))]
    found: dict[int, list[int]] = {}
    for k, number in enumerate(numbers):
        found.setdefault(number, []).append(k)
    for places in found.values():
        if len(places) > 1 and not all(_is_marked(rows, k) for k in places):
            raise TableError(
                f"Weeks: row {places[-1] + 1} repeats its week. Keep one row, or mark all of them with ambiguous 1."
            )
    last, first = max(found), max(found)
    while any(first - step in found for step in range(1, MOST_MISSING + 2)):
        first = max(n for n in found if n < first)
    if sum(first <= n <= last for n in found) < FEWEST_WEEKS:
        raise ForecastError(f"Weeks: the last run holds fewer than {FEWEST_WEEKS} weeks. Give a longer history.")
    run = [found.get(n, []) for n in range(first, last + 1)]
    return Weeks(
        first,
        tuple(tuple(persons[k] for k in places) for places in run),
        tuple(max((halves[k] for k in places), default=0.0) for places in run),
        sum(number < first for number in numbers),
    )


def _is_marked(rows: pd.DataFrame, place: int) -> bool:
    return "ambiguous" in rows and _number(rows, place, "ambiguous", 1) == 1


def _week(rows: pd.DataFrame, place: int) -> int:
    """Number of the week of a row on the endless line of weeks."""
    if "week" in rows:
        text = str(rows["week"][place]).strip()
    elif {"year", "iso_week"} <= set(rows.columns):
        year, week = _number(rows, place, "year", 9999), _number(rows, place, "iso_week", 53)
        text = f"{year:g}-W{week:02g}"  # 7.5 stays 7.5, and is refused
    else:
        raise TableError("Weeks: expected the columns year and iso_week, or week. Add them.")
    try:
        return number_of(text, WEEK)
    except ForecastError as error:
        raise TableError(f"Weeks: row {place + 1}: expected a week such as 2026-W30. Correct it.") from error


def _number(rows: pd.DataFrame, place: int, name: str, high: float) -> float:
    if name not in rows:
        raise TableError(f"Weeks: no column named {name}. Add it.")
    cell: Any = rows[name].to_numpy(object)[place]
    try:
        found = np.nan if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError):  # text, or nothing
        found = np.nan
    if not 0 <= found <= high:
        raise TableError(f"Weeks: row {place + 1}, column {name}: expected a number of 0 to {high:.0f}. Correct it.")
    return float(found)


def working_days(first: date, last: date) -> list[date]:
    """Monday to Friday from `first` to `last`, Dutch public holidays left out."""
    days = (first + timedelta(days=k) for k in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in _free_days(day.year)]


@cache
def _free_days(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))


def week_draws(weeks: Weeks, ahead: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of every week of the run and `ahead` weeks after it: draws x weeks (persons, 0 or more).

    A published count is spread over its rounding, and over both values where there are two. A missing week is the
    mean of the two weeks on each side times an error that such a mean had elsewhere; a week ahead the mean of the
    last four times the error path that followed such a mean before. These errors are learnt on the published
    counts per working day, so that Christmas is no error, and narrowed by what rounding alone explains of them.
    """
    days = np.array([_days_of(weeks.first + k) for k in range(len(weeks.values) + ahead)]) / 5
    known = days[: len(weeks.values)]
    drawn = np.full((draws, len(weeks.values)), np.nan)
    for k, found in enumerate(weeks.values):
        if found:
            half = weeks.halves[k]
            drawn[:, k] = np.maximum(rng.choice(found, draws) + rng.uniform(-half, half, draws), 0)
    logs, told = np.log(drawn / known + OFFSET), np.log(_published(weeks) / known + OFFSET)
    logs, told = _with_missing(logs, told, _noise(weeks), rng)
    whole = np.maximum(np.exp(_with_ahead(logs, told, _noise(weeks), ahead, rng)) - OFFSET, 0) * days
    told_weeks = ~np.isnan(drawn[0])
    whole[:, : len(told_weeks)][:, told_weeks] = drawn[:, told_weeks]
    return whole


def _days_of(number: int) -> int:
    """Working days of a week; a week without any counts as one day, so that nothing is divided by 0."""
    monday = date.fromordinal(number * 7 + 1)
    return max(len(working_days(monday, monday + timedelta(days=6))), 1)


def _published(weeks: Weeks) -> np.ndarray:
    return np.array([np.mean(found) if found else np.nan for found in weeks.values])


def _noise(weeks: Weeks) -> float:
    """Variance, in logs, that rounding gives to a week minus the mean of four: half^2 / 3, and a quarter of it."""
    share = np.array(weeks.halves) / (_published(weeks) + OFFSET)
    return float(1.25 * np.nanmean(share**2) / 3)


def _narrowed(errors: np.ndarray, noise: float) -> np.ndarray:
    """Errors around their mean without the part of their variance that is rounding; at least half of their size."""
    middle, spread = errors.mean(axis=0), errors.var(axis=0)
    return middle + (errors - middle) * np.sqrt(np.maximum(1 - noise / np.maximum(spread, 1e-12), 0.25))


def _with_missing(
    logs: np.ndarray, told: np.ndarray, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Missing weeks drawn in every draw of `logs`, and set to the middle of the weeks around them in `told`."""
    at = np.flatnonzero(~np.isnan(told))
    errors = _narrowed(np.array([told[k] - told[_around(at[at != k], k)].mean() for k in map(int, at)]), noise)
    whole, middle = logs.copy(), told.copy()
    for k in map(int, np.flatnonzero(np.isnan(told))):
        near = _around(at, k)
        whole[:, k] = logs[:, near].mean(axis=1) + rng.choice(errors, len(logs))
        middle[k] = told[near].mean()
    return whole, middle


def _around(at: np.ndarray, place: int) -> np.ndarray:
    """Places of the two known weeks on each side (of fewer at the ends)."""
    return np.concatenate([at[at < place][-2:], at[at > place][:2]])


def _with_ahead(logs: np.ndarray, told: np.ndarray, noise: float, ahead: int, rng: np.random.Generator) -> np.ndarray:
    if not ahead:
        return logs
    starts = range(LEVEL_WEEKS, len(told) - ahead + 1)
    paths = _narrowed(np.array([told[s : s + ahead] - told[s - LEVEL_WEEKS : s].mean() for s in starts]), noise)
    chosen = paths[rng.integers(len(paths), size=len(logs))]
    return np.column_stack([logs, logs[:, -LEVEL_WEEKS:].mean(axis=1)[:, None] + chosen])


def bridge(counts: np.ndarray, first: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Weeks (draws x weeks, the first of number `first`) -> parts per month: month -> draws x weeks (persons).

    A week that lies in two months is divided on working days, with the chance that comes with dividing persons. The
    parts of a week always add up to the week.
    """
    parts: dict[str, np.ndarray] = {}
    whole = np.round(counts).astype(int)
    for k in range(counts.shape[1]):
        left = whole[:, k]
        shares = _shares(first + k)
        for month, share in shares.items():
            taken = left if month == list(shares)[-1] else rng.binomial(left, share)
            parts.setdefault(month, np.zeros(counts.shape))[:, k] = taken
            left = left - taken
    return parts


def _shares(number: int) -> dict[str, float]:
    """Month -> share of the week's working days (of its days, where it has none)."""
    monday = date.fromordinal(number * 7 + 1)
    days = working_days(monday, monday + timedelta(days=6)) or [monday + timedelta(days=k) for k in range(7)]
    months = [f"{day:%Y-%m}" for day in days]
    return {month: months.count(month) / len(months) for month in sorted(set(months))}


def nowcast(weeks: Weeks, draws: int, rng: np.random.Generator) -> list[MonthNow]:
    """Every month that the run of weeks covers from its first day, and the running month (persons).

    The running month is the one of the day after the last published week.
    """
    end = date.fromordinal((weeks.first + len(weeks.values)) * 7 + 1)  # the Monday after the last week
    month_end = _last_day(f"{end:%Y-%m}") if end.day > 1 else end - timedelta(days=1)
    ahead = max(0, -(-((month_end - end).days + 1) // 7))
    counts = week_draws(weeks, ahead, draws, rng)
    parts = bridge(counts, weeks.first, rng)
    start = date.fromordinal(weeks.first * 7 + 1)
    whole = [m for m in sorted(parts) if _first_day(m) >= start and _last_day(m) <= month_end]
    return [_month_now(weeks, month, parts[month]) for month in whole]


def _month_now(weeks: Weeks, month: str, parts: np.ndarray) -> MonthNow:
    known = [k for k, found in enumerate(weeks.values) if found]
    touched = [k for k in range(parts.shape[1]) if month in _shares(weeks.first + k)]
    ahead = [k for k in touched if k >= len(weeks.values)]
    days = working_days(_first_day(month), _last_day(month))
    told = {weeks.first + k for k in known}
    so_far = np.quantile(parts[:, : len(weeks.values)].sum(axis=1), (0.1, 0.5, 0.9))
    whole = np.quantile(parts.sum(axis=1), (0.1, 0.5, 0.9))
    return MonthNow(
        month,
        "running" if ahead else "complete",
        *map(float, so_far),
        *map(float, whole),
        working_days=len(days),
        working_days_known=sum((day.toordinal() - 1) // 7 in told for day in days),
        weeks_missing=tuple(weeks.text(k) for k in weeks.missing if k in touched),
        weeks_ambiguous=tuple(weeks.text(k) for k in weeks.ambiguous if k in touched),
        weeks_ahead=tuple(weeks.text(k) for k in ahead),
    )


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _last_day(month: str) -> date:
    return date.fromisoformat(f"{MONTH.text(number_of(month, MONTH) + 1)}-01") - timedelta(days=1)


def document(weeks: Weeks, months: list[MonthNow]) -> dict[str, Any]:
    """The nowcast as plain values, with what it counts, its weeks and the rows before them that were left out."""
    return {
        "series": "asielinstroom",
        "definition": DEFINITION,
        "first_week": weeks.text(0),
        "last_week": weeks.text(len(weeks.values) - 1),
        "rows_left_out": weeks.left_out,
        "months": [vars(month) for month in months],
    }
